// SPDX-License-Identifier: Apache-2.0
/// \file
/// The constants of a machine for people: what each is worth, and how far to trust it.
#ifndef TCESIM_SIM_PARAMS_H
#define TCESIM_SIM_PARAMS_H

#include "sim/scenario/config.h"
#include "sim/text_layout.h"

#include <string>
#include <vector>

namespace tcesim {

/// `tcesim params`: two lines or more for each constant, in the order of the machine's table.
std::string params_to_text(const scenario::Machine &machine, const Style &style);

/// A sentence for each constant that a result should not be trusted with: moved by hand, or fitted to
/// a value that other facts do not allow.
std::vector<std::string> doubtful_constants(const scenario::Machine &machine);

} // namespace tcesim

#endif
