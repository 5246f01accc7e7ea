// SPDX-License-Identifier: Apache-2.0
/// \file
/// In a child: whatever ends it, it says first in which function of the handlers it was.
///
/// Handlers are code that somebody is working on: they dereference null, recurse, loop and trip assertions. They have
/// no tables for unwinding, so the innermost of their frames is found through those of the program that lie below it.
#ifndef TCESIM_SIM_DEATH_WATCH_H
#define TCESIM_SIM_DEATH_WATCH_H

#include "sim/last_words.h"

#include <csignal>

namespace tcesim {

class HandlerSymbols;

/// Signal with which the parent asks a child that stands still; the child answers in its last words and ends.
constexpr int ask_signal = SIGUSR1;

/// From now on faults, asks and failed assertions are described in \p last_words, which stays for ever. Once per process.
void watch_for_death(LastWords &last_words);

/// Names the functions of the loaded handlers; \p loaded_symbols stays for ever.
void watch_handlers(const HandlerSymbols &loaded_symbols);

} // namespace tcesim

#endif
