// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the tests of the scenario loader share: a directory of files, and a scenario that is right.
#ifndef TCESIM_TESTS_UNIT_SCENARIO_FIXTURE_H
#define TCESIM_TESTS_UNIT_SCENARIO_FIXTURE_H

#include "sim/scenario/scenario.h"
#include "sim/scenario/schema.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <vector>

namespace tcesim::scenario {

/// Root of the source tree.
inline std::filesystem::path source_dir() {
    return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
}

inline std::string read_file(const std::filesystem::path &file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

inline MetricCatalogue test_metrics() {
    return {{"throughput", "B/s"},     {"dma_latency_p99", "ps"},  {"hypercalls", "1"},
            {"hypercall_rate", "1/s"}, {"tce_cache_share", "ppm"}, {"payload", "B"}};
}

/// A value of \p constant that goes with those of the others.
inline std::string usual_value(const ConstantSpec &constant) {
    const std::vector<std::string> units = unit_names(constant.dimension);
    if (constant.power_of_two)
        return "64B";
    if (constant.dimension == Dimension::bytes)
        return "64KiB";
    if (constant.dimension == Dimension::time)
        return "1us";
    if (constant.dimension == Dimension::count)
        return std::to_string(constant.low);
    return "1" + (units.empty() ? "" : units.back());
}

/// Whether a POWER8 with the device of good_scenario() needs \p constant.
inline bool needed_by_the_fixture(const ConstantSpec &constant) {
    return !constant.needed_by || std::string("power8") == constant.needed_by;
}

/// A machine file without errors: three constants of different confidence, then the others.
inline std::string good_machine() {
    std::string text = "machine:\n"
                       "  name: power8\n"
                       "  weights: power8\n"
                       "  constants:\n"
                       "    guest_exit: {value: 2us, low: 1.5us, high: 2.5us, confidence: assumed, source: book}\n"
                       "    guest_send: {value: 36us, fitted_to: book, allowed_low: 16us, allowed_high: 56us, "
                       "confidence: fitted, source: book}\n"
                       "    cache_line: {value: 128B, confidence: published, source: book}\n";
    for (const ConstantSpec &constant : constants()) {
        const std::string key = std::string("    ") + constant.id + ": ";
        const std::string value = usual_value(constant);
        if (needed_by_the_fixture(constant) && text.find("\n" + key) == std::string::npos)
            text += key + "{value: " + value + ", confidence: published, source: book}\n";
    }
    return text;
}

/// A scenario without errors; extends machine.yaml.
inline std::string good_scenario() {
    return "name: good\n"
           "about: a scenario that is right\n"
           "extends: machine.yaml\n"
           "guest: {ram: 32GiB, page: 64KiB, vcpus: 1, multitce: false}\n"
           "host: {kernel: \"5.10\", tce: real}\n"
           "iommu: {phb: phb3, windows: [{base: 0, size: 2GiB, page: 4KiB, levels: 1}]}\n"
           "device: {model: cxgb3, link: {gen: 1, lanes: 8, mps: 128B, mrrs: 512B}}\n"
           "traffic:\n"
           "  kind: tcp_stream\n"
           "  direction: tx\n"
           "  chunk: 64KiB\n"
           "  mtu: 1500\n"
           "  window: 1MiB\n"
           "  duration: 200ms\n"
           "  warmup: 20ms\n"
           "expect:\n"
           "  - {variant: default, metric: throughput, min: 198MB/s, source: paper}\n";
}

/// \p text and the constants that \p device needs.
inline std::string with_constants_of(const char *device, std::string text) {
    text += "machine:\n"
            "  constants:\n";
    for (const ConstantSpec &constant : constants())
        if (constant.needed_by && std::string(constant.needed_by) == device)
            text += std::string("    ") + constant.id + ": {value: " + usual_value(constant) +
                    ", confidence: published, source: book}\n";
    return text;
}

/// The same of dma_bench traffic, with the constants that its device needs.
inline std::string good_bench_scenario() {
    return with_constants_of("dma_bench",
                             "name: bench\n"
                             "about: a scenario of DMAs that is right\n"
                             "extends: machine.yaml\n"
                             "guest: {ram: 1GiB, page: 64KiB, vcpus: 1, multitce: false, watchdog: 2ms}\n"
                             "host: {kernel: \"5.10\", tce: real}\n"
                             "iommu: {phb: phb3, windows: [{base: 0, size: 2GiB, page: 4KiB, levels: 1}]}\n"
                             "device: {model: dma_bench, link: {gen: 3, lanes: 8, mps: 256B, mrrs: 512B}}\n"
                             "traffic:\n"
                             "  kind: dma_bench\n"
                             "  operation: read\n"
                             "  size: 64B\n"
                             "  window: 1MiB\n"
                             "  outstanding: 1\n"
                             "  duration: 2ms\n"
                             "  warmup: 1ms\n");
}

/// The same of block_io.
inline std::string good_block_scenario() {
    return with_constants_of("nvme", "name: block\n"
                                     "about: a scenario of block I/O that is right\n"
                                     "extends: machine.yaml\n"
                                     "guest: {ram: 1GiB, page: 64KiB, vcpus: 1, multitce: false}\n"
                                     "host: {kernel: \"5.10\", tce: real}\n"
                                     "iommu: {phb: phb3, windows: [{base: 0, size: 2GiB, page: 4KiB, levels: 1}]}\n"
                                     "device: {model: nvme, link: {gen: 3, lanes: 4, mps: 256B, mrrs: 512B}}\n"
                                     "traffic:\n"
                                     "  kind: block_io\n"
                                     "  operation: read\n"
                                     "  io_size: 1MiB\n"
                                     "  queues: 1\n"
                                     "  queue_depth: 4\n"
                                     "  duration: 2ms\n"
                                     "  warmup: 1ms\n");
}

/// A scenario without errors whose traffic has \p key.
inline std::string good_scenario_with(const KeySpec &key) {
    if (key.belongs_to("tcp_stream"))
        return good_scenario();
    return key.belongs_to("dma_bench") ? good_bench_scenario() : good_block_scenario();
}

/// \p text with the first \p from, which must be there, replaced by \p to.
inline std::string replaced(std::string text, const std::string &from, const std::string &to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// A directory of its own for each test, with good_machine() as machine.yaml.
class ScenarioFiles : public testing::Test {
protected:
    ScenarioFiles() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tcesim_scenario_XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        write("machine.yaml", good_machine());
    }
    ~ScenarioFiles() override { std::filesystem::remove_all(directory_); }

    void write(const std::string &name, const std::string &text) const {
        std::filesystem::create_directories((directory_ / name).parent_path());
        std::ofstream(directory_ / name, std::ios::binary) << text;
    }

    LoadResult load(const std::string &name, const std::vector<std::string> &sets = {}) const {
        return load_scenario((directory_ / name).string(), sets, test_metrics());
    }

    /// Loads \p text as s.yaml; fails the test where it has errors.
    Scenario load_good(const std::string &text, const std::vector<std::string> &sets = {}) const {
        write("s.yaml", text);
        LoadResult result = load("s.yaml", sets);
        for (const std::string &error : first_lines(result))
            ADD_FAILURE() << error;
        return result.scenario.value_or(Scenario{});
    }

    /// The first line of every error, file names relative to the directory.
    std::vector<std::string> first_lines(const LoadResult &result) const {
        std::vector<std::string> lines;
        for (const Diagnostic &error : result.errors) {
            const std::string text = format(error);
            lines.push_back(relative(text.substr(0, text.find('\n'))));
        }
        return lines;
    }

    /// \p text without the directory's name.
    std::string relative(std::string text) const {
        const std::string prefix = directory_.string() + "/";
        for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
            text.erase(at, prefix.size());
        return text;
    }

    const std::filesystem::path &directory() const { return directory_; }

private:
    std::filesystem::path directory_;
};

} // namespace tcesim::scenario

#endif
