// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a run prints for people: variants side by side, in 80 columns.
#ifndef TCESIM_SIM_REPORT_TABLE_H
#define TCESIM_SIM_REPORT_TABLE_H

#include "sim/results.h"
#include "sim/text_layout.h"

#include <string>

namespace tcesim {

/// The whole report: figures, where the time goes, expectations, basis of timing, violations.
std::string report_to_text(const RunReport &report, const Style &style);

/// Only what went wrong: failed expectations and broken invariants; empty when nothing did.
std::string failures_to_text(const RunReport &report, const Style &style);

/// The story of one packet, numbered, with times since its first step (--follow).
std::string story_to_text(const VariantResult &variant, std::uint64_t packet, const Style &style);

/// Owners of the time, largest first, as shares of each variant's; empty if no variant has any.
std::string ledger_to_text(const RunReport &report, const Style &style);

} // namespace tcesim

#endif
