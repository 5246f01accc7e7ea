// SPDX-License-Identifier: Apache-2.0
#include "models/mem/memory_side.h"

#include <gtest/gtest.h>

namespace tcesim {
namespace {

constexpr std::uint64_t line = 64;
constexpr ps_t cold = 50'000, remote = 105'000;

/// Four sets of two ways.
MemorySideParameters small() {
    return {8 * line, 2, line, cold, remote, false};
}

TEST(MemorySide, WhatTheCpuTouchedLastIsWarm) {
    MemorySide side(small());
    side.touch(0, 64 * line);
    for (std::uint64_t number = 0; number < 64; ++number)
        EXPECT_EQ(side.read(number * line, line), number < 56 ? cold : 0) << number;
}

TEST(MemorySide, NothingIsWarmAtFirst) {
    MemorySide side(small());
    EXPECT_EQ(side.read(0, line), cold);
}

TEST(MemorySide, AReadLeavesTheCacheAsItIs) {
    MemorySide side(small());
    EXPECT_EQ(side.read(0, line), cold);
    EXPECT_EQ(side.read(0, line), cold) << "it does not allocate";
    side.touch(0, line);
    side.touch(4 * line, line);
    side.read(0, line);
    side.touch(8 * line, line); // the third of the set
    EXPECT_EQ(side.read(0, line), cold) << "nor is it a use";
    EXPECT_EQ(side.read(4 * line, line), 0u);
}

TEST(MemorySide, AWriteAllocatesAndIsAUse) {
    MemorySide side(small());
    side.write(0, line);
    EXPECT_EQ(side.read(0, line), 0u);
    side.write(4 * line, line);
    side.write(0, line);
    side.write(8 * line, line);
    EXPECT_EQ(side.read(0, line), 0u);
    EXPECT_EQ(side.read(4 * line, line), cold);
}

TEST(MemorySide, OneColdLineMakesTheReadCold) {
    MemorySide side(small());
    side.touch(0, 3 * line);
    EXPECT_EQ(side.read(0, 3 * line), 0u);
    EXPECT_EQ(side.read(line, 3 * line), cold);
    EXPECT_EQ(side.read(3 * line - 1, 2), cold) << "two bytes in two lines";
}

TEST(MemorySide, TheOtherSocketIsFartherWhateverItHolds) {
    MemorySideParameters parameters = small();
    parameters.is_remote = true;
    MemorySide side(parameters);
    EXPECT_EQ(side.read(0, line), remote + cold);
    side.touch(0, line);
    EXPECT_EQ(side.read(0, line), remote);
}

TEST(MemorySide, WithoutACacheAllIsEquallyFar) {
    MemorySide side({0, 0, 0, 0, 0, false});
    side.touch(0, 1 << 20);
    side.write(0, line);
    EXPECT_EQ(side.read(0, 4096), 0u);
}

TEST(MemorySide, AnyNumberOfSetsWillDo) {
    MemorySide side({3 * 2 * line, 2, line, cold, remote, false});
    side.touch(0, 12 * line);
    for (std::uint64_t number = 0; number < 12; ++number)
        EXPECT_EQ(side.read(number * line, line), number < 6 ? cold : 0) << number;
}

} // namespace
} // namespace tcesim
