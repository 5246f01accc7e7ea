// SPDX-License-Identifier: Apache-2.0
/// \file
/// What each sub-command does. Every function prints its answer to stdout and everything else to
/// stderr, and returns the program's exit code.
#ifndef TCESIM_SIM_COMMANDS_H
#define TCESIM_SIM_COMMANDS_H

#include "sim/command_line.h"
#include "sim/scenario/scenario.h"
#include "sim/simulation.h"

#include <functional>

namespace tcesim {

/// run_variant() of simulation.h, or what a test puts in its place.
using VariantRunner = std::function<VariantResult(const scenario::Scenario &, const scenario::Variant &,
                                                  const RunOptions &, ProgressSink &)>;

/// Does what \p line says. \p runner is called in a child process for each variant.
int execute(const CommandLine &line, const VariantRunner &runner);

} // namespace tcesim

#endif
