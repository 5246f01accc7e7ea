// SPDX-License-Identifier: Apache-2.0
/// What a vCPU finishes when the process that runs it is killed, and what it leaves as it is.
#include <gtest/gtest.h>

#include "tests/unit/vcpu_bench.h"

namespace tcesim::vcpu_kill_test {
namespace {

constexpr ps_t us = 1'000'000;

struct Killed {
    ps_t at = 0; // in the host, on its way out
    port_level level = PORT_GUEST;
    bool went_on = false;
};

Killed kill_at(ps_t when, const std::function<void(Vcpu &)> &body) {
    VcpuBench bench;
    Killed killed;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        body(self);
        killed.went_on = true;
    });
    bench.at(when, [&] {
        vcpu.kill([&] {
            killed.at = vcpu.now();
            killed.level = vcpu.level();
        });
    });
    bench.run_until(1000 * us);
    EXPECT_EQ(vcpu.ledger().clock(), 1000 * us);
    return killed;
}

TEST(KilledVcpu, LeavesTheGuestAtOnce) {
    const CpuCosts costs = VcpuBench::bench_costs();
    const ps_t exit = costs.of(Cost::guest_exit) + costs.of(Cost::siblings_out) + costs.of(Cost::core_turn);
    const Killed killed = kill_at(7 * us, [](Vcpu &vcpu) { vcpu.guest_work(Cost::guest_send, 100 * us); });
    EXPECT_EQ(killed.at, 7 * us + exit);
    EXPECT_EQ(killed.level, PORT_HOST_KERNEL);
    EXPECT_FALSE(killed.went_on);
}

TEST(KilledVcpu, ThatHasCededIsInTheHostAlready) {
    const Killed killed = kill_at(500 * us, [](Vcpu &vcpu) { vcpu.idle(); });
    EXPECT_EQ(killed.at, 500 * us);
    EXPECT_EQ(killed.level, PORT_HOST_KERNEL);
    EXPECT_FALSE(killed.went_on);
}

TEST(KilledVcpu, ThatHasCededForATimeIsNotWaitedFor) {
    const Killed killed = kill_at(500 * us, [](Vcpu &vcpu) { vcpu.idle_until(900 * us); });
    EXPECT_EQ(killed.at, 500 * us);
    EXPECT_EQ(killed.level, PORT_HOST_KERNEL);
}

TEST(KilledVcpu, WhoseSoftwareHasEndedIsWokenForIt) {
    EXPECT_GE(kill_at(500 * us, [](Vcpu &vcpu) { vcpu.halt(); }).at, 500 * us);
}

/// What the host does for a guest that waits for it, in two parts.
void work_in_host(Vcpu &vcpu, port_level level) {
    vcpu.enter_level(PORT_HOST_KERNEL);
    if (level != PORT_HOST_KERNEL)
        vcpu.enter_level(PORT_HOST_USER);
    if (level == PORT_HOST_SYSCALL)
        vcpu.enter_level(PORT_HOST_SYSCALL);
    for (int part = 0; part < 2; ++part) {
        vcpu.spend(Cost::guest_send, 100 * us);
        vcpu.sync();
    }
}

TEST(KilledVcpu, FinishesWhatTheHostDoesForTheGuest) {
    ps_t done = 0;
    const Killed killed = kill_at(150 * us, [&](Vcpu &vcpu) {
        work_in_host(vcpu, PORT_HOST_KERNEL);
        done = vcpu.now();
        vcpu.enter_level(PORT_GUEST);
    });
    EXPECT_GT(done, 200 * us);
    EXPECT_GT(killed.at, done);
    EXPECT_FALSE(killed.went_on);
}

TEST(KilledVcpu, FinishesASystemCallAndNothingMoreOfItsProcess) {
    ps_t done = 0;
    bool in_user_space = false;
    const Killed killed = kill_at(150 * us, [&](Vcpu &vcpu) {
        work_in_host(vcpu, PORT_HOST_SYSCALL);
        done = vcpu.now();
        vcpu.enter_level(PORT_HOST_USER);
        in_user_space = true;
    });
    EXPECT_GT(done, 200 * us);
    EXPECT_FALSE(in_user_space);
    EXPECT_EQ(killed.level, PORT_HOST_SYSCALL);
}

TEST(KilledVcpu, TakesNoInterruptAnyMore) {
    VcpuBench bench;
    unsigned interrupts = 0;
    Vcpu &vcpu = bench.add([&](Vcpu &self) { self.guest_work(Cost::guest_send, 100 * us); });
    vcpu.set_interrupt_handler([&] { ++interrupts; });
    bench.at(7 * us, [&] {
        vcpu.raise_interrupt();
        vcpu.kill([] {});
    });
    bench.at(50 * us, [&] { vcpu.raise_interrupt(); });
    bench.run_until(200 * us);
    EXPECT_EQ(interrupts, 0U);
}

// The run has ended; the vCPU is in the host, and is let out of it.
TEST(KilledVcpu, GoesOnBehindTheEndOfTheRun) {
    VcpuBench bench;
    ps_t out = 0;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        work_in_host(self, PORT_HOST_KERNEL);
        self.enter_level(PORT_GUEST);
    });
    bench.run_until(150 * us);
    ASSERT_FALSE(vcpu.outside_host());
    vcpu.kill([&] {
        out = vcpu.now();
        bench.timeline.stop();
    });
    bench.timeline.go_on();
    sc_core::sc_start();
    EXPECT_GT(out, 200 * us);
}

} // namespace
} // namespace tcesim::vcpu_kill_test
