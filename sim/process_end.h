// SPDX-License-Identifier: Apache-2.0
/// \file
/// Nothing is lost: judges what is left when the process that owns the guest has ended.
#ifndef TCESIM_SIM_PROCESS_END_H
#define TCESIM_SIM_PROCESS_END_H

#include "sim/machine.h"
#include "sim/results.h"

namespace tcesim {

/// Ends the process of \p machine, which has run and has been measured, and adds to \p result:
///   the invariant all_given_back  locked pages, regions, pins, kernel objects and tables are as they were before the
///                                 device was passed through
///   quirks                        of the kernel's era that keep some of it for ever, each by its name
void judge_end(Machine &machine, VariantResult &result);

} // namespace tcesim

#endif
