// SPDX-License-Identifier: Apache-2.0
#include "models/phb/tce_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

namespace tcesim {
namespace {

/// Touches line \p line of TVE \p tve as a translation does: a miss fills it. True for a hit.
bool touch(TceCache &cache, std::uint32_t tve, std::uint64_t line) {
    if (cache.find(tve, line))
        return true;
    const std::array<std::uint64_t, 16> values{};
    cache.fill(tve, line, line * 128, 0, values.data());
    return false;
}

unsigned misses(TceCache &cache, std::uint64_t lines, unsigned rounds) {
    unsigned missed = 0;
    for (unsigned round = 0; round < rounds; ++round)
        for (std::uint64_t line = 0; line < lines; ++line)
            missed += !touch(cache, 6, line);
    return missed;
}

struct Geometry {
    std::uint32_t lines, ways;
};
class CacheGeometry : public testing::TestWithParam<Geometry> {};

TEST_P(CacheGeometry, AWorkingSetThatFitsMissesOncePerLine) {
    TceCache cache(GetParam().lines, GetParam().ways, 16, TceReplacement::lru);
    EXPECT_EQ(misses(cache, GetParam().lines, 5), GetParam().lines);
}

TEST_P(CacheGeometry, SoItDoesWithRandomReplacement) {
    TceCache cache(GetParam().lines, GetParam().ways, 16, TceReplacement::random);
    EXPECT_EQ(misses(cache, GetParam().lines, 5), GetParam().lines);
}

TEST_P(CacheGeometry, CyclingThroughOneMoreWayThanThereIsAlwaysMissesThere) {
    TceCache cache(GetParam().lines, GetParam().ways, 16, TceReplacement::lru);
    const std::uint64_t sets = GetParam().lines / GetParam().ways;
    unsigned missed = 0;
    for (unsigned round = 0; round < 5; ++round)
        for (std::uint64_t i = 0; i <= GetParam().ways; ++i)
            missed += !touch(cache, 6, i * sets);
    EXPECT_EQ(missed, 5 * (GetParam().ways + 1));
}

INSTANTIATE_TEST_SUITE_P(Phb, CacheGeometry,
                         testing::Values(Geometry{64, 4}, Geometry{64, 1}, Geometry{118, 118}, Geometry{122, 122},
                                         Geometry{48, 3}, Geometry{2, 2}, Geometry{1, 1}));

/// Whom a cache hits must not depend on how it finds its lines: a plain list of the lines of each set is the judge.
TEST_P(CacheGeometry, BehavesAsAListInTheOrderOfUse) {
    TceCache cache(GetParam().lines, GetParam().ways, 16, TceReplacement::lru);
    const std::uint64_t sets = GetParam().lines / GetParam().ways;
    std::vector<std::vector<std::uint64_t>> model(sets); // newest last
    RandomStream random("test/cache");
    for (unsigned step = 0; step < 20'000; ++step) {
        const std::uint64_t line = random.below(2 * GetParam().lines);
        std::vector<std::uint64_t> &set = model[line % sets];
        const auto known = std::find(set.begin(), set.end(), line);
        if (random.below(8) == 0) { // dropped
            cache.drop(0, line, line);
            if (known != set.end())
                set.erase(known);
            continue;
        }
        EXPECT_EQ(touch(cache, 0, line), known != set.end()) << step;
        if (known != set.end())
            set.erase(known);
        else if (set.size() == GetParam().ways)
            set.erase(set.begin());
        set.push_back(line);
    }
}

TEST(TceCache, RandomReplacementTakesEveryLineOfTheSetEquallyOftenAndTheSameInEveryRun) {
    constexpr std::uint32_t ways = 8, rounds = 8000;
    TceCache cache(2 * ways, ways, 16, TceReplacement::random), again(2 * ways, ways, 16, TceReplacement::random);
    std::map<std::uint64_t, unsigned> evicted; // by age in fills
    std::vector<std::uint64_t> cached;
    for (std::uint64_t line = 0; line < 2 * rounds; line += 2) { // all in one set
        ASSERT_FALSE(touch(cache, 0, line));
        ASSERT_FALSE(touch(again, 0, line));
        cached.push_back(line);
        if (cached.size() <= ways)
            continue;
        const auto gone =
            std::find_if(cached.begin(), cached.end(), [&](std::uint64_t other) { return !cache.find(0, other); });
        ASSERT_NE(gone, cached.end());
        ASSERT_FALSE(again.find(0, *gone));
        ++evicted[static_cast<std::uint64_t>(gone - cached.begin())];
        cached.erase(gone);
    }
    ASSERT_EQ(evicted.size(), ways);
    for (const auto &[age, count] : evicted)
        EXPECT_NEAR(count, rounds / ways, rounds / ways / 5) << age;
}

TEST(TceCache, AnEmptyLineIsTakenBeforeAnyIsReplaced) {
    for (const TceReplacement replacement : {TceReplacement::lru, TceReplacement::random}) {
        TceCache cache(8, 8, 16, replacement);
        for (std::uint64_t line = 0; line < 8; ++line)
            touch(cache, 0, line);
        cache.drop(0, 3, 5);
        for (std::uint64_t line = 10; line < 13; ++line)
            touch(cache, 0, line);
        for (const std::uint64_t line : {0, 1, 2, 6, 7, 10, 11, 12})
            EXPECT_TRUE(cache.find(0, line)) << line;
    }
}

TEST(TceCache, ReplacesTheLeastRecentlyUsedLine) {
    TceCache cache(4, 4, 16, TceReplacement::lru);
    for (std::uint64_t line = 0; line < 4; ++line)
        touch(cache, 0, line);
    EXPECT_TRUE(touch(cache, 0, 0));
    EXPECT_TRUE(touch(cache, 0, 2));
    EXPECT_FALSE(touch(cache, 0, 9)); // in the place of 1
    EXPECT_TRUE(cache.find(0, 0));
    EXPECT_FALSE(cache.find(0, 1));
    EXPECT_TRUE(cache.find(0, 2));
    EXPECT_TRUE(cache.find(0, 3));
}

TEST(TceCache, KeepsTheTablesOfDifferentTvesApart) {
    TceCache cache(64, 4, 16, TceReplacement::lru);
    touch(cache, 6, 5);
    EXPECT_FALSE(cache.find(7, 5));
    touch(cache, 7, 5);
    cache.drop_tve(6);
    EXPECT_FALSE(cache.find(6, 5));
    EXPECT_TRUE(cache.find(7, 5));
}

TEST(TceCache, DropsExactlyTheLinesOfARange) {
    for (const std::uint64_t last : {10u, 13u, 40u}) {
        TceCache cache(64, 4, 16, TceReplacement::lru);
        for (std::uint64_t line = 0; line < 64; ++line)
            touch(cache, 2, line);
        cache.drop(2, 10, last);
        for (std::uint64_t line = 0; line < 64; ++line)
            EXPECT_EQ(cache.find(2, line) == nullptr, line >= 10 && line <= last) << line;
    }
}

TEST(TceCache, DropsByTheAddressOfATce) {
    TceCache cache(64, 4, 16, TceReplacement::lru);
    touch(cache, 0, 3);
    touch(cache, 0, 4);
    cache.drop_table_address(4 * 128 + 120);
    EXPECT_TRUE(cache.find(0, 3));
    EXPECT_FALSE(cache.find(0, 4));
}

TEST(TceCache, ALineHoldsWhatItWasFilledWith) {
    TceCache cache(8, 2, 16, TceReplacement::lru);
    std::array<std::uint64_t, 16> values{};
    for (std::uint32_t i = 0; i < 16; ++i)
        values[i] = 1000 + i;
    cache.fill(1, 77, 0x5000, 42, values.data());
    const TceCache::Line *line = cache.find(1, 77);
    ASSERT_TRUE(line);
    EXPECT_EQ(line->sampled_at, 42u);
    EXPECT_EQ(cache.tce(*line, 0), 1000u);
    EXPECT_EQ(cache.tce(*line, 15), 1015u);
}

} // namespace
} // namespace tcesim
