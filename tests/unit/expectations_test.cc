// SPDX-License-Identifier: Apache-2.0
#include "sim/expectations.h"

#include <gmock/gmock.h>

namespace tcesim {
namespace {

using scenario::Expectation;
using testing::HasSubstr;

VariantResult with_throughput(const std::string &name, std::int64_t value) {
    VariantResult result;
    result.name = name;
    result.set("throughput", value);
    return result;
}

Expectation about(const std::string &variant) {
    Expectation expectation;
    expectation.variant = variant;
    expectation.metric = "throughput";
    expectation.unit = "B/s";
    expectation.source = "a paper";
    expectation.file = "x.yaml";
    expectation.line = 7;
    return expectation;
}

ExpectationOutcome judge(const Expectation &expectation, const std::vector<VariantResult> &results) {
    return evaluate_expectations({expectation}, results).at(0);
}

Verdict verdict(const Expectation &expectation, std::int64_t value) {
    return judge(expectation, {with_throughput("a", value), with_throughput("b", 100)}).verdict;
}

TEST(Expectations, BoundsAreInclusive) {
    Expectation expectation = about("a");
    expectation.min = 10;
    expectation.max = 20;
    EXPECT_EQ(verdict(expectation, 9), Verdict::fail);
    EXPECT_EQ(verdict(expectation, 10), Verdict::pass);
    EXPECT_EQ(verdict(expectation, 20), Verdict::pass);
    EXPECT_EQ(verdict(expectation, 21), Verdict::fail);
}

TEST(Expectations, EqualsIsExact) {
    Expectation expectation = about("a");
    expectation.equals = 10;
    EXPECT_EQ(verdict(expectation, 10), Verdict::pass);
    EXPECT_EQ(verdict(expectation, 11), Verdict::fail);
    EXPECT_EQ(verdict(expectation, 9), Verdict::fail);
}

TEST(Expectations, AboveAndBelowAreStrict) {
    Expectation above = about("a");
    above.above = "b";
    EXPECT_EQ(verdict(above, 100), Verdict::fail);
    EXPECT_EQ(verdict(above, 101), Verdict::pass);
    Expectation below = about("a");
    below.below = "b";
    EXPECT_EQ(verdict(below, 100), Verdict::fail);
    EXPECT_EQ(verdict(below, 99), Verdict::pass);
}

TEST(Expectations, EveryBoundOfALineMustHold) {
    Expectation expectation = about("a");
    expectation.min = 10;
    expectation.above = "b";
    EXPECT_EQ(verdict(expectation, 50), Verdict::fail);
    EXPECT_EQ(verdict(expectation, 150), Verdict::pass);
}

TEST(Expectations, NoSampleFailsAndSaysSo) {
    Expectation expectation = about("a");
    expectation.min = 0;
    VariantResult empty;
    empty.name = "a";
    const ExpectationOutcome outcome = judge(expectation, {empty});
    EXPECT_EQ(outcome.verdict, Verdict::fail);
    EXPECT_FALSE(outcome.value.has_value());
    EXPECT_THAT(outcome.reason, HasSubstr("no sample"));
}

TEST(Expectations, NoSampleInTheVariantComparedWithFails) {
    Expectation expectation = about("a");
    expectation.above = "b";
    VariantResult empty;
    empty.name = "b";
    const ExpectationOutcome outcome = judge(expectation, {with_throughput("a", 5), empty});
    EXPECT_EQ(outcome.verdict, Verdict::fail);
    EXPECT_THAT(outcome.reason, HasSubstr("no sample in b"));
}

TEST(Expectations, AVariantThatDiedFailsItsLines) {
    Expectation expectation = about("a");
    expectation.min = 0;
    VariantResult died = with_throughput("a", 5);
    died.error = "ended by signal 9";
    EXPECT_EQ(judge(expectation, {died}).verdict, Verdict::fail);
}

TEST(Expectations, WhatWasNotRunIsNotJudged) {
    Expectation expectation = about("c");
    expectation.min = 0;
    EXPECT_EQ(judge(expectation, {with_throughput("a", 5)}).verdict, Verdict::not_run);
    Expectation compared = about("a");
    compared.above = "c";
    const ExpectationOutcome outcome = judge(compared, {with_throughput("a", 5)});
    EXPECT_EQ(outcome.verdict, Verdict::not_run);
    EXPECT_THAT(outcome.reason, HasSubstr("c was not run"));
}

TEST(Expectations, TheOutcomeCarriesWhatTheLineSaid) {
    Expectation expectation = about("a");
    expectation.min = 1;
    const ExpectationOutcome outcome = judge(expectation, {with_throughput("a", 5)});
    EXPECT_EQ(outcome.value, 5);
    EXPECT_EQ(outcome.min, 1);
    EXPECT_EQ(outcome.unit, "B/s");
    EXPECT_EQ(outcome.source, "a paper");
    EXPECT_EQ(outcome.where, "x.yaml:7");
}

} // namespace
} // namespace tcesim
