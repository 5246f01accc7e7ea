// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/diagnostics.h"

#include <algorithm>

namespace tcesim::scenario {

namespace {

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

/// Blanks as wide as the first \p columns characters of \p line: tabs stay tabs.
std::string blanks(const std::string &line, int columns) {
    std::string out;
    for (const char c : line) {
        if (continues_character(c))
            continue;
        if (columns-- <= 0)
            break;
        out += c == '\t' ? '\t' : ' ';
    }
    if (columns > 0)
        out.append(static_cast<std::size_t>(columns), ' ');
    return out;
}

} // namespace

int character_count(std::string_view text) {
    return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return !continues_character(c); }));
}

std::string format(const Diagnostic &diagnostic) {
    if (diagnostic.line == 0)
        return diagnostic.file + ": error: " + diagnostic.message + "\n";
    return diagnostic.file + ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) +
           ": error: " + diagnostic.message + "\n" + diagnostic.source_line + "\n" +
           blanks(diagnostic.source_line, diagnostic.column - 1) + "^\n";
}

int SourceSet::add(std::string name, std::string text) {
    sources_.push_back({std::move(name), std::move(text)});
    return static_cast<int>(sources_.size()) - 1;
}

std::string SourceSet::line(int source, int line) const {
    const std::string &text = at(source).text;
    std::size_t begin = 0;
    for (int current = 1; current < line; ++current) {
        begin = text.find('\n', begin);
        if (begin == std::string::npos)
            return {};
        ++begin;
    }
    std::string found = text.substr(begin, text.find('\n', begin) - begin);
    if (!found.empty() && found.back() == '\r')
        found.pop_back();
    return found;
}

std::vector<Diagnostic> Diagnostics::sorted(const SourceSet &sources) const {
    std::vector<Finding> ordered = findings_;
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](const Finding &a, const Finding &b) { return a.position < b.position; });
    std::vector<Diagnostic> out;
    for (std::size_t i = 0; i < ordered.size(); ++i) {
        // Equal findings stand at the same position, though another one may stand between them.
        const auto end = ordered.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::find(ordered.begin(), end, ordered[i]) != end)
            continue;
        const Position &position = ordered[i].position;
        out.push_back({sources.at(position.source).name, position.line, position.column, ordered[i].message,
                       position.line == 0 ? "" : sources.line(position.source, position.line)});
    }
    return out;
}

} // namespace tcesim::scenario
