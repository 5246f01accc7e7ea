// SPDX-License-Identifier: Apache-2.0
#include "sim/quantity_text.h"
#include "sim/report_table.h"

#include <gmock/gmock.h>
#include <sstream>

namespace tcesim::table_test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

const Style plain(false);

TEST(Scaled, ThreeDigitsWhateverTheMagnitude) {
    EXPECT_EQ(scaled(927000000, "B/s"), "927 MB/s");
    EXPECT_EQ(scaled(1020000000, "B/s"), "1.02 GB/s");
    EXPECT_EQ(scaled(1234000, "ps"), "1.23 us");
    EXPECT_EQ(scaled(12340, "ps"), "12.3 ns");
    EXPECT_EQ(scaled(453210, "1/s"), "453 K/s");
    EXPECT_EQ(scaled(17, "1/s"), "17/s");
    EXPECT_EQ(scaled(991000, "ppm"), "99.1 %");
    EXPECT_EQ(scaled(99999, "1"), "99999");
    EXPECT_EQ(scaled(1234567, "1"), "1.23 M");
    EXPECT_EQ(scaled(0, "B/s"), "0 B/s");
    EXPECT_EQ(scaled(-1500000, "ps"), "-1.50 us");
    EXPECT_EQ(scaled(42, "cycles"), "42 cycles");
}

TEST(Scaled, RoundingNeverShowsAThousandOfAUnit) {
    EXPECT_EQ(scaled(999499, "ps"), "999 ns");
    EXPECT_EQ(scaled(999500, "ps"), "1.00 us");
    EXPECT_EQ(scaled(9994, "ps"), "9.99 ns");
    EXPECT_EQ(scaled(9995, "ps"), "10.0 ns");
    EXPECT_EQ(scaled(99949, "ps"), "99.9 ns");
    EXPECT_EQ(scaled(99950, "ps"), "100 ns");
    EXPECT_EQ(scaled(9223372036854775807, "ps"), "9223372 s");
}

TEST(Scaled, NeverOffByMoreThanHalfAStepOfTheThirdDigit) {
    for (std::int64_t value = 1; value < 4000000000000; value += value / 7 + 1) {
        std::istringstream text(scaled(value, "ps"));
        long double number = 0;
        std::string unit;
        text >> number >> unit;
        const std::map<std::string, long double> units = {
            {"ps", 1}, {"ns", 1e3L}, {"us", 1e6L}, {"ms", 1e9L}, {"s", 1e12L}};
        EXPECT_NEAR(static_cast<double>(number * units.at(unit) / value), 1.0, 0.00501) << value;
        EXPECT_LT(number, 1000) << value;
    }
}

TEST(ScaledRange, BothEndsInOneUnit) {
    EXPECT_EQ(scaled_range(750000000, 1020000000, "B/s"), "750..1020 MB/s");
    EXPECT_EQ(scaled_range(0, 2900000, "ps"), "0..2.9 us");
    EXPECT_EQ(scaled_range(198000000, 242000000, "B/s"), "198..242 MB/s");
    EXPECT_EQ(scaled_range(10, 20, "1"), "10..20");
    EXPECT_EQ(scaled_range(500000, 1000000, "ppm"), "50..100 %");
}

TEST(Factor, TwoDecimals) {
    EXPECT_EQ(factor(927, 220), "4.21 x");
    EXPECT_EQ(factor(1, 0), "-");
    EXPECT_EQ(share(1, 3), "33.3 %");
    EXPECT_EQ(share(0, 0), "-");
}

VariantResult variant(const std::string &name, std::int64_t throughput) {
    VariantResult result;
    result.name = name;
    result.set("throughput", throughput);
    result.set("hypercalls_per_second", 453210);
    result.set("hcall_time_p50", 1234567);
    result.set("hcall_time_p99", 23456789);
    result.set("exits_to_host", 20000);
    result.set("tce_cache_hits", 15);
    result.set("tce_cache_misses", 1);
    result.set("cpu_busy", 991234);
    result.ledger = {{"vcpu0/guest/guest_send/constant", 60000000000},
                     {"vcpu1/guest/guest_send/constant", 80000000000},
                     {"vcpu0/kvm/kvmppc_h_put_tce/code", 40000000000},
                     {"vcpu1/guest/idle/wait", 20000000000}};
    result.invariants["ledger_sums"] = true;
    return result;
}

