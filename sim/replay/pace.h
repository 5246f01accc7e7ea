// SPDX-License-Identifier: Apache-2.0
/// \file
/// --pace: what lies between one call of a recorded guest and the next.
#ifndef TCESIM_SIM_REPLAY_PACE_H
#define TCESIM_SIM_REPLAY_PACE_H

#include <cstdint>
#include <optional>
#include <string>

namespace tcesim::replay {

struct Pace {
    /// Recorded time is multiplied by \p millionths / 1000000; 0: one call right after the other.
    std::uint64_t millionths = 0;

    /// Picoseconds for \p ns recorded nanoseconds, and the largest number that there is if they are more.
    std::uint64_t scaled(std::uint64_t ns) const;
};

/// "recorded", "asap", or "x0.1": x and a factor above 0 of at most six decimals. Nothing if it is none of them.
std::optional<Pace> parse_pace(const std::string &text);

} // namespace tcesim::replay

#endif
