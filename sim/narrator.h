// SPDX-License-Identifier: Apache-2.0
/// \file
/// Keeps the parent told what the handlers are run for, for the message about a variant that dies or hangs, and knows
/// the call that has not come back.
#ifndef TCESIM_SIM_NARRATOR_H
#define TCESIM_SIM_NARRATOR_H

#include <optional>
#include <string>

#include "models/cpu/sim_port.h"
#include "models/guest/guest_dma.h"
#include "sim/progress.h"

namespace tcesim {

class Narrator : public TraceObserver, public MappingObserver {
public:
    explicit Narrator(ProgressSink &progress) : progress_(progress) {}

    // The parts of a run, in their order.
    void set_up() { progress_.doing("set-up"); }
    void run(const Vcpu &vcpu);
    void inspection() { progress_.doing("the inspection at the end"); }

    struct Call {
        std::string what; ///< "H_PUT_TCE of vcpu0", "dma_map() of the guest"
        ps_t since;
    };
    /// The innermost call that has not returned.
    std::optional<Call> under_way() const;
    /// What to say of a call that goes round in circles when the run ends at \p end: it has been under way for 10 ms,
    /// or for as long as the measured phase if that is 1 ms or more, and has made more steps in the port than the
    /// longest list of TCEs takes. A call that a machine's constants make slow takes few. Nothing when there is none.
    /// \p measured: length of the measured phase.
    std::optional<std::string> unfinished(ps_t end, ps_t measured) const;

    void on_call(const char *function) override;
    void on_return() override;
    void on_mapped(std::uint64_t, std::uint64_t, std::uint64_t) override {}
    void on_unmapped(std::uint64_t, std::uint64_t) override {}
    void on_trace(const Trace &trace) override;

private:
    struct Open {
        const char *name; ///< nullptr: not under way
        ps_t since;
        std::uint64_t steps; ///< of the vCPU in the port when it began, or when a hypercall that it made returned
    };
    std::uint64_t steps() const { return vcpu_ ? vcpu_->port_steps() : 0; }
    void tell();

    ProgressSink &progress_;
    const Vcpu *vcpu_ = nullptr;
    Open function_{}, hypercall_{};
};

} // namespace tcesim

#endif
