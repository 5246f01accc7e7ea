// SPDX-License-Identifier: Apache-2.0
#include "sim/text_layout.h"

#include <algorithm>

namespace tcesim {

namespace {

constexpr std::size_t most_columns = 4;
constexpr std::size_t gap = 2;

std::size_t label_width(const std::string &corner, const std::vector<TableRow> &rows) {
    std::size_t width = corner.size();
    for (const TableRow &row : rows)
        width = std::max(width, row.label.size());
    return width;
}

/// Width of every value column, the gap before it included.
std::size_t column_width(const std::vector<std::string> &names, const std::vector<TableRow> &rows) {
    std::size_t width = 0;
    for (const std::string &name : names)
        width = std::max(width, name.size());
    for (const TableRow &row : rows)
        for (const std::string &cell : row.cells)
            width = std::max(width, cell.size());
    return width + gap;
}

/// Whether \p row has nothing to show in the columns \p first to \p end, without the last.
bool is_blank(const TableRow &row, std::size_t first, std::size_t end) {
    return std::all_of(row.cells.begin() + static_cast<std::ptrdiff_t>(first),
                       row.cells.begin() + static_cast<std::ptrdiff_t>(end),
                       [](const std::string &cell) { return cell.empty(); });
}

/// Columns in a block, so that blocks are about equally wide.
std::size_t columns_per_block(std::size_t count, std::size_t label, std::size_t column) {
    const std::size_t room = text_width > label ? (text_width - label) / column : 0;
    const std::size_t fitting = std::clamp<std::size_t>(room, 1, most_columns);
    const std::size_t blocks = (count + fitting - 1) / fitting;
    return blocks == 0 ? 1 : (count + blocks - 1) / blocks;
}

} // namespace

std::string without_trailing_spaces(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string Style::wrap(std::string_view code, std::string_view text) const {
    if (!colour_)
        return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::string padded(std::string_view text, std::size_t width) {
    return std::string(text) + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

std::string right_aligned(std::string_view text, std::size_t width) {
    return std::string(width > text.size() ? width - text.size() : 0, ' ') + std::string(text);
}

std::string columns(const std::string &corner, const std::vector<std::string> &names, const std::vector<TableRow> &rows,
                    const Style &style) {
    const std::size_t label = label_width(corner, rows);
    const std::size_t column = column_width(names, rows);
    const std::size_t per_block = columns_per_block(names.size(), label, column);
    std::string text;
    for (std::size_t first = 0; first < names.size(); first += per_block) {
        const std::size_t end = std::min(first + per_block, names.size());
        std::string head = padded(corner, label);
        for (std::size_t i = first; i < end; ++i)
            head += right_aligned(names[i], column);
        text += (first == 0 ? "" : "\n") + style.heading(without_trailing_spaces(head)) + "\n";
        for (const TableRow &row : rows) {
            if (is_blank(row, first, end))
                continue;
            std::string line = padded(row.label, label);
            for (std::size_t i = first; i < end; ++i)
                line += right_aligned(row.cells[i], column);
            text += without_trailing_spaces(line) + "\n";
        }
    }
    return text;
}

std::string hanging(std::string_view text, std::size_t indent) {
    const std::size_t room = text_width > indent + 20 ? text_width - indent : 20;
    std::string lines;
    while (text.size() > room) {
        std::size_t end = text.rfind(' ', room);
        if (end == std::string_view::npos || end == 0)
            end = text.find(' ');
        if (end == std::string_view::npos)
            break;
        lines += std::string(text.substr(0, end)) + "\n" + std::string(indent, ' ');
        text.remove_prefix(end + 1);
    }
    return lines + std::string(text);
}

std::string paragraph(std::string_view text, std::size_t indent) {
    return std::string(indent, ' ') + hanging(text, indent) + "\n";
}

} // namespace tcesim
