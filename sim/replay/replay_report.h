// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a replay found, for people: what such a guest spends in each variant, and what differs from the log.
#ifndef TCESIM_SIM_REPLAY_REPLAY_REPORT_H
#define TCESIM_SIM_REPLAY_REPLAY_REPORT_H

#include "sim/replay/log/survey.h"
#include "sim/replay/pace.h"
#include "sim/results.h"
#include "sim/text_layout.h"

namespace tcesim::replay {

struct ReplayedLog {
    std::string name; ///< of the log
    const Survey &survey;
    std::uint64_t ram;
    bool ram_given;
    Pace pace;
    std::string pace_text;
};

/// Of the variants of \p report those that finished.
std::string replay_to_text(const ReplayedLog &log, const RunReport &report, const Style &style);

/// Whether every variant that finished answered as recorded.
bool all_clean(const RunReport &report);

} // namespace tcesim::replay

#endif
