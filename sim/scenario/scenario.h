// SPDX-License-Identifier: Apache-2.0
/// \file
/// A scenario file, read and checked: what to run, and what must come out.
#ifndef TCESIM_SIM_SCENARIO_SCENARIO_H
#define TCESIM_SIM_SCENARIO_SCENARIO_H

#include "sim/scenario/config.h"
#include "sim/scenario/diagnostics.h"
#include "sim/scenario/expectation.h"
#include "sim/scenario/metric_catalogue.h"
#include "sim/scenario/validation.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tcesim::scenario {

struct Variant {
    std::string name;
    Config config;
};

struct Scenario {
    std::string name;
    std::string about;
    std::string file; ///< as it was given to load_scenario()
    std::uint64_t seed = 1;
    std::vector<Variant> variants; ///< in the order of the file; one named "default" when it has none
    std::vector<Expectation> expectations;
    std::vector<ValidationRow> validation;
    std::vector<Source> sources; ///< the files, the scenario first, then what it extends, then --set

    /// Every effective value of every variant in base units: {variant: {guest: {ram: bytes, ...}, ...}}.
    nlohmann::ordered_json resolved_json() const;
};

/// Either a scenario or at least one error.
struct LoadResult {
    std::optional<Scenario> scenario;
    std::vector<Diagnostic> errors; ///< by source (the file, what it extends, --set), line and column
};

/// Reads \p file with everything it extends, applies its variants and then \p sets ("path=value", arguments of --set)
/// to each of them, and checks the result. Finds all errors in one pass. \p metrics names what may be expected.
LoadResult load_scenario(const std::string &file, const std::vector<std::string> &sets, const MetricCatalogue &metrics);

/// Reads \p file for its `validate` rows, of which there must be at least one. A file that has nothing but them, `name`
/// and `about` is right as well; it then has no variants, and its rows are formulas.
LoadResult load_validation(const std::string &file, const MetricCatalogue &metrics);

} // namespace tcesim::scenario

#endif
