// SPDX-License-Identifier: Apache-2.0
#include "sim/annotate.h"

#include "sim/quantity_text.h"

#include <algorithm>
#include <tuple>

namespace tcesim {

namespace {

constexpr std::size_t narrow = 6; // column of a file's figures, beside its code
constexpr std::size_t wide = 7;

/// "cpu/mmio_store/constant" -> "mmio_store", "kill_queue/wait/wait" -> "kill_queue wait", "user/rest/notify" ->
/// "notify"; a kind of own execution is its own name.
std::string name_of(const std::string &kind) {
    const std::size_t first = kind.find('/'), last = kind.rfind('/');
    if (is_own_execution(kind))
        return kind;
    if (kind.substr(last) == "/constant")
        return kind.substr(first + 1, last - first - 1);
    return kind.substr(last) == "/wait" ? kind.substr(0, first) + " wait" : kind.substr(last + 1);
}

std::uint64_t hypercalls_of(const VariantResult &variant) {
    const auto found = variant.metrics.find("hypercalls");
    return found == variant.metrics.end() ? 0 : static_cast<std::uint64_t>(found->second.value);
}

/// Figures as columns: nanoseconds, share, instructions, misses, calls; all but the share per hypercall.
class Columns {
public:
    Columns(const VariantResult &variant, const std::vector<AnnotatedLine> &lines, bool shares)
        : name_(variant.name), hypercalls_(hypercalls_of(variant)), shares_(shares), column_(shares ? wide : narrow) {
        for (const AnnotatedLine &line : lines)
            all_.add(line.figures);
    }

    const LineFigures &all() const { return all_; }

    std::string head() const {
        return right_aligned("ns", column_) + (shares_ ? right_aligned("share", column_ + 1) : "") +
               right_aligned("instr", column_) + right_aligned("miss", column_) + right_aligned("calls", column_);
    }

    std::string row(const LineFigures &figures) const {
        return right_aligned(nanoseconds(figures.ps), column_) +
               (shares_ ? right_aligned(share(figures.ps, all_.ps), column_ + 1) : "") +
               right_aligned(count(figures.instructions), column_) + right_aligned(count(figures.misses), column_) +
               right_aligned(count(figures.calls), column_);
    }

    /// What of a line's time is not its instructions, where that is a tenth of it or more:
    /// "[atomic 12.2, access 5.3 ns]".
    std::string parts(const LineFigures &figures) const {
        std::vector<std::pair<std::string, std::uint64_t>> parts;
        for (const auto &[name, ps] : figures.parts)
            if (ps > figures.ps / 10)
                parts.emplace_back(name, ps);
        std::stable_sort(parts.begin(), parts.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
        std::string text;
        for (const auto &[name, ps] : parts)
            text += (text.empty() ? "" : ", ") + name + " " + nanoseconds(ps);
        return text.empty() ? "" : "[" + text + " ns]";
    }

    /// "real: the handlers took 551 ns per hypercall (91144 of them)"
    std::string title(const std::string &what, const LineFigures &figures) const {
        const std::string subject = name_ + ": " + what + " took " + nanoseconds(figures.ps) + " ns ";
        return hypercalls_ ? subject + "per hypercall (" + std::to_string(hypercalls_) + " of them)"
                           : subject + "in all";
    }

private:
    std::string nanoseconds(std::uint64_t ps) const { return ps ? quotient(ps, base() * 1000) : ""; }
    std::string count(std::uint64_t number) const { return number ? quotient(number, base()) : ""; }
    std::uint64_t base() const { return std::max<std::uint64_t>(hypercalls_, 1); }

    const std::string name_;
    const std::uint64_t hypercalls_; ///< 0: figures are totals
    const bool shares_;
    const std::size_t column_;
    LineFigures all_;
};

std::string cut(const std::string &text, std::size_t width) {
    return text.size() <= width ? text : text.substr(0, width - 2) + "..";
}

/// Code for a terminal: a step of indentation takes two columns, what is not printable is shown as '?'.
std::string printable(const std::string &code) {
    std::string text;
    for (const char c : code)
        text += c == '\t' ? "  " : std::string(1, c >= ' ' && c <= '~' ? c : '?');
    return without_trailing_spaces(text);
}

/// \p code in lines of at most \p width characters, broken at blanks where that leaves no line nearly empty.
std::vector<std::string> folded_code(std::string code, std::size_t width) {
    std::vector<std::string> lines;
    const std::size_t indent = std::min(code.find_first_not_of(' '), width / 2);
    while (code.size() > width) {
        std::size_t end = code.rfind(' ', width);
        if (end == std::string::npos || end < indent + width / 3)
            end = width;
        lines.push_back(without_trailing_spaces(code.substr(0, end)));
        const std::size_t rest = code.find_first_not_of(' ', end);
        code = std::string(indent + 4, ' ') + code.substr(rest);
    }
    lines.push_back(code);
    return lines;
}

/// The second line of a hot line: its code, and what of its time was not instructions.
std::string code_below(const AnnotatedLine &line, const Columns &columns, const Style &style) {
    const std::size_t indent = wide + 2;
    const std::string parts = columns.parts(line.figures);
    const std::string code = cut(printable(line.text), text_width - indent - (parts.empty() ? 0 : parts.size() + 2));
    return std::string(indent, ' ') + code + (parts.empty() ? "" : "  " + style.aside(parts)) + "\n";
}

std::string sum_row(LineFigures figures, const std::string &which, const Columns &columns) {
    figures.calls = 0; // of different lines mean nothing together
    return columns.row(figures) + "  " + which + "\n";
}

std::string lines(std::size_t number) {
    return std::to_string(number) + (number == 1 ? " line" : " lines");
}

} // namespace

void LineFigures::add(const LineRow &row) {
    ps += row.ps();
    calls += row.calls;
    instructions += row.instructions;
    misses += row.misses[0];
    for (const auto &[kind, time] : row.time)
        if (kind != "code")
            parts[name_of(kind)] += time;
}

void LineFigures::add(const LineFigures &other) {
    ps += other.ps;
    calls += other.calls;
    instructions += other.instructions;
    misses += other.misses;
    for (const auto &[name, time] : other.parts)
        parts[name] += time;
}

std::vector<AnnotatedLine> annotated_lines(const LineProfile &profile) {
    std::map<std::tuple<std::string, std::uint64_t, std::string>, AnnotatedLine> by_place;
    for (const LineRow &row : profile) {
        AnnotatedLine &line = by_place[{row.place.file, row.place.line, row.place.function}];
        line.place = row.place;
        line.text = row.text;
        line.figures.add(row);
    }
    std::vector<AnnotatedLine> sorted;
    for (auto &[key, line] : by_place)
        sorted.push_back(std::move(line));
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const AnnotatedLine &a, const AnnotatedLine &b) { return a.figures.ps > b.figures.ps; });
    return sorted;
}

