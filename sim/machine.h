// SPDX-License-Identifier: Apache-2.0
/// \file
/// The simulated machine: every model of one variant, built from its configuration and connected.
///
///     Workload (guest software) -> GuestDma -> handlers -> SimPort -> Phb
///                                                                      |
///     Workload (its device) <-------------------- Link ----------------+
#ifndef TCESIM_SIM_MACHINE_H
#define TCESIM_SIM_MACHINE_H

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "models/cpu/kill_fault.h"
#include "models/cpu/sim_port.h"
#include "models/guest/dma_checker.h"
#include "models/phb/phb.h"
#include "sim/handler_object.h"
#include "sim/handler_state.h"
#include "sim/scenario/config.h"
#include "sim/simulation.h"
#include "sim/workload/workload.h"

namespace tcesim {

/// What is left when the process that owns the guest has ended, beyond what there was before the device was passed
/// through.
struct Remains {
    machine_remains of_handlers;
    std::uint64_t needless_pins;             ///< that nothing rested on when the process was about to end
    std::uint64_t pins, objects, page_bytes; ///< without what the bugs of an era are known to lose
};

class Machine : public sc_core::sc_module {
public:
    /// What makes the workload of a machine.
    using Software = std::function<std::unique_ptr<Workload>(const MachineParts &)>;

    /// \p config has passed the scenario's checks; what only the models can tell is in problem().
    Machine(sc_core::sc_module_name name, const scenario::Config &config, const HandlerObject &object,
            const RunOptions &options, const Software &software = make_workload);
    ~Machine() override;

    /// Passes the device through and opens the workload, at instant 0 and free of charge.
    void set_up();
    /// Why the machine cannot run, for the user; empty when it can.
    const std::string &problem() const { return problem_; }

    Timeline &timeline() { return timeline_; }
    Vcpu &vcpu() { return *vcpu_; }
    const SimPort &port() const { return port_; }
    const Link &link() const { return link_; }
    const Phb &phb() const { return phb_; }
    Workload &workload() { return *workload_; }
    const DmaChecker &checker() const { return checker_; }
    const HypercallLog &hypercalls() const { return hypercall_watch_.log(); }

    /// Scans and judges what the handlers keep, as it is at this instant. At the end of the run: block counts that
    /// nobody has collected yet are mixed with those of the scan.
    HandlerState handler_state() const;

    /// Kills the process that owns the guest, now: it ends on the vCPU, whose time that takes, while devices go on.
    void kill_process();
    /// Ends the process where it still lives, at nobody's charge, once the vCPU has done what it does in the host; then
    /// asks what is left of it. After the run: no event may be used any more that it has stopped before.
    Remains end_process();
    /// Instant at which the configuration has the process killed, and whether it has been.
    std::optional<ps_t> killed_at() const;
    bool killed() const { return killed_at_.has_value(); }
    /// From the kill to the end of the process; nothing while that lasts.
    std::optional<ps_t> end_time() const { return end_time_; }
    const KillFault &kill_fault() const { return kill_fault_; }

    ps_t measured_from() const { return config_.traffic.warmup; }
    ps_t measured_to() const { return config_.traffic.warmup + config_.traffic.duration; }

    /// Adds somebody who hears which function of the handlers is called and what they trace.
    template <class Observer>
    void listen(Observer &observer) {
        port_.add_observer(observer);
        mapping_observers_.add(observer);
    }
    /// Adds somebody who hears what the handlers trace, set-up included where that is still to come.
    void listen_to_traces(TraceObserver &observer) { port_.add_observer(observer); }
    /// Lets \p story watch everything: traces, DMA, mappings, and the packets of the workload.
    void watch(Story &story);

private:
    /// Tells several observers in order.
    class DmaObservers : public DmaObserver {
    public:
        void add(DmaObserver &observer) { observers_.push_back(&observer); }
        void on_access(const DmaAccess &access) override;
        void on_kill(const TceKill &kill) override;
        void on_freeze(const DmaAccess &access) override;

