// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <random>

#include "tests/unit/vcpu_bench.h"

namespace tcesim::vcpu_interrupt_test {
namespace {

constexpr ps_t us = 1'000'000;

TEST(VcpuInterrupt, SplitsGuestWork) {
    VcpuBench bench;
    ps_t handled_at = 0, finished_at = 0;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.set_interrupt_handler([&] {
            handled_at = self.now();
            self.spend(Cost::guest_ack);
        });
        self.guest_work(Cost::guest_send, 100 * us);
        finished_at = self.now();
    });
    bench.at(30 * us, [&] { vcpu.raise_interrupt(); });
    bench.run();
    EXPECT_EQ(handled_at, 30 * us + bench.interrupt_cost());
    EXPECT_EQ(finished_at, 100 * us + bench.interrupt_cost() + bench.of(Cost::guest_ack));
    EXPECT_EQ(VcpuBench::spent(vcpu, Cost::guest_send), 100 * us);
    EXPECT_EQ(vcpu.counters().interrupts, 1u);
    EXPECT_EQ(vcpu.counters().exits_to_host, 1u);
}

TEST(VcpuInterrupt, NoWorkIsLostOrDoneTwice) {
    VcpuBench bench;
    std::mt19937 random(17);
    unsigned handled = 0;
    ps_t handler_time = 0, idle_time = 0;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.set_interrupt_handler([&] {
            ++handled;
            const ps_t ps = random() % us;
            handler_time += ps;
            self.spend(Cost::guest_ack, ps);
        });
        for (int i = 0; i < 200; ++i)
            self.guest_work(Cost::guest_send, 10 * us);
        idle_time = VcpuBench::spent(self, "guest/idle/idle");
    });
    ps_t when = 0;
    for (int i = 0; i < 500; ++i)
        bench.at(when += random() % (40 * us), [&] { vcpu.raise_interrupt(); });
    bench.run();
    EXPECT_EQ(VcpuBench::spent(vcpu, Cost::guest_send), 2000 * us);
    EXPECT_EQ(idle_time, 0u);
    EXPECT_EQ(vcpu.counters().interrupts, handled);
    EXPECT_GT(handled, 100u);
    EXPECT_LT(handled, 500u); // those that come together are one
    EXPECT_EQ(vcpu.now(), 2000 * us + handled * bench.interrupt_cost() + handler_time);
    EXPECT_EQ(vcpu.ledger().sum(Phase::measured), vcpu.now());
}

TEST(VcpuInterrupt, HandlersDoNotNest) {
    VcpuBench bench;
    int depth = 0, deepest = 0, handled = 0;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.set_interrupt_handler([&] {
            deepest = std::max(deepest, ++depth);
            ++handled;
            self.guest_work(Cost::guest_poll, 50 * us);
            self.enter_level(PORT_REAL_MODE); // as an unmap in the handler does
            self.announce_hypercall(H_PUT_TCE);
            self.enter_level(PORT_GUEST);
            --depth;
        });
        self.guest_work(Cost::guest_send, 20 * us);
    });
    bench.at(10 * us, [&] { vcpu.raise_interrupt(); });
    bench.at(30 * us + bench.interrupt_cost(), [&] { vcpu.raise_interrupt(); }); // while the first one is handled
    bench.run();
    EXPECT_EQ(handled, 2);
    EXPECT_EQ(deepest, 1);
    EXPECT_EQ(VcpuBench::spent(vcpu, Cost::guest_poll), 100 * us);
}

TEST(VcpuInterrupt, EndsIdleness) {
    VcpuBench bench;
    ps_t handled_at = 0;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.set_interrupt_handler([&] { handled_at = self.now(); });
        self.idle();
    });
    bench.at(80 * us, [&] { vcpu.raise_interrupt(); });
    bench.run();
    EXPECT_EQ(VcpuBench::spent(vcpu, "guest/idle/idle"), 80 * us - bench.exit_cost());
    // The exit was paid on the way to sleep.
    EXPECT_EQ(handled_at, 80 * us + bench.of(Cost::idle_wake) + bench.entry_cost() + bench.of(Cost::host_interrupt) +
                              bench.of(Cost::guest_interrupt));
    EXPECT_EQ(vcpu.counters().exits_to_host, 1u);
}

TEST(VcpuInterrupt, ThatComesOnTheWayToSleepIsTakenWithoutSleeping) {
    VcpuBench bench;
    int handled = 0;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.set_interrupt_handler([&] { ++handled; });
        self.idle();
    });
    bench.at(bench.of(Cost::guest_exit) / 2, [&] { vcpu.raise_interrupt(); });
    bench.run();
    EXPECT_EQ(handled, 1);
    EXPECT_EQ(VcpuBench::spent(vcpu, "guest/idle/idle"), 0u);
    EXPECT_EQ(vcpu.now(), bench.interrupt_cost());
}

