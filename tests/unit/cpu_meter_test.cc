// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/profile.h"

#include <gtest/gtest.h>
#include <random>

#include "tests/unit/made_up_object.h"

namespace tcesim {
namespace {

/// Two functions of three blocks each.
class MeterTest : public testing::Test {
protected:
    MeterTest() {
        const std::int32_t halves[] = {20, -4, 6, 10, 1, 14};
        for (unsigned site = 0; site < sites; ++site)
            object.set_weight(site, halves[site] * METER_WEIGHT_ONE / 2);
    }

    static constexpr unsigned sites = 6;
    MadeUpObject object{{{"put", 3}, {"walk", 3, "powernv"}}};
    const struct meter_table &table = object.table();
    // One instruction is one cycle and one cycle one nanosecond.
    CodeCosts costs = {1'000'000'000, 1000, 44'000, 44'000, 13'000, 28'000, 90'000};
    const CacheParameters cache = {128, 1024, 4096, 16384, 4};

    void run(unsigned function, unsigned block, unsigned times) { object.run(function, block, times); }
};

TEST_F(MeterTest, AFoldIsTheDotProductOfCountsAndWeights) {
    Meter meter(table, 0, costs, cache, true);
    run(0, 0, 1);
    run(0, 2, 4);
    run(1, 2, 2);
    EXPECT_EQ(meter.fold(Phase::measured), (10 + 12 + 14) * 1000u);
    EXPECT_TRUE(meter.folded());
    EXPECT_EQ(meter.fold(Phase::measured), 0u);
    EXPECT_EQ(meter.instructions(Phase::measured), 36u);
}

TEST_F(MeterTest, ANegativeAmountInMidPathIsCarried) {
    Meter meter(table, 0, costs, cache, true);
    run(0, 1, 3);
    EXPECT_EQ(meter.fold(Phase::measured), 0u);
    run(0, 0, 1);
    EXPECT_EQ(meter.fold(Phase::measured), 4000u);
}

TEST_F(MeterTest, ManyFoldsChargeWhatOneFoldCharges) {
    costs.clock_hz = 3'625'000'000; // a cycle is no whole number of picoseconds
    costs.cycles_per_instruction = 721;
    std::mt19937 random(11);
    Meter often(table, 0, costs, cache, true), once(table, 0, costs, cache, true);
    std::vector<std::pair<unsigned, unsigned>> path;
    for (int i = 0; i < 1000; ++i)
        path.emplace_back(random() % 2, random() % 3);
    ps_t sum = 0;
    for (const auto &[function, block] : path) {
        run(function, block, 1);
        sum += often.fold(Phase::measured);
    }
    for (const auto &[function, block] : path)
        run(function, block, 1);
    EXPECT_EQ(once.fold(Phase::measured), sum);
}

TEST_F(MeterTest, SharesSumToTheFoldedTimeExactly) {
    costs.clock_hz = 3'100'000'000;
    Meter meter(table, 0, costs, cache, true);
    std::mt19937 random(13);
    ps_t folded = 0;
    for (int i = 0; i < 500; ++i) {
        run(0, 0, random() % 5);
        run(1, random() % 3, 1);
        meter.on_atomic(object.access(random() % sites));
        meter.on_access(random() % 100000, object.access(random() % sites));
        folded += meter.fold(Phase::measured);
    }
    ps_t sum = 0;
    const Profile profile(meter, Phase::measured, folded);
    for (const Profile::Share &share : profile.shares())
        sum += share.ps;
    EXPECT_EQ(sum, folded);
    sum = 0;
    for (const auto &[key, row] : profile.rows())
        sum += row.sum();
    EXPECT_EQ(sum, folded);
    EXPECT_TRUE(meter.balanced(folded));
    EXPECT_FALSE(meter.balanced(folded + 1));
    EXPECT_FALSE(meter.balanced(folded - 1));
}

TEST_F(MeterTest, TheBalanceHoldsWithPortWorkAndWithWhatIsOwed) {
    costs.clock_hz = 3'625'000'000;
    costs.cycles_per_instruction = 721;
    Meter meter(table, 0, costs, cache, true);
    ps_t folded = 0;
    run(0, 0, 3);
    folded += meter.fold(Phase::warmup);
    meter.cycles_to_ps(44'000);
    run(0, 1, 100); // weighs less than nothing: owed
    folded += meter.fold(Phase::measured);
    EXPECT_TRUE(meter.balanced(folded));
}

TEST_F(MeterTest, WhatNegativeFunctionsTakeFromOthersHasNoName) {
    Meter meter(table, 0, costs, cache, true);
    run(0, 1, 1); // put: -2
    run(1, 0, 2); // walk: 10
    const Profile profile(meter, Phase::measured, meter.fold(Phase::measured));
    ASSERT_EQ(profile.shares().size(), 1u);
    EXPECT_EQ(profile.shares()[0].ps, 8000u);
    EXPECT_EQ(profile.unnamed(), 1600u);
}

TEST_F(MeterTest, AMissCostsItsLatencyAndBelongsToTheBlockThatMissed) {
    Meter meter(table, 0, costs, cache, true);
    meter.on_access(0, object.access(3));
    EXPECT_EQ(meter.fold(Phase::measured), 90'000u);
    meter.on_access(64, object.access(3));
    EXPECT_EQ(meter.fold(Phase::measured), 0u);
    const Profile profile(meter, Phase::warmup, 90'000); // the access was made before the first fold
    ASSERT_EQ(profile.shares().size(), 1u);
    EXPECT_EQ(profile.shares()[0].leaf, "powernv/walk/memory");
}

TEST_F(MeterTest, WithoutTheMemoryModelAccessesAreFree) {
    Meter meter(table, 0, costs, cache, false);
    meter.on_access(0, object.access(3));
    EXPECT_EQ(meter.fold(Phase::measured), 0u);
    EXPECT_EQ(meter.touch(0, 1 << 20), 0u);
}

TEST_F(MeterTest, AmongBusyThreadsOfItsCoreCodeTakesLongerByItsSpeed) {
    costs.shared = {143, 200, {}};
    costs.shared.levels[PORT_REAL_MODE] = true;
    Meter meter(table, 0, costs, cache, true);
    const auto run_at = [&](port_level level) {
        meter.set_origin({Hypercall::put_tce, level});
        run(0, 0, 1); // 10 instructions
        meter.on_atomic(object.access(0));
        return meter.fold(Phase::measured);
    };
    ps_t alone = 0, shared = 0, port = 0;
    for (int i = 0; i < 143; ++i) {
        alone += run_at(PORT_HOST_KERNEL);
        shared += run_at(PORT_REAL_MODE);
        port += meter.cycles_to_ps(1'000);
    }
    EXPECT_NEAR(static_cast<double>(alone), 143.0 * 54'000, 143);
    EXPECT_NEAR(static_cast<double>(shared), 200.0 * 54'000, 143);
    EXPECT_NEAR(static_cast<double>(port), 200.0 * 1'000, 143);
    EXPECT_EQ(alone + shared + port, 343u * 54'000u + 200u * 1'000u); // remainders are carried
    EXPECT_TRUE(meter.balanced(alone + shared));
    EXPECT_FALSE(meter.balanced(alone + shared + 1));
    // Time is divided by time, instructions by instructions.
    const Profile profile(meter, Phase::measured, alone + shared);
    std::uint64_t instructions[2] = {};
    for (const auto &[key, row] : profile.rows())
        instructions[Origin::of(key.origin).level == PORT_REAL_MODE] += row.instructions;
    EXPECT_EQ(instructions[0], 1430u);
    EXPECT_EQ(instructions[1], 1430u);
}

} // namespace
} // namespace tcesim
