// SPDX-License-Identifier: Apache-2.0
#include "sim/expectations.h"

#include "sim/quantity_text.h"

#include <algorithm>

namespace tcesim {

namespace {

const VariantResult *find(const std::vector<VariantResult> &results, const std::string &name) {
    const auto found =
        std::find_if(results.begin(), results.end(), [&name](const VariantResult &r) { return r.name == name; });
    return found == results.end() ? nullptr : &*found;
}

/// The metric's value; without one, \p outcome says why and fails.
std::optional<std::int64_t> sample(const VariantResult &result, ExpectationOutcome &outcome) {
    if (!result.error.empty()) {
        outcome.reason = result.name + " did not finish";
        return std::nullopt;
    }
    const auto found = result.metrics.find(outcome.metric);
    if (found == result.metrics.end()) {
        outcome.reason = outcome.metric + " has no sample in " + result.name;
        return std::nullopt;
    }
    return found->second.value;
}

/// The value of the variant called \p other, for `above` and `below`.
std::optional<std::int64_t> compared(const std::vector<VariantResult> &results, const std::string &other,
                                     ExpectationOutcome &outcome) {
    const VariantResult *result = find(results, other);
    if (result != nullptr)
        return sample(*result, outcome);
    outcome.verdict = Verdict::not_run;
    outcome.reason = other + " was not run";
    return std::nullopt;
}

void judge(ExpectationOutcome &outcome) {
    const std::int64_t value = *outcome.value;
    std::string broken;
    if (outcome.min && value < *outcome.min)
        broken = "less than " + scaled(*outcome.min, outcome.unit);
    else if (outcome.max && value > *outcome.max)
        broken = "more than " + scaled(*outcome.max, outcome.unit);
    else if (outcome.equals && value != *outcome.equals)
        broken = "is " + std::to_string(value) + ", not " + std::to_string(*outcome.equals);
    else if (outcome.above_value && value <= *outcome.above_value)
        broken = "not above " + outcome.above;
    else if (outcome.below_value && value >= *outcome.below_value)
        broken = "not below " + outcome.below;
    outcome.verdict = broken.empty() ? Verdict::pass : Verdict::fail;
    outcome.reason = broken;
}

ExpectationOutcome evaluate(const scenario::Expectation &expectation, const std::vector<VariantResult> &results) {
    ExpectationOutcome outcome;
    outcome.variant = expectation.variant;
    outcome.metric = expectation.metric;
    outcome.unit = expectation.unit;
    outcome.min = expectation.min;
    outcome.max = expectation.max;
    outcome.equals = expectation.equals;
    outcome.above = expectation.above;
    outcome.below = expectation.below;
    outcome.published_min = expectation.published_min;
    outcome.published_max = expectation.published_max;
    outcome.source = expectation.source;
    outcome.where = expectation.file + ":" + std::to_string(expectation.line);

    const VariantResult *result = find(results, expectation.variant);
    if (result == nullptr) {
        outcome.verdict = Verdict::not_run;
        outcome.reason = expectation.variant + " was not run";
        return outcome;
    }
    outcome.value = sample(*result, outcome);
    if (!outcome.value)
        return outcome;
    if (!expectation.above.empty() && !(outcome.above_value = compared(results, expectation.above, outcome)))
        return outcome;
    if (!expectation.below.empty() && !(outcome.below_value = compared(results, expectation.below, outcome)))
        return outcome;
    judge(outcome);
    return outcome;
}

} // namespace

std::vector<ExpectationOutcome> evaluate_expectations(const std::vector<scenario::Expectation> &expectations,
                                                      const std::vector<VariantResult> &results) {
    std::vector<ExpectationOutcome> outcomes;
    outcomes.reserve(expectations.size());
    for (const scenario::Expectation &expectation : expectations)
        outcomes.push_back(evaluate(expectation, results));
    return outcomes;
}

} // namespace tcesim
