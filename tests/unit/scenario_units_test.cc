// SPDX-License-Identifier: Apache-2.0
// Quantities: exact, overflow-safe, and the same both ways.
#include "sim/scenario/units.h"

#include <gtest/gtest.h>
#include <limits>

namespace tcesim::scenario {
namespace {

constexpr Dimension dimensions[] = {Dimension::count,     Dimension::bytes,           Dimension::time,
                                    Dimension::frequency, Dimension::byte_rate,       Dimension::bit_rate,
                                    Dimension::cycles,    Dimension::bytes_per_cycle, Dimension::event_rate,
                                    Dimension::share};
constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

/// A counter-based stream: the same numbers everywhere. Small and large ones alike.
std::uint64_t sample(std::uint64_t index) {
    std::uint64_t x = index * 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return (x ^ (x >> 31U)) >> (index % 64);
}

TEST(ScenarioUnits, WhatIsWrittenIsReadBackExactly) {
    for (const Dimension dimension : dimensions) {
        for (std::uint64_t i = 0; i < 20000; ++i) {
            for (const std::uint64_t value : {sample(i), i, i * 1000, i * 500000, i << 10U, most - i}) {
                const std::string text = format_quantity(value, dimension);
                const Quantity back = parse_quantity(text, dimension);
                ASSERT_EQ(back.error, "") << text;
                ASSERT_EQ(back.value, value) << text;
            }
        }
    }
}

TEST(ScenarioUnits, DecimalsAreExact) {
    EXPECT_EQ(parse_quantity("1.5us", Dimension::time).value, 1500000U);
    EXPECT_EQ(parse_quantity("0.000000000001s", Dimension::time).value, 1U);
    EXPECT_EQ(parse_quantity("1.50000000000000000000000000us", Dimension::time).value, 1500000U);
    EXPECT_EQ(parse_quantity("3.6GHz", Dimension::frequency).value, 3600000000U);
    EXPECT_EQ(parse_quantity("0.72cycles", Dimension::cycles).value, 720U);
    EXPECT_EQ(parse_quantity("0.5", Dimension::share).value, 500000U);
    EXPECT_EQ(parse_quantity("0.0009765625MiB", Dimension::bytes).value, 1024U);
    EXPECT_EQ(parse_quantity("0.125KiB", Dimension::bytes).value, 128U);
    EXPECT_EQ(parse_quantity("10Gb/s", Dimension::bit_rate).value, 10000000000U);
    EXPECT_EQ(parse_quantity("16B/cycle", Dimension::bytes_per_cycle).value, 16U);
    EXPECT_EQ(parse_quantity("007", Dimension::count).value, 7U);
}

TEST(ScenarioUnits, NothingIsRounded) {
    for (const char *text : {"0.5ps", "1.0000000000001s", "0.00000000000001us"})
        EXPECT_EQ(parse_quantity(text, Dimension::time).error,
                  "'" + std::string(text) + "' is not a whole number of ps");
    EXPECT_EQ(parse_quantity("0.0001cycles", Dimension::cycles).error,
              "'0.0001cycles' is not a whole number of 1/1000 cycle");
    EXPECT_EQ(parse_quantity("0.0000001", Dimension::share).error, "'0.0000001' is not a whole number of ppm");
}

TEST(ScenarioUnits, TheLimitIsExactly64Bits) {
    EXPECT_EQ(parse_quantity("18446744073709551615", Dimension::count).value, most);
    EXPECT_EQ(parse_quantity("18446744073709551616", Dimension::count).error,
              "'18446744073709551616' is too large; the limit is 2^64-1");
    EXPECT_EQ(parse_quantity("18446744073709551615B", Dimension::bytes).value, most);
    EXPECT_EQ(parse_quantity("16777215TiB", Dimension::bytes).value, 16777215ULL << 40U);
    EXPECT_EQ(parse_quantity("16777216TiB", Dimension::bytes).error,
              "'16777216TiB' is too large; the limit is 2^64-1 B");
    EXPECT_EQ(parse_quantity("18446744073709551.615ns", Dimension::time).value, most);
    EXPECT_EQ(parse_quantity("18446744073709551.616ns", Dimension::time).error,
              "'18446744073709551.616ns' is too large; the limit is 2^64-1 ps");
}

TEST(ScenarioUnits, ReadableFormsAreChosen) {
    EXPECT_EQ(format_quantity(65536, Dimension::bytes), "64KiB");
    EXPECT_EQ(format_quantity(1ULL << 40U, Dimension::bytes), "1TiB");
    EXPECT_EQ(format_quantity(1000, Dimension::bytes), "1000B");
    EXPECT_EQ(format_quantity(1500000, Dimension::time), "1.5us");
    EXPECT_EQ(format_quantity(0, Dimension::time), "0ps");
    EXPECT_EQ(format_quantity(220000000, Dimension::byte_rate), "220MB/s");
    EXPECT_EQ(format_quantity(720, Dimension::cycles), "0.72cycles");
    EXPECT_EQ(format_quantity(500000, Dimension::share), "0.5");
    EXPECT_EQ(format_quantity(42, Dimension::count), "42");
}

TEST(ScenarioUnits, EveryUnitOfAnotherDimensionIsRefused) {
    for (const Dimension wanted : dimensions) {
        for (const Dimension given : dimensions) {
            for (const std::string &unit : unit_names(given)) {
                std::string text = "1";
                text += unit;
                EXPECT_EQ(parse_quantity(text, wanted).error.empty(), wanted == given) << text;
            }
        }
    }
}

TEST(ScenarioUnits, NoTextIsReadAsWhatItIsNot) {
    for (const char *text :
         {"", " ", ".", "1.", ".5", "1,5", "+1", "-", "--1", "1e3", "0x10", "1 ", " 1", "1__0", "nan", "1.2.3"})
        EXPECT_NE(parse_quantity(text, Dimension::count).error, "") << "'" << text << "'";
}

} // namespace
} // namespace tcesim::scenario
