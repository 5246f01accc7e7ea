// SPDX-License-Identifier: Apache-2.0
/// \file
/// Numbers and calls of a log as messages show them.
#ifndef TCESIM_SIM_REPLAY_REPLAY_TEXT_H
#define TCESIM_SIM_REPLAY_REPLAY_TEXT_H

#include <string>

#include "sim/replay/log/recorded_call.h"

namespace tcesim::replay {

std::string hex_text(std::uint64_t value);
/// "H_PUT_TCE(0x80000000, 0x1000, 0x5003)"
std::string call_text(const RecordedCall &call);
/// "2 GiB", "64 KiB", or bytes where it is no whole number of KiB.
std::string bytes_text(std::uint64_t bytes);

} // namespace tcesim::replay

#endif
