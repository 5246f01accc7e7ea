// SPDX-License-Identifier: Apache-2.0
/// \file
/// The life of a guest's second window: made, filled, followed by memory that comes and goes, removed, made again,
/// and lost when the guest reboots. No device uses it.
#ifndef TCESIM_SIM_WORKLOAD_DYNAMIC_WINDOW_H
#define TCESIM_SIM_WORKLOAD_DYNAMIC_WINDOW_H

#include "sim/workload/task.h"

namespace tcesim {

class DynamicWindow : public Task, public TraceObserver {
public:
    explicit DynamicWindow(const MachineParts &parts);

    std::string open() override { return ""; }
    void run(Vcpu &vcpu) override;
    void fill(VariantResult &result) const override;
    std::string unfinished() const override;
    std::string standstill() const override { return "nobody does anything to the window"; }

    void on_trace(const Trace &trace) override;

private:
    void make_and_fill(Vcpu &vcpu);
    void change_memory(Vcpu &vcpu);
    void remove(Vcpu &vcpu);
    /// Runs \p work unless something has failed before; it returns a negative errno, which ends everything, or 0.
    template <class Work>
    void attempt(const char *what, Work work);
    /// The same as a step.
    template <class Work>
    void timed(Vcpu &vcpu, const char *metric, Work work) {
        step(vcpu, metric, [&] { attempt(metric, work); });
    }
    long ddw(machine_ddw_step what, std::uint64_t gpa, std::uint64_t size);
    bool direct() const { return parts_.config.guest.ddw == scenario::Ddw::direct; }

    const MachineParts parts_;
    const hcall_setup setup_;
    const std::uint64_t at_start_, later_; // bytes of memory
    std::uint64_t hypercalls_ = 0, map_hypercalls_ = 0, table_bytes_ = 0, refused_ = 0;
};

} // namespace tcesim

#endif
