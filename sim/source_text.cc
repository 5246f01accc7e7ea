// SPDX-License-Identifier: Apache-2.0
#include "sim/source_text.h"

#include "sim/results_file.h"
#include "sim/scenario/words.h"
#include "sim/version.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

namespace tcesim {

namespace {

bool is_end_of(const std::string &end, const std::string &path) {
    return path == end || (path.size() > end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0 &&
                           path[path.size() - end.size() - 1] == '/');
}

/// Without blanks around it; what is not ASCII, which encodings write in different ways, is one '?' a run.
std::string comparable(const std::string &text) {
    constexpr const char *blanks = " \t\r\n\f\v";
    const std::size_t begin = text.find_first_not_of(blanks);
    if (begin == std::string::npos)
        return "";
    std::string result;
    bool foreign = false;
    for (const char c : text.substr(begin, text.find_last_not_of(blanks) - begin + 1)) {
        const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
        if (is_ascii || !foreign)
            result += is_ascii ? c : '?';
        foreign = !is_ascii;
    }
    return result;
}

/// The first line of \p file that is not what \p profile ran; empty when there is none.
std::string difference(const LineProfile &profile, const std::string &file, const std::vector<std::string> &lines) {
    const LineRow *first = nullptr;
    for (const LineRow &row : profile) {
        if (row.place.file != file || row.place.line == 0)
            continue;
        const bool same =
            row.place.line <= lines.size() && comparable(lines[row.place.line - 1]) == comparable(row.text);
        if (!same && (first == nullptr || row.place.line < first->place.line))
            first = &row;
    }
    if (first == nullptr)
        return "";
    return ", line " + std::to_string(first->place.line) + ": '" + first->text + "' ran, and it is " +
           (first->place.line <= lines.size() ? "'" + comparable(lines[first->place.line - 1]) + "'"
                                              : "behind the end of the file");
}

} // namespace

std::vector<std::string> lines_of(const std::string &text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

std::optional<std::string> find_profiled_file(const LineProfile &profile, const std::string &name, std::string &error) {
    std::set<std::string> files, meant;
    for (const LineRow &row : profile) {
        files.insert(row.place.file);
        if (is_end_of(row.place.file, name) || is_end_of(name, row.place.file))
            meant.insert(row.place.file);
    }
    if (files.count(name) != 0)
        return name;
    if (meant.size() == 1)
        return *meant.begin();
    const std::vector<std::string> all(files.begin(), files.end());
    std::vector<std::string> names = all; // and without their directories
    for (const std::string &file : all)
        names.push_back(file.substr(file.find('/') + 1));
    if (meant.size() > 1)
        error = "'" + name + "' may be " + scenario::one_of({meant.begin(), meant.end()});
    else if (const std::string near = scenario::did_you_mean(name, names); !near.empty())
        error = "no line of '" + name + "' was executed" + near;
    else
        error = "no line of '" + name + "' was executed; there is " + scenario::one_of(all);
    return std::nullopt;
}

std::optional<std::vector<std::string>> find_source(const LineProfile &profile, const std::string &file,
                                                    const std::vector<std::string> &directories, std::string &error) {
    std::set<std::string> tried;
    for (const std::string &directory : directories) {
        const std::string path = directory + "/" + file;
        if (!tried.insert(path).second)
            continue;
        std::string why;
        const std::optional<std::string> text = read_file(path, why);
        if (!text) {
            error += (error.empty() ? "" : "; ") + path + ": " + why;
            continue;
        }
        std::vector<std::string> lines = lines_of(*text);
        const std::string differs = difference(profile, file, lines);
        if (differs.empty())
            return lines;
        error += (error.empty() ? "" : "; ") + path + differs;
    }
    error += "; --source names the directory of the handlers that ran";
    return std::nullopt;
}

std::vector<std::string> source_directories(const std::optional<HandlersUsed> &handlers, const std::string &scenario) {
    std::vector<std::string> directories;
    if (handlers && handlers->own) {
        const std::filesystem::path beside = std::filesystem::path(handlers->object).replace_extension();
        directories = {beside.string(), (std::filesystem::path(scenario).parent_path() / beside).string()};
    }
    directories.insert(directories.end(), {"hcall", std::string(source_directory) + "/hcall"});
    return directories;
}

} // namespace tcesim
