// SPDX-License-Identifier: Apache-2.0
/// \file
/// Files that values of a scenario name.
#ifndef TCESIM_SIM_SCENARIO_FILES_H
#define TCESIM_SIM_SCENARIO_FILES_H

#include "sim/scenario/values.h"

#include <filesystem>
#include <string>

namespace tcesim::scenario {

/// Where the file named \p text is that the source of \p position speaks of: a relative path starts from the directory
/// of the scenario file that says it, in an argument of --set from the current directory.
std::filesystem::path file_named(const std::string &text, const Position &position, const SourceSet &sources);

/// Reports each file that \p values name and that cannot be read, at the value.
void check_files(const Values &values, const SourceSet &sources, Diagnostics &diagnostics);

} // namespace tcesim::scenario

#endif
