// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/ledger.h"

#include <gtest/gtest.h>
#include <random>

namespace tcesim {
namespace {

TEST(Ledger, AChargeAcrossABorderIsSplitThere) {
    Ledger ledger(100, 250);
    const Leaf work = ledger.add_leaf("guest/work/constant");
    ledger.charge(work, 400);
    EXPECT_EQ(ledger.time(work, Phase::warmup), 100u);
    EXPECT_EQ(ledger.time(work, Phase::measured), 150u);
    EXPECT_EQ(ledger.time(work, Phase::after), 150u);
    EXPECT_EQ(ledger.clock(), 400u);
}

TEST(Ledger, AChargeThatEndsOnABorderBelongsToThePhaseBefore) {
    Ledger ledger(100, 200);
    const Leaf work = ledger.add_leaf("guest/work/constant");
    ledger.charge(work, 100);
    EXPECT_EQ(ledger.phase(), Phase::warmup);
    ledger.charge(work, 1);
    EXPECT_EQ(ledger.phase(), Phase::measured);
}

TEST(Ledger, WithoutWarmUpTheFirstPicosecondIsMeasured) {
    Ledger ledger(0, 10);
    const Leaf work = ledger.add_leaf("guest/work/constant");
    ledger.charge(work, 10);
    EXPECT_EQ(ledger.time(work, Phase::measured), 10u);
}

TEST(Ledger, PhasesSumToTheirLengthWhateverIsCharged) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 100; ++round) {
        const ps_t from = random() % 1000, to = from + 1 + random() % 1000;
        Ledger ledger(from, to);
        std::vector<Leaf> leaves;
        for (int i = 0; i < 5; ++i)
            leaves.push_back(ledger.add_leaf("leaf/" + std::to_string(i) + "/constant"));
        while (ledger.clock() < to)
            ledger.charge(leaves[random() % leaves.size()], random() % 50);
        EXPECT_EQ(ledger.sum(Phase::warmup), from);
        EXPECT_EQ(ledger.sum(Phase::measured), to - from);
        EXPECT_EQ(ledger.sum(Phase::after), ledger.clock() - to);
    }
}

} // namespace
} // namespace tcesim
