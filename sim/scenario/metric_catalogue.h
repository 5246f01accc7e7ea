// SPDX-License-Identifier: Apache-2.0
/// \file
/// The figures that a run can produce, as far as a scenario's expectations need to know them.
#ifndef TCESIM_SIM_SCENARIO_METRIC_CATALOGUE_H
#define TCESIM_SIM_SCENARIO_METRIC_CATALOGUE_H

#include <map>
#include <string>

namespace tcesim::scenario {

/// Unit of each metric by its name: "B/s", "B", "ps", "1/s", "1" or "ppm".
using MetricCatalogue = std::map<std::string, std::string>;

} // namespace tcesim::scenario

#endif
