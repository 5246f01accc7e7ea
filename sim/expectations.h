// SPDX-License-Identifier: Apache-2.0
/// \file
/// The scenario's `expect` lines against what came out.
#ifndef TCESIM_SIM_EXPECTATIONS_H
#define TCESIM_SIM_EXPECTATIONS_H

#include "sim/results.h"
#include "sim/scenario/expectation.h"

#include <vector>

namespace tcesim {

/// One outcome for each expectation, in order.
///
/// A line whose variant, or whose variant compared with, is not among \p results does not run. A
/// metric without a sample fails, and so does every line about a variant that ended with an error.
std::vector<ExpectationOutcome> evaluate_expectations(const std::vector<scenario::Expectation> &expectations,
                                                      const std::vector<VariantResult> &results);

} // namespace tcesim

#endif
