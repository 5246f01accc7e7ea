// SPDX-License-Identifier: Apache-2.0
// docs/scenario.md says what the schema says.
#include "sim/scenario/markdown.h"
#include "sim/scenario/schema.h"
#include "tests/unit/scenario_fixture.h"

namespace tcesim::scenario {
namespace {

constexpr const char *first_generated_line = "## Units\n";

/// With UPDATE_DOCS set in the environment, writes the generated part instead.
TEST(ScenarioDocs, ReferenceEndsWithTheTablesOfTheSchema) {
    const std::filesystem::path file = source_dir() / "docs/scenario.md";
    const std::string text = read_file(file);
    const std::size_t tables = std::min(text.find(first_generated_line), text.size());
    if (std::getenv("UPDATE_DOCS") != nullptr) {
        std::ofstream(file, std::ios::binary) << text.substr(0, tables) << schema_markdown();
        return;
    }
    EXPECT_TRUE(text.substr(tables) == schema_markdown())
        << "write it anew: UPDATE_DOCS=1 unit_tests --gtest_filter='ScenarioDocs.*'";
}

TEST(ScenarioDocs, EveryKeyAndConstantHasAMeaning) {
    for (const KeySpec &key : schema())
        EXPECT_FALSE(key.about.empty()) << key.path;
    for (const ConstantSpec &constant : constants())
        EXPECT_STRNE(constant.about, "") << constant.id;
}

class ScenarioDocsExample : public ScenarioFiles {
protected:
    ScenarioDocsExample() {
        write("scenarios/machines/power8.yaml", read_file(source_dir() / "scenarios/machines/power8.yaml"));
        write("scenarios/cxgb3_10g.yaml", read_file(source_dir() / "scenarios/cxgb3_10g.yaml"));
    }

    /// The first fenced block of YAML in the reference.
    std::string example() const {
        const std::string fence = "```yaml\n";
        const std::size_t begin = docs_.find(fence) + fence.size();
        return docs_.substr(begin, docs_.find("```", begin) - begin);
    }

    const std::string docs_ = read_file(source_dir() / "docs/scenario.md");
};

TEST_F(ScenarioDocsExample, IsAScenario) {
    write("scenarios/levels.yaml", example());
    const LoadResult result = load("scenarios/levels.yaml");
    ASSERT_EQ(first_lines(result), std::vector<std::string>{});
    EXPECT_EQ(result.scenario->variants.size(), 2U);
    EXPECT_EQ(result.scenario->variants.back().config.iommu.window.levels, 2U);
}

TEST_F(ScenarioDocsExample, GivesTheErrorShown) {
    write("scenarios/levels.yaml", replaced(example(), "page:", "pgae:"));
    const LoadResult result = load("scenarios/levels.yaml");
    ASSERT_EQ(result.errors.size(), 1U);
    EXPECT_NE(docs_.find(relative(format(result.errors[0]))), std::string::npos) << format(result.errors[0]);
}

} // namespace
} // namespace tcesim::scenario
