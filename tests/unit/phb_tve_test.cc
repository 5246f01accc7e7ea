// SPDX-License-Identifier: Apache-2.0
#include "models/phb/tve.h"

#include <gtest/gtest.h>

#include <map>

#include "models/phb/tve_select.h"

namespace tcesim {
namespace {

TEST(Tve, OneLevelOfFourMebibytesAt4KiBPages) {
    const Tve tve = decode_tve(0x20000B01, PhbGeneration::phb3);
    EXPECT_EQ(tve.kind, Tve::Kind::translate);
    EXPECT_EQ(tve.table, 0x2000000u);
    EXPECT_EQ(tve.levels, 1u);
    EXPECT_EQ(tve.page_shift, 12u);
    EXPECT_EQ(std::uint64_t{1} << tve.level_bits, 4u << 20 >> 3);
    EXPECT_EQ(tve.reach(), 31u); // 2 GiB
}

TEST(Tve, TwoLevelsOf64KiBAt64KiBPages) {
    const Tve tve = decode_tve(0x100002505, PhbGeneration::phb3);
    EXPECT_EQ(tve.kind, Tve::Kind::translate);
    EXPECT_EQ(tve.table, 0x10000000u);
    EXPECT_EQ(tve.levels, 2u);
    EXPECT_EQ(tve.page_shift, 16u);
    EXPECT_EQ(tve.reach(), 42u);
}

TEST(Tve, BypassOf64GiB) {
    const struct {
        PhbGeneration generation;
        std::uint64_t value;
        Tve::Kind kind;
    } cases[] = {
        {PhbGeneration::p7ioc, 0x10001000, Tve::Kind::bypass}, {PhbGeneration::phb3, 0x10001000, Tve::Kind::bypass},
        {PhbGeneration::phb4, 0x10001080, Tve::Kind::bypass},  {PhbGeneration::phb5, 0x10001080, Tve::Kind::bypass},
        {PhbGeneration::phb4, 0x10001000, Tve::Kind::invalid}, // bit 56 is missing
        {PhbGeneration::phb4, 0x10000080, Tve::Kind::off},     // bit 51 is missing
    };
    for (const auto &one : cases) {
        const Tve tve = decode_tve(one.value, one.generation);
        EXPECT_EQ(tve.kind, one.kind) << std::hex << one.value;
        if (one.kind != Tve::Kind::bypass)
            continue;
        EXPECT_EQ(tve.start, 0u);
        EXPECT_EQ(tve.end, 64ULL << 30);
        EXPECT_EQ(encode_tve(tve, one.generation), one.value);
    }
}

TEST(Tve, BypassAddressesHaveTheirHighestBitsApart) {
    const std::uint64_t all_start = 0xffffff0000000000 | 3 << 10, all_end = 0x000000ffffff0000 | 3 << 8;
    const std::uint64_t top = (1ULL << 50) - (1ULL << 24);
    const Tve start = decode_tve(all_start | 1 << 12, PhbGeneration::phb3);
    EXPECT_EQ(start.start, top);
    EXPECT_EQ(start.end, 0u);
    const Tve end = decode_tve(all_end | 1 << 12, PhbGeneration::phb3);
    EXPECT_EQ(end.start, 0u);
    EXPECT_EQ(end.end, top);
}

/// Bridge, page code, and log2 of the page; a code of no page of the bridge makes the entry invalid.
TEST(Tve, PageCodesOfEachGeneration) {
    const std::map<PhbGeneration, std::map<unsigned, unsigned>> pages = {
        {PhbGeneration::p7ioc, {{1, 12}, {5, 16}, {13, 24}, {23, 34}}},
        {PhbGeneration::phb3, {{1, 12}, {5, 16}, {13, 24}, {17, 28}}},
        {PhbGeneration::phb4, {{1, 12}, {5, 16}, {10, 21}, {19, 30}}},
        {PhbGeneration::phb5, {{1, 12}, {5, 16}, {10, 21}, {19, 30}}},
    };
    for (const auto &[generation, codes] : pages)
        for (unsigned code = 1; code < 32; ++code) {
            const Tve tve = decode_tve(0x20000B00 | code, generation);
            const auto known = codes.find(code);
            EXPECT_EQ(tve.kind, known == codes.end() ? Tve::Kind::invalid : Tve::Kind::translate) << code;
            if (known != codes.end())
                EXPECT_EQ(tve.page_shift, known->second);
        }
}

TEST(Tve, EveryFieldAloneIsDecodedBitByBit) {
    for (unsigned bit = 16; bit < 64; ++bit)
        EXPECT_EQ(decode_tve(1ULL << bit | 0x101, PhbGeneration::phb3).table, 1ULL << (bit - 4)) << bit;
    for (unsigned bit = 8; bit < 13; ++bit)
        EXPECT_EQ(decode_tve(1ULL << bit | 1, PhbGeneration::phb3).level_bits, (1u << (bit - 8)) + 8) << bit;
    for (unsigned bit = 13; bit < 16; ++bit)
        EXPECT_EQ(decode_tve(1ULL << bit | 0x101, PhbGeneration::phb3).levels, (1u << (bit - 13)) + 1) << bit;
    for (unsigned bit = 5; bit < 8; ++bit) // not used by translation
        EXPECT_EQ(decode_tve(1ULL << bit | 0x20000B01, PhbGeneration::phb4).kind, Tve::Kind::translate) << bit;
}

TEST(Tve, EncodingAndDecodingAreInverse) {
    for (const PhbGeneration generation : {PhbGeneration::p7ioc, PhbGeneration::phb3, PhbGeneration::phb4})
        for (std::uint32_t levels = 1; levels <= features_of(generation).levels_max; ++levels)
            for (const std::uint32_t page_shift : features_of(generation).page_shifts)
                for (std::uint32_t level_bits = 9; level_bits < 40; ++level_bits) {
                    const std::uint64_t value = encode_tve(
                        {Tve::Kind::translate, levels, page_shift, level_bits, 0xabcdef123456000, 0, 0}, generation);
                    const Tve tve = decode_tve(value, generation);
                    EXPECT_EQ(tve.kind, Tve::Kind::translate);
                    EXPECT_EQ(tve.levels, levels);
                    EXPECT_EQ(tve.page_shift, page_shift);
                    EXPECT_EQ(tve.level_bits, level_bits);
                    EXPECT_EQ(tve.table, 0xabcdef123456000u);
                }
    EXPECT_EQ(encode_tve({}, PhbGeneration::phb3), 0u);
    EXPECT_EQ(encode_tve({Tve::Kind::translate, 2, 16, 13, 0x10000000, 0, 0}, PhbGeneration::phb3), 0x100002505u);
}

TEST(Tve, Off) {
    EXPECT_EQ(decode_tve(0, PhbGeneration::phb3).kind, Tve::Kind::off);
    EXPECT_EQ(decode_tve(0x20000001, PhbGeneration::phb3).kind, Tve::Kind::off); // level size 0
    EXPECT_EQ(decode_tve(0x20000000, PhbGeneration::phb3).kind, Tve::Kind::off); // no translation, not valid
}

TEST(Tve, MoreLevelsThanTheBridgeWalks) {
    EXPECT_EQ(decode_tve(0x20000B01 | 4 << 13, PhbGeneration::phb3).kind, Tve::Kind::translate);
    EXPECT_EQ(decode_tve(0x20000B01 | 5 << 13, PhbGeneration::phb3).kind, Tve::Kind::invalid);
    EXPECT_EQ(decode_tve(0x20000B01 | 7 << 13, PhbGeneration::phb4).kind, Tve::Kind::invalid);
    EXPECT_EQ(decode_tve(0x20000B01 | 1 << 13, PhbGeneration::p7ioc).kind, Tve::Kind::invalid);
}

TEST(TveSelect, TheHighestBitsChooseTheWindow) {
    for (const std::uint32_t count : {2u, 4u, 8u, 16u}) {
        const TveSelect select(count);
        const std::uint64_t span = (1ULL << 60) / count;
        for (std::uint32_t window = 0; window < count; ++window) {
            EXPECT_EQ(select.tve(7, window * span), 7 * count + window);
            EXPECT_EQ(select.tve(7, (window + 1) * span - 1), 7 * count + window);
            EXPECT_EQ(select.offset(window * span + 0x12345), 0x12345u);
            EXPECT_EQ(select.offset((window + 1) * span - 1), span - 1);
        }
    }
}

TEST(TveSelect, OneWindowEndsAtBit59) {
    const TveSelect select(1);
    EXPECT_EQ(select.tve(7, (1ULL << 59) - 1), 7u);
    EXPECT_EQ(select.tve(7, 1ULL << 59), TveSelect::none);
}

TEST(TveSelect, From4GiBOnTheSecondWindow) {
    const TveSelect select(2, true);
    EXPECT_EQ(select.tve(7, 0xffffffff), 14u);
    EXPECT_EQ(select.tve(7, 0x100000000), 15u);
    EXPECT_EQ(select.tve(7, 1ULL << 59), 15u);
    EXPECT_EQ(select.offset(0x123456789abcdef), 0x123456789abcdefu);
}

} // namespace
} // namespace tcesim