TEST(VcpuInterrupt, ThatIsPendingKeepsItFromSleeping) {
    VcpuBench bench;
    int handled = 0;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.set_interrupt_handler([&] { ++handled; });
        self.spend(Cost::guest_poll, 20 * us); // not interruptible
        self.idle();
    });
    bench.at(10 * us, [&] { vcpu.raise_interrupt(); });
    bench.run();
    EXPECT_EQ(handled, 1);
    EXPECT_EQ(VcpuBench::spent(vcpu, "guest/idle/idle"), 0u);
    EXPECT_EQ(vcpu.now(), 20 * us + bench.interrupt_cost());
}

TEST(VcpuInterrupt, WaitsForTheEndOfARealModeHandler) {
    VcpuBench bench;
    ps_t handled_at = 0, back_at = 0;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.set_interrupt_handler([&] { handled_at = self.now() - bench.interrupt_cost(); });
        self.enter_level(PORT_REAL_MODE);
        bench.execute(50'000); // 50 us
        self.announce_hypercall(H_PUT_TCE);
        self.enter_level(PORT_GUEST);
        back_at = self.now();
        self.guest_work(Cost::guest_send, 1 * us);
    });
    bench.at(10 * us, [&] { vcpu.raise_interrupt(); });
    bench.run();
    EXPECT_EQ(back_at, 50 * us + bench.of(Cost::real_mode_round_trip));
    EXPECT_EQ(handled_at, back_at);
}

TEST(VcpuInterrupt, BeforeAHypercallIsNoPartOfIt) {
    VcpuBench bench;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.spend(Cost::guest_poll, 20 * us);
        self.enter_level(PORT_REAL_MODE);
        self.announce_hypercall(H_PUT_TCE);
        self.enter_level(PORT_GUEST);
    });
    bench.at(10 * us, [&] { vcpu.raise_interrupt(); });
    bench.run();
    EXPECT_EQ(vcpu.counters().interrupts, 1u);
    EXPECT_EQ(vcpu.hypercall_times().whole.max(), bench.of(Cost::real_mode_round_trip));
}

/// Its handler unmaps by hypercalls of its own: the one that was about to be made was counted as the last of them.
TEST(VcpuInterrupt, BugAHypercallThatAnInterruptPrecedesKeepsItsOpcode) {
    VcpuBench bench;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        const auto hypercall = [&self](std::uint64_t opcode) {
            self.announce_hypercall(opcode);
            self.enter_level(PORT_REAL_MODE);
            self.enter_level(PORT_GUEST);
        };
        self.set_interrupt_handler([&] { hypercall(H_STUFF_TCE); });
        self.raise_interrupt();
        hypercall(H_PUT_TCE);
    });
    bench.run();
    EXPECT_EQ(vcpu.hypercall_times(H_STUFF_TCE).whole.count(), 1u);
    EXPECT_EQ(vcpu.hypercall_times(H_PUT_TCE).whole.count(), 1u);
}

/// It was charged to the hypercall, and stood there in profiles.
TEST(VcpuInterrupt, BugCodeOfItsHandlerIsNoPartOfTheHypercallThatFollows) {
    VcpuBench bench;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.set_interrupt_handler([&] { bench.execute(50'000); }); // 50 us, and no sync at its end
        self.raise_interrupt();
        self.announce_hypercall(H_PUT_TCE);
        self.enter_level(PORT_REAL_MODE);
        self.enter_level(PORT_GUEST);
    });
    bench.run();
    EXPECT_EQ(vcpu.hypercall_times().whole.max(), bench.of(Cost::real_mode_round_trip));
    EXPECT_NE(vcpu.meter().account(Phase::measured, Origin{}.number()), nullptr);
    EXPECT_EQ(vcpu.meter().account(Phase::measured, Origin{}.number())->executed[0], 50'000u);
}

TEST(VcpuInterrupt, IsTakenByAHostThatRunsOnTheCpu) {
    VcpuBench bench;
    ps_t back_at = 0;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.enter_level(PORT_REAL_MODE);
        self.enter_level(PORT_HOST_KERNEL);
        bench.execute(50'000); // 50 us
        self.announce_hypercall(H_PUT_TCE);
        self.enter_level(PORT_GUEST);
        back_at = self.now();
        self.guest_work(Cost::guest_send, 1 * us);
    });
    bench.at(10 * us, [&] { vcpu.raise_interrupt(); });
    bench.run();
    // No exit and no entry but those of the hypercall.
    EXPECT_EQ(vcpu.counters().exits_to_host, 1u);
    EXPECT_EQ(vcpu.counters().interrupts, 1u);
    EXPECT_EQ(VcpuBench::spent(vcpu, "cpu/guest_entry/constant"), bench.of(Cost::guest_entry));
    EXPECT_EQ(VcpuBench::spent(vcpu, "host/host_interrupt/constant"), bench.of(Cost::host_interrupt));
    EXPECT_EQ(vcpu.now(), back_at + bench.of(Cost::guest_interrupt) + 1 * us);
    // The hypercall waited for it; its own service did not.
    const auto &times = vcpu.hypercall_times();
    EXPECT_EQ(times.whole.max() - times.service.max(), bench.of(Cost::host_interrupt));
}

} // namespace
} // namespace tcesim::vcpu_interrupt_test
