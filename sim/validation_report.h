// SPDX-License-Identifier: Apache-2.0
/// \file
/// Outcomes of `tcesim validate` for people and for programs.
#ifndef TCESIM_SIM_VALIDATION_REPORT_H
#define TCESIM_SIM_VALIDATION_REPORT_H

#include "sim/text_layout.h"
#include "sim/validation.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tcesim {

/// One table over all files, at most text_width characters wide, and the counts below it.
std::string validation_to_text(const std::vector<ValidationFile> &files, const Style &style);

/// The rows by kind and name, without what came out.
std::string validation_list_to_text(const std::vector<ValidationFile> &files);

/// {"rows": [{quantity, published, unit, source, simulated, error, kind, tolerance, pass, scenario, curve, x, x_unit},
/// ...]}. `published` is a figure or [from, to]; error and tolerance are ppm of it; what there is none of is null.
nlohmann::ordered_json validation_to_json(const std::vector<ValidationFile> &files);

} // namespace tcesim

#endif