RunReport report_of(std::size_t variants) {
    RunReport report;
    report.scenario = "cxgb3_10g";
    report.about = "Chelsio T3 10GbE passed through, TCP transmit, one TCE per hypercall, 4 KiB IOMMU pages";
    const std::vector<std::string> names = {"userspace", "virtual", "real",
                                            "fourth",    "fifth",   "a_variant_with_a_long_name"};
    for (std::size_t i = 0; i < variants; ++i)
        report.variants.push_back(variant(names[i], 220000000 + 350000000 * static_cast<std::int64_t>(i)));
    ExpectationOutcome outcome;
    outcome.variant = "userspace";
    outcome.metric = "throughput";
    outcome.unit = "B/s";
    outcome.value = 220000000;
    outcome.min = 198000000;
    outcome.max = 242000000;
    outcome.source = "121f80ba68f1: 220 MB/s +- 10 %";
    outcome.verdict = Verdict::pass;
    report.expect.push_back(outcome);
    return report;
}

std::size_t longest_line(const std::string &text) {
    std::size_t longest = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        longest = std::max(longest, line.size());
    return longest;
}

TEST(Table, FitsEightyColumnsForAnyNumberOfVariants) {
    for (std::size_t count = 1; count <= 6; ++count) {
        const std::string text = report_to_text(report_of(count), plain);
        EXPECT_LE(longest_line(text), 80u) << text;
        for (const VariantResult &each : report_of(count).variants)
            EXPECT_THAT(text, HasSubstr(each.name));
    }
}

TEST(Table, APipeGetsNoControlCharactersAndColourChangesNoText) {
    const RunReport report = report_of(3);
    const std::string text = report_to_text(report, plain);
    for (const char c : text)
        EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << static_cast<int>(c);
    std::string coloured = report_to_text(report, Style(true));
    EXPECT_NE(coloured, text);
    for (std::size_t start = coloured.find('\x1b'); start != std::string::npos; start = coloured.find('\x1b'))
        coloured.erase(start, coloured.find('m', start) - start + 1);
    EXPECT_EQ(coloured, text);
}

TEST(Table, NamesFiguresFactorsAndBounds) {
    const std::string text = report_to_text(report_of(3), plain);
    EXPECT_THAT(text, ContainsRegex("throughput +220 MB/s +570 MB/s +920 MB/s"));
    EXPECT_THAT(text, ContainsRegex("expected +198..242 MB/s"));
    EXPECT_THAT(text, ContainsRegex("against userspace +1.00 x +2.59 x +4.18 x"));
    EXPECT_THAT(text, ContainsRegex("TCE cache hits +93.8 %"));
    EXPECT_THAT(text, HasSubstr("expectations: 1 of 1 met"));
    EXPECT_THAT(text, HasSubstr("timing: ppc64le-blocks, instructions verified, cycles not"));
}

TEST(Table, ABlockHasNoRowWithoutFigures) {
    const std::string text = report_to_text(report_of(6), plain); // what is expected of the first alone
    const std::size_t row = text.find("expected ");
    ASSERT_NE(row, std::string::npos);
    const std::size_t figures_end = text.find("where the time goes");
    EXPECT_GT(text.find("expected", row + 1), figures_end) << text;
    EXPECT_NE(text.find("throughput", row), std::string::npos) << "there is a second block";
}

TEST(Table, RatesCountTheMeasuredPhaseOnce) {
    // 100 ms for each of the two vCPUs: 20000 exits are 200000 a second.
    EXPECT_THAT(report_to_text(report_of(1), plain), ContainsRegex("exits to the host kernel +200 K/s"));
}

TEST(Table, LeavesAreGroupedOverVcpusLargestFirst) {
    const std::string text = report_to_text(report_of(1), plain);
    EXPECT_THAT(text, ContainsRegex("guest/guest_send/constant +70.0 %\n +kvm/kvmppc_h_put_tce/code +20.0 %"));
}

