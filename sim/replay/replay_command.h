// SPDX-License-Identifier: Apache-2.0
/// \file
/// `tcesim replay`.
#ifndef TCESIM_SIM_REPLAY_REPLAY_COMMAND_H
#define TCESIM_SIM_REPLAY_REPLAY_COMMAND_H

#include "sim/command_line.h"

namespace tcesim::replay {

/// \returns the program's exit code.
int replay(const CommandLine &line);

} // namespace tcesim::replay

#endif
