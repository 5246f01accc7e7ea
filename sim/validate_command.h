// SPDX-License-Identifier: Apache-2.0
/// \file
/// The sub-command validate.
#ifndef TCESIM_SIM_VALIDATE_COMMAND_H
#define TCESIM_SIM_VALIDATE_COMMAND_H

#include "sim/commands.h"

namespace tcesim {

/// Runs what the `validate` rows of the files name, and shows published and simulated figures side by side.
/// \returns the exit code: 3 when a row with a tolerance fails; a run that broke or did not finish is graver.
int validate(const CommandLine &line, const VariantRunner &runner);

} // namespace tcesim

#endif
