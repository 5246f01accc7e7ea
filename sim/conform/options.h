// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the user asks of `tcesim conform`.
#ifndef TCESIM_SIM_CONFORM_OPTIONS_H
#define TCESIM_SIM_CONFORM_OPTIONS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tcesim::conform {

struct Options {
    std::vector<std::string> files;
    std::optional<std::uint64_t> stop_after; ///< failed sequences, from 1
    std::optional<std::uint64_t> only;       ///< number of a sequence
    bool explain = false;
    std::string handlers; ///< object of the user's own, or empty
    bool help = false;

    std::string error; ///< not empty: a message for the user, and nothing else here counts
};

/// \p arguments: behind `conform`.
Options parse_options(const std::vector<std::string> &arguments);

/// Text of `tcesim help conform`.
std::string help_text();

} // namespace tcesim::conform

#endif
