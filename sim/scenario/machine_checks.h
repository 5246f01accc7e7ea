// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rules that join several constants of a machine.
#ifndef TCESIM_SIM_SCENARIO_MACHINE_CHECKS_H
#define TCESIM_SIM_SCENARIO_MACHINE_CHECKS_H

#include "sim/scenario/values.h"

namespace tcesim::scenario {

/// Reports every rule that the constants break, at the one that was set last: by --set or a variant, else in the
/// file nearest to the scenario. A constant that is wrong by itself breaks no rule.
void check_machine_rules(const Values &values, Diagnostics &diagnostics);

} // namespace tcesim::scenario

#endif
