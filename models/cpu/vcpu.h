// SPDX-License-Identifier: Apache-2.0
/// \file
/// One vCPU: a thread of guest and host software with a local time that may run ahead.
///
/// Everything it does ends in the ledger. It runs ahead of the timeline until it calls sync(),
/// which folds the handler code executed so far into time and lets everybody else catch up.
#ifndef TCESIM_MODELS_CPU_VCPU_H
#define TCESIM_MODELS_CPU_VCPU_H

#include <functional>

#include "hcall/port.h"
#include "models/cpu/costs.h"
#include "models/cpu/latency_histogram.h"
#include "models/cpu/ledger.h"
#include "models/cpu/meter.h"
#include "models/cpu/port_time.h"
#include "models/pcie/mmio.h"

namespace tcesim {

struct VcpuCounters {
    std::uint64_t exits_to_host = 0, exits_to_user = 0, interrupts = 0, hypercalls = 0;
};

class Vcpu {
public:
    /// \p measured_from, \p measured_to: borders of the measured phase.
    Vcpu(unsigned number, Timeline &timeline, Meter &meter, const CpuCosts &costs, ps_t measured_from,
         ps_t measured_to);

    unsigned number() const { return actor_.number(); }
    Actor &actor() { return actor_; }
    /// Local time as of the last fold.
    ps_t now() const { return ledger_.clock(); }
    Phase phase() const { return ledger_.phase(); }
    const CpuCosts &costs() const { return costs_; }
    Meter &meter() { return meter_; }

    /// Makes this vCPU the one whose account handler code charges.
    void activate();

    // ---- spending time; none of these lets others act ----
    /// Turns handler code executed so far into time.
    void fold() { ledger_.charge(code_leaf_, meter_.fold(ledger_.phase())); }
    void spend(Cost cost) { spend(cost, costs_.of(cost)); }
    void spend(Cost cost, ps_t ps) { ledger_.charge(cost_leaves_[static_cast<unsigned>(cost)], ps); }
    /// Port functions that do the handlers' work: atomics, fences, clearing, copying. What they spend
    /// belongs to the line of a handler that called them, too.
    enum class PortWork : unsigned { atomic, fence, clear, copy, access };
    void spend_in_port(PortWork work, ps_t ps) { charge_in_port(work_leaves_[static_cast<unsigned>(work)], ps); }
    void spend_atomic_in_port() { spend_in_port(PortWork::atomic, meter_.cycles_to_ps(costs_.atomic)); }
    void spend_fence_in_port() { spend_in_port(PortWork::fence, meter_.cycles_to_ps(costs_.fence)); }
    void spend_in_port(Cost cost) { spend_in_port(cost, costs_.of(cost)); }
    void spend_in_port(Cost cost, ps_t ps) { charge_in_port(cost_leaves_[static_cast<unsigned>(cost)], ps); }

    // ---- loops most of whose steps are alike (LoopPieces) ----
    /// Everything that grows while handler code runs outside the guest; it has been folded.
    struct Progress {
        Meter::Progress meter;
        ps_t clock;
        std::vector<ps_t> leaves;
        PortTime::Rows port_time; ///< of the origin
        std::uint64_t port_steps;
    };
    Progress progress() const;
    /// What steps of a loop do.
    struct Steps {
        Meter::Steps code;
        struct Time {
            Leaf leaf;
            std::size_t access;
            Growth growth;
        };
        std::vector<Time> leaves;                        ///< but code and waits
        std::vector<Time> port_time;                     ///< the same by access
        std::vector<std::pair<Leaf, std::size_t>> waits; ///< where port functions wait
        Growth port_steps;
    };
    /// As Meter::learn(); waits need not fit, nor times to the rounding.
    std::optional<Steps> learn(const Progress &a, const Progress &b, const Progress &c, std::uint64_t n) const;
    /// Time waited between the two.
    ps_t waited(const Progress &from, const Progress &to) const;
    /// Whether the phase that runs now lasts for \p ps more.
    bool stays_in_phase(ps_t ps) const { return ps < ledger_.left_of_phase(); }
    /// Does \p count such steps in one go. \p length: what they take where the CPU is held up in one place, so that
    /// waiting fills it; 0 where it never waits.
    void extend(const Steps &steps, std::uint64_t count, ps_t length);

    // ---- letting others act ----
    /// Folds, then returns when everything before this vCPU's instant has happened.
    void sync();
    /// Waits, in a port function, until \p when, which is not earlier than now().
    enum class Wait : unsigned { lock, kill_queue, mmio_load };
    void wait_until(Wait reason, ps_t when);
    /// Sleeps, in a port function, until wake().
    void wait_for_wake(Wait reason);
    /// Loads 8 bytes from a bridge or a device, and waits for them.
    std::uint64_t load(MmioTarget &target, std::uint64_t address);
    /// Whether only wake() or an interrupt can make it go on.
    bool asleep() const { return asleep_; }
    void wake() { timeline_.wake(actor_, timeline_.now()); }

