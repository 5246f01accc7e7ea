// SPDX-License-Identifier: Apache-2.0
/// \file
/// Single values set by path: the entries of a variant and the arguments of --set.
#ifndef TCESIM_SIM_SCENARIO_OVERRIDE_H
#define TCESIM_SIM_SCENARIO_OVERRIDE_H

#include "sim/scenario/tree.h"

#include <string>
#include <vector>

namespace tcesim::scenario {

/// Name of the sources that arguments of --set are.
constexpr const char *set_source = "--set";

/// "host.tce" = "real", and where that was said.
struct Override {
    std::string path;
    Position position; ///< of the path's first character
    Node value;
};

enum class OverrideBy { variant, set };

/// Reads one argument "path=value" of --set as a source of its own. False and an error where it has no '='.
bool read_set(const std::string &argument, SourceSet &sources, Override &override, Diagnostics &diagnostics);

/// The entries of one variant, a map.
std::vector<Override> read_variant(const Node &variant);

/// Sets the value in \p root, making maps on the way where the file has none. A path that the schema does not know,
/// that is no single value or must not be overridden is an error; the value itself is checked by validate().
void apply_override(Node &root, const Override &override, OverrideBy by, Diagnostics &diagnostics);

} // namespace tcesim::scenario

#endif
