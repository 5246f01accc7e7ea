// SPDX-License-Identifier: Apache-2.0
/// \file
/// A log on one variant of a scenario's machine and host.
#ifndef TCESIM_SIM_REPLAY_REPLAY_RUN_H
#define TCESIM_SIM_REPLAY_REPLAY_RUN_H

#include "sim/progress.h"
#include "sim/replay/recorded_guest.h"
#include "sim/scenario/scenario.h"

namespace tcesim::replay {

/// The variant's machine and host with the memory, the windows and the hypercalls of the recorded guest.
scenario::Config configuration(const scenario::Config &config, const Survey &survey, std::uint64_t ram);

/// Runs the log. Once per process; figures come back in the result's `replay`.
VariantResult run_replay(const scenario::Variant &variant, const RecordedGuest::Log &log, std::uint64_t ram,
                         ProgressSink &progress);

} // namespace tcesim::replay

#endif
