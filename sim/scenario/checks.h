// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rules that join several keys of a scenario.
#ifndef TCESIM_SIM_SCENARIO_CHECKS_H
#define TCESIM_SIM_SCENARIO_CHECKS_H

#include "sim/scenario/values.h"

namespace tcesim::scenario {

/// Reports every rule that the values break, at the value that has to change. A rule whose values are not all there
/// is left out: their own errors are reported already.
void check_rules(const Values &values, Diagnostics &diagnostics);

} // namespace tcesim::scenario

#endif
