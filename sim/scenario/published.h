// SPDX-License-Identifier: Apache-2.0
/// \file
/// Figures that a scenario writes in the unit of a metric.
#ifndef TCESIM_SIM_SCENARIO_PUBLISHED_H
#define TCESIM_SIM_SCENARIO_PUBLISHED_H

#include "sim/scenario/values.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tcesim::scenario {

/// What figures in \p unit measure. \p unit is that of a metric or formula: "B/s", "b/s", "B", "ps", "1/s", "1", "ppm".
Dimension dimension_of(const std::string &unit);

/// Reads \p text, all of \p value or a part of it, in base units. Reports an error at the value, which \p path names,
/// and returns nothing where it is no figure.
std::optional<std::int64_t> read_figure(const std::string &path, const Value &value, const std::string &text,
                                        Dimension dimension, Diagnostics &diagnostics);

/// Both absent after an error.
struct Published {
    std::optional<std::int64_t> min, max; ///< equal where it is no range
};

/// Reads a figure or a range: "220MB/s", "750..1020MB/s", "750MB/s..1.02GB/s".
Published read_published(const std::string &path, const Value &value, Dimension dimension, Diagnostics &diagnostics);

} // namespace tcesim::scenario

#endif
