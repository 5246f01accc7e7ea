// SPDX-License-Identifier: Apache-2.0
/// \file
/// One hypercall after another, for the time that it takes. No handler of hcall/ has part in it: these are the
/// ways through the levels, which every handler's hypercall pays as well.
#ifndef TCESIM_SIM_WORKLOAD_HYPERCALLS_H
#define TCESIM_SIM_WORKLOAD_HYPERCALLS_H

#include "sim/workload/workload.h"

namespace tcesim {

class Hypercalls : public Workload {
public:
    explicit Hypercalls(const MachineParts &parts) : config_(parts.config) {}

    std::string open() override;
    void run(Vcpu &vcpu) override;
    void begin_measured() override {}
    void end_measured() override {}
    void fill(VariantResult &result) const override;
    void judge(VariantResult &, bool) const override {}
    std::string standstill() const override { return "the guest waits for a timer that never comes"; }

private:
    void call(Vcpu &vcpu);
    void cede(Vcpu &vcpu);

    const scenario::Config &config_;
    const Vcpu *vcpu_ = nullptr;
    LatencyHistogram wakeups_; // of the measured phase
};

} // namespace tcesim

#endif
