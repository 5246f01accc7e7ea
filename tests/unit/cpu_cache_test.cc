// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/cache.h"

#include <algorithm>
#include <deque>
#include <gtest/gtest.h>
#include <random>

namespace tcesim {
namespace {

constexpr CacheParameters small = {128, 1024, 4096, 16384, 4};

TEST(CacheHierarchy, AWorkingSetIsServedByTheSmallestLevelThatHoldsIt) {
    const struct {
        std::uint64_t bytes;
        CacheLevel expected;
    } cases[] = {{1024, CacheLevel::l1}, {4096, CacheLevel::l2}, {16384, CacheLevel::l3}, {65536, CacheLevel::memory}};
    for (const auto &test : cases) {
        CacheHierarchy cache(small);
        for (int round = 0; round < 3; ++round)
            for (std::uint64_t address = 0; address < test.bytes; address += 128) {
                const CacheLevel level = cache.access(address);
                if (round == 2)
                    EXPECT_EQ(level, test.expected) << test.bytes << " bytes, address " << address;
            }
    }
}

TEST(CacheHierarchy, BytesOfOneLineMissOnce) {
    CacheHierarchy cache(small);
    EXPECT_EQ(cache.access(0x1000), CacheLevel::memory);
    for (std::uint64_t address = 0x1000; address < 0x1080; ++address)
        EXPECT_EQ(cache.access(address), CacheLevel::l1);
    EXPECT_EQ(cache.access(0x1080), CacheLevel::memory);
}

/// Oracle: each set a list, most recent first.
TEST(CacheHierarchy, FirstLevelIsLeastRecentlyUsed) {
    CacheHierarchy cache(small);
    constexpr std::size_t sets = 1024 / 128 / 4;
    std::vector<std::deque<std::uint64_t>> oracle(sets);
    std::mt19937 random(3);
    for (int i = 0; i < 10000; ++i) {
        const std::uint64_t line = random() % 24;
        auto &set = oracle[line % sets];
        const auto found = std::find(set.begin(), set.end(), line);
        const bool hit = found != set.end();
        if (hit)
            set.erase(found);
        else if (set.size() == 4)
            set.pop_back();
        set.push_front(line);
        EXPECT_EQ(cache.access(line * 128) == CacheLevel::l1, hit);
    }
}

} // namespace
} // namespace tcesim