    private:
        std::vector<DmaObserver *> observers_;
    };
    class MappingObservers : public MappingObserver {
    public:
        void add(MappingObserver &observer) { observers_.push_back(&observer); }
        void on_call(const char *function) override;
        void on_return() override;
        void on_mapped(std::uint64_t bus_address, std::uint64_t bytes, std::uint64_t gpa) override;
        void on_unmapped(std::uint64_t bus_address, std::uint64_t bytes) override;

    private:
        std::vector<MappingObserver *> observers_;
    };
    /// What handlers reach through firmware.
    class Firmware : public PhbFirmware {
    public:
        Firmware(Phb &phb, Link &link) : phb_(phb), link_(link) {}
        void set_tve(std::uint32_t index, std::uint64_t tve) override;
        ps_t tce_kill(opal_tce_kill kind, std::uint32_t pe, std::uint32_t shift, std::uint64_t ioba,
                      std::uint64_t pages) override;
        /// The link has one device, and that is the PE.
        void pe_reset(std::uint32_t, enum port_reset reset) override { link_.reset_device(reset != PORT_RESET_NONE); }

    private:
        Phb &phb_;
        Link &link_;
    };
    /// Keeps the log of the guest's hypercalls.
    class HypercallWatch : public TraceObserver {
    public:
        explicit HypercallWatch(SimPort &port) { port.add_observer(*this); }
        const HypercallLog &log() const { return log_; }
        void on_trace(const Trace &trace) override {
            if (trace.event == PORT_EV_HCALL_ENTER)
                log_.enter({trace.a, trace.b, trace.c, trace.d});
            else if (trace.event == PORT_EV_HCALL_RETURN)
                log_.returned(static_cast<long>(trace.b), trace.vcpu && trace.vcpu->phase() == Phase::measured);
        }

    private:
        HypercallLog log_;
    };
    class MemoryOfHandlers : public HandlerMemory {
    public:
        explicit MemoryOfHandlers(const SimPort &port) : port_(port) {}
        const u64 *level(u64 hpa) const override { return reinterpret_cast<const u64 *>(HostMemory::at(hpa)); }
        std::optional<u64> ua_of(u64 gpa) const override {
            const GuestRam &ram = port_.ram();
            return gpa < ram.size ? std::optional(ram.ua + gpa) : std::nullopt;
        }
        std::optional<u64> hpa_of(u64 ua) const override {
            const GuestRam &ram = port_.ram();
            return ua - ram.ua < ram.size ? std::optional(ram.hpa + (ua - ram.ua)) : std::nullopt;
        }
        unsigned host_page_shift() const override { return port_.ram().host_page_shift; }
        u64 pins() const override { return port_.counters().pins - port_.counters().unpins; }

    private:
        const SimPort &port_;
    };
    class InterruptToVcpu : public InterruptSink {
    public:
        explicit InterruptToVcpu(Machine &machine) : machine_(machine) {}
        void on_interrupt(std::uint16_t, std::uint64_t, std::uint32_t) override { machine_.vcpu_->raise_interrupt(); }

    private:
        Machine &machine_;
    };

    void run_vcpu();
    hcall_machine make_handlers_machine();
    bool pass_device_through();
    /// The guest's second window, where it makes one for its device.
    bool open_second_window();
    /// The one that bypasses translation, as the host's own kernel sets it up.
    void open_bypass();
    void end_on_vcpu();
    std::uint64_t count_needless_pins() const;

    const scenario::Config config_;
    const HandlerObject object_;
    const hcall_setup setup_;
    std::string problem_;

    Timeline timeline_;
    HostMemory memory_;
    SimPort port_;
    Link link_;
    Phb phb_;
    Firmware firmware_;
    KillFault kill_fault_;
    InterruptToVcpu interrupts_;

    // What the host and guest kernels and the user process keep; the handlers alone know what it is.
    hcall_machine handlers_machine_;
    PortCounters before_process_; // of what the host has anyway
    std::optional<ps_t> killed_at_, end_time_;
    std::uint64_t needless_pins_ = 0;

    GuestDma dma_;
    std::unique_ptr<Workload> workload_;
    DmaChecker checker_;
    HypercallWatch hypercall_watch_{port_};
    DmaObservers dma_observers_;
    MappingObservers mapping_observers_;
    std::unique_ptr<Meter> meter_;
    std::unique_ptr<Vcpu> vcpu_;
};

} // namespace tcesim

#endif
