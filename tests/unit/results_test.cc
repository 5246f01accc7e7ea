// SPDX-License-Identifier: Apache-2.0
#include "sim/results.h"

#include "sim/metric_catalogue.h"
#include "sim/report_json.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <set>
#include <unistd.h>

namespace tcesim {
namespace {

VariantResult full_result() {
    VariantResult result;
    result.name = "real";
    result.set("throughput", 927000000);
    result.set("stale_dma", 0);
    result.histograms["hcall.h_put_tce"] = {"ps", "waits included", 5, 1, 2, 3, 4, 18446744073709551615U};
    result.ledger = {{"vcpu0/guest/idle/wait", 18446744073709551615U}, {"vcpu0/kvm/h_put_tce/code", 0}};
    result.profile = {{0, "H_PUT_TCE", "real mode", {"walk", "powernv/iommu_table.c", 57},
                       {{"exchange", "powernv/tce.c", 9}}, "exchange.part.0@powernv/tce.c", "a = b;", 7, 21, {3, 2, 0},
                       {{"code", 5}, {"cpu/mmio_store/constant", 18446744073709551610U}}},
                      {0, "", "guest", {"map", "guest/dma.c", 4}, {}, "map@guest/dma.c", "", 0, 0, {}, {}}};
    result.call_graph = {{0, 0, "H_PUT_TCE", "real mode", "walk@powernv/iommu_table.c", 7},
                         {std::nullopt, 0, "", "guest", "map@guest/dma.c", 1}};
    result.invariants = {{"ledger_sums", true}, {"no_stale_dma", false}};
    result.violations = {"a \"quoted\" sentence"};
    result.quirks = {{"clear_without_kill", 3}};
    result.story = {{100, "guest", "maps"}, {230, "kvm", "takes it up"}};
    result.approximations = {"memory model off"};
    result.handlers = {"own/list.so", true, "0123", "gcc 12.2.0", "powerpc64le"};
    result.host = {1.5, 0.2, 10, 20, 30};
    return result;
}

TEST(Results, JsonBringsBackEverything) {
    VariantResult failed;
    failed.name = "failed";
    failed.error = "ended by signal 9";
    failed.user_error = true;
    for (const VariantResult &result : {full_result(), VariantResult(), failed}) {
        const auto json = result.to_json();
        const VariantResult back = VariantResult::from_json(nlohmann::ordered_json::parse(json.dump()));
        EXPECT_EQ(back.to_json().dump(), json.dump());
        EXPECT_EQ(back.error, result.error);
        EXPECT_EQ(back.user_error, result.user_error);
        EXPECT_EQ(back.approximations, result.approximations);
        EXPECT_EQ(back.handlers.has_value(), result.handlers.has_value());
    }
}

TEST(Results, NothingButHostHoldsAFraction) {
    const std::function<bool(const nlohmann::ordered_json &)> has_float = [&](const nlohmann::ordered_json &json) {
        if (json.is_number_float())
            return true;
        return json.is_structured() && std::any_of(json.begin(), json.end(), has_float);
    };
    RunReport report;
    report.variants = {full_result()};
    auto json = report_to_json(report, nlohmann::ordered_json::object());
    EXPECT_TRUE(has_float(json));
    EXPECT_EQ(json.items().begin().key(), "schema");
    EXPECT_EQ(std::prev(json.end()).key(), "host");
    json.erase("host");
    EXPECT_FALSE(has_float(json));
}

TEST(Results, HostFiguresSumOverVariantsAndMemoryIsTheLargest) {
    RunReport report;
    report.variants = {full_result(), full_result()};
    report.variants[1].host.peak_rss_bytes = 7;
    const auto host = report_to_json(report, nlohmann::ordered_json::object())["host"];
    EXPECT_EQ(host["wall_s"], 3.0);
    EXPECT_EQ(host["events"], 20u);
    EXPECT_EQ(host["peak_rss_bytes"], 30u);
}

TEST(Results, OneApproximateVariantMakesTheToolsTimingApproximate) {
    RunReport report;
    report.variants = {VariantResult()};
    EXPECT_EQ(report_to_json(report, nlohmann::ordered_json::object())["tool"]["timing"], "ppc64le-blocks");
    report.variants.push_back(full_result());
    EXPECT_EQ(report_to_json(report, nlohmann::ordered_json::object())["tool"]["timing"], "approximate");
}

RunReport report_of(const VariantResult &variant) {
    RunReport report;
    report.variants = {VariantResult(), variant};
    return report;
}

TEST(ExitCode, TheGravestCauseDecides) {
    RunReport report;
    report.variants = {VariantResult()};
    EXPECT_EQ(report.exit_code(), 0);
    report.expect.emplace_back();
    report.expect[0].verdict = Verdict::not_run;
    EXPECT_EQ(report.exit_code(), 0);
    report.expect[0].verdict = Verdict::fail;
    EXPECT_EQ(report.exit_code(), 3);
    report.variants[0].invariants["no_stale_dma"] = false;
    EXPECT_EQ(report.exit_code(), 6);
    report.variants[0].error = "died";
    EXPECT_EQ(report.exit_code(), 1);
    report.variants[0].user_error = true;
    EXPECT_EQ(report.exit_code(), 2);
    report.interrupted = true;
    EXPECT_EQ(report.exit_code(), 130);
}

TEST(ExitCode, AQuirkOfTheKernelIsNoFailure) {
    VariantResult variant;
    variant.quirks["clear_without_kill"] = 12;
    variant.invariants["no_stale_dma"] = true;
    EXPECT_EQ(report_of(variant).exit_code(), 0);
}

TEST(Results, CompleteMeansThatEveryVariantFinished) {
    VariantResult variant;
    EXPECT_TRUE(report_of(variant).complete());
    variant.error = "died";
    EXPECT_FALSE(report_of(variant).complete());
    RunReport interrupted;
    interrupted.interrupted = true;
    EXPECT_FALSE(interrupted.complete());
}

TEST(MetricCatalogue, EveryMetricIsUniqueAndFullyDescribed) {
    const std::set<std::string_view> units = {"B/s", "B", "ps", "1/s", "1", "ppm"};
    const std::set<std::string_view> directions = {"higher", "lower", "exact"};
    std::set<std::string_view> names;
    for (const MetricInfo &metric : metric_catalogue()) {
        EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
        EXPECT_EQ(units.count(metric.unit), 1u) << metric.name;
        EXPECT_EQ(directions.count(metric.better), 1u) << metric.name;
        EXPECT_FALSE(metric.about.empty()) << metric.name;
        EXPECT_EQ(find_metric(metric.name), &metric);
    }
    EXPECT_EQ(find_metric("throughputs"), nullptr);
}

TEST(MetricCatalogueDeathTest, AResultCannotInventAMetric) {
    VariantResult result;
    EXPECT_EXIT(result.set("throughputs", 1), testing::ExitedWithCode(1), "catalogue");
}

class DocumentFileTest : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "tcesim_document_XXXXXX";
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::string content(const std::string &name) const {
        std::ifstream file(directory_ / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::size_t files() const {
        const std::filesystem::directory_iterator all(directory_);
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

    std::filesystem::path directory_;
};

TEST_F(DocumentFileTest, TheOldTextStaysUntilTheNewOneIsThere) {
    std::ofstream(directory_ / "out.json") << "old";
    {
        DocumentFile given_up;
        ASSERT_EQ(given_up.open(directory_ / "out.json"), 0);
        EXPECT_EQ(content("out.json"), "old");
    }
    EXPECT_EQ(content("out.json"), "old");
    EXPECT_EQ(files(), 1u);
    DocumentFile document;
    ASSERT_EQ(document.open(directory_ / "out.json"), 0);
    EXPECT_EQ(document.write("new"), 0);
    EXPECT_EQ(content("out.json"), "new");
    EXPECT_EQ(files(), 1u);
}

TEST_F(DocumentFileTest, AFullDiskAndAMissingDirectoryAreErrors) {
    DocumentFile full;
    ASSERT_EQ(full.open("/dev/full"), 0);
    EXPECT_EQ(full.write("text"), ENOSPC);
    DocumentFile missing;
    EXPECT_EQ(missing.open(directory_ / "none" / "out.json"), ENOENT);
}

} // namespace
} // namespace tcesim