TEST(Table, OnlyTheLargestLeavesAreShownAndTheRestIsSummed) {
    RunReport report = report_of(1);
    report.variants[0].ledger.clear();
    for (std::uint64_t i = 0; i < 20; ++i)
        report.variants[0].ledger.push_back({"vcpu0/kvm/function_" + std::to_string(i) + "/code", 5});
    EXPECT_THAT(report_to_text(report, plain), ContainsRegex("everything else +40.0 %"));
}

TEST(Table, WhatWasNotDrivenIsAbsentNotZero) {
    RunReport report = report_of(2);
    for (VariantResult &each : report.variants)
        each.metrics.erase("hcall_time_p99");
    report.variants[1].metrics.erase("cpu_busy");
    const std::string text = report_to_text(report, plain);
    EXPECT_THAT(text, Not(HasSubstr("99th")));
    EXPECT_THAT(text, ContainsRegex("CPU busy +99.1 % +-\n"));
}

TEST(Table, AnUnfinishedVariantAndABrokenInvariantAreSaid) {
    RunReport report = report_of(2);
    report.variants[1] = VariantResult();
    report.variants[1].name = "virtual";
    report.variants[1].error = "ended by signal 9";
    report.variants[0].invariants["no_stale_dma"] = false;
    report.variants[0].violations = {"PE 3 read through a TCE that H_STUFF_TCE had cleared"};
    const std::string text = report_to_text(report, plain);
    EXPECT_THAT(text, HasSubstr("virtual did not finish"));
    EXPECT_THAT(text, HasSubstr("broken invariants, userspace: no_stale_dma"));
    EXPECT_THAT(text, HasSubstr("H_STUFF_TCE had cleared"));
    EXPECT_THAT(failures_to_text(report, plain), HasSubstr("no_stale_dma"));
}

TEST(Table, NothingFailedMeansNothingToSayQuietly) {
    EXPECT_EQ(failures_to_text(report_of(3), plain), "");
}

TEST(Table, NamesHandlersOfTheUsers) {
    RunReport report = report_of(2);
    report.variants[0].handlers = {"built-in 5.10", false, std::string(64, 'b'), "gcc 12.2.0", "powerpc64le"};
    EXPECT_THAT(report_to_text(report, plain), Not(HasSubstr("handlers of")));
    report.variants[1].handlers = {"own/list.so", true, std::string(64, 'a'), "gcc 12.2.0", "powerpc64le"};
    EXPECT_THAT(report_to_text(report, plain),
                HasSubstr("\nhandlers of " + report.variants[1].name +
                          ": own/list.so, source aaaaaaaaaaaa, weighed by gcc 12.2.0\n"));
}

TEST(Table, ApproximateTimingSaysWhy) {
    RunReport report = report_of(1);
    report.variants[0].approximations = {"memory model off"};
    EXPECT_THAT(report_to_text(report, plain), HasSubstr("timing: approximate (memory model off)"));
}

TEST(Story, StepsAreNumberedAndTimedFromTheFirst) {
    VariantResult result;
    result.name = "real";
    result.story = {{5000000, "guest", "maps 64 KiB"},
                    {6234000, "kvm", "H_PUT_TCE in real mode " + std::string(100, 'x') + " end"}};
    const std::string text = story_to_text(result, 7, plain);
    EXPECT_THAT(text, HasSubstr("packet 7, real\n"));
    EXPECT_THAT(text, ContainsRegex(" 1\\.  \\+0.000 us  guest  maps 64 KiB\n"));
    EXPECT_THAT(text, ContainsRegex(" 2\\.  \\+1.234 us  kvm    H_PUT_TCE in real mode"));
}

TEST(Paragraph, BreaksAtSpacesAndIndents) {
    const std::string text = paragraph(std::string(50, 'a') + " " + std::string(50, 'b'), 4);
    EXPECT_EQ(text, "    " + std::string(50, 'a') + "\n    " + std::string(50, 'b') + "\n");
}

} // namespace
} // namespace tcesim::table_test
