// SPDX-License-Identifier: Apache-2.0
/// \file
/// Runs each variant in a process of its own and gathers the results.
///
/// SystemC cannot elaborate twice, and a simulation that dies must not take the others with it. So
/// the caller must not have touched SystemC: each child is a fork of this process.
#ifndef TCESIM_SIM_RUN_VARIANTS_H
#define TCESIM_SIM_RUN_VARIANTS_H

#include "sim/progress.h"
#include "sim/results.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace tcesim {

/// A variant to run. \p run is called in the child, once; what it prints, on stdout too, goes to the
/// parent's stderr. It reports a message for the user by exit code 2 with the message on stderr, or
/// by a result with `error`.
struct VariantJob {
    std::string name;
    std::function<VariantResult(ProgressSink &)> run;
};

struct RunLimits {
    unsigned jobs = 1; ///< children at a time, at least 1
    /// A child whose simulated time stands still for so long on the host is ended.
    std::chrono::milliseconds stall{60000};
};

struct RunOutcome {
    /// One for each job, in the jobs' order whatever the order of finishing. `host.wall_s` and
    /// `host.peak_rss_bytes` are the parent's observations.
    std::vector<VariantResult> results;
    /// What variants that finished wrote to stderr or stdout, each line led by the variant's name.
    std::string messages;
    /// SIGINT or SIGTERM came: the children are gone, and the results of the unfinished are errors.
    bool interrupted = false;
};

/// Returns when no child is left. \p display may be nullptr.
RunOutcome run_variants(const std::vector<VariantJob> &jobs, const RunLimits &limits, ProgressDisplay *display);

} // namespace tcesim

#endif
