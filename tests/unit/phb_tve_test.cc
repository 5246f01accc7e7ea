// SPDX-License-Identifier: Apache-2.0
#include "models/phb/tve.h"

#include <gtest/gtest.h>

namespace tcesim {
namespace {

TEST(Tve, OneLevelOfFourMebibytesAt4KiBPages) {
    const Tve tve = decode_tve(0x20000B01, 5);
    EXPECT_EQ(tve.kind, Tve::Kind::translate);
    EXPECT_EQ(tve.table, 0x2000000u);
    EXPECT_EQ(tve.levels, 1u);
    EXPECT_EQ(tve.page_shift, 12u);
    EXPECT_EQ(std::uint64_t{1} << tve.level_bits, 4u << 20 >> 3);
    EXPECT_EQ(tve.reach(), 31u); // 2 GiB
}

TEST(Tve, TwoLevelsOf64KiBAt64KiBPages) {
    const Tve tve = decode_tve(0x100002505, 5);
    EXPECT_EQ(tve.kind, Tve::Kind::translate);
    EXPECT_EQ(tve.table, 0x10000000u);
    EXPECT_EQ(tve.levels, 2u);
    EXPECT_EQ(tve.page_shift, 16u);
    EXPECT_EQ(tve.reach(), 42u);
}

TEST(Tve, BypassOf64GiB) {
    for (const std::uint64_t value : {0x10001000ULL, 0x10001080ULL}) {
        const Tve tve = decode_tve(value, 5);
        EXPECT_EQ(tve.kind, Tve::Kind::bypass);
        EXPECT_EQ(tve.start, 0u);
        EXPECT_EQ(tve.end, 64ULL << 30);
    }
}

TEST(Tve, PageCodes) {
    const struct { unsigned code, shift; } codes[] = {{1, 12}, {5, 16}, {10, 21}, {13, 24}, {17, 28}, {19, 30}};
    for (const auto &code : codes)
        EXPECT_EQ(decode_tve(0x20000B00 | code.code, 5).page_shift, code.shift);
}

TEST(Tve, Off) {
    EXPECT_EQ(decode_tve(0, 5).kind, Tve::Kind::off);
    EXPECT_EQ(decode_tve(0x20000001, 5).kind, Tve::Kind::off); // level size 0
    EXPECT_EQ(decode_tve(0x20000000, 5).kind, Tve::Kind::off); // no translation, not valid
}

TEST(Tve, MoreLevelsThanTheBridgeWalks) {
    EXPECT_EQ(decode_tve(0x20000B01 | 4 << 13, 5).kind, Tve::Kind::translate);
    EXPECT_EQ(decode_tve(0x20000B01 | 5 << 13, 5).kind, Tve::Kind::invalid);
    EXPECT_EQ(decode_tve(0x20000B01 | 1 << 13, 1).kind, Tve::Kind::invalid);
}

} // namespace
} // namespace tcesim
