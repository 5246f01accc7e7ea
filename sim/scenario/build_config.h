// SPDX-License-Identifier: Apache-2.0
/// \file
/// From validated values to the typed configuration, and from that to JSON.
#ifndef TCESIM_SIM_SCENARIO_BUILD_CONFIG_H
#define TCESIM_SIM_SCENARIO_BUILD_CONFIG_H

#include "sim/scenario/config.h"
#include "sim/scenario/values.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace tcesim::scenario {

/// \p values and \p constants come from a tree without errors, made of \p sources.
Config build_config(const Values &values, const std::map<std::string, Constant> &constants, const SourceSet &sources);

/// Every value of \p config in base units, under the keys of the scenario file.
nlohmann::ordered_json to_json(const Config &config);

} // namespace tcesim::scenario

#endif
