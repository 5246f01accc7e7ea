// SPDX-License-Identifier: Apache-2.0
/// \file
/// One tree out of a scenario file and all that it extends.
#ifndef TCESIM_SIM_SCENARIO_MERGE_H
#define TCESIM_SIM_SCENARIO_MERGE_H

#include "sim/scenario/tree.h"

#include <string>

namespace tcesim::scenario {

/// Puts \p overlay over \p base: maps merge key by key, scalars and lists replace. Every value keeps the position of
/// the file that gave it; a merged map counts as standing in the overlay.
void merge_into(Node &base, const Node &overlay);

struct MergedFile {
    Node root;            ///< without `extends`
    bool complete = true; ///< false: a file could not be read, keys may be missing for that reason alone
};

/// Reads \p file and, first, every file that it extends. Adds each file to \p sources once, \p file first.
MergedFile read_merged(const std::string &file, SourceSet &sources, Diagnostics &diagnostics);

} // namespace tcesim::scenario

#endif
