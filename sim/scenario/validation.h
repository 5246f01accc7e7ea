// SPDX-License-Identifier: Apache-2.0
/// \file
/// The `validate` part of a scenario: published figures, and what is to be compared with each.
#ifndef TCESIM_SIM_SCENARIO_VALIDATION_H
#define TCESIM_SIM_SCENARIO_VALIDATION_H

#include "sim/scenario/config.h"
#include "sim/scenario/metric_catalogue.h"
#include "sim/scenario/values.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcesim::scenario {

// The words of each enumeration stand in the schema in the same order.

/// What agreement with the published figure is worth.
enum class Evidence {
    input,    ///< none: a constant comes from it
    fitted,   ///< none: a constant was chosen so that it comes out
    verified, ///< it checks a formula or is checked against an oracle
    predicted ///< nothing rests on it: the only validation
};
enum class FormulaName { pcie_rate, pcie_write, pcie_read, pcie_read_write, table_bytes };

const char *to_string(Evidence value);
const char *to_string(FormulaName value);

/// A figure in closed form, computed by the models' own functions without a run.
struct Formula {
    FormulaName name = FormulaName::pcie_rate;
    Link link;               ///< pcie_*
    std::uint64_t bytes = 0; ///< pcie_write, pcie_read, pcie_read_write: of one transfer
    std::uint64_t span = 0;  ///< table_bytes: of bus addresses
    std::uint64_t page = 0;  ///< table_bytes
};

/// One row of `validate`.
struct ValidationRow {
    std::string quantity;
    Evidence kind = Evidence::predicted;
    std::string source;
    std::string unit;                                  ///< of the published and the simulated figure; "ppm" with `over`
    std::int64_t published_min = 0, published_max = 0; ///< equal where it is no range
    std::optional<std::int64_t> tolerance_ppm;         ///< of the published figure; absent: the row does not gate

    // What is compared with it: a formula, or a metric of a variant.
    std::optional<Formula> formula;
    std::string variant, metric;
    std::string over;                         ///< variant by whose metric it is divided; empty: none
    std::int64_t multiplier = 1, divisor = 1; ///< of the metric

    // Where it stands in a plot.
    std::string curve; ///< empty: in none
    std::optional<std::int64_t> x;
    std::string x_unit; ///< "B", "ps" or "1"

    std::string file; ///< where the row stands
    int line = 0;
};

/// The rows of a validated tree, at most as many as it has. \p variants: all that exist.
std::vector<ValidationRow> read_validation(const Node &root, const Values &values,
                                           const std::vector<std::string> &variants, const MetricCatalogue &metrics,
                                           const SourceSet &sources, Diagnostics &diagnostics);

} // namespace tcesim::scenario

#endif
