// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_run.h"

#include "sim/answer.h"
#include "sim/expectations.h"
#include "sim/metric_catalogue.h"
#include "sim/params.h"
#include "sim/run_variants.h"
#include "sim/scenario/words.h"
#include "sim/sha256.h"

#include <algorithm>
#include <cstdio>
#include <thread>
#include <unistd.h>

namespace tcesim {

using scenario::Scenario;
using scenario::Variant;

namespace {

/// Names what was run: the bytes of every file it came from, and the arguments of --set.
std::string hash_of_sources(const Scenario &scenario) {
    std::string all;
    for (const scenario::Source &source : scenario.sources)
        all += source.text + '\0';
    return sha256(all);
}

RunOptions run_options(const CommandLine &line, const Scenario &scenario) {
    RunOptions options;
    options.seed = line.seed.value_or(scenario.seed);
    options.follow = line.follow;
    options.record = line.out;
    options.one_wakeup_per_event = line.one_wakeup_per_event;
    options.exact_loops = line.exact_loops;
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
    if (line.stall)
        limits.stall = std::chrono::seconds(*line.stall);
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

scenario::MetricCatalogue known_metrics() {
    scenario::MetricCatalogue metrics;
    for (const MetricInfo &metric : metric_catalogue())
        metrics.emplace(metric.name, metric.unit);
    return metrics;
}

/// The scenario, if there is one; its errors are printed.
std::optional<Scenario> without_errors(scenario::LoadResult loaded) {
    for (const scenario::Diagnostic &error : loaded.errors)
        std::fputs(format(error).c_str(), stderr);
    return std::move(loaded.scenario);
}

void print_errors(const RunReport &report) {
    for (const VariantResult &variant : report.variants)
        if (!variant.error.empty())
            complain("variant " + variant.name + ": " + variant.error);
}

} // namespace

std::optional<Scenario> load(const CommandLine &line) {
    return without_errors(scenario::load_scenario(line.file, line.set, known_metrics()));
}

std::optional<Scenario> load_validation(const std::string &file) {
    return without_errors(scenario::load_validation(file, known_metrics()));
}

bool variants_exist(const std::vector<std::string> &wanted, const std::vector<std::string> &names) {
    for (const std::string &name : wanted) {
        if (std::find(names.begin(), names.end(), name) != names.end())
            continue;
        const std::string meant = scenario::did_you_mean(name, names);
        complain("unknown variant '" + name + "'" + (meant.empty() ? "; there is " + scenario::one_of(names) : meant));
        return false;
    }
    return true;
}

std::optional<std::vector<const Variant *>> chosen_variants(const Scenario &scenario, const CommandLine &line) {
    std::vector<std::string> names;
    for (const Variant &variant : scenario.variants)
        names.push_back(variant.name);
    if (!variants_exist(line.variants, names))
        return std::nullopt;
    std::vector<const Variant *> chosen;
    for (const Variant &variant : scenario.variants)
        if (line.variants.empty() ||
            std::find(line.variants.begin(), line.variants.end(), variant.name) != line.variants.end())
            chosen.push_back(&variant);
    // A story is about one packet of one variant, and a source file is shown with one's figures.
    if ((line.follow || !line.source_file.empty()) && line.variants.empty())
        chosen.erase(chosen.begin(), chosen.end() - 1);
    for (const Variant *variant : chosen) {
        const scenario::Traffic &traffic = variant->config.traffic;
        if (!line.follow)
            continue;
        if (traffic.kind != scenario::TrafficKind::tcp_stream) {
            complain("variant " + variant->name + ": " + to_string(traffic.kind) + " traffic has no packets to follow");
            return std::nullopt;
        }
        if (scenario::receives(traffic)) {
            complain("variant " + variant->name + ": only packets of traffic.direction tx can be followed, not of " +
                     to_string(traffic.direction));
            return std::nullopt;
        }
    }
    return chosen;
}

RunReport run_scenario(const Scenario &scenario, const std::vector<const Variant *> &chosen, const CommandLine &line,
                       const VariantRunner &runner) {
    const RunOptions options = run_options(line, scenario);
    RunOutcome outcome = run_all(scenario, chosen, options, line, runner);
    std::fputs(outcome.messages.c_str(), stderr);
    RunReport report = make_report(scenario, chosen, options.seed, std::move(outcome));
    print_errors(report);
    return report;
}

} // namespace tcesim
