// SPDX-License-Identifier: Apache-2.0
#include "sim/commands.h"

#include "sim/annotate_command.h"
#include "sim/answer.h"
#include "sim/metric_catalogue.h"
#include "sim/params.h"
#include "sim/replay/record_command.h"
#include "sim/replay/replay_command.h"
#include "sim/report_json.h"
#include "sim/report_table.h"
#include "sim/scenario_run.h"
#include "sim/validate_command.h"
#include "sim/version.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <unistd.h>

namespace tcesim {

namespace {

using scenario::Scenario;
using scenario::Variant;

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

    const RunReport report = run_scenario(*scenario, *chosen, line, runner);
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

/// Handlers that are called one by one need a world of their own behind hcall/port.h: a program of its own.
int run_conform(const CommandLine &line) {
    std::error_code ignored;
    const std::string program =
        std::filesystem::read_symlink("/proc/self/exe", ignored).replace_filename("tcesim-conform").string();
    std::vector<char *> arguments{const_cast<char *>(program.c_str())};
    for (const std::string &argument : line.conform)
        arguments.push_back(const_cast<char *>(argument.c_str()));
    arguments.push_back(nullptr);
    execv(program.c_str(), arguments.data());
    complain("cannot execute " + program + ": " + std::strerror(errno) + "; build the program again");
    return exit_usage;
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
    case Command::annotate:
        return annotate(line, runner);
    case Command::lint:
        return lint(line);
    case Command::params:
        return params(line);
    case Command::validate:
        return validate(line, runner);
    case Command::metrics:
        return metrics();
    case Command::conform:
        return run_conform(line);
    case Command::record:
        return replay::record(line, runner);
    case Command::replay:
        return replay::replay(line);
    case Command::help:
        return answer(help_text(line.topic));
    case Command::version:
        return answer(std::string("tcesim ") + version + "\n");
    }
    return exit_internal;
}

} // namespace tcesim