    /// Guest software of \p ps that device interrupts may interrupt.
    void guest_work(Cost cost, ps_t ps);
    /// Cedes the CPU until the next interrupt, which is then delivered.
    void idle();
    /// Does what nobody knows of until \p when, in the guest: idle time that costs nothing.
    void rest_until(ps_t when);
    /// Cedes the CPU until \p when, at which the host's timer wakes it; no interrupt ends that earlier.
    void idle_until(ps_t when);
    /// Its software has ended: idle for ever.
    [[noreturn]] void halt();
    /// A device interrupt for this vCPU arrives now. Guest work is interrupted at once, at the price of an exit
    /// and an entry; a host that runs on the CPU takes it on its way; a hypercall in real mode ends first.
    void raise_interrupt();
    /// From now on this vCPU executes nothing more but \p end, in the host, and is then idle for ever: as a signal that
    /// kills acts where the host returns to the guest or to user space. What it does in the host is finished first, and
    /// what it does outside is left as it is.
    void kill(std::function<void()> end);
    /// Whether kill() would act at once.
    bool outside_host() const { return level_ == PORT_GUEST || halted_; }
    /// Called in the guest when an interrupt has been delivered.
    void set_interrupt_handler(std::function<void()> handler) { handler_ = std::move(handler); }

    /// Changes the level with its cost; at the way out of and into the guest, hypercalls are timed.
    void enter_level(port_level level);
    port_level level() const { return level_; }
    /// The hypercall that the guest is about to make. Times are kept by opcode for those of TCEs only.
    void announce_hypercall(std::uint64_t opcode) { opcode_ = opcode; }

    /// At the end of the run: what the vCPU was in the middle of at \p end is charged up to there.
    void settle(ps_t end);

    const Ledger &ledger() const { return ledger_; }
    /// How often handlers have synced or made a port function take time: progress of theirs, whatever it costs.
    std::uint64_t port_steps() const { return port_steps_; }
    /// Time of port functions in the measured phase.
    const PortTime &port_time() const { return port_time_; }
    /// Time spent on \p cost so far, in all phases.
    ps_t spent(Cost cost) const;
    /// Time of handler code in \p phase, for Profile to divide.
    ps_t code_time(Phase phase) const { return ledger_.time(code_leaf_, phase); }
    /// Whether \p leaf is idleness or waiting, and whether it is the code leaf.
    bool is_idle(Leaf leaf) const { return leaf == idle_leaf_ || is_wait(leaf); }
    bool is_code(Leaf leaf) const { return leaf == code_leaf_; }

    const VcpuCounters &counters() const { return counters_; }

    struct HypercallTimes {
        LatencyHistogram whole;   ///< waits included
        LatencyHistogram service; ///< without waits for locks and queues
    };
    const HypercallTimes &hypercall_times() const { return all_times_; }
    /// Instant at which the latest hypercall left the guest.
    ps_t hypercall_began() const { return hypercall_began_; }
    /// By opcode: H_PUT_TCE, H_PUT_TCE_INDIRECT, H_STUFF_TCE.
    const HypercallTimes &hypercall_times(std::uint64_t opcode) const;

private:
    bool is_wait(Leaf leaf) const;
    void charge_in_port(Leaf leaf, ps_t ps);
    void let_others_act();
    void charge_transition(port_level from, port_level to);
    void leave_guest();
    void enter_guest();
    void take_in_host();
    bool deliver_interrupts();
    bool dies() const { return killed_ && outside_host(); }
    [[noreturn]] void die();
    ps_t block(Leaf leaf);
    void begin_hypercall();
    void end_hypercall();
    void catch_up(Leaf leaf, ps_t when);

    Timeline &timeline_;
    Meter &meter_;
    const CpuCosts costs_;
    Actor actor_;
    Ledger ledger_;
    PortTime port_time_;
    std::uint64_t port_steps_ = 0;
    const std::uint8_t *calling_ = nullptr; // meter_calling, while another vCPU executes
    Leaf code_leaf_, idle_leaf_;
    Leaf waiting_leaf_; // what is charged when the timeline hands control back
    std::array<Leaf, cost_count> cost_leaves_{};
    std::array<Leaf, 5> work_leaves_{};
    std::array<Leaf, 3> wait_leaves_{};

    std::function<void()> handler_;
    bool interrupt_pending_ = false; // raised by the device
    bool injected_ = false;          // handled by the host, not yet seen by the guest
    bool asleep_ = false;
    bool waiting_ = false; // time up to the next instant belongs to waiting_leaf_
    bool interruptible_ = false;
    bool in_handler_ = false;
    bool halted_ = false;
    bool ceded_ = false; // the guest has, and its exit is paid for
    std::function<void()> killed_; // what is left to do of it
    port_level level_ = PORT_GUEST;

    std::uint64_t opcode_ = 0;
    ps_t hypercall_began_ = 0;
    ps_t waited_ = 0;
    HypercallTimes all_times_;
    std::array<HypercallTimes, hypercall_count> times_; // by Hypercall
    VcpuCounters counters_;
};

/// The vCPU that executes; nullptr while the machine is being set up.
extern Vcpu *current_vcpu;

} // namespace tcesim

#endif
