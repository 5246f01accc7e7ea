// SPDX-License-Identifier: Apache-2.0
/// \file
/// Every metric a result may hold: the one table behind `tcesim metrics`, the scenario's `expect`
/// lines and the results themselves.
#ifndef TCESIM_SIM_METRIC_CATALOGUE_H
#define TCESIM_SIM_METRIC_CATALOGUE_H

#include <string_view>
#include <vector>

namespace tcesim {

struct MetricInfo {
    std::string_view name;
    std::string_view unit;   ///< "B/s", "B", "ps", "1/s", "1" or "ppm"
    std::string_view better; ///< "higher", "lower" or "exact": a count that should not change at all
    std::string_view about;  ///< what is counted, and who observes it
};

/// All metrics, in the order in which people look for them.
const std::vector<MetricInfo> &metric_catalogue();

/// The metric called \p name, or nullptr.
const MetricInfo *find_metric(std::string_view name);

} // namespace tcesim

#endif
