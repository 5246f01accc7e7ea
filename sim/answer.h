// SPDX-License-Identifier: Apache-2.0
/// \file
/// What goes to the user: the answer to stdout, everything else to stderr.
#ifndef TCESIM_SIM_ANSWER_H
#define TCESIM_SIM_ANSWER_H

#include "sim/command_line.h"

#include <string>

namespace tcesim {

/// A message to stderr, led by the program's name.
void complain(const std::string &message);

/// Prints the answer. \returns exit_ok, or, after a message, the code for a reader that cannot take it.
int answer(const std::string &text);

/// Whether stdout is a terminal that shows colours, and nobody said no to them.
bool colour_wanted(const CommandLine &line);

} // namespace tcesim

#endif