std::string hot_lines_to_text(const VariantResult &variant, std::size_t top, const Style &style) {
    const std::vector<AnnotatedLine> all = annotated_lines(variant.profile);
    const Columns columns(variant, all, true);
    if (all.empty())
        return style.heading(variant.name + ": no line of the handlers was executed") + "\n";
    std::string text = style.heading(columns.title("the handlers", columns.all())) + "\n\n" +
                       style.heading(columns.head() + "  line") + "\n";
    const std::size_t shown = std::min(top, all.size());
    LineFigures hot, rest;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const AnnotatedLine &line = all[i];
        (i < shown ? hot : rest).add(line.figures);
        if (i < shown)
            text += cut(columns.row(line.figures) + "  " + line.place.file + ":" + std::to_string(line.place.line) +
                            "  " + line.place.function,
                        text_width) +
                    "\n" + code_below(line, columns, style);
    }
    text += "\n";
    if (shown < all.size())
        text += sum_row(hot, lines(shown) + " above", columns) +
                sum_row(rest, lines(all.size() - shown) + " not shown", columns);
    return text + sum_row(columns.all(), "all of hcall/ that was executed", columns);
}

std::string file_to_text(const VariantResult &variant, const std::string &file, const std::vector<std::string> &source,
                         const Style &style) {
    const std::vector<AnnotatedLine> all = annotated_lines(variant.profile);
    const Columns columns(variant, all, false);
    std::map<std::uint64_t, LineFigures> figures; // by line
    LineFigures sum;
    for (const AnnotatedLine &line : all)
        if (line.place.file == file) {
            figures[line.place.line].add(line.figures);
            sum.add(line.figures);
        }
    const std::size_t number_width = std::to_string(source.size()).size() + 2;
    const std::string blank(columns.head().size(), ' ');
    const std::string margin = blank + std::string(number_width + 2, ' ');
    std::string text = style.heading(columns.title(file, sum)) + ",\n" + share(sum.ps, columns.all().ps) +
                       " of the handlers' time\n\n" + style.heading(columns.head()) + "\n";
    for (std::size_t number = 1; number <= source.size(); ++number) {
        const auto found = figures.find(number);
        const bool executed = found != figures.end();
        const std::string left = executed ? columns.row(found->second) : blank;
        const bool hot = executed && found->second.ps > columns.all().ps / 20;
        std::string head =
            (hot ? style.bad(left) : left) + style.aside(right_aligned(std::to_string(number), number_width)) + "  ";
        for (const std::string &part : folded_code(printable(source[number - 1]), text_width - margin.size())) {
            text += without_trailing_spaces(head + part) + "\n";
            head = margin;
        }
        if (executed)
            if (const std::string parts = columns.parts(found->second); !parts.empty())
                text += margin + style.aside(parts) + "\n";
    }
    return text;
}

std::string annotate_legend(const RunReport &report) {
    const bool calls = std::any_of(report.variants.begin(), report.variants.end(),
                                   [](const VariantResult &variant) { return hypercalls_of(variant) != 0; });
    return paragraph("Nanoseconds, port functions that the line calls included; instructions; L1 misses; executions; " +
                         std::string(calls ? "each per hypercall. " : "each in all. ") +
                         "In brackets what of the time is not instructions. A block's instructions are divided "
                         "among its lines by their statements.",
                     0);
}

} // namespace tcesim
