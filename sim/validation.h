// SPDX-License-Identifier: Apache-2.0
/// \file
/// Published figures against simulated ones: what `tcesim validate` finds out.
#ifndef TCESIM_SIM_VALIDATION_H
#define TCESIM_SIM_VALIDATION_H

#include "sim/results.h"
#include "sim/scenario/validation.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcesim {

/// A row with what came out. Everything is in base units.
struct ValidationOutcome {
    scenario::ValidationRow row;
    std::optional<std::int64_t> simulated; ///< absent: the run brought none
    /// How far it is from the published figure, or from the nearer end of the range, in ppm of that; 0 within the
    /// range. Absent without a simulated figure, and where the published one is 0 and this is not.
    std::optional<std::int64_t> error_ppm;
    std::optional<bool> pass; ///< absent: the row has no tolerance, and does not gate
};

/// Outcomes of one file.
struct ValidationFile {
    std::string scenario, about;
    std::vector<ValidationOutcome> outcomes;
};

/// Compares \p row with the results of the variants that it names, or with its formula. Within the tolerance is judged
/// exactly, not by the rounded error; a row that gates fails without a simulated figure.
ValidationOutcome judge_validation(const scenario::ValidationRow &row, const std::vector<VariantResult> &results);

/// What all rows together say.
struct ValidationCount {
    unsigned input = 0, fitted = 0, verified = 0, predicted = 0;
    unsigned gating = 0, passed = 0;

    unsigned rows() const { return input + fitted + verified + predicted; }
};
ValidationCount count(const std::vector<ValidationFile> &files);

} // namespace tcesim

#endif
