// SPDX-License-Identifier: Apache-2.0
#include "sim/validate_command.h"

#include "sim/answer.h"
#include "sim/report_json.h"
#include "sim/scenario_run.h"
#include "sim/validation_report.h"
#include "sim/version.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <set>

namespace tcesim {

namespace {

namespace fs = std::filesystem;

/// The scenarios of \p directory in the order of their names.
std::vector<std::string> scenarios_in(const fs::path &directory) {
    std::vector<std::string> files;
    std::error_code ignored;
    for (const fs::directory_entry &entry : fs::directory_iterator(directory, ignored))
        if (entry.path().extension() == ".yaml")
            files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

/// What the user named, or what comes with the program, seen from here or from its own source.
std::vector<std::string> files_to_validate(const CommandLine &line) {
    if (!line.files.empty())
        return line.files;
    const char *usual = "scenarios/validation";
    std::vector<std::string> files = scenarios_in(usual);
    if (files.empty())
        files = scenarios_in(fs::path(source_directory) / usual);
    if (files.empty())
        complain(std::string("there are no scenarios in ") + usual + "; name a FILE");
    return files;
}

/// All of \p files, or nothing after the errors of every one of them were printed.
std::optional<std::vector<scenario::Scenario>> load_all(const std::vector<std::string> &files) {
    std::vector<scenario::Scenario> scenarios;
    bool right = true;
    for (const std::string &file : files) {
        std::optional<scenario::Scenario> scenario = load_validation(file);
        right = right && scenario;
        if (scenario)
            scenarios.push_back(std::move(*scenario));
    }
    if (!right)
        return std::nullopt;
    return scenarios;
}

/// The variants that some row looks at, in scenario order.
std::vector<const scenario::Variant *> wanted_variants(const scenario::Scenario &scenario) {
    std::set<std::string> names;
    for (const scenario::ValidationRow &row : scenario.validation)
        names.insert({row.variant, row.over});
    std::vector<const scenario::Variant *> wanted;
    for (const scenario::Variant &variant : scenario.variants)
        if (names.count(variant.name) != 0)
            wanted.push_back(&variant);
    return wanted;
}

/// Runs \p scenario where its rows need it. \p code becomes graver if the run does.
ValidationFile measure(const scenario::Scenario &scenario, const CommandLine &line, const VariantRunner &runner,
                       int &code) {
    ValidationFile file{scenario.name, scenario.about, {}};
    std::vector<VariantResult> results;
    const std::vector<const scenario::Variant *> wanted = wanted_variants(scenario);
    if (!wanted.empty() && !line.list) {
        RunReport report = run_scenario(scenario, wanted, line, runner);
        report.expect.clear(); // are the run's business
        if (code == exit_ok || report.interrupted)
            code = report.exit_code();
        results = std::move(report.variants);
    }
    for (const scenario::ValidationRow &row : scenario.validation)
        file.outcomes.push_back(judge_validation(row, results));
    return file;
}

} // namespace

int validate(const CommandLine &line, const VariantRunner &runner) {
    const std::vector<std::string> names = files_to_validate(line);
    const auto scenarios = load_all(names);
    if (names.empty() || !scenarios)
        return exit_usage;
    const bool json_alone = line.json == "-";
    DocumentFile document;
    const auto cannot_write = [&line](int error) {
        complain("cannot write " + *line.json + ": " + std::strerror(error));
        return exit_usage;
    };
    if (line.json && !json_alone)
        if (const int error = document.open(*line.json); error != 0)
            return cannot_write(error);

    std::vector<ValidationFile> files;
    int code = exit_ok;
    for (const scenario::Scenario &scenario : *scenarios) {
        files.push_back(measure(scenario, line, runner, code));
        if (code == exit_interrupted)
            return code;
    }
    if (line.list)
        return answer(validation_list_to_text(files));
    const ValidationCount rows = count(files);
    if (code == exit_ok && rows.passed < rows.gating)
        code = exit_expectation;
    const std::string json = line.json ? document_text(validation_to_json(files)) : "";
    if (line.json && !json_alone)
        if (const int error = document.write(json); error != 0)
            code = std::max<int>(code, cannot_write(error));
    const int answered = answer(json_alone ? json : validation_to_text(files, Style(colour_wanted(line))));
    return code != exit_ok ? code : answered;
}

} // namespace tcesim
