// SPDX-License-Identifier: Apache-2.0
#include "sim/validation_report.h"

#include "sim/quantity_text.h"

#include <algorithm>
#include <cstdlib>

namespace tcesim {

namespace {

using scenario::ValidationRow;

const std::string nothing = "-";
constexpr std::size_t column_gap = 2;
constexpr std::size_t kind_width = 9; // "predicted"
constexpr std::size_t pass_width = 4;

/// One line of the table, before its columns have widths.
struct Line {
    std::string quantity, published, simulated, error, kind, pass;
};

std::string figure(std::int64_t value, const ValidationRow &row) {
    return row.over.empty() ? scaled(value, row.unit) : factor(value, 1000000);
}

std::string published(const ValidationRow &row) {
    if (row.published_min == row.published_max)
        return figure(row.published_min, row);
    if (row.over.empty())
        return scaled_range(row.published_min, row.published_max, row.unit);
    const std::string low = figure(row.published_min, row);
    return low.substr(0, low.find(' ')) + ".." + figure(row.published_max, row);
}

/// "+1.25 %"; what rounds to nothing has no sign.
std::string percent(std::int64_t ppm) {
    constexpr std::int64_t ppm_per_hundredth = 100; // of a per cent
    const auto size = static_cast<std::uint64_t>(std::llabs(ppm));
    const std::uint64_t hundredths = (size + ppm_per_hundredth / 2) / ppm_per_hundredth;
    const std::string fraction = std::to_string(hundredths % 100);
    const char *sign = hundredths == 0 ? "" : ppm < 0 ? "-" : "+";
    return sign + std::to_string(hundredths / 100) + "." + std::string(2 - fraction.size(), '0') + fraction + " %";
}

std::string error_of(const ValidationOutcome &outcome) {
    if (!outcome.error_ppm)
        return nothing;
    const bool within = *outcome.error_ppm == 0 && outcome.row.published_min != outcome.row.published_max;
    return within ? "within" : percent(*outcome.error_ppm);
}

Line line_of(const ValidationOutcome &outcome) {
    const ValidationRow &row = outcome.row;
    return {row.quantity,      published(row),      outcome.simulated ? figure(*outcome.simulated, row) : nothing,
            error_of(outcome), to_string(row.kind), !outcome.pass ? nothing : *outcome.pass ? "pass" : "FAIL"};
}

/// Widths of the columns that have no width of their own; the first one gets what is left.
struct Widths {
    std::size_t quantity = 0, published = 0, simulated = 0, error = 0;

    explicit Widths(const std::vector<Line> &lines) {
        for (const Line &line : lines) {
            published = std::max(published, line.published.size());
            simulated = std::max(simulated, line.simulated.size());
            error = std::max(error, line.error.size());
        }
        constexpr std::size_t least = 20;
        const std::size_t others = published + simulated + error + kind_width + pass_width + 5 * column_gap;
        quantity = text_width > others + least ? text_width - others : least;
    }
};

/// A quantity that is longer than its column is broken at spaces; the figures stand beside its last part.
std::string line_to_text(const Line &line, const Widths &widths, const Style &style) {
    std::string text;
    std::string rest = line.quantity;
    while (rest.size() > widths.quantity && rest.rfind(' ', widths.quantity) != std::string::npos) {
        const std::size_t space = rest.rfind(' ', widths.quantity);
        text += rest.substr(0, space) + "\n";
        rest = "  " + rest.substr(space + 1);
        if (rest.rfind(' ', widths.quantity) <= 1)
            break;
    }
    const std::string space(column_gap, ' ');
    text += padded(rest, widths.quantity) + space + right_aligned(line.published, widths.published) + space +
            right_aligned(line.simulated, widths.simulated) + space + right_aligned(line.error, widths.error) + space +
            padded(line.kind, kind_width) + space;
    const std::string mark = line.pass == "pass"   ? style.good(line.pass)
                             : line.pass == "FAIL" ? style.bad(line.pass)
                                                   : line.pass;
    return text + mark + "\n";
}

std::string of(unsigned part, unsigned whole) {
    return std::to_string(part) + " of " + std::to_string(whole);
}

std::string footer(const ValidationCount &count) {
    return std::to_string(count.rows()) + " rows: " + std::to_string(count.input) + " input, " +
           std::to_string(count.fitted) + " fitted, " + std::to_string(count.verified) + " verified, " +
           std::to_string(count.predicted) + " predicted\npassed " + of(count.passed, count.gating) +
           " that have a tolerance\npredicted " + of(count.predicted, count.fitted + count.predicted) +
           " that are neither input nor verified\n";
}

nlohmann::ordered_json to_json(const ValidationOutcome &outcome, const std::string &scenario) {
    const ValidationRow &row = outcome.row;
    nlohmann::ordered_json json;
    const auto put = [&json](const char *key, const auto &value) {
        if (value)
            json[key] = *value;
        else
            json[key] = nullptr;
    };
    json["quantity"] = row.quantity;
    if (row.published_min == row.published_max)
        json["published"] = row.published_min;
    else
        json["published"] = {row.published_min, row.published_max};
    json["unit"] = row.unit;
    json["source"] = row.source;
    put("simulated", outcome.simulated);
    put("error", outcome.error_ppm);
    json["kind"] = to_string(row.kind);
    put("tolerance", row.tolerance_ppm);
    put("pass", outcome.pass);
    json["scenario"] = scenario;
    json["curve"] = row.curve.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(row.curve);
    put("x", row.x);
    json["x_unit"] = row.x ? nlohmann::ordered_json(row.x_unit) : nlohmann::ordered_json();
    return json;
}

} // namespace

std::string validation_to_text(const std::vector<ValidationFile> &files, const Style &style) {
    const Line head{"quantity", "published", "simulated", "error", "kind", "pass"};
    std::vector<Line> lines{head};
    for (const ValidationFile &file : files)
        for (const ValidationOutcome &outcome : file.outcomes)
            lines.push_back(line_of(outcome));
    const Widths widths(lines);
    std::string text =
        style.heading(without_trailing_spaces(padded(head.quantity, widths.quantity + column_gap) +
                                              right_aligned(head.published, widths.published) +
                                              right_aligned(head.simulated, widths.simulated + column_gap) +
                                              right_aligned(head.error, widths.error + column_gap) + "  " +
                                              padded(head.kind, kind_width) + "  " + head.pass)) +
        "\n";
    auto line = lines.begin() + 1;
    for (const ValidationFile &file : files) {
        text += "\n" + style.heading(hanging(file.scenario + ": " + file.about, 0)) + "\n";
        std::string source;
        for (const ValidationOutcome &outcome : file.outcomes) {
            if (outcome.row.source != source)
                text += "  " + style.aside(hanging("source: " + outcome.row.source, 2)) + "\n";
            source = outcome.row.source;
            text += line_to_text(*line++, widths, style);
        }
    }
    return text + "\n" + footer(count(files));
}

std::string validation_list_to_text(const std::vector<ValidationFile> &files) {
    std::string text;
    for (const ValidationFile &file : files)
        for (const ValidationOutcome &outcome : file.outcomes) {
            const std::string head = padded(to_string(outcome.row.kind), kind_width + column_gap);
            text += head + hanging(file.scenario + ": " + outcome.row.quantity, head.size()) + "\n";
        }
    return text;
}

nlohmann::ordered_json validation_to_json(const std::vector<ValidationFile> &files) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const ValidationFile &file : files)
        for (const ValidationOutcome &outcome : file.outcomes)
            rows.push_back(to_json(outcome, file.scenario));
    return {{"rows", rows}};
}

} // namespace tcesim
