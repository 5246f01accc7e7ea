// SPDX-License-Identifier: Apache-2.0
#include "sim/validation.h"

#include "sim/formula.h"

#include <algorithm>
#include <limits>

namespace tcesim {

namespace {

using scenario::ValidationRow;
using Wide = __int128;

constexpr std::int64_t one = 1000000; // in ppm

/// numerator / denominator to the nearest, halves away from zero; nothing beyond 64 bits.
std::optional<std::int64_t> rounded(Wide numerator, Wide denominator) {
    const Wide half = numerator < 0 ? -(denominator / 2) : denominator / 2;
    const Wide quotient = (numerator + half) / denominator;
    if (quotient > std::numeric_limits<std::int64_t>::max() || quotient < std::numeric_limits<std::int64_t>::min())
        return std::nullopt;
    return static_cast<std::int64_t>(quotient);
}

std::optional<std::int64_t> metric_of(const std::string &variant, const std::string &metric,
                                      const std::vector<VariantResult> &results) {
    const auto result =
        std::find_if(results.begin(), results.end(), [&](const VariantResult &each) { return each.name == variant; });
    if (result == results.end() || !result->error.empty())
        return std::nullopt;
    const auto found = result->metrics.find(metric);
    return found == result->metrics.end() ? std::nullopt : std::make_optional(found->second.value);
}

std::optional<std::int64_t> simulated(const ValidationRow &row, const std::vector<VariantResult> &results) {
    if (row.formula)
        return value_of(*row.formula);
    const std::optional<std::int64_t> value = metric_of(row.variant, row.metric, results);
    if (!value)
        return std::nullopt;
    Wide numerator = static_cast<Wide>(*value) * row.multiplier;
    Wide denominator = row.divisor;
    if (!row.over.empty()) {
        const std::optional<std::int64_t> base = metric_of(row.over, row.metric, results);
        if (!base || *base <= 0)
            return std::nullopt;
        numerator *= one;
        denominator *= *base;
    }
    return rounded(numerator, denominator);
}

} // namespace

ValidationOutcome judge_validation(const ValidationRow &row, const std::vector<VariantResult> &results) {
    ValidationOutcome outcome{row, simulated(row, results), std::nullopt, std::nullopt};
    if (row.tolerance_ppm)
        outcome.pass = false;
    if (!outcome.simulated)
        return outcome;
    const std::int64_t nearest = std::clamp(*outcome.simulated, row.published_min, row.published_max);
    const Wide off = static_cast<Wide>(*outcome.simulated) - nearest;
    if (off == 0)
        outcome.error_ppm = 0;
    else if (nearest != 0)
        outcome.error_ppm = rounded(off * one, nearest);
    if (row.tolerance_ppm)
        outcome.pass = (off < 0 ? -off : off) * one <= static_cast<Wide>(nearest) * *row.tolerance_ppm;
    return outcome;
}

ValidationCount count(const std::vector<ValidationFile> &files) {
    ValidationCount all;
    unsigned *const by_kind[] = {&all.input, &all.fitted, &all.verified, &all.predicted};
    for (const ValidationFile &file : files) {
        for (const ValidationOutcome &outcome : file.outcomes) {
            ++*by_kind[static_cast<std::size_t>(outcome.row.kind)];
            all.gating += outcome.row.tolerance_ppm.has_value();
            all.passed += outcome.pass.value_or(false);
        }
    }
    return all;
}

} // namespace tcesim
