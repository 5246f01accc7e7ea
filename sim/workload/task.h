// SPDX-License-Identifier: Apache-2.0
/// \file
/// What guest or process do once, step by step, until all is done. No device has part in it.
#ifndef TCESIM_SIM_WORKLOAD_TASK_H
#define TCESIM_SIM_WORKLOAD_TASK_H

#include <vector>

#include "sim/workload/workload.h"

namespace tcesim {

class Task : public Workload {
public:
    void begin_measured() override {}
    void end_measured() override {}
    void judge(VariantResult &, bool) const override {}
    bool finished() const override { return ended_; }

protected:
    /// Does \p work on \p vcpu and keeps how long it takes, as \p metric.
    template <class Work>
    void step(Vcpu &vcpu, const char *metric, Work work) {
        const ps_t begin = vcpu.now();
        work();
        vcpu.fold();
        steps_.push_back({metric, vcpu.now() - begin});
    }
    void fill_steps(VariantResult &result) const {
        for (const Step &step : steps_)
            result.set(step.metric, step.time);
    }
    /// Of all steps.
    ps_t time() const {
        ps_t sum = 0;
        for (const Step &step : steps_)
            sum += step.time;
        return sum;
    }

    std::string problem_; ///< what has failed; empty: nothing
    bool ended_ = false;

private:
    struct Step {
        const char *metric;
        ps_t time;
    };

    std::vector<Step> steps_;
};

} // namespace tcesim

#endif
