// SPDX-License-Identifier: Apache-2.0
// Two engines that kill TCEs of the same table.
#include <gtest/gtest.h>

#include "tests/unit/phb_bench.h"

namespace tcesim {
namespace {

constexpr NpuParameters test_npu = {4, 600'000, 2'000'000, 128, 0};

TEST(Npu, CallsForManyTcesDropEverything) {
    Npu npu(test_npu);
    EXPECT_EQ(npu.kill(TceKillKind::one, 128, 0), 124 * test_npu.kill_service) << "the last four wait in the queue";
    EXPECT_EQ(npu.counters().kills_one, 128u);
    EXPECT_EQ(npu.counters().flushes, 0u);
    const ps_t idle = 1'000 * microsecond;
    EXPECT_EQ(npu.kill(TceKillKind::one, 129, idle), idle);
    EXPECT_EQ(npu.counters().flushes, 1u);
    EXPECT_TRUE(npu.queue().busy(idle + test_npu.flush_service - 1));
    EXPECT_FALSE(npu.queue().busy(idle + test_npu.flush_service));
    npu.kill(TceKillKind::pe, 0, 2 * idle);
    EXPECT_EQ(npu.counters().kills_pe, 1u);
    npu.kill(TceKillKind::all, 0, 2 * idle);
    EXPECT_EQ(npu.counters().flushes, 2u);
}

TEST(KillQueue, AKillThatBeginsWhileTheOtherEngineIsBusyTakesLonger) {
    KillQueue other(1, 1000), queue(4, 100);
    queue.share_with(other, 50);
    EXPECT_EQ(queue.run(0, 10), 1000u);
    other.run(1000, 1); // busy until 2000
    EXPECT_EQ(queue.run(1000, 4), 1000u + 4 * 150);
    EXPECT_EQ(queue.run(1900, 4), 1900u + 150 + 3 * 100) << "the first begins before 2000";
    EXPECT_EQ(queue.run(2400, 4), 2800u);
}

TEST(KillQueue, OneByOneOrAllAtOnceIsTheSame) {
    for (const ps_t busy_for : {0, 1, 149, 150, 151, 1000, 5000}) {
        KillQueue other(1, busy_for), one_by_one(8, 100), at_once(8, 100);
        other.run(1000, 1);
        one_by_one.share_with(other, 50);
        at_once.share_with(other, 50);
        for (unsigned n = 0; n < 20; ++n)
            one_by_one.accept(1000);
        const ps_t done = at_once.run(1000, 20);
        EXPECT_FALSE(one_by_one.busy(done)) << busy_for;
        EXPECT_TRUE(one_by_one.busy(done - 1)) << busy_for;
    }
}

/// Time of a firmware call for each of \p calls x \p pages TCEs.
ps_t time_of_calls(Npu *npu, unsigned calls, std::uint64_t pages) {
    PhbParameters parameters = bench_phb();
    parameters.generation = PhbGeneration::phb4;
    parameters.kill_service = 320'000;
    parameters.kill_interference = 230'000;
    PhbBench bench(parameters);
    if (npu)
        bench.phb.connect_npu(*npu);
    for (unsigned n = 0; n < calls; ++n)
        bench.run_until(bench.phb.kill(TceKillKind::one, bench_pe, 12, 0, pages));
    return bench.timeline.now();
}

TEST(Npu, SlowsTheBridgeDownUntilItIsFlushedInstead) {
    constexpr unsigned tces = 5120;
    const ps_t alone = time_of_calls(nullptr, tces, 1);
    EXPECT_EQ(alone, tces * 320'000ULL);
    Npu one_by_one(test_npu), flushed(test_npu);
    const ps_t together = time_of_calls(&one_by_one, tces, 1);
    // The NPU's 600 ns set the pace; the bridge's 550 ns pass meanwhile.
    EXPECT_NEAR(static_cast<double>(together), tces * 600'000.0, 10'000'000.0);
    const ps_t batched = time_of_calls(&flushed, tces / 512, 512);
    EXPECT_EQ(flushed.counters().flushes, tces / 512);
    EXPECT_LT(batched, together);
    EXPECT_GE(batched, alone);
}

} // namespace
} // namespace tcesim
