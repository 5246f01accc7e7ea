// SPDX-License-Identifier: Apache-2.0
#include "sim/commands.h"

#include "sim/expectations.h"
#include "sim/metric_catalogue.h"
#include "sim/params.h"
#include "sim/report_json.h"
#include "sim/report_table.h"
#include "sim/run_variants.h"
#include "sim/scenario/words.h"
#include "sim/sha256.h"
#include "sim/version.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <unistd.h>

namespace tcesim {

namespace {

using scenario::Scenario;
using scenario::Variant;

void complain(const std::string &message) {
    std::fprintf(stderr, "tcesim: %s\n", message.c_str());
}

/// Prints the answer; a reader that cannot take it is an error of this host.
int answer(const std::string &text) {
    const int error = write_stdout(text);
    if (error == 0)
        return exit_ok;
    complain(std::string("cannot write to standard output: ") + std::strerror(error));
    return exit_internal;
}

bool colour_wanted(const CommandLine &line) {
    const char *no_color = std::getenv("NO_COLOR");
    const char *terminal = std::getenv("TERM");
    return !line.no_color && (no_color == nullptr || *no_color == 0) && isatty(STDOUT_FILENO) != 0 &&
           terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
}

/// The scenario, or nothing after its errors were printed.
std::optional<Scenario> load(const CommandLine &line) {
    scenario::MetricCatalogue metrics;
    for (const MetricInfo &metric : metric_catalogue())
        metrics.emplace(metric.name, metric.unit);
    scenario::LoadResult loaded = scenario::load_scenario(line.file, line.set, metrics);
    for (const scenario::Diagnostic &error : loaded.errors)
        std::fputs(format(error).c_str(), stderr);
    return std::move(loaded.scenario);
}

/// Names what was run: the bytes of every file it came from, and the arguments of --set.
std::string hash_of_sources(const Scenario &scenario) {
    std::string all;
    for (const scenario::Source &source : scenario.sources)
        all += source.text + '\0';
    return sha256(all);
}

/// The variants to run, in scenario order; nothing after a message when a name is unknown.
std::optional<std::vector<const Variant *>> chosen_variants(const Scenario &scenario, const CommandLine &line) {
    std::vector<std::string> names;
    for (const Variant &variant : scenario.variants)
        names.push_back(variant.name);
    for (const std::string &wanted : line.variants) {
        if (std::find(names.begin(), names.end(), wanted) != names.end())
            continue;
        const std::string meant = scenario::did_you_mean(wanted, names);
        complain("unknown variant '" + wanted + "'" +
                 (meant.empty() ? "; there is " + scenario::one_of(names) : meant));
        return std::nullopt;
    }
    std::vector<const Variant *> chosen;
    for (const Variant &variant : scenario.variants)
        if (line.variants.empty() ||
            std::find(line.variants.begin(), line.variants.end(), variant.name) != line.variants.end())
            chosen.push_back(&variant);
    // A story is about one packet of one variant.
    if (line.follow && line.variants.empty())
        chosen.erase(chosen.begin(), chosen.end() - 1);
    return chosen;
}

RunOptions run_options(const CommandLine &line, const Scenario &scenario) {
    RunOptions options;
    options.seed = line.seed.value_or(scenario.seed);
    options.follow = line.follow;
    options.one_wakeup_per_event = line.one_wakeup_per_event;
    options.memory_model = !line.no_cache;
    return options;
}

RunOutcome run_all(const Scenario &scenario, const std::vector<const Variant *> &chosen, const RunOptions &options,
                   const CommandLine &line, const VariantRunner &runner) {
    std::vector<VariantJob> jobs;
    jobs.reserve(chosen.size());
    for (const Variant *variant : chosen)
        jobs.push_back({variant->name, [&scenario, &options, &runner, variant](ProgressSink &progress) {
                            return runner(scenario, *variant, options, progress);
                        }});
    RunLimits limits;
    limits.jobs = line.jobs.value_or(std::max(1U, std::thread::hardware_concurrency()));
    ProgressDisplay display(STDERR_FILENO);
    const bool show = !line.quiet && isatty(STDERR_FILENO) != 0;
    return run_variants(jobs, limits, show ? &display : nullptr);
}

/// Reasons to doubt the figures; said once for all variants that share them.
std::vector<std::string> doubts(const std::vector<const Variant *> &chosen) {
    std::vector<std::string> all;
    for (const Variant *variant : chosen)
        for (const std::string &doubt : doubtful_constants(variant->config.machine))
            if (std::find(all.begin(), all.end(), doubt) == all.end())
                all.push_back(doubt);
    return all;
}

RunReport make_report(const Scenario &scenario, const std::vector<const Variant *> &chosen, std::uint64_t seed,
                      RunOutcome outcome) {
    RunReport report;
    report.scenario = scenario.name;
    report.about = scenario.about;
    report.file = scenario.file;
    report.sha256 = hash_of_sources(scenario);
    report.seed = seed;
    report.interrupted = outcome.interrupted;
    report.variants = std::move(outcome.results);
    std::vector<VariantResult> judged = report.variants;
    // What an interrupt cut short has not failed: it was not run.
    if (report.interrupted)
        judged.erase(std::remove_if(judged.begin(), judged.end(), [](const auto &v) { return !v.error.empty(); }),
                     judged.end());
    report.expect = evaluate_expectations(scenario.expectations, judged);
    report.notes = doubts(chosen);
    return report;
}

void print_errors(const RunReport &report) {
    for (const VariantResult &variant : report.variants)
        if (!variant.error.empty())
            complain("variant " + variant.name + ": " + variant.error);
}

/// What stdout shows when the results do not go there as JSON.
std::string text_of(const RunReport &report, const CommandLine &line) {
    const Style style(colour_wanted(line));
    if (!line.follow)
        return line.quiet ? failures_to_text(report, style) : report_to_text(report, style);
    std::string text;
    for (const VariantResult &variant : report.variants)
        if (variant.error.empty())
            text += (text.empty() ? "" : "\n") + story_to_text(variant, *line.follow, style);
    const std::string failures = failures_to_text(report, style);
    return text + (failures.empty() ? "" : "\n") + failures;
}

/// Whether every finished variant came to the packet to follow; says so of those that did not.
bool all_told(const RunReport &report, std::uint64_t packet) {
    bool all = true;
    for (const VariantResult &variant : report.variants) {
        if (!variant.error.empty() || !variant.story.empty())
            continue;
        complain("variant " + variant.name + ": the measured phase ended before packet " + std::to_string(packet));
        all = false;
    }
    return all;
}

int run(const CommandLine &line, const VariantRunner &runner) {
    const std::optional<Scenario> scenario = load(line);
    if (!scenario)
        return exit_usage;
    const auto chosen = chosen_variants(*scenario, line);
    if (!chosen)
        return exit_usage;
    const bool json_alone = line.json == "-";
    DocumentFile document;
    if (line.json && !json_alone) {
        if (const int error = document.open(*line.json); error != 0) {
            complain("cannot write " + *line.json + ": " + std::strerror(error));
            return exit_usage;
        }
    }

    const RunOptions options = run_options(line, *scenario);
    RunOutcome outcome = run_all(*scenario, *chosen, options, line, runner);
    std::fputs(outcome.messages.c_str(), stderr);
    const RunReport report = make_report(*scenario, *chosen, options.seed, std::move(outcome));
    print_errors(report);
    if (line.follow && !all_told(report, *line.follow))
        return exit_usage;

    int code = report.exit_code();
    const std::string json =
        line.json ? document_text(report_to_json(report, scenario->resolved_json())) : std::string();
    if (line.json && !json_alone) {
        if (const int error = document.write(json); error != 0) {
            complain("cannot write " + *line.json + ": " + std::strerror(error));
            code = std::max<int>(code, exit_internal);
        }
    }
    const int answered = answer(json_alone ? json : text_of(report, line));
    return code != exit_ok ? code : answered;
}

int lint(const CommandLine &line) {
    return load(line) ? exit_ok : exit_usage;
}

int params(const CommandLine &line) {
    const std::optional<Scenario> scenario = load(line);
    if (!scenario)
        return exit_usage;
    const auto chosen = chosen_variants(*scenario, line);
    if (!chosen)
        return exit_usage;
    const Style style(colour_wanted(line));
    std::string text;
    for (const Variant *variant : *chosen) {
        std::string own = params_to_text(variant->config.machine, style);
        // Most scenarios run all their variants on one machine.
        if (text.find(own) == std::string::npos)
            text += (text.empty() ? "" : "\n") + own;
    }
    return answer(text);
}

int metrics() {
    constexpr std::size_t name_width = 24;
    constexpr std::size_t unit_width = 5;
    constexpr std::size_t better_width = 8;
    std::string text =
        padded("metric", name_width) + padded("unit", unit_width) + padded("better", better_width) + "what it counts\n";
    for (const MetricInfo &metric : metric_catalogue())
        text += padded(metric.name, name_width) + padded(metric.unit, unit_width) +
                padded(metric.better, better_width) + hanging(metric.about, name_width + unit_width + better_width) +
                "\n";
    return answer(text);
}

} // namespace

int execute(const CommandLine &line, const VariantRunner &runner) {
    if (!line.error.empty()) {
        complain(line.error);
        return exit_usage;
    }
    switch (line.command) {
    case Command::run:
        return run(line, runner);
    case Command::lint:
        return lint(line);
    case Command::params:
        return params(line);
    case Command::metrics:
        return metrics();
    case Command::help:
        return answer(help_text(line.topic));
    case Command::version:
        return answer(std::string("tcesim ") + version + "\n");
    }
    return exit_internal;
}

} // namespace tcesim
