// SPDX-License-Identifier: Apache-2.0
/// \file
/// The reference of the scenario format, printed from the schema.
#ifndef TCESIM_SIM_SCENARIO_MARKDOWN_H
#define TCESIM_SIM_SCENARIO_MARKDOWN_H

#include <string>

namespace tcesim::scenario {

/// Tables of all units, keys and constants as Markdown. docs/scenario.md ends with exactly this text.
std::string schema_markdown();

} // namespace tcesim::scenario

#endif
