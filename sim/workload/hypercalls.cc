// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/hypercalls.h"

#include "sim/machine_parameters.h"
#include "sim/workload/rates.h"

namespace tcesim {

using scenario::Call;

/// A guest that does nothing but calls that take no time would never get to the end of the run.
std::string Hypercalls::open() {
    const CpuCosts costs = cpu_costs(config_);
    const bool real = config_.traffic.call == Call::null_real;
    if (config_.traffic.call == Call::cede || costs.of(Cost::real_mode_round_trip) ||
        (!real && costs.of(Cost::guest_exit) + costs.of(Cost::guest_entry)))
        return "";
    return "a hypercall takes no time: real_mode_round_trip" +
           std::string(real ? " is 0" : ", guest_exit and guest_entry are 0");
}

void Hypercalls::run(Vcpu &vcpu) {
    vcpu_ = &vcpu;
    for (;;) {
        if (config_.traffic.call == Call::cede)
            cede(vcpu);
        else
            call(vcpu);
    }
}

void Hypercalls::call(Vcpu &vcpu) {
    vcpu.enter_level(PORT_REAL_MODE);
    if (config_.traffic.call != Call::null_real)
        vcpu.enter_level(PORT_HOST_KERNEL);
    vcpu.enter_level(PORT_GUEST);
}

void Hypercalls::cede(Vcpu &vcpu) {
    const ps_t timer = vcpu.now() + config_.traffic.sleep;
    vcpu.idle_until(timer);
    if (vcpu.phase() == Phase::measured)
        wakeups_.record(vcpu.now() - std::min(timer, vcpu.now()));
}

void Hypercalls::fill(VariantResult &result) const {
    if (!vcpu_)
        return;
    if (const LatencyHistogram &whole = vcpu_->hypercall_times().whole; whole.count()) {
        result.set("hypercall_mean", whole.mean());
        result.set(
            "hypercall_cycles",
            ratio(whole.mean(), static_cast<std::uint64_t>(config_.machine.constant("core_clock")), 1'000'000'000'000));
    }
    if (wakeups_.count()) {
        result.set("wakeups", wakeups_.count());
        result.set("wakeup_mean", wakeups_.mean());
    }
    if (config_.traffic.call == Call::null_real)
        return;
    const CpuCosts &costs = vcpu_->costs();
    result.set("exit_mean", costs.of(Cost::guest_exit));
    result.set("entry_mean", costs.of(Cost::guest_entry));
}

} // namespace tcesim
