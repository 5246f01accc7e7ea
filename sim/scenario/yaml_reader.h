// SPDX-License-Identifier: Apache-2.0
/// \file
/// YAML text to tree. Anchors, aliases, tags and several documents are refused: a scenario says what
/// it means in plain sight, and shares by `extends`.
#ifndef TCESIM_SIM_SCENARIO_YAML_READER_H
#define TCESIM_SIM_SCENARIO_YAML_READER_H

#include "sim/scenario/tree.h"

#include <optional>

namespace tcesim::scenario {

/// Reads source number \p source, whose outermost value must be a map. A duplicate key is an error,
/// its first value is kept. Returns nothing where the text is no YAML; at least one error then tells why.
std::optional<Node> read_yaml(const SourceSet &sources, int source, Diagnostics &diagnostics);

} // namespace tcesim::scenario

#endif
