// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/replay_command.h"

#include <algorithm>
#include <filesystem>
#include <thread>
#include <unistd.h>

#include "sim/answer.h"
#include "sim/replay/log/trace_counts.h"
#include "sim/replay/replay_report.h"
#include "sim/replay/replay_run.h"
#include "sim/run_variants.h"
#include "sim/scenario_run.h"
#include "sim/version.h"

namespace tcesim::replay {

namespace {

namespace fs = std::filesystem;

/// What the user named, or the headline's that comes with the program, seen from here or from its own source.
std::string scenario_of(const CommandLine &line) {
    const char *const usual = "scenarios/cxgb3_10g.yaml";
    std::error_code ignored;
    return line.scenario                ? *line.scenario
           : fs::exists(usual, ignored) ? std::string(usual)
                                        : (fs::path(source_directory) / usual).string();
}

Survey survey_of(const std::string &file) {
    std::error_code ignored;
    if (fs::exists(file, ignored) && !fs::is_regular_file(file, ignored) && !fs::is_directory(file, ignored))
        throw BadLog(file + " is no regular file: a log is read once for its windows and once for each variant");
    TraceReader reader(open_file(file));
    return survey(reader, file);
}

RunOutcome run_all(const std::vector<const scenario::Variant *> &chosen, const RecordedGuest::Log &log,
                   std::uint64_t ram, const CommandLine &line) {
    std::vector<VariantJob> jobs;
    jobs.reserve(chosen.size());
    for (const scenario::Variant *variant : chosen)
        jobs.push_back({variant->name, [variant, &log, ram](ProgressSink &progress) {
                            return run_replay(*variant, log, ram, progress);
                        }});
    RunLimits limits;
    limits.jobs = line.jobs.value_or(std::max(1U, std::thread::hardware_concurrency()));
    if (line.stall)
        limits.stall = std::chrono::seconds(*line.stall);
    return run_variants(jobs, limits, nullptr);
}

int parse_only(const CommandLine &line) {
    TraceReader reader(open_file(line.file));
    return answer(counts_text(reader, line.file));
}

int replay_log(const CommandLine &line) {
    CommandLine with_scenario = line;
    with_scenario.file = scenario_of(line);
    const std::optional<scenario::Scenario> scenario = load(with_scenario);
    if (!scenario)
        return exit_usage;
    const auto chosen = chosen_variants(*scenario, with_scenario);
    if (!chosen)
        return exit_usage;
    const Survey survey = survey_of(line.file);
    const std::string pace = line.pace.value_or("asap");
    if (pace != "asap" && !survey.timed)
        throw BadLog(line.file + " has no times: --pace can only be asap");
    const RecordedGuest::Log log{line.file, survey, *parse_pace(pace)};
    const std::uint64_t ram = line.ram.value_or(survey.memory());

    RunOutcome outcome = run_all(*chosen, log, ram, line);
    std::fputs(outcome.messages.c_str(), stderr);
    RunReport report;
    report.scenario = scenario->name;
    report.interrupted = outcome.interrupted;
    report.variants = std::move(outcome.results);
    for (const VariantResult &variant : report.variants)
        if (!variant.error.empty())
            complain("variant " + variant.name + ": " + variant.error);
    if (std::all_of(report.variants.begin(), report.variants.end(), [](const auto &v) { return !v.error.empty(); }))
        return report.exit_code();
    const ReplayedLog replayed{line.file, survey, ram, line.ram.has_value(), log.pace, pace};
    const int answered = answer(replay_to_text(replayed, report, Style(colour_wanted(line))));
    if (const int code = report.exit_code(); code != exit_ok)
        return code;
    return all_clean(report) ? answered : exit_broken;
}

} // namespace

int replay(const CommandLine &line) {
    try {
        return line.parse_only ? parse_only(line) : replay_log(line);
    } catch (const BadLog &bad) {
        complain(bad.what());
        return exit_usage;
    }
}

} // namespace tcesim::replay
