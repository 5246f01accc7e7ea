// SPDX-License-Identifier: Apache-2.0
/// \file
/// What commands do with a scenario: load it, choose variants, run them.
#ifndef TCESIM_SIM_SCENARIO_RUN_H
#define TCESIM_SIM_SCENARIO_RUN_H

#include "sim/command_line.h"
#include "sim/commands.h"
#include "sim/results.h"
#include "sim/scenario/scenario.h"

#include <optional>
#include <vector>

namespace tcesim {

/// The scenario, or nothing after its errors were printed.
std::optional<scenario::Scenario> load(const CommandLine &line);

/// The `validate` rows of \p file with what they need, or nothing after its errors were printed.
std::optional<scenario::Scenario> load_validation(const std::string &file);

/// Whether all of \p wanted are among \p names, the variants there are; says which is not.
bool variants_exist(const std::vector<std::string> &wanted, const std::vector<std::string> &names);

/// The variants to run, in scenario order; nothing after a message when a name is unknown, or a packet is to be
/// followed where there are none.
std::optional<std::vector<const scenario::Variant *>> chosen_variants(const scenario::Scenario &scenario,
                                                                      const CommandLine &line);

/// Runs \p chosen with the options of \p line, each in a child process, and judges the results. What the
/// children printed, and why any did not finish, goes to stderr.
RunReport run_scenario(const scenario::Scenario &scenario, const std::vector<const scenario::Variant *> &chosen,
                       const CommandLine &line, const VariantRunner &runner);

} // namespace tcesim

#endif
