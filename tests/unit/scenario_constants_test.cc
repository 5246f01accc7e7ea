// SPDX-License-Identifier: Apache-2.0
// Constants of a machine: ranges, rules that join several, and what the models can rely on.
#include "sim/machine_parameters.h"
#include "sim/scenario/window_checks.h"
#include "tests/unit/scenario_fixture.h"

#include <algorithm>

namespace tcesim::scenario {
namespace {

class ScenarioConstants : public ScenarioFiles {
protected:
    using Lines = std::vector<std::string>;

    Lines errors_of(const std::vector<std::string> &sets) {
        write("s.yaml", good_scenario());
        return first_lines(load("s.yaml", sets));
    }
    Lines errors_of(const ConstantSpec &constant, std::uint64_t number) {
        return errors_of({value_of(constant).path + "=" + format_quantity(number, constant.dimension)});
    }
    /// Errors that say that the value of \p constant is out of its range.
    static std::size_t refusals(const Lines &errors, const ConstantSpec &constant) {
        const std::string start = "error: " + value_of(constant).path + " must be ";
        return static_cast<std::size_t>(std::count_if(errors.begin(), errors.end(), [&](const std::string &error) {
            return error.find(start) != std::string::npos;
        }));
    }
};

TEST_F(ScenarioConstants, AreHeldToTheirRangesExactly) {
    for (const ConstantSpec &constant : constants()) {
        if (constant.needed_by)
            continue;
        EXPECT_EQ(refusals(errors_of(constant, constant.low), constant), 0U) << constant.id;
        EXPECT_EQ(refusals(errors_of(constant, constant.high), constant), 0U) << constant.id;
        EXPECT_EQ(refusals(errors_of(constant, constant.high + 1), constant), 1U) << constant.id;
        if (constant.low != 0) {
            EXPECT_EQ(refusals(errors_of(constant, constant.low - 1), constant), 1U) << constant.id;
        }
    }
}

TEST_F(ScenarioConstants, OfAnotherMachineMayBeAbsent) {
    const ConstantSpec *kill = find_constant("opal_tce_kill");
    ASSERT_NE(kill, nullptr);
    EXPECT_STREQ(kill->needed_by, "power9");
    EXPECT_EQ(errors_of({}), Lines{}) << "the fixture's POWER8 has none";
}

TEST_F(ScenarioConstants, AnAssumedChoiceOfTwoIsEitherOfThem) {
    for (const char *value : {"0", "1"}) {
        write("machine.yaml",
              replaced(good_machine(), "phb_ordered_reads: {value: 0, confidence: published",
                       std::string("phb_ordered_reads: {value: ") + value + ", low: 0, high: 1, confidence: assumed"));
        write("s.yaml", good_scenario());
        EXPECT_EQ(first_lines(load("s.yaml", {})), Lines{}) << value;
    }
}

TEST_F(ScenarioConstants, BridgesHaveNoMorePesThanTheirGeneration) {
    EXPECT_EQ(errors_of({"machine.constants.phb_pe_count.value=256"}), Lines{});
    EXPECT_EQ(errors_of({"machine.constants.phb_pe_count.value=257"}),
              Lines{"--set:1:38: error: phb_pe_count (257) must not exceed the 256 PEs of a phb3 bridge"});
}

TEST(ScenarioKeys, KeysOfOneKindOfTrafficAreNotThoseOfAnother) {
    const KeySpec *mtu = find_key("traffic.mtu");
    const KeySpec *duration = find_key("traffic.duration");
    ASSERT_TRUE(mtu != nullptr && duration != nullptr);
    EXPECT_TRUE(mtu->belongs_to("tcp_stream"));
    EXPECT_FALSE(mtu->belongs_to("another"));
    EXPECT_TRUE(mtu->belongs_to("")) << "while the kind is not known";
    EXPECT_TRUE(duration->belongs_to("another"));
}

TEST_F(ScenarioConstants, CountsFitInto32Bits) {
    for (const ConstantSpec &constant : constants()) {
        if (constant.dimension == Dimension::count || constant.dimension == Dimension::bytes) {
            EXPECT_LE(constant.high, 0xffffffffU) << constant.id;
        }
    }
    EXPECT_EQ(errors_of({"machine.constants.pcie_request_credits.value=4294967297"}),
              Lines{"--set:1:46: error: machine.constants.pcie_request_credits.value must be 1..4096, not 4294967297"});
}

TEST_F(ScenarioConstants, ClockIsAWholeNumberOfMegahertz) {
    EXPECT_EQ(errors_of({"machine.constants.core_clock.value=3600.5MHz"}),
              Lines{"--set:1:36: error: machine.constants.core_clock.value must be a multiple of 1MHz, not 3600.5MHz"});
}

TEST_F(ScenarioConstants, WaysOfTheTceCacheDivideItsLines) {
    const std::string lines = "machine.constants.phb_tce_cache_lines.value=";
    const std::string ways = "machine.constants.phb_tce_cache_ways.value=";
    EXPECT_EQ(errors_of({lines + "64", ways + "3"}),
              Lines{"--set:1:44: error: phb_tce_cache_ways (3) must divide phb_tce_cache_lines (64)"});
    EXPECT_EQ(errors_of({ways + "3"}),
              Lines{"--set:1:44: error: phb_tce_cache_ways (3) must divide phb_tce_cache_lines (1)"});
    EXPECT_EQ(errors_of({lines + "6", ways + "3"}), Lines{});
}

TEST_F(ScenarioConstants, ErrorOfTwoStandsAtTheOneThatWasSetLast) {
    write("machine.yaml", replaced(good_machine(), "phb_tce_cache_ways: {value: 1", "phb_tce_cache_ways: {value: 2"));
    const Lines in_machine = errors_of({});
    ASSERT_EQ(in_machine.size(), 1U);
    EXPECT_EQ(in_machine[0].rfind("machine.yaml:", 0), 0U) << in_machine[0];
    EXPECT_EQ(errors_of({"machine.constants.phb_tce_cache_lines.value=5"}),
              Lines{"--set:1:45: error: phb_tce_cache_ways (2) must divide phb_tce_cache_lines (5)"});
    write("s.yaml", good_scenario() + "machine: {constants: {phb_tce_cache_lines: {value: 5}}}\n");
    EXPECT_EQ(first_lines(load("s.yaml")),
              Lines{"s.yaml:18:52: error: phb_tce_cache_ways (2) must divide phb_tce_cache_lines (5)"});
}

TEST_F(ScenarioConstants, SizesOfCachesAreWholeSets) {
    EXPECT_EQ(errors_of({"machine.constants.l1_size.value=100B"}),
              Lines{"--set:1:33: error: l1_size (100B) must be a power of two times cache_line x cache_ways (128B x 1 "
                    "= 128B)"});
    EXPECT_EQ(errors_of({"machine.constants.cache_ways.value=3", "machine.constants.l2_size.value=96KiB"}),
              (Lines{"--set:1:36: error: l1_size (64KiB) must be a power of two times cache_line x cache_ways (128B x "
                     "3 = 384B)",
                     "--set:1:36: error: l3_size (64KiB) must be a power of two times cache_line x cache_ways (128B x "
                     "3 = 384B)"}));
    EXPECT_EQ(errors_of({"machine.constants.l1_size.value=64B"}).size(), 1U);
}

TEST_F(ScenarioConstants, RulesHoldForEachVariant) {
    write("s.yaml", replaced(good_scenario(), "expect:\n  - {variant: default",
                             "variants: {good: {host.tce: real}, bad: {machine.constants.phb_tce_cache_ways.value: "
                             "3}}\nexpect:\n  - {variant: good"));
    EXPECT_EQ(first_lines(load("s.yaml")),
              Lines{"s.yaml:16:86: error: phb_tce_cache_ways (3) must divide phb_tce_cache_lines (1)"});
}

/// What passes the checks satisfies the models: their own conditions at the ends of every range.
TEST_F(ScenarioConstants, ModelsTakeWhatPasses) {
    write("s.yaml", good_scenario());
    for (const ConstantSpec &constant : constants()) {
        for (const std::uint64_t number : {constant.low, constant.high}) {
            const LoadResult result =
                load("s.yaml", {value_of(constant).path + "=" + format_quantity(number, constant.dimension)});
            if (!result.scenario)
                continue;
            const Config &config = result.scenario->variants[0].config;
            EXPECT_EQ(phb_parameters(config).problem(), nullptr) << constant.id << " " << number;
            EXPECT_EQ(link_parameters(config).problem(), nullptr) << constant.id << " " << number;
            EXPECT_GT(phb_parameters(config).pe_count, address_map::pe) << constant.id << " " << number;
        }
    }
}

TEST(ScenarioWindowMemory, GrowsWithTheWindowAndShrinksWithLevelsAndPages) {
    for (std::uint64_t size = 1ULL << 30; size < 1ULL << 54; size *= 2) {
        for (const unsigned levels : {1U, 2U, 3U}) {
            for (const WindowMemory eager : {WindowMemory{false, false}, {true, false}, {true, true}}) {
                EXPECT_LE(window_memory(size, {4096, 4096}, levels, eager),
                          window_memory(2 * size, {4096, 4096}, levels, eager));
                EXPECT_LE(window_memory(size, {65536, 65536}, levels, eager),
                          window_memory(size, {4096, 4096}, levels, eager));
                EXPECT_LE(window_memory(size, {4096, 4096}, levels + 1, eager),
                          window_memory(size, {4096, 4096}, levels, eager));
            }
            EXPECT_LE(window_memory(size, {4096, 4096}, levels, {false, false}),
                      window_memory(size, {4096, 4096}, levels, {true, false}));
            EXPECT_LE(window_memory(size, {4096, 4096}, levels, {true, false}),
                      window_memory(size, {4096, 4096}, levels, {true, true}));
        }
    }
}

struct Limit {
    const char *tce, *page, *levels, *most, *more;
};

TEST_F(ScenarioConstants, LargestWindowsAreThoseOfTheReference) {
    const Limit limits[] = {
        {"real", "4KiB", "1", "8TiB", "16TiB"},         {"real", "4KiB", "2", "16384TiB", nullptr},
        {"real", "4KiB", "3", "16384TiB", nullptr},     {"virtual", "64KiB", "1", "128TiB", "256TiB"},
        {"virtual", "64KiB", "2", "16384TiB", nullptr}, {"userspace", "4KiB", "1", "4TiB", "8TiB"},
        {"userspace", "4KiB", "2", "16TiB", "32TiB"},   {"userspace", "64KiB", "1", "64TiB", "128TiB"},
        {"userspace", "64KiB", "2", "256TiB", "512TiB"}};
    for (const Limit &limit : limits) {
        const auto errors_with = [&](const char *size) {
            return errors_of({std::string("host.tce=") + limit.tce, std::string("iommu.windows[0].size=") + size,
                              std::string("iommu.windows[0].page=") + limit.page,
                              std::string("iommu.windows[0].levels=") + limit.levels});
        };
        EXPECT_EQ(errors_with(limit.most), Lines{}) << limit.most;
        if (limit.more == nullptr)
            continue;
        const Lines errors = errors_with(limit.more);
        ASSERT_EQ(errors.size(), 1U) << limit.more;
        EXPECT_NE(errors[0].find(std::string("at most ") + limit.most), std::string::npos) << errors[0];
    }
}

} // namespace
} // namespace tcesim::scenario
