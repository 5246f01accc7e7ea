// SPDX-License-Identifier: Apache-2.0
// Good scenarios: what comes out of files, units, extends, variants and --set.
#include "tests/unit/scenario_fixture.h"

#include <gtest/gtest.h>

namespace tcesim::scenario {
namespace {

TEST(ScenarioLoad, ShippedScenarioIsTypedInBaseUnits) {
    const LoadResult result = load_scenario((source_dir() / "scenarios/cxgb3_10g.yaml").string(), {}, metrics());
    ASSERT_TRUE(result.scenario) << all_text(result);
    const Scenario &scenario = *result.scenario;
    EXPECT_EQ(scenario.name, "cxgb3_10g");
    EXPECT_EQ(scenario.seed, 1U);
    ASSERT_EQ(scenario.variants.size(), 3U);
    EXPECT_EQ(scenario.variants[0].name, "userspace");
    EXPECT_EQ(scenario.variants[2].name, "real");
    const Config &real = scenario.variants[2].config;
    EXPECT_EQ(real.guest.ram, 32ULL << 30U);
    EXPECT_EQ(real.guest.page, 65536U);
    EXPECT_FALSE(real.guest.multitce);
    EXPECT_EQ(real.host.tce, TcePath::real_mode);
    EXPECT_EQ(real.iommu.window.size, 2ULL << 30U);
    EXPECT_EQ(real.traffic.duration, 200000000000U);
    EXPECT_EQ(real.machine.constant("core_clock"), 3600000000);
    EXPECT_EQ(real.machine.constant("cycles_per_instruction"), 720);
    EXPECT_EQ(real.machine.constant("user_rest_per_tce"), 500000);
    EXPECT_EQ(real.machine.constant("user_operation_rest"), 1400000);
    EXPECT_EQ(real.machine.constant("wire_rate"), 10000000000);
}

} // namespace
} // namespace tcesim::scenario
