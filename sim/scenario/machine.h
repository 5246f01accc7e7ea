// SPDX-License-Identifier: Apache-2.0
/// \file
/// The constants of a machine, with the rules that their confidence imposes.
#ifndef TCESIM_SIM_SCENARIO_MACHINE_H
#define TCESIM_SIM_SCENARIO_MACHINE_H

#include "sim/scenario/config.h"
#include "sim/scenario/values.h"

#include <map>
#include <string>

namespace tcesim::scenario {

/// Reads machine.constants of a validated tree. An assumed constant must stand at the midpoint of low..high unless
/// its value is overridden; a fitted one names what it was fitted to and what other facts allow. With \p complete,
/// a constant that the machine needs and does not give is an error.
std::map<std::string, Constant> read_constants(const Node &root, const Values &values, bool complete,
                                               Diagnostics &diagnostics);

} // namespace tcesim::scenario

#endif
