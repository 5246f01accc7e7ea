// SPDX-License-Identifier: Apache-2.0
/// \file
/// The parts of the printed report that are about trust: expectations, timing, invariants.
/// Each returns whole lines, and nothing when there is nothing to say.
#ifndef TCESIM_SIM_REPORT_SECTIONS_H
#define TCESIM_SIM_REPORT_SECTIONS_H

#include "sim/results.h"
#include "sim/text_layout.h"

#include <string>

namespace tcesim {

/// "198..242 MB/s", ">= 750 MB/s", "above userspace (220 MB/s)".
std::string bounds_to_text(const ExpectationOutcome &outcome);

/// One expectation: verdict, variant, metric, value, bounds; its source below.
std::string expectation_to_text(const ExpectationOutcome &outcome, const Style &style);

std::string expectations_to_text(const RunReport &report, const Style &style);
/// Variants that ran with handlers of the user's.
std::string own_handlers_to_text(const RunReport &report);
/// What simulated time rests on.
std::string timing_to_text(const RunReport &report);
/// How often a quirk of the kernel's era showed.
std::string quirks_to_text(const RunReport &report);
std::string violations_to_text(const RunReport &report, const Style &style);
/// Variants that have no figures.
std::string unfinished_to_text(const RunReport &report, const Style &style);

} // namespace tcesim

#endif
