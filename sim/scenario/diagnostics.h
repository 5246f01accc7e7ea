// SPDX-License-Identifier: Apache-2.0
/// \file
/// Errors of the user, with the place they were made at, collected and printed like a compiler's.
#ifndef TCESIM_SIM_SCENARIO_DIAGNOSTICS_H
#define TCESIM_SIM_SCENARIO_DIAGNOSTICS_H

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace tcesim::scenario {

/// One error as the user sees it.
struct Diagnostic {
    std::string file;        ///< as the user named it, or relative to that; "--set" for an argument
    int line;                ///< from 1; 0: the error concerns the file as a whole
    int column;              ///< from 1, in characters
    std::string message;     ///< a sentence without full stop that tells what would be right
    std::string source_line; ///< the text of that line; empty when line is 0
};

/// "file:line:col: error: message", the source line and a caret under the column; ends in a newline.
std::string format(const Diagnostic &diagnostic);

/// A place in one of the sources of a scenario.
struct Position {
    int source = 0; ///< number given by SourceSet::add()
    int line = 0;   ///< from 1; 0: the source as a whole
    int column = 0; ///< from 1, in characters

    bool operator==(const Position &other) const { return key() == other.key(); }
    bool operator<(const Position &other) const { return key() < other.key(); }

private:
    std::tuple<int, int, int> key() const { return {source, line, column}; }
};

/// A file that was read, or one argument of --set.
struct Source {
    std::string name;
    std::string text;
};

/// Every source of a scenario in the order in which it was first named.
class SourceSet {
public:
    /// Returns the number of the new source.
    int add(std::string name, std::string text);
    const Source &at(int source) const { return sources_.at(static_cast<std::size_t>(source)); }
    const std::vector<Source> &all() const { return sources_; }
    /// Text of \p line (from 1) without its end; empty where there is no such line.
    std::string line(int source, int line) const;

private:
    std::vector<Source> sources_;
};

/// An error whose file and source line have not been looked up yet.
struct Finding {
    Position position;
    std::string message;

    bool operator==(const Finding &other) const { return position == other.position && message == other.message; }
};

/// Collects errors; nothing stops at the first.
class Diagnostics {
public:
    void error(Position position, std::string message) { findings_.push_back({position, std::move(message)}); }
    bool empty() const { return findings_.empty(); }
    const std::vector<Finding> &findings() const { return findings_; }

    /// All errors in the order of the sources and of the text in them, each once.
    std::vector<Diagnostic> sorted(const SourceSet &sources) const;

private:
    std::vector<Finding> findings_;
};

/// Number of characters, counting each UTF-8 sequence as one.
int character_count(std::string_view text);

} // namespace tcesim::scenario

#endif
