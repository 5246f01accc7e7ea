// SPDX-License-Identifier: Apache-2.0
/// \file
/// Figures in closed form, by the functions that the models use or are tested against.
#ifndef TCESIM_SIM_FORMULA_H
#define TCESIM_SIM_FORMULA_H

#include "sim/scenario/validation.h"

namespace tcesim {

/// Value of \p formula in its unit: pcie_rate, what a link leaves to packets, and pcie_write, pcie_read and
/// pcie_read_write, the payload of a saturated link (models/pcie/goodput.h), in bits per second; table_bytes, a TCE
/// table of one level that covers its span, in bytes.
std::int64_t value_of(const scenario::Formula &formula);

} // namespace tcesim

#endif
