// SPDX-License-Identifier: Apache-2.0
/// \file
/// The `expect` part of a scenario.
#ifndef TCESIM_SIM_SCENARIO_EXPECTATION_H
#define TCESIM_SIM_SCENARIO_EXPECTATION_H

#include "sim/scenario/metric_catalogue.h"
#include "sim/scenario/values.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcesim::scenario {

/// One line of `expect`; every bound that is given must hold. Limits are in the unit of the metric.
struct Expectation {
    std::string variant;
    std::string metric;
    std::string unit; ///< of the metric
    std::optional<std::int64_t> min, max, equals;
    std::string above;                                        ///< variant whose figure must be smaller; empty: none
    std::string below;                                        ///< variant whose figure must be larger; empty: none
    std::optional<std::int64_t> published_min, published_max; ///< the published figure; equal where it is no range
    std::string source;
    std::string file; ///< where the line stands
    int line = 0;
};

/// The expectations of a validated tree, at most as many as it has. \p variants: all that exist.
std::vector<Expectation> read_expectations(const Node &root, const Values &values,
                                           const std::vector<std::string> &variants, const MetricCatalogue &metrics,
                                           const SourceSet &sources, Diagnostics &diagnostics);

} // namespace tcesim::scenario

#endif
