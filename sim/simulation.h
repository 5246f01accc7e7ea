// SPDX-License-Identifier: Apache-2.0
/// \file
/// One variant of a scenario, from elaboration to its figures.
#ifndef TCESIM_SIM_SIMULATION_H
#define TCESIM_SIM_SIMULATION_H

#include "sim/progress.h"
#include "sim/results.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tcesim {

struct HandlerObject;

namespace scenario {
struct Config;
struct Scenario;
struct Variant;
} // namespace scenario

/// What the command line says about how to run, as opposed to what to run.
struct RunOptions {
    std::uint64_t seed = 1;
    /// Number of the packet, counted from 1 in the measured phase, whose story is recorded.
    std::optional<std::uint64_t> follow;
    /// File for a log of the guest's hypercalls.
    std::optional<std::string> record;
    /// --kernel=systemc: one wake-up of the SystemC kernel per event; the same results, slower.
    bool one_wakeup_per_event = false;
    /// --exact-loops: loops over entries that are alike run step by step; the same results, slower.
    bool exact_loops = false;
    /// False with --no-cache: memory accesses cost nothing, and the result says that it is approximate.
    bool memory_model = true;
};

/// Loads the handlers of \p config and runs \p simulation with them, while whatever becomes of them is watched. Once
/// per process. Errors come back in VariantResult::error.
VariantResult run_with_handlers(const scenario::Config &config, ProgressSink &progress,
                                const std::function<VariantResult(const HandlerObject &)> &simulation);

/// Elaborates and runs \p variant of \p scenario. Once per process: SystemC cannot elaborate twice.
///
/// Errors come back in VariantResult::error; an internal impossibility ends the process.
VariantResult run_variant(const scenario::Scenario &scenario, const scenario::Variant &variant,
                          const RunOptions &options, ProgressSink &progress);

/// Why simulated time of these handlers on this machine is approximate, a phrase for each reason; empty if it is not.
std::vector<std::string> approximations_of(const scenario::Config &config, const HandlerObject &object);

} // namespace tcesim

#endif
