// SPDX-License-Identifier: Apache-2.0
/// \file
/// Plain-text layout for terminals and pipes: columns, wrapping and, where wanted, colour.
#ifndef TCESIM_SIM_TEXT_LAYOUT_H
#define TCESIM_SIM_TEXT_LAYOUT_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tcesim {

constexpr std::size_t text_width = 80;

/// Colour by escape sequences, or none at all. Meaning never rests on colour alone.
class Style {
public:
    explicit Style(bool colour) : colour_(colour) {}

    std::string heading(std::string_view text) const { return wrap("1", text); }
    std::string good(std::string_view text) const { return wrap("32", text); }
    std::string bad(std::string_view text) const { return wrap("1;31", text); }
    std::string aside(std::string_view text) const { return wrap("2", text); }

private:
    std::string wrap(std::string_view code, std::string_view text) const;
    bool colour_;
};

struct TableRow {
    std::string label;
    std::vector<std::string> cells; ///< one for each column
};

/// A label column and right-aligned columns, in as many blocks of at most four columns as text_width
/// asks for. The first line of a block holds \p corner and the names of its columns; a row that has only
/// empty cells there is left out of it.
std::string columns(const std::string &corner, const std::vector<std::string> &names, const std::vector<TableRow> &rows,
                    const Style &style);

/// Breaks \p text at spaces into lines of text_width, each after \p indent spaces, each ended by '\n'.
std::string paragraph(std::string_view text, std::size_t indent);

std::string without_trailing_spaces(std::string line);

/// The lines of paragraph() without the first indent and the last newline: for the end of a line that
/// already holds \p indent characters.
std::string hanging(std::string_view text, std::size_t indent);

/// \p text, filled with spaces up to \p width; at least as long as it is.
std::string padded(std::string_view text, std::size_t width);
/// The same with the spaces in front.
std::string right_aligned(std::string_view text, std::size_t width);

} // namespace tcesim

#endif
