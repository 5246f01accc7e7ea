// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/block_counts.h"

#include <gtest/gtest.h>
#include <random>
#include <string>

#include "tests/unit/made_up_object.h"

namespace tcesim {
namespace {

/// Number of functions; their sizes follow from it.
class BlockCountsTest : public testing::TestWithParam<unsigned> {};

TEST_P(BlockCountsTest, TakesEveryCountOnceWhateverTheSizesOfFunctions) {
    std::mt19937 random(GetParam());
    std::vector<MadeUpObject::Function> functions;
    for (unsigned f = 0; f < GetParam(); ++f)
        functions.push_back({"f", static_cast<std::uint32_t>(1 + random() % 40)});
    MadeUpObject object(functions);
    const struct meter_table &table = object.table();
    for (std::uint32_t site = 0; site < table.sites; ++site)
        object.set_weight(site, static_cast<std::int32_t>(random() % 40000) - 10000);

    BlockCounts counts(table, 0);
    std::vector<std::uint64_t> executed(table.sites), expected(table.sites);
    std::int64_t taken = 0, weighted = 0;
    for (int round = 0; round < 300; ++round) {
        for (unsigned runs = random() % 20; runs; --runs) {
            const auto function = static_cast<std::uint32_t>(random() % table.functions);
            const auto block = static_cast<std::uint32_t>(random() % table.function[function].sites);
            const auto times = static_cast<std::uint32_t>(random() % 10000);
            object.run(function, block, times);
            expected[table.function[function].first_site + block] += times;
            weighted += std::int64_t{times} * table.weight[0][table.function[function].first_site + block];
        }
        taken += counts.take(executed.data());
        ASSERT_TRUE(counts.empty());
    }
    EXPECT_EQ(executed, expected);
    EXPECT_EQ(taken, weighted);
}

INSTANTIATE_TEST_SUITE_P(Functions, BlockCountsTest, testing::Values(1, 2, 7, 8, 9, 63, 64, 100),
                         [](const auto &info) { return std::to_string(info.param); });

TEST(BlockCounts, ClearedOnesAreNotTaken) {
    MadeUpObject object({{"f", 20}, {"g", 20}});
    BlockCounts counts(object.table(), 0);
    object.run(1, 19, 5);
    counts.clear();
    std::vector<std::uint64_t> executed(40);
    EXPECT_EQ(counts.take(executed.data()), 0);
    EXPECT_EQ(executed, std::vector<std::uint64_t>(40));
}

} // namespace
} // namespace tcesim
