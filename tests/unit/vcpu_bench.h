// SPDX-License-Identifier: Apache-2.0
/// \file
/// vCPUs that run functions of a test on one timeline, with round costs and no handlers: one
/// "instruction" of execute() takes 1 ns.
#ifndef TCESIM_TESTS_UNIT_VCPU_BENCH_H
#define TCESIM_TESTS_UNIT_VCPU_BENCH_H

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/cpu/vcpu.h"
#include "tests/unit/made_up_object.h"

namespace tcesim {

class VcpuBench : public sc_core::sc_module {
public:
    static constexpr ps_t ns = 1000;

    /// Every cost is a number of its own: any wrong combination has another sum.
    static CpuCosts bench_costs() {
        CpuCosts costs{};
        for (unsigned cost = 0; cost < cost_count; ++cost)
            costs.ps[cost] = cost < 14 ? (ns << cost) + 1 : (ns << (cost - 14)) + 301; // odd: halves differ
        costs.clear_bytes_per_cycle = 16;
        costs.copy_bytes_per_cycle = 8;
        costs.atomic = 44'000; // 44 cycles of 1 ns
        costs.fence = 33'000;
        return costs;
    }

    explicit VcpuBench(ps_t measured_from = 0, ps_t measured_to = 1'000'000'000'000)
        : sc_module(sc_core::sc_module_name("bench")), timeline("timeline", false), costs(bench_costs()),
          measured_from_(measured_from), measured_to_(measured_to) {}
    ~VcpuBench() override {
        current_vcpu = nullptr;
        use_meter(nullptr);
    }

    /// A vCPU that does \p body and then nothing more; its number is that of the call.
    Vcpu &add(std::function<void(Vcpu &)> body) {
        meters_.push_back(std::make_unique<Meter>(object_.table(), 0, code_costs_, cache_, true));
        vcpus.push_back(std::make_unique<Vcpu>(static_cast<unsigned>(vcpus.size()), timeline, *meters_.back(), costs,
                                               measured_from_, measured_to_));
        Vcpu *vcpu = vcpus.back().get();
        vcpu->set_interrupt_handler([] {});
        sc_core::sc_spawn([this, vcpu, body] {
            timeline.start(vcpu->actor());
            vcpu->activate();
            body(*vcpu);
            vcpu->wait_for_wake(Vcpu::Wait::lock); // for ever
        });
        return *vcpu;
    }
    /// Something outside the vCPUs happens at \p when.
    void at(ps_t when, std::function<void()> action) {
        happenings_.push_back(std::make_unique<Happening>(std::move(action), EventClass::device));
        timeline.schedule(happenings_.back()->event, when);
    }
    /// Runs until nothing is left to do.
    void run() { sc_core::sc_start(); }
    /// Runs until \p end and settles what vCPUs are in the middle of.
    void run_until(ps_t end) {
        Happening stop(
            [this, end] {
                for (const std::unique_ptr<Vcpu> &vcpu : vcpus)
                    vcpu->settle(end);
                timeline.stop();
            },
            EventClass::end);
        timeline.schedule(stop.event, end);
        sc_core::sc_start();
    }
    /// Handler code of \p instructions runs on the current vCPU.
    void execute(std::uint32_t instructions) { object_.run(0, 0, instructions); }

    ps_t of(Cost cost) const { return costs.of(cost); }
    /// Time that \p vcpu spent on \p leaf, in all phases.
    static ps_t spent(const Vcpu &vcpu, const std::string &leaf) {
        const Ledger &ledger = vcpu.ledger();
        ps_t sum = 0;
        for (Leaf i = 0; i < ledger.leaves(); ++i)
            if (ledger.name(i) == leaf)
                for (unsigned phase = 0; phase < phase_count; ++phase)
                    sum += ledger.time(i, static_cast<Phase>(phase));
        return sum;
    }
    static ps_t spent(const Vcpu &vcpu, Cost cost) { return spent(vcpu, leaf_name(cost)); }
    /// A full exit to the host, and the way back, of the whole core.
    ps_t exit_cost() const { return of(Cost::guest_exit) + of(Cost::siblings_out) + of(Cost::core_turn); }
    ps_t entry_cost() const { return of(Cost::siblings_in) + of(Cost::guest_entry); }
    /// What a device interrupt costs a vCPU that it finds in the guest, without the handler.
    ps_t interrupt_cost() const {
        return exit_cost() + of(Cost::host_interrupt) + entry_cost() + of(Cost::guest_interrupt);
    }

    Timeline timeline;
    const CpuCosts costs;
    std::vector<std::unique_ptr<Vcpu>> vcpus;

private:
    struct Happening {
        Happening(std::function<void()> what, EventClass event_class)
            : action(std::move(what)), event(Event::member<&Happening::fire>(event_class, this)) {}
        void fire() { action(); }
        std::function<void()> action;
        Event event;
    };

    const ps_t measured_from_, measured_to_;
    std::vector<std::unique_ptr<Happening>> happenings_;

    // A handler object of one function with one block.
    MadeUpObject object_{{{"handler", 1}}};
    const CodeCosts code_costs_ = {1'000'000'000, 1000, 44'000, 33'000, 13'000, 28'000, 90'000};
    const CacheParameters cache_ = {128, 1024, 4096, 16384, 4};
    std::vector<std::unique_ptr<Meter>> meters_;
};

} // namespace tcesim

#endif
