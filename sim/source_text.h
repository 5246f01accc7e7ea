// SPDX-License-Identifier: Apache-2.0
/// \file
/// The source of the handlers that a profile belongs to, found and checked against it.
#ifndef TCESIM_SIM_SOURCE_TEXT_H
#define TCESIM_SIM_SOURCE_TEXT_H

#include "sim/results.h"

#include <optional>
#include <string>
#include <vector>

namespace tcesim {

/// The file of \p profile that \p name means: its name as in the profile, a path that ends in it, or the end of one
/// file's name. \returns nothing and in \p error what there is instead.
std::optional<std::string> find_profiled_file(const LineProfile &profile, const std::string &name, std::string &error);

/// The lines of \p file in the first of \p directories where it holds, line for line, what \p profile ran.
/// \returns nothing and in \p error why none of them does.
std::optional<std::vector<std::string>> find_source(const LineProfile &profile, const std::string &file,
                                                    const std::vector<std::string> &directories, std::string &error);

/// \p text line by line, without the ends of lines.
std::vector<std::string> lines_of(const std::string &text);

/// Where to look for the source of \p handlers when nobody says: for the user's own object where tools/build-handlers
/// found it, seen from the current directory or from that of \p scenario; then hcall/ below the current directory, and
/// the program's own.
std::vector<std::string> source_directories(const std::optional<HandlersUsed> &handlers, const std::string &scenario);

} // namespace tcesim

#endif
