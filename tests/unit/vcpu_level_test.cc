// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/vcpu_bench.h"

namespace tcesim::vcpu_level_test {
namespace {

constexpr ps_t us = 1'000'000;

struct Way {
    const char *name;
    std::vector<port_level> levels; // from the guest on
    std::vector<Cost> costs;        // each paid once per mention
    std::uint64_t exits_to_host, exits_to_user;
};

std::ostream &operator<<(std::ostream &out, const Way &way) {
    return out << way.name;
}

class VcpuLevels : public testing::TestWithParam<Way> {};

TEST_P(VcpuLevels, PayTheirDeclaredConstants) {
    VcpuBench bench;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.announce_hypercall(H_PUT_TCE);
        for (port_level level : GetParam().levels)
            self.enter_level(level);
    });
    bench.run();
    ps_t expected = 0;
    for (Cost cost : GetParam().costs)
        expected += bench.of(cost);
    EXPECT_EQ(vcpu.now(), expected);
    EXPECT_EQ(vcpu.counters().exits_to_host, GetParam().exits_to_host);
    EXPECT_EQ(vcpu.counters().exits_to_user, GetParam().exits_to_user);
    EXPECT_EQ(vcpu.counters().hypercalls, 1u);
    EXPECT_EQ(vcpu.hypercall_times().whole.max(), expected);
    EXPECT_EQ(vcpu.level(), PORT_GUEST);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, VcpuLevels,
    testing::Values(Way{"real_mode", {PORT_REAL_MODE, PORT_GUEST}, {Cost::real_mode_round_trip}, 0, 0},
                    Way{"virtual_mode",
                        {PORT_HOST_KERNEL, PORT_GUEST},
                        {Cost::guest_exit, Cost::siblings_out, Cost::core_turn, Cost::siblings_in, Cost::guest_entry},
                        1,
                        0},
                    Way{"user_space",
                        {PORT_HOST_KERNEL, PORT_HOST_USER, PORT_HOST_SYSCALL, PORT_HOST_USER, PORT_HOST_KERNEL,
                         PORT_GUEST},
                        {Cost::guest_exit, Cost::siblings_out, Cost::core_turn, Cost::syscall, Cost::syscall,
                         Cost::siblings_in, Cost::guest_entry},
                        1,
                        1}),
    [](const auto &way) { return way.param.name; });

TEST(VcpuLevel, AnAttemptInRealModePaysItsWayIn) {
    VcpuBench bench;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.announce_hypercall(H_PUT_TCE);
        for (port_level level : {PORT_REAL_MODE, PORT_HOST_KERNEL, PORT_GUEST})
            self.enter_level(level);
    });
    bench.run();
    EXPECT_EQ(VcpuBench::spent(vcpu, Cost::real_mode_round_trip), bench.of(Cost::real_mode_round_trip) / 2);
    EXPECT_EQ(vcpu.now(), bench.of(Cost::real_mode_round_trip) / 2 + bench.exit_cost() + bench.entry_cost());
}

TEST(VcpuLevel, HandlerCodeBelongsToTheHypercallItRunsIn) {
    VcpuBench bench;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        bench.execute(7); // in the guest
        self.enter_level(PORT_REAL_MODE);
        bench.execute(100);
        self.announce_hypercall(H_STUFF_TCE);
        self.enter_level(PORT_GUEST);
    });
    bench.run();
    EXPECT_EQ(vcpu.hypercall_times().whole.max(), bench.of(Cost::real_mode_round_trip) + 100 * VcpuBench::ns);
    EXPECT_EQ(vcpu.code_time(Phase::measured), 107 * VcpuBench::ns);
}

TEST(VcpuLevel, OtherHypercallsAreTimedTogether) {
    VcpuBench bench;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.enter_level(PORT_REAL_MODE);
        self.enter_level(PORT_GUEST);
        self.enter_level(PORT_HOST_KERNEL);
        self.enter_level(PORT_GUEST);
    });
    bench.run();
    EXPECT_EQ(vcpu.hypercall_times().whole.count(), 2u);
    EXPECT_EQ(vcpu.hypercall_times().whole.mean(),
              (bench.of(Cost::real_mode_round_trip) + bench.exit_cost() + bench.entry_cost()) / 2);
}

TEST(VcpuLevel, ATimerWakesTheGuestAfterTheLatencyOfItsIdleState) {
    VcpuBench bench;
    Vcpu &vcpu = bench.add([&](Vcpu &self) { self.idle_until(self.now() + 5000 * us); });
    bench.run();
    EXPECT_EQ(VcpuBench::spent(vcpu, "guest/idle/idle"), 5000 * us - bench.exit_cost());
    EXPECT_EQ(vcpu.now(), 5000 * us + bench.of(Cost::idle_wake) + bench.entry_cost());
}

TEST(VcpuLevel, ATimerThatIsOverBeforeTheHostIsReachedCostsNoIdleness) {
    VcpuBench bench;
    Vcpu &vcpu = bench.add([&](Vcpu &self) { self.idle_until(bench.of(Cost::guest_exit) / 2); });
    bench.run();
    EXPECT_EQ(VcpuBench::spent(vcpu, "guest/idle/idle"), 0u);
    EXPECT_EQ(vcpu.now(), bench.exit_cost() + bench.of(Cost::idle_wake) + bench.entry_cost());
}

