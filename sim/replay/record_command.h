// SPDX-License-Identifier: Apache-2.0
/// \file
/// `tcesim record`.
#ifndef TCESIM_SIM_REPLAY_RECORD_COMMAND_H
#define TCESIM_SIM_REPLAY_RECORD_COMMAND_H

#include "sim/command_line.h"
#include "sim/commands.h"

namespace tcesim::replay {

/// \returns the program's exit code.
int record(const CommandLine &line, const VariantRunner &runner);

} // namespace tcesim::replay

#endif
