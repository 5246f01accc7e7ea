// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/files.h"

#include "sim/scenario/override.h"

#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace tcesim::scenario {

namespace fs = std::filesystem;

namespace {

/// Why \p file cannot be read; empty when it can.
std::string unreadable(const fs::path &file) {
    std::error_code code;
    if (fs::is_directory(file, code))
        return "it is a directory";
    if (access(file.c_str(), R_OK) != 0)
        return std::generic_category().message(errno);
    return fs::is_regular_file(file, code) ? "" : "it is no regular file";
}

} // namespace

fs::path file_named(const std::string &text, const Position &position, const SourceSet &sources) {
    const std::string &said_in = sources.at(position.source).name;
    return said_in == set_source ? fs::path(text) : (fs::path(said_in).parent_path() / text).lexically_normal();
}

void check_files(const Values &values, const SourceSet &sources, Diagnostics &diagnostics) {
    values.for_each([&](const std::string &path, const Value &value) {
        if (value.key->type != Type::path)
            return;
        const fs::path file = file_named(value.text, value.position, sources);
        const std::string error = unreadable(file);
        if (!error.empty())
            diagnostics.error(value.position, path + ": cannot read '" + file.string() + "': " + error);
    });
}

} // namespace tcesim::scenario