TEST(VcpuLevel, HypercallsAreTimedByOpcode) {
    VcpuBench bench;
    const std::vector<std::pair<std::uint64_t, std::uint32_t>> calls = {
        {H_PUT_TCE, 10}, {H_PUT_TCE, 30}, {H_PUT_TCE_INDIRECT, 200}, {H_STUFF_TCE, 50}, {H_PUT_TCE, 20}};
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        for (const auto &[opcode, instructions] : calls) {
            self.announce_hypercall(opcode);
            self.enter_level(PORT_REAL_MODE);
            bench.execute(instructions);
            self.enter_level(PORT_GUEST);
        }
    });
    bench.run();
    const auto longest = [&](std::uint64_t opcode) {
        return (vcpu.hypercall_times(opcode).whole.max() - bench.of(Cost::real_mode_round_trip)) / VcpuBench::ns;
    };
    EXPECT_EQ(vcpu.hypercall_times(H_PUT_TCE).whole.count(), 3u);
    EXPECT_EQ(vcpu.hypercall_times(H_PUT_TCE_INDIRECT).whole.count(), 1u);
    EXPECT_EQ(vcpu.hypercall_times(H_STUFF_TCE).whole.count(), 1u);
    EXPECT_EQ(vcpu.hypercall_times().whole.count(), 5u);
    EXPECT_EQ(longest(H_PUT_TCE), 30u);
    EXPECT_EQ(longest(H_PUT_TCE_INDIRECT), 200u);
    EXPECT_EQ(longest(H_STUFF_TCE), 50u);
}

TEST(VcpuLevel, ServiceTimeIsWithoutWaits) {
    VcpuBench bench;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.announce_hypercall(H_PUT_TCE);
        self.enter_level(PORT_REAL_MODE);
        self.wait_until(Vcpu::Wait::kill_queue, self.now() + 5 * us);
        self.wait_for_wake(Vcpu::Wait::lock);
        self.enter_level(PORT_GUEST);
    });
    bench.at(8 * us, [&] { vcpu.wake(); });
    bench.run();
    const ps_t round_trip = bench.of(Cost::real_mode_round_trip);
    EXPECT_EQ(vcpu.hypercall_times().service.max(), round_trip);
    EXPECT_EQ(vcpu.hypercall_times().whole.max(), 8 * us + round_trip - round_trip / 2);
    EXPECT_EQ(VcpuBench::spent(vcpu, "kill_queue/wait/wait"), 5 * us);
}

TEST(VcpuLevel, OnlyHypercallsThatEndInTheMeasuredPhaseCount) {
    VcpuBench bench(10 * us, 40 * us);
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        for (int i = 0; i < 10; ++i) {
            self.announce_hypercall(H_PUT_TCE);
            self.enter_level(PORT_REAL_MODE);
            self.spend(Cost::guest_poll, 6 * us - self.costs().of(Cost::real_mode_round_trip));
            self.enter_level(PORT_GUEST);
        }
    });
    bench.run();
    // They end at 6, 12, 18, 24, 30, 36, 42 ... us.
    EXPECT_EQ(vcpu.counters().hypercalls, 5u);
    EXPECT_EQ(vcpu.hypercall_times().whole.count(), 5u);
}

// Whatever a vCPU is in the middle of at the end of the run, every picosecond before it has an owner.
struct Pastime {
    const char *name;
    std::function<void(VcpuBench &, Vcpu &)> begin;
    const char *leaf;
};

class VcpuSettle : public testing::TestWithParam<Pastime> {};

TEST_P(VcpuSettle, ChargesWhatItIsInTheMiddleOf) {
    const ps_t end = 50 * us;
    VcpuBench bench(10 * us, end);
    Vcpu &vcpu = bench.add([&](Vcpu &self) { GetParam().begin(bench, self); });
    bench.run_until(end);
    EXPECT_EQ(vcpu.ledger().sum(Phase::warmup), 10 * us);
    EXPECT_EQ(vcpu.ledger().sum(Phase::measured), end - 10 * us);
    EXPECT_GE(VcpuBench::spent(vcpu, GetParam().leaf), end - 10 * us);
}

INSTANTIATE_TEST_SUITE_P(
    Pastimes, VcpuSettle,
    testing::Values(
        Pastime{"work", [](VcpuBench &, Vcpu &self) { self.guest_work(Cost::guest_send, 1000 * us); },
                "guest/guest_send/constant"},
        Pastime{"idle", [](VcpuBench &, Vcpu &self) { self.idle(); }, "guest/idle/idle"},
        Pastime{"idle_until", [](VcpuBench &, Vcpu &self) { self.idle_until(1000 * us); }, "guest/idle/idle"},
        Pastime{"lock", [](VcpuBench &, Vcpu &self) { self.wait_for_wake(Vcpu::Wait::lock); }, "lock/wait/wait"},
        Pastime{"kill_queue", [](VcpuBench &, Vcpu &self) { self.wait_until(Vcpu::Wait::kill_queue, 1000 * us); },
                "kill_queue/wait/wait"},
        Pastime{"code",
                [](VcpuBench &bench, Vcpu &self) {
                    bench.execute(1'000'000); // 1 ms in one piece
                    self.sync();
                },
                "handlers"}),
    [](const auto &pastime) { return pastime.param.name; });

} // namespace
} // namespace tcesim::vcpu_level_test
