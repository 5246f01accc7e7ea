// SPDX-License-Identifier: Apache-2.0
// Scenarios of dma_bench traffic: what they mean, and which do not go together.
#include "sim/machine_parameters.h"
#include "tests/unit/scenario_fixture.h"

namespace tcesim::scenario {
namespace {

class ScenarioBench : public ScenarioFiles {
protected:
    using Lines = std::vector<std::string>;

    Config config(const std::vector<std::string> &sets) {
        write("s.yaml", good_bench_scenario());
        const LoadResult result = load("s.yaml", sets);
        EXPECT_EQ(first_lines(result), Lines{});
        return result.scenario->variants.at(0).config;
    }
    std::string error_of(const std::vector<std::string> &sets, const std::string &text = good_bench_scenario()) {
        write("s.yaml", text);
        const Lines errors = first_lines(load("s.yaml", sets));
        EXPECT_EQ(errors.size(), 1U) << testing::PrintToString(errors);
        return errors.empty() ? "" : errors.front();
    }
    static std::string with_cache(const std::string &constants) { return good_bench_scenario() + constants; }
    static std::string constant(const std::string &id, const std::string &value) {
        return "    " + id + ": {value: " + value + ", confidence: published, source: book}\n";
    }
    static std::string whole_cache() {
        return constant("llc_size", "25MiB") + constant("llc_ways", "20") + constant("llc_line", "64B") +
               constant("memory_read_cold", "50ns");
    }
};

TEST_F(ScenarioBench, ValuesAreTypedAndTheRestHasDefaults) {
    const Config plain = config({});
    EXPECT_EQ(plain.traffic.kind, TrafficKind::dma_bench);
    EXPECT_EQ(plain.traffic.operation, DmaOperation::read);
    EXPECT_EQ(plain.traffic.pattern, DmaPattern::random);
    EXPECT_EQ(plain.traffic.size, 64U);
    EXPECT_EQ(plain.traffic.window, 1U << 20U);
    EXPECT_EQ(plain.traffic.outstanding, 1U);
    EXPECT_EQ(plain.traffic.host_cache, HostCache::warm);
    EXPECT_EQ(plain.traffic.memory, MemoryPlace::local);
    EXPECT_EQ(plain.iommu.translation, Translation::tces);
    const Config other = config({"traffic.operation=write_then_read", "traffic.pattern=sequential",
                                 "iommu.translation=bypass", "traffic.outstanding=7"});
    EXPECT_EQ(other.traffic.operation, DmaOperation::write_then_read);
    EXPECT_EQ(other.traffic.pattern, DmaPattern::sequential);
    EXPECT_EQ(other.iommu.translation, Translation::bypass);
    EXPECT_EQ(other.traffic.outstanding, 7U);
}

TEST_F(ScenarioBench, AGapIsThatOfTheLargestSizeThatIsNotLarger) {
    const auto gaps = [&](const std::string &size) {
        const DmaBenchParameters bench =
            dma_bench_parameters(config({"traffic.size=" + size, "machine.constants.dma_bench_read_gap_64.value=1ns",
                                         "machine.constants.dma_bench_read_gap_128.value=2ns",
                                         "machine.constants.dma_bench_read_gap_256.value=3ns",
                                         "machine.constants.dma_bench_write_gap_64.value=4ns",
                                         "machine.constants.dma_bench_write_gap_128.value=5ns",
                                         "machine.constants.dma_bench_write_gap_256.value=6ns"}),
                                 1);
        return std::make_pair(bench.read_gap, bench.write_gap);
    };
    EXPECT_EQ(gaps("8B"), std::make_pair(ps_t{1000}, ps_t{4000}));
    EXPECT_EQ(gaps("127B"), std::make_pair(ps_t{1000}, ps_t{4000}));
    EXPECT_EQ(gaps("128B"), std::make_pair(ps_t{2000}, ps_t{5000}));
    EXPECT_EQ(gaps("511B"), std::make_pair(ps_t{3000}, ps_t{6000}));
    EXPECT_EQ(gaps("512B"), std::make_pair(ps_t{0}, ps_t{0}));
}

TEST_F(ScenarioBench, DeviceAndTrafficGoTogether) {
    EXPECT_NE(
        error_of({"device.model=cxgb3"}).find("a cxgb3 makes no dma_bench traffic; device.model must be dma_bench"),
        std::string::npos);
}

TEST_F(ScenarioBench, ADmaFitsIntoTheBufferAndTheBufferIntoTheGuest) {
    EXPECT_NE(error_of({"traffic.size=1025B", "traffic.window=1KiB"}).find("which takes 2KiB"), std::string::npos);
    EXPECT_NE(error_of({"guest.ram=64MiB", "traffic.window=64MiB"}).find("it needs 96MiB"), std::string::npos);
    EXPECT_NE(error_of({"iommu.windows[0].size=4MiB", "traffic.window=2MiB"}).find("cannot hold traffic.window"),
              std::string::npos);
    config({"iommu.windows[0].size=4MiB", "traffic.window=2MiB", "iommu.translation=bypass"});
}

TEST_F(ScenarioBench, MemoryThatNobodyHasFiguresOfIsRefused) {
    EXPECT_NE(error_of({"traffic.host_cache=cold"}).find("lacks the constant 'llc_size'"), std::string::npos);
    EXPECT_NE(error_of({"traffic.memory=remote"}).find("lacks the constant 'memory_read_remote'"), std::string::npos);
}

TEST_F(ScenarioBench, ALastLevelCacheIsDescribedAsAWhole) {
    write("s.yaml", with_cache(whole_cache()));
    EXPECT_EQ(first_lines(load("s.yaml", {"traffic.host_cache=cold"})), Lines{});
    EXPECT_NE(
        error_of({}, with_cache(constant("llc_size", "25MiB"))).find("llc_size (25MiB) needs the constant 'llc_ways'"),
        std::string::npos);
    EXPECT_NE(error_of({"machine.constants.llc_ways.value=3"}, with_cache(whole_cache()))
                  .find("must be a multiple of llc_ways x llc_line (3 x 64B)"),
              std::string::npos);
}

// ---- recovery ----

TEST_F(ScenarioBench, RecoveryIsOffUnlessAskedFor) {
    const Config plain = config({});
    EXPECT_EQ(plain.guest.recovery, Recovery::none);
    EXPECT_EQ(plain.guest.watchdog, 2'000'000'000U);
    EXPECT_FALSE(plain.faults.any());
    EXPECT_FALSE(handlers_setup(plain).eeh);
    const Config thaws = config({"guest.recovery=thaw", "guest.watchdog=1ms", "faults.unmapped_dma=7"});
    EXPECT_EQ(thaws.guest.recovery, Recovery::thaw);
    EXPECT_EQ(thaws.guest.watchdog, 1'000'000'000U);
    EXPECT_EQ(thaws.faults.unmapped_dma, 7U);
    EXPECT_TRUE(thaws.faults.any());
    EXPECT_TRUE(handlers_setup(thaws).eeh);
}

TEST_F(ScenarioBench, WhatRecoveryNeedsMustBeThere) {
    const std::string unwatched = replaced(good_bench_scenario(), ", watchdog: 2ms", "");
    EXPECT_NE(error_of({"guest.recovery=thaw"}, unwatched).find("needs guest.watchdog"), std::string::npos);
}

TEST_F(ScenarioBench, WithoutTranslationNothingIsUnmapped) {
    EXPECT_NE(error_of({"iommu.translation=bypass", "faults.unmapped_dma=7"}).find("nothing can be unmapped"),
              std::string::npos);
}

} // namespace
} // namespace tcesim::scenario
