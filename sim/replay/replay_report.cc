// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/replay_report.h"

#include <functional>

#include "sim/quantity_text.h"
#include "sim/replay/log/trace_counts.h"
#include "sim/replay/replay_figures.h"
#include "sim/replay/replay_text.h"
#include "sim/report_sections.h"
#include "sim/report_table.h"

namespace tcesim::replay {

namespace {

struct Told {
    std::vector<std::string> names;
    std::vector<ReplayFigures> figures;
};

Told finished(const RunReport &report) {
    Told told;
    for (const VariantResult &variant : report.variants)
        if (variant.error.empty() && !variant.replay.is_null()) {
            told.names.push_back(variant.name);
            told.figures.push_back(ReplayFigures::from_json(variant.replay));
        }
    return told;
}

using Cell = std::function<std::string(const ReplayFigures &)>;

/// A row that says nothing of any variant is left out.
void add(std::vector<TableRow> &rows, const Told &told, const std::string &label, const Cell &cell) {
    TableRow row{label, {}};
    bool any = false;
    for (const ReplayFigures &figures : told.figures) {
        row.cells.push_back(cell(figures));
        any |= !row.cells.back().empty();
    }
    if (any)
        rows.push_back(std::move(row));
}

std::string count(std::uint64_t value) {
    return std::to_string(value);
}
std::string unless_zero(std::uint64_t value) {
    return value != 0 ? std::to_string(value) : "";
}
std::string time(std::uint64_t ps) {
    return scaled(static_cast<std::int64_t>(ps), "ps");
}
std::string per(std::uint64_t ps, std::uint64_t divisor) {
    return divisor != 0 ? time(ps / divisor) : "-";
}

std::vector<TableRow> whole_rows(const Told &told) {
    std::vector<TableRow> rows;
    const auto row = [&](const char *label, const Cell &cell) { add(rows, told, label, cell); };
    row("calls", [](const ReplayFigures &f) { return count(f.sum().calls); });
    row("TCEs set", [](const ReplayFigures &f) { return count(f.sum().set); });
    row("TCEs cleared", [](const ReplayFigures &f) { return count(f.sum().cleared); });
    row("time in calls", [](const ReplayFigures &f) { return time(f.sum().ps); });
    row("  of a call", [](const ReplayFigures &f) { return per(f.sum().ps, f.sum().calls); });
    row("  of a TCE", [](const ReplayFigures &f) { return per(f.sum().ps, f.sum().set + f.sum().cleared); });
    row("exits to the host kernel", [](const ReplayFigures &f) { return count(f.sum().exits_to_host); });
    row("exits to user space", [](const ReplayFigures &f) { return count(f.sum().exits_to_user); });
    row("windows made", [](const ReplayFigures &f) { return unless_zero(f.windows_made); });
    row("windows removed", [](const ReplayFigures &f) { return unless_zero(f.windows_removed); });
    row("resets", [](const ReplayFigures &f) { return unless_zero(f.resets); });
    row("  time of all of these", [](const ReplayFigures &f) { return f.window_ps != 0 ? time(f.window_ps) : ""; });
    row("time between calls", [](const ReplayFigures &f) { return f.between_ps != 0 ? time(f.between_ps) : ""; });
    return rows;
}

std::vector<TableRow> part_rows(const Told &told) {
    static constexpr std::pair<Part, const char *> parts[] = {{Part::before, "before the first map"},
                                                              {Part::between, "from the first map to the last"},
                                                              {Part::after, "after the last map"}};
    std::vector<TableRow> rows;
    for (const auto &[part, label] : parts) {
        const Part of = part;
        if (told.figures.front().sum(of).calls == 0)
            continue;
        add(rows, told, label, [of](const ReplayFigures &f) { return time(f.sum(of).ps); });
        add(rows, told, "  calls", [of](const ReplayFigures &f) { return count(f.sum(of).calls); });
        add(rows, told, "  TCEs", [of](const ReplayFigures &f) { return count(f.sum(of).set + f.sum(of).cleared); });
    }
    return rows;
}

std::vector<TableRow> device_rows(const Told &told) {
    std::vector<TableRow> rows;
    for (const auto &device : told.figures.front().devices) {
        const std::uint64_t liobn = device.first;
        const std::string name = liobn == ReplayFigures::no_window ? "no window" : hex_text(liobn);
        add(rows, told, name, [liobn](const ReplayFigures &f) { return time(f.sum(liobn).ps); });
        add(rows, told, "  calls", [liobn](const ReplayFigures &f) { return count(f.sum(liobn).calls); });
        add(rows, told, "  TCEs",
            [liobn](const ReplayFigures &f) { return count(f.sum(liobn).set + f.sum(liobn).cleared); });
        add(rows, told, "  exits to user space",
            [liobn](const ReplayFigures &f) { return count(f.sum(liobn).exits_to_user); });
    }
    return rows;
}

std::vector<TableRow> check_rows(const Told &told) {
    std::vector<TableRow> rows;
    const auto row = [&](const char *label, const Cell &cell) { add(rows, told, label, cell); };
    row("return codes that differ", [](const ReplayFigures &f) { return count(f.wrong_codes); });
    row("windows that differ", [](const ReplayFigures &f) {
        return f.windows_made + f.windows_removed + f.resets + f.wrong_windows != 0 ? count(f.wrong_windows) : "";
    });
    row("translations compared", [](const ReplayFigures &f) { return unless_zero(f.translations); });
    row("  that differ", [](const ReplayFigures &f) { return f.translations != 0 ? count(f.wrong_translations) : ""; });
    row("maps over live TCEs", [](const ReplayFigures &f) { return count(f.mapped_over); });
    row("empty TCEs cleared in between", [](const ReplayFigures &f) { return count(f.unmapped_empty); });
    row("TCEs live at the end", [](const ReplayFigures &f) { return count(f.live_at_end()); });
    for (const auto &window : told.figures.front().live) {
        const std::uint64_t liobn = window.first;
        row(("  of " + hex_text(liobn)).c_str(), [liobn](const ReplayFigures &f) {
            const auto found = f.live.find(liobn);
            return count(found != f.live.end() ? found->second : 0);
        });
    }
    return rows;
}

std::string windows_text(const Survey &survey) {
    std::string text;
    for (const auto &[liobn, shape] : survey.windows)
        text += (text.empty() ? "" : ", ") + hex_text(liobn) + " " + bytes_text(shape.size);
    return text.empty() ? "" : "Windows from the start, in pages of 4 KiB: " + text + ".";
}

std::string head(const ReplayedLog &log, const RunReport &report) {
    std::string text = log.name + ": " + name_of(log.survey.kind) + ", " + count(log.survey.calls) + " calls";
    text += ", on the machine of " + report.scenario + ".";
    text += " Memory: " + bytes_text(log.ram) +
            (log.ram_given ? ", as asked for." : ", the highest address in the log rounded up.");
    if (log.survey.beyond != 0)
        text += " " + count(log.survey.beyond) + " addresses from 1 TiB on are taken for no memory.";
    std::string lines = paragraph(text, 0);
    if (const std::string windows = windows_text(log.survey); !windows.empty())
        lines += paragraph(windows, 0);
    std::string pace = "Time between calls: " + log.pace_text + ".";
    if (log.survey.vcpus.size() > 1)
        pace += " The calls of " + count(log.survey.vcpus.size()) +
                " threads or vCPUs are made one after the other by one vCPU, in the order of the log.";
    return lines + paragraph(pace, 0);
}

std::string doubts(const ReplayFigures &f) {
    std::string text;
    const auto say = [&text](std::uint64_t value, const char *what) {
        if (value != 0)
            text += paragraph(count(value) + " " + what, 0);
    };
    say(f.unanswered, "calls have no return code in the log: user space answered, or the line is missing");
    say(f.guessed_lists, "lists of TCEs are not in the log: memory from address 0 on is mapped in their place");
    say(f.unknown_starts,
        "ranges that were refused may have begun at an earlier address: what they cleared is not replayed");
    say(f.left_out, "calls or translations are left out: the log begins after their window was made");
    return text;
}

std::string differences(const ReplayedLog &log, const Told &told) {
    std::string text;
    for (std::size_t i = 0; i < told.figures.size(); ++i)
        for (const std::string &difference : told.figures[i].differences)
            text += told.names[i] + ": " + log.name + ", " + difference + "\n";
    return text;
}

} // namespace

bool all_clean(const RunReport &report) {
    for (const ReplayFigures &figures : finished(report).figures)
        if (!figures.clean())
            return false;
    return true;
}

std::string replay_to_text(const ReplayedLog &log, const RunReport &report, const Style &style) {
    const Told told = finished(report);
    std::string text = head(log, report) + "\n";
    const auto section = [&text](const std::string &body) {
        if (!body.empty())
            text += body + "\n";
    };
    if (!told.figures.empty()) {
        section(columns("", told.names, whole_rows(told), style));
        section(columns("time in calls, by part", told.names, part_rows(told), style));
        section(columns("time in calls, by device", told.names, device_rows(told), style));
        section(ledger_to_text(report, style));
        section(columns("compared with the log", told.names, check_rows(told), style));
        section(differences(log, told));
        section(doubts(told.figures.front()));
    }
    text += timing_to_text(report);
    text += violations_to_text(report, style);
    text += unfinished_to_text(report, style);
    return text + problems_text(log.survey.statistics, log.name);
}

} // namespace tcesim::replay
