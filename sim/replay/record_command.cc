// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/record_command.h"

#include "sim/answer.h"
#include "sim/report_sections.h"
#include "sim/scenario/words.h"
#include "sim/scenario_run.h"

namespace tcesim::replay {

namespace {

/// One log holds one run.
bool is_one(const std::vector<const scenario::Variant *> &chosen, const CommandLine &line) {
    if (chosen.size() == 1)
        return true;
    std::vector<std::string> names;
    for (const scenario::Variant *variant : chosen)
        names.push_back(variant->name);
    complain("which variant? " + line.file + " has " + scenario::one_of(names) +
             ", and a log holds one: --variant NAME");
    return false;
}

} // namespace

int record(const CommandLine &line, const VariantRunner &runner) {
    const std::optional<scenario::Scenario> scenario = load(line);
    if (!scenario)
        return exit_usage;
    const auto chosen = chosen_variants(*scenario, line);
    if (!chosen || !is_one(*chosen, line))
        return exit_usage;
    RunReport report = run_scenario(*scenario, *chosen, line, runner);
    report.expect.clear(); // a run that is shortened for its log need not meet them
    const VariantResult &result = report.variants.front();
    std::string text;
    if (result.error.empty())
        text = *line.out + ": " + std::to_string(result.replay.at("calls").get<std::uint64_t>()) + " calls of " +
               scenario->name + ", variant " + result.name + "; at the end " +
               std::to_string(result.replay.at("live").get<std::uint64_t>()) + " TCEs let the device in\n";
    text += violations_to_text(report, Style(false));
    const int code = report.exit_code();
    const int answered = text.empty() ? exit_ok : answer(text);
    return code != exit_ok ? code : answered;
}

} // namespace tcesim::replay
