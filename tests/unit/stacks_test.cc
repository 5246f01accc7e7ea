// SPDX-License-Identifier: Apache-2.0
#include "sim/stacks.h"

#include <gmock/gmock.h>
#include <numeric>

namespace tcesim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A variant "real" whose functions stand in a.c, one line each, with their times in H_PUT_TCE at real mode.
struct MadeUpResult {
    VariantResult variant;

    MadeUpResult() { variant.name = "real"; }
    std::size_t line(const std::string &function, std::uint64_t number, std::map<std::string, std::uint64_t> time,
                     std::vector<SourcePlace> inlined_into = {}) {
        const std::string outermost = inlined_into.empty() ? function : inlined_into.back().function;
        variant.profile.push_back({0,
                                   "H_PUT_TCE",
                                   "real mode",
                                   {function, "kvm/a.c", number},
                                   std::move(inlined_into),
                                   outermost + "@kvm/a.c",
                                   "text",
                                   1,
                                   1,
                                   {},
                                   std::move(time)});
        return variant.profile.size() - 1;
    }
    void call(std::optional<std::size_t> caller, const std::string &callee, std::uint64_t times) {
        variant.call_graph.push_back({caller, 0, "H_PUT_TCE", "real mode", callee + "@kvm/a.c", times});
    }
    std::vector<std::string> folded() const {
        const std::string text = folded_stacks({variant});
        std::vector<std::string> lines;
        std::size_t begin = 0;
        for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
            const std::string prefix = "real;vcpu0;H_PUT_TCE;real mode;";
            EXPECT_EQ(text.substr(begin, prefix.size()), prefix);
            lines.push_back(text.substr(begin + prefix.size(), end - begin - prefix.size()));
        }
        return lines;
    }
};

TEST(StacksTest, InlineChainsAndPortFunctionsAreFrames) {
    MadeUpResult result;
    result.line("sum", 3, {{"code", 5}, {"cpu/mmio_store/constant", 7}},
                {{"walk", "kvm/a.c", 9}, {"put", "kvm/a.c", 20}});
    result.call(std::nullopt, "put", 1);
    EXPECT_THAT(result.folded(),
                ElementsAre("put;walk;sum;kvm/a.c:3 5", "put;walk;sum;kvm/a.c:3;cpu/mmio_store/constant 7"));
}

TEST(StacksTest, ACalleesTimeIsDividedByTheNumberOfCalls) {
    MadeUpResult result;
    const std::size_t map = result.line("map", 1, {{"code", 10}}), unmap = result.line("unmap", 2, {{"code", 20}});
    result.line("walk", 3, {{"code", 100}});
    result.call(std::nullopt, "map", 3);
    result.call(std::nullopt, "unmap", 1);
    result.call(map, "walk", 3);
    result.call(unmap, "walk", 1);
    EXPECT_THAT(result.folded(), ElementsAre("map;kvm/a.c:1 10", "map;walk;kvm/a.c:3 75", "unmap;kvm/a.c:2 20",
                                             "unmap;walk;kvm/a.c:3 25"));
}

TEST(StacksTest, AFunctionThatRunsOnFromAnotherLevelIsARoot) {
    MadeUpResult result;
    result.line("kvm_hcall", 60, {{"code", 4}});
    EXPECT_THAT(result.folded(), ElementsAre("kvm_hcall;kvm/a.c:60 4"));
}

TEST(StacksTest, CirclesEnd) {
    MadeUpResult result;
    const std::size_t a = result.line("a", 1, {{"code", 10}}), b = result.line("b", 2, {{"code", 20}});
    result.call(std::nullopt, "a", 1);
    result.call(a, "a", 5);
    result.call(a, "b", 2);
    result.call(b, "a", 2);
    EXPECT_THAT(result.folded(), ElementsAre("a;b;kvm/a.c:2 20", "a;kvm/a.c:1 10"));
}

TEST(StacksTest, StacksSumToTheProfile) {
    MadeUpResult result;
    std::vector<std::size_t> lines;
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < 12; ++i) {
        const std::uint64_t ps = 1'000'000'007 * (i + 1) + 3;
        lines.push_back(result.line("f" + std::to_string(i), i + 1, {{"code", ps}, {"l2", i + 1}}));
        total += ps + i + 1;
        for (std::uint64_t caller = 0; caller < i; ++caller)
            result.call(lines[caller], "f" + std::to_string(i), 7 * caller + i);
    }
    const std::vector<Stack> stacks = stacks_of(result.variant);
    EXPECT_EQ(std::accumulate(stacks.begin(), stacks.end(), std::uint64_t{0},
                              [](std::uint64_t sum, const Stack &stack) { return sum + stack.ps; }),
              total);
}

TEST(StacksTest, NamesCannotBreakALine) {
    MadeUpResult result;
    result.line("f", 1, {{"code", 2}});
    result.variant.name = "a;b\nc";
    EXPECT_EQ(folded_stacks({result.variant}), "a b c;vcpu0;H_PUT_TCE;real mode;f;kvm/a.c:1 2\n");
}

TEST(StacksTest, SpeedscopeGetsNanoseconds) {
    MadeUpResult result;
    result.line("f", 1, {{"code", 1002}});
    const std::string text = speedscope_document("a \"name\"", {result.variant});
    EXPECT_THAT(text, HasSubstr("1.002"));
    EXPECT_EQ(nlohmann::json::parse(text)["name"], "a \"name\"");
}

} // namespace
} // namespace tcesim
