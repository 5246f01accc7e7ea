// SPDX-License-Identifier: Apache-2.0
#include "sim/report_sections.h"

#include "sim/quantity_text.h"

#include <algorithm>
#include <set>

namespace tcesim {

namespace {

void append(std::string &text, const std::string &part) {
    if (!part.empty())
        text += (text.empty() ? "" : ", ") + part;
}

std::string compared_to_text(const char *relation, const std::string &variant, const std::optional<std::int64_t> &value,
                             const std::string &unit) {
    if (variant.empty())
        return "";
    return std::string(relation) + variant + (value ? " (" + scaled(*value, unit) + ")" : "");
}

/// The mark and its colour; the word says it without colour, too.
std::string mark(Verdict verdict, const Style &style) {
    switch (verdict) {
    case Verdict::pass:
        return style.good("pass");
    case Verdict::fail:
        return style.bad("FAIL");
    case Verdict::not_run:
        break;
    }
    return style.aside("  --");
}

} // namespace

std::string bounds_to_text(const ExpectationOutcome &outcome) {
    const std::string &unit = outcome.unit;
    std::string text;
    if (outcome.min && outcome.max)
        append(text, scaled_range(*outcome.min, *outcome.max, unit));
    else if (outcome.min)
        append(text, ">= " + scaled(*outcome.min, unit));
    else if (outcome.max)
        append(text, "<= " + scaled(*outcome.max, unit));
    if (outcome.equals)
        append(text, "= " + scaled(*outcome.equals, unit));
    append(text, compared_to_text("above ", outcome.above, outcome.above_value, unit));
    append(text, compared_to_text("below ", outcome.below, outcome.below_value, unit));
    return text;
}

std::string expectation_to_text(const ExpectationOutcome &outcome, const Style &style) {
    constexpr std::size_t indent = 8;
    std::string line = outcome.variant + ", " + outcome.metric + ": ";
    if (outcome.value)
        line += scaled(*outcome.value, outcome.unit) + ", ";
    line += "expected " + bounds_to_text(outcome);
    if (!outcome.reason.empty())
        line += ": " + outcome.reason;
    std::string text = "  " + mark(outcome.verdict, style) + "  " + hanging(line, indent) + "\n";
    if (!outcome.source.empty())
        text += std::string(indent, ' ') + style.aside(hanging(outcome.source, indent)) + "\n";
    return text;
}

std::string expectations_to_text(const RunReport &report, const Style &style) {
    if (report.expect.empty())
        return "";
    const auto count = [&report](Verdict verdict) {
        return std::count_if(report.expect.begin(), report.expect.end(),
                             [verdict](const ExpectationOutcome &o) { return o.verdict == verdict; });
    };
    const auto passed = count(Verdict::pass);
    const auto not_run = count(Verdict::not_run);
    std::string title =
        "expectations: " + std::to_string(passed) + " of " + std::to_string(passed + count(Verdict::fail)) + " met";
    if (not_run != 0)
        title += ", " + std::to_string(not_run) + " not run";
    std::string text = style.heading(title) + "\n";
    for (const ExpectationOutcome &outcome : report.expect)
        text += expectation_to_text(outcome, style);
    return text;
}

std::string own_handlers_to_text(const RunReport &report) {
    constexpr std::size_t digits = 12; // enough to tell sources apart
    std::string text;
    for (const VariantResult &variant : report.variants)
        if (variant.handlers && variant.handlers->own)
            text += paragraph("handlers of " + variant.name + ": " + variant.handlers->object + ", source " +
                                  variant.handlers->source.substr(0, digits) + ", weighed by " +
                                  variant.handlers->compiler,
                              0);
    return text;
}

std::string timing_to_text(const RunReport &report) {
    std::set<std::string> reasons;
    bool any = false;
    for (const VariantResult &variant : report.variants) {
        any = any || variant.error.empty();
        reasons.insert(variant.approximations.begin(), variant.approximations.end());
    }
    if (!any)
        return "";
    if (reasons.empty())
        return "timing: ppc64le-blocks, instructions verified, cycles not\n";
    std::string all;
    for (const std::string &reason : reasons)
        append(all, reason);
    return paragraph("timing: approximate (" + all + ")", 0);
}

std::string quirks_to_text(const RunReport &report) {
    std::string text;
    for (const VariantResult &variant : report.variants) {
        std::string counts;
        for (const auto &[name, count] : variant.quirks)
            if (count != 0)
                append(counts, name + " " + std::to_string(count));
        if (!counts.empty())
            text += paragraph("quirks of this kernel, " + variant.name + ": " + counts, 0);
    }
    return text;
}

constexpr std::size_t violations_printed = 3;

std::string violations_to_text(const RunReport &report, const Style &style) {
    std::string text;
    for (const VariantResult &variant : report.variants) {
        std::string broken;
        for (const auto &[name, holds] : variant.invariants)
            if (!holds)
                append(broken, name);
        if (broken.empty() && variant.violations.empty())
            continue;
        // With a fault injected its consequences are reported, and no invariant is judged.
        text += broken.empty() ? "what the injected fault did, " + variant.name + ":\n"
                               : style.bad("broken invariants, " + variant.name + ":") + " " + broken + "\n";
        for (std::size_t i = 0; i < std::min(variant.violations.size(), violations_printed); ++i)
            text += paragraph(variant.violations[i], 2);
        if (variant.violations.size() > violations_printed)
            text += "  ... and more like it; the first 20 are in the results (--json)\n";
    }
    return text;
}

std::string unfinished_to_text(const RunReport &report, const Style &style) {
    std::string text;
    for (const VariantResult &variant : report.variants)
        if (!variant.error.empty())
            text += style.bad(variant.name + " did not finish") + "\n";
    if (report.interrupted)
        text += "interrupted: the results are incomplete\n";
    return text;
}

} // namespace tcesim
