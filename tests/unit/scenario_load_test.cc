// SPDX-License-Identifier: Apache-2.0
// Good scenarios: what comes out of files, extends, variants and --set.
#include "sim/metric_catalogue.h"
#include "tests/unit/scenario_fixture.h"

#include <algorithm>

namespace tcesim::scenario {
namespace {

class ScenarioLoad : public ScenarioFiles {};

TEST_F(ScenarioLoad, ValuesAreTypedInBaseUnits) {
    const Scenario scenario = load_good(good_scenario());
    EXPECT_EQ(scenario.name, "good");
    EXPECT_EQ(scenario.about, "a scenario that is right");
    EXPECT_EQ(relative(scenario.file), "s.yaml");
    const Config config = scenario.variants.at(0).config;
    EXPECT_EQ(config.host.tce, TcePath::real_mode);
    EXPECT_EQ(config.guest.ram, 32ULL << 30U);
    EXPECT_EQ(config.guest.page, 65536U);
    EXPECT_EQ(config.guest.vcpus, 1U);
    EXPECT_FALSE(config.guest.multitce);
    EXPECT_EQ(config.iommu.phb, PhbModel::phb3);
    EXPECT_EQ(config.iommu.window.base, 0U);
    EXPECT_EQ(config.iommu.window.size, 2ULL << 30U);
    EXPECT_EQ(config.iommu.window.page, 4096U);
    EXPECT_EQ(config.iommu.window.levels, 1U);
    EXPECT_EQ(config.device.link.gen, 1U);
    EXPECT_EQ(config.device.link.lanes, 8U);
    EXPECT_EQ(config.device.link.mps, 128U);
    EXPECT_EQ(config.device.link.mrrs, 512U);
    EXPECT_EQ(config.traffic.chunk, 65536U);
    EXPECT_EQ(config.traffic.mtu, 1500U);
    EXPECT_EQ(config.traffic.window, 1U << 20U);
    EXPECT_EQ(config.traffic.duration, 200000000000U);
    EXPECT_EQ(config.traffic.warmup, 20000000000U);
    EXPECT_EQ(config.faults.skip_tce_kill, 0U);
    EXPECT_EQ(config.machine.constant("core_clock"), 1000000000);
    EXPECT_EQ(config.machine.constant("cycles_per_instruction"), 1000);
    EXPECT_EQ(config.machine.constant("user_rest_per_tce"), 1000000);
    EXPECT_EQ(config.machine.constant("guest_exit"), 2000000);
    EXPECT_EQ(config.machine.constant("wire_rate"), 1000000000);
    EXPECT_EQ(config.machine.constant("clear_bandwidth"), 1);
    EXPECT_EQ(config.machine.constant("cache_ways"), 1);
    EXPECT_EQ(config.machine.constant("cache_line"), 128);
}

TEST_F(ScenarioLoad, VariantsKeepTheOrderOfTheFile) {
    const Scenario scenario =
        load_good(replaced(good_scenario(), "expect:\n  - {variant: default",
                           "variants:\n  z: {host.tce: userspace}\n  a: {host.tce: virtual}\n  m: {host.tce: real}\n"
                           "expect:\n  - {variant: a"));
    ASSERT_EQ(scenario.variants.size(), 3U);
    EXPECT_EQ(scenario.variants[0].name, "z");
    EXPECT_EQ(scenario.variants[0].config.host.tce, TcePath::userspace);
    EXPECT_EQ(scenario.variants[1].name, "a");
    EXPECT_EQ(scenario.variants[1].config.host.tce, TcePath::virtual_mode);
    EXPECT_EQ(scenario.variants[2].name, "m");
    EXPECT_EQ(scenario.variants[2].config.host.tce, TcePath::real_mode);
}

TEST(ScenarioShipped, EveryScenarioLoads) {
    MetricCatalogue metrics;
    for (const MetricInfo &metric : metric_catalogue())
        metrics[std::string(metric.name)] = metric.unit;
    int loaded = 0;
    for (const auto &file : std::filesystem::directory_iterator(source_dir() / "scenarios")) {
        if (file.path().extension() != ".yaml")
            continue;
        const LoadResult result = load_scenario(file.path().string(), {}, metrics);
        for (const Diagnostic &error : result.errors)
            ADD_FAILURE() << format(error);
        ++loaded;
    }
    EXPECT_GT(loaded, 0);
}

TEST_F(ScenarioLoad, ExpectationsAreTypedByTheirMetric) {
    const std::string old_line = "  - {variant: default, metric: throughput, min: 198MB/s, source: paper}\n";
    const Scenario scenario =
        load_good(replaced(good_scenario(), old_line,
                           "  - {variant: default, metric: throughput, min: 198MB/s, max: 1.5GB/s, source: paper}\n"
                           "  - {variant: default, metric: dma_latency_p99, max: 2.5us, source: paper}\n"
                           "  - {variant: default, metric: hypercalls, equals: 0, source: paper}\n"
                           "  - {variant: default, metric: hypercall_rate, min: 1.2M/s, source: paper}\n"
                           "  - {variant: default, metric: tce_cache_share, min: 0.25, source: paper}\n"
                           "  - {variant: default, metric: payload, min: 1GiB, source: paper}\n"));
    ASSERT_EQ(scenario.expectations.size(), 6U);
    EXPECT_EQ(scenario.expectations[0].min, 198000000);
    EXPECT_EQ(scenario.expectations[0].max, 1500000000);
    EXPECT_EQ(scenario.expectations[0].equals, std::nullopt);
    EXPECT_EQ(scenario.expectations[0].source, "paper");
    EXPECT_EQ(scenario.expectations[0].unit, "B/s");
    EXPECT_EQ(relative(scenario.expectations[1].file), "s.yaml");
    EXPECT_EQ(scenario.expectations[1].line, 18);
    EXPECT_EQ(scenario.expectations[1].max, 2500000);
    EXPECT_EQ(scenario.expectations[2].equals, 0);
    EXPECT_EQ(scenario.expectations[3].min, 1200000);
    EXPECT_EQ(scenario.expectations[4].min, 250000);
    EXPECT_EQ(scenario.expectations[5].min, 1 << 30);
}

TEST_F(ScenarioLoad, WithoutVariantsThereIsOneCalledDefault) {
    const Scenario scenario = load_good(good_scenario());
    ASSERT_EQ(scenario.variants.size(), 1U);
    EXPECT_EQ(scenario.variants[0].name, "default");
}

TEST_F(ScenarioLoad, DefaultsAreThoseOfTheSchema) {
    const Scenario scenario = load_good(good_scenario());
    const Config &config = scenario.variants[0].config;
    EXPECT_EQ(scenario.seed, 1U);
    EXPECT_STREQ(to_string(config.guest.mmu), find_key("guest.mmu")->default_text.c_str());
    EXPECT_STREQ(to_string(config.host.container), find_key("host.container")->default_text.c_str());
}

TEST_F(ScenarioLoad, ExtendsMergesMapsAndReplacesTheRest) {
    write("base/low.yaml", "extends: ../machine.yaml\nguest: {ram: 1GiB, page: 4KiB, vcpus: 1}\ntraffic: {mtu: 576}\n");
    write("base/high.yaml", "guest: {ram: 2GiB, multitce: true}\niommu: {windows: [{base: 0, size: 1GiB}]}\n");
    std::string text = replaced(good_scenario(), "machine.yaml", "[base/low.yaml, base/high.yaml]");
    text = replaced(text, "guest: {ram: 32GiB, page: 64KiB, vcpus: 1, multitce: false}", "guest: {mmu: radix}");
    text = replaced(text, "  mtu: 1500\n", "");
    const Config config = load_good(text).variants.at(0).config;
    EXPECT_EQ(config.guest.ram, 2ULL << 30U); // the later file wins
    EXPECT_EQ(config.guest.page, 4096U);      // of the earlier
    EXPECT_TRUE(config.guest.multitce);       // of the later
    EXPECT_EQ(config.guest.mmu, Mmu::radix);  // of the file itself
    EXPECT_EQ(config.traffic.mtu, 576U);
    EXPECT_EQ(config.iommu.window.size, 2ULL << 30U); // the list is replaced as a whole
}

TEST_F(ScenarioLoad, VariantsOfTheFileReplaceThoseOfItsBase) {
    write("base.yaml", "extends: machine.yaml\nvariants: {a: {host.tce: real}, b: {host.tce: virtual}}\n");
    const Scenario scenario =
        load_good(replaced(replaced(good_scenario(), "machine.yaml", "base.yaml"), "expect:\n  - {variant: default",
                           "variants: {c: {host.tce: real}}\nexpect:\n  - {variant: c"));
    ASSERT_EQ(scenario.variants.size(), 1U);
    EXPECT_EQ(scenario.variants[0].name, "c");
}

TEST_F(ScenarioLoad, AMachineWithANameReplacesTheOneBefore) {
    write("more.yaml",
          replaced(good_machine(), "  constants:\n",
                   "  constants:\n    opal_tce_kill: {value: 9us, confidence: published, source: book}\n"));
    write("both.yaml", "extends: [more.yaml, machine.yaml]\n");
    write("part.yaml", "extends: more.yaml\nmachine: {constants: {cache_line: {value: 64B}}}\n");
    const Scenario whole = load_good(replaced(good_scenario(), "machine.yaml", "both.yaml"));
    EXPECT_EQ(whole.variants.at(0).config.machine.constants.count("opal_tce_kill"), 0U);
    const Scenario part = load_good(replaced(good_scenario(), "machine.yaml", "part.yaml"));
    EXPECT_EQ(part.variants.at(0).config.machine.constant("opal_tce_kill"), 9000000);
    EXPECT_EQ(part.variants.at(0).config.machine.constant("cache_line"), 64);
}

TEST_F(ScenarioLoad, SetComesAfterTheVariant) {
    const std::string text = replaced(good_scenario(), "expect:\n  - {variant: default",
                                      "variants:\n"
                                      "  slow: {guest.ram: 1GiB, host.tce: userspace}\n"
                                      "  fast: {\"iommu.windows[0].levels\": 2, faults.skip_tce_kill: 7}\n"
                                      "expect:\n  - {variant: slow");
    const Scenario scenario =
        load_good(text, {"guest.ram=4GiB", "seed=18446744073709551615", "iommu.windows[0].size=4GiB",
                         "faults.skip_tce_kill=18446744073709551615"});
    EXPECT_EQ(scenario.seed, 18446744073709551615U);
    for (const Variant &variant : scenario.variants) {
        EXPECT_EQ(variant.config.guest.ram, 4ULL << 30U);
        EXPECT_EQ(variant.config.iommu.window.size, 4ULL << 30U);
        EXPECT_EQ(variant.config.faults.skip_tce_kill, 18446744073709551615U);
    }
    EXPECT_EQ(scenario.variants[0].config.host.tce, TcePath::userspace);
    EXPECT_EQ(scenario.variants[1].config.host.tce, TcePath::real_mode);
    EXPECT_EQ(scenario.variants[1].config.iommu.window.levels, 2U);
}

TEST_F(ScenarioLoad, AnOverrideMovesAnAssumedConstantOffItsMidpoint) {
    const Scenario scenario = load_good(
        good_scenario(), {"machine.constants.guest_exit.value=9us", "machine.constants.guest_send.value=100us"});
    const Machine &machine = scenario.variants[0].config.machine;
    EXPECT_EQ(machine.constant("guest_exit"), 9000000);
    EXPECT_TRUE(machine.constants.at("guest_exit").overridden);
    EXPECT_TRUE(machine.constants.at("guest_exit").fits());
    EXPECT_FALSE(machine.constants.at("guest_entry").overridden);
    EXPECT_FALSE(machine.constants.at("guest_send").fits());
}

TEST_F(ScenarioLoad, AFittedConstantOutsideWhatFactsAllowIsLoadedAndToldApart) {
    write("odd.yaml", "extends: machine.yaml\nmachine: {constants: {guest_send: {value: 57us}}}\n");
    const Scenario scenario = load_good(replaced(good_scenario(), "machine.yaml", "odd.yaml"));
    const Constant &constant = scenario.variants[0].config.machine.constants.at("guest_send");
    EXPECT_EQ(constant.confidence, Confidence::fitted);
    EXPECT_EQ(constant.allowed_high, 56000000);
    EXPECT_FALSE(constant.fits());
}

std::size_t needed_by_power8() {
    return static_cast<std::size_t>(std::count_if(constants().begin(), constants().end(), needed_by_the_fixture));
}

TEST_F(ScenarioLoad, ResolvedJsonNamesEveryKeyThatAVariantCanSet) {
    const auto resolve = [this](const std::string &text, std::vector<std::string> set) {
        set.insert(set.end(), {"faults.skip_tce_kill=3", "faults.delay_tce_kill=1us", "device.link.rcb=64B",
                               "traffic.kill=1us", std::string("host.handlers=") + __FILE__});
        const Scenario scenario = load_good(text, set);
        EXPECT_EQ(scenario.variants.size(), 1U);
        return nlohmann::ordered_json(scenario.resolved_json().at("default"));
    };
    const nlohmann::ordered_json resolved = resolve(good_scenario(), {"traffic.direction=both", "guest.lro=false"});
    const nlohmann::ordered_json bench = resolve(good_bench_scenario(), {"faults.unmapped_dma=3"});
    const nlohmann::ordered_json block = resolve(good_block_scenario(), {});
    for (const KeySpec &key : schema()) {
        if (key.overridable != Overridable::by_set_and_variant || key.path.find('*') != std::string::npos ||
            !(key.belongs_to("tcp_stream") || key.belongs_to("dma_bench") || key.belongs_to("block_io")) ||
            key.path == "faults.drop_tce_kill") // phb4's
            continue;
        std::string pointer = "/" + key.path;
        for (std::size_t at = pointer.find_first_of(".["); at != std::string::npos; at = pointer.find_first_of(".["))
            pointer.replace(at, pointer[at] == '.' ? 1 : 2, pointer[at] == '.' ? "/" : "/0");
        const nlohmann::ordered_json::json_pointer place(pointer);
        EXPECT_EQ(resolved.contains(place), key.belongs_to("tcp_stream")) << key.path;
        EXPECT_EQ(bench.contains(place), key.belongs_to("dma_bench")) << key.path;
        EXPECT_EQ(block.contains(place), key.belongs_to("block_io")) << key.path;
    }
    EXPECT_EQ(resolved["traffic"]["duration"], 200000000000);
    EXPECT_EQ(resolved["host"]["tce"], "real");
    EXPECT_EQ(resolved["machine"]["constants"]["guest_exit"]["value"], 2000000);
    EXPECT_EQ(resolved["machine"]["constants"].size(), needed_by_power8());
}

TEST_F(ScenarioLoad, AHandlerObjectIsLookedForWhereItsFileIs) {
    write("deep/own.so", "");
    write("own.so", "");
    write("deep/base.yaml", "host: {handlers: own.so}\n");
    const std::string base = replaced(good_scenario(), "machine.yaml", "[machine.yaml, deep/base.yaml]");
    const auto handlers = [this](const std::string &text, const std::vector<std::string> &sets = {}) {
        const Scenario scenario = load_good(text, sets);
        const auto &found = scenario.variants.back().config.host.handlers;
        return found ? found->name + " " + relative(found->path) : "none";
    };
    EXPECT_EQ(handlers(good_scenario()), "none");
    EXPECT_EQ(handlers(base), "own.so deep/own.so");
    EXPECT_EQ(handlers(base + "variants: {a: {}, default: {host.handlers: ./own.so}}\n"), "./own.so own.so");
    EXPECT_EQ(handlers(base + "variants: {default: {host.handlers: deep/../own.so}}\n"), "deep/../own.so own.so");
    const std::string absolute = (directory() / "own.so").string();
    EXPECT_EQ(handlers(base, {"host.handlers=" + absolute}), absolute + " own.so");
    EXPECT_EQ(handlers(replaced(base, "tce: real", "tce: real, handlers: " + absolute)), absolute + " own.so");
}

TEST_F(ScenarioLoad, SourcesAreTheFilesInTheOrderInWhichTheyAreNamed) {
    const Scenario scenario = load_good(good_scenario(), {"guest.ram=1GiB"});
    ASSERT_EQ(scenario.sources.size(), 3U);
    EXPECT_EQ(relative(scenario.sources[0].name), "s.yaml");
    EXPECT_EQ(scenario.sources[0].text, good_scenario());
    EXPECT_EQ(relative(scenario.sources[1].name), "machine.yaml");
    EXPECT_EQ(scenario.sources[2].text, "guest.ram=1GiB");
}

TEST_F(ScenarioLoad, RunsOverAnyFlowAndQuotingStyleAlike) {
    std::string text =
        replaced(good_scenario(), "host: {kernel: \"5.10\", tce: real}", "host:\n  kernel: 5.10\n  'tce': \"real\"");
    text = replaced(text, "traffic:\n  kind: tcp_stream\n", "traffic:\n  \"kind\": 'tcp_stream'\n");
    EXPECT_EQ(load_good(text).resolved_json(), load_good(good_scenario()).resolved_json());
}

} // namespace
} // namespace tcesim::scenario
