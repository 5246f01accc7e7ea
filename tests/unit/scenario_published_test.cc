// SPDX-License-Identifier: Apache-2.0
// A published figure on its way from the scenario to table and document.
#include "sim/expectations.h"
#include "sim/report_table.h"
#include "tests/unit/scenario_fixture.h"

#include <gmock/gmock.h>

namespace tcesim::scenario {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

class ScenarioPublished : public ScenarioFiles {
protected:
    /// The only expectation of a scenario with \p published, a piece of its line.
    Expectation with(const std::string &published) {
        const Scenario scenario = load_good(replaced(good_scenario(), "source: paper", published + "source: paper"));
        return scenario.expectations.empty() ? Expectation{} : scenario.expectations.front();
    }

    static RunReport report_of(const Expectation &expectation) {
        RunReport report;
        VariantResult result;
        result.name = "default";
        result.set("throughput", 210000000);
        report.variants = {result};
        report.expect = evaluate_expectations({expectation}, report.variants);
        return report;
    }
};

TEST_F(ScenarioPublished, FigureOrRange) {
    EXPECT_EQ(with("").published_min, std::nullopt);
    EXPECT_EQ(with("published: 220MB/s, ").published_min, 220000000);
    EXPECT_EQ(with("published: 220MB/s, ").published_max, 220000000);
    for (const char *range : {"750..1020MB/s", "750MB/s..1020MB/s", "750MB/s..1.02GB/s", "0.75..1.02GB/s"}) {
        const Expectation expectation = with(std::string("published: ") + range + ", ");
        EXPECT_EQ(expectation.published_min, 750000000) << range;
        EXPECT_EQ(expectation.published_max, 1020000000) << range;
    }
}

TEST_F(ScenarioPublished, StandsBelowTheThroughputInPlaceOfTheBounds) {
    const Style plain(false);
    const std::string figure = report_to_text(report_of(with("published: 220MB/s, ")), plain);
    EXPECT_THAT(figure, ContainsRegex("\n  published +220 MB/s\n"));
    EXPECT_THAT(figure, Not(HasSubstr("\n  expected ")));
    EXPECT_THAT(report_to_text(report_of(with("published: 750..1020MB/s, ")), plain),
                ContainsRegex("\n  published +750..1020 MB/s\n"));
    EXPECT_THAT(report_to_text(report_of(with("")), plain), ContainsRegex("\n  expected +>= 198 MB/s\n"));
}

TEST_F(ScenarioPublished, IsNotChecked) {
    const RunReport report = report_of(with("published: 1GB/s, "));
    EXPECT_EQ(report.expect[0].verdict, Verdict::pass);
    const nlohmann::ordered_json json = report.expect[0].to_json();
    EXPECT_EQ(json.at("published_min"), 1000000000);
    EXPECT_EQ(json.at("published_max"), 1000000000);
    EXPECT_FALSE(report_of(with("")).expect[0].to_json().contains("published_min"));
}

} // namespace
} // namespace tcesim::scenario
