// SPDX-License-Identifier: Apache-2.0
/// \file
/// The sub-command annotate.
#ifndef TCESIM_SIM_ANNOTATE_COMMAND_H
#define TCESIM_SIM_ANNOTATE_COMMAND_H

#include "sim/commands.h"

namespace tcesim {

/// Shows where the handlers' time went, of a result or of a scenario that is run for it. \returns the exit code.
int annotate(const CommandLine &line, const VariantRunner &runner);

} // namespace tcesim

#endif
