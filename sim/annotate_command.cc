// SPDX-License-Identifier: Apache-2.0
#include "sim/annotate_command.h"

#include "sim/annotate.h"
#include "sim/answer.h"
#include "sim/report_json.h"
#include "sim/report_sections.h"
#include "sim/results_file.h"
#include "sim/scenario_run.h"
#include "sim/source_text.h"
#include "sim/stacks.h"

#include <algorithm>
#include <cstring>

namespace tcesim {

namespace {

constexpr unsigned default_top = 20;

/// What there is to show, or the exit code after a message.
struct Measured {
    std::optional<RunReport> report;
    int code = exit_ok;
};

bool ends_with(const std::string &text, const std::string &end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// The option of a run that \p line has; empty when it has none.
std::string option_of_a_run(const CommandLine &line) {
    return !line.set.empty() ? "--set"
           : line.seed       ? "--seed"
           : line.jobs       ? "--jobs"
           : line.stall      ? "--stall"
           : line.exact_loops ? "--exact-loops"
           : line.no_cache   ? "--no-cache"
                             : "";
}

void keep_chosen(const CommandLine &line, std::vector<VariantResult> &variants) {
    const auto unwanted = [&line](const VariantResult &variant) {
        return !line.variants.empty() &&
               std::find(line.variants.begin(), line.variants.end(), variant.name) == line.variants.end();
    };
    variants.erase(std::remove_if(variants.begin(), variants.end(), unwanted), variants.end());
    if (line.variants.empty() && !line.source_file.empty())
        variants.erase(variants.begin(), variants.end() - 1);
}

Measured from_results(const CommandLine &line, const std::string &text) {
    std::string error;
    std::optional<RunReport> report = parse_results(text, error);
    const std::string option = option_of_a_run(line);
    if (report && !option.empty())
        error = "it is the result of a run, which " + option + " cannot change; name the scenario";
    if (!error.empty()) {
        complain(line.file + ": " + error);
        return {std::nullopt, exit_usage};
    }
    std::vector<std::string> names;
    for (const VariantResult &variant : report->variants)
        names.push_back(variant.name);
    if (!variants_exist(line.variants, names))
        return {std::nullopt, exit_usage};
    keep_chosen(line, report->variants);
    for (const VariantResult &variant : report->variants)
        if (!variant.error.empty())
            complain("variant " + variant.name + ": " + variant.error);
    return {std::move(report), exit_ok};
}

Measured from_scenario(const CommandLine &line, const VariantRunner &runner) {
    const std::optional<scenario::Scenario> scenario = load(line);
    if (!scenario)
        return {std::nullopt, exit_usage};
    const auto chosen = chosen_variants(*scenario, line);
    if (!chosen)
        return {std::nullopt, exit_usage};
    RunReport report = run_scenario(*scenario, *chosen, line, runner);
    report.expect.clear(); // are the run's business
    const int code = report.exit_code();
    return {std::move(report), code};
}

/// A file whose name does not say what it is says so by its first character.
Measured measure(const CommandLine &line, const VariantRunner &runner) {
    if (ends_with(line.file, ".yaml") || ends_with(line.file, ".yml"))
        return from_scenario(line, runner);
    std::string error;
    const std::optional<std::string> text = read_file(line.file, error);
    if (!text) {
        complain(line.file + ": " + error);
        return {std::nullopt, exit_usage};
    }
    const std::size_t first = text->find_first_not_of(" \t\r\n");
    if (ends_with(line.file, ".json") || (first != std::string::npos && (*text)[first] == '{'))
        return from_results(line, *text);
    return from_scenario(line, runner);
}

/// The source file that the user named, in every variant; nothing after a message.
std::optional<std::string> whole_file(const CommandLine &line, const RunReport &report, const Style &style) {
    std::string text;
    for (const VariantResult &variant : report.variants) {
        const std::vector<std::string> directories = line.handlers ? std::vector<std::string>{*line.handlers}
                                                                   : source_directories(variant.handlers, report.file);
        std::string error;
        const auto file = find_profiled_file(variant.profile, line.source_file, error);
        const auto source = file ? find_source(variant.profile, *file, directories, error) : std::nullopt;
        if (!source) {
            complain("variant " + variant.name + ": " + error);
            return std::nullopt;
        }
        text += (text.empty() ? "" : "\n") + file_to_text(variant, *file, *source, style);
    }
    return text;
}

std::string hot_lines(const CommandLine &line, const RunReport &report, const Style &style) {
    std::string text;
    for (const VariantResult &variant : report.variants)
        text += (text.empty() ? "" : "\n") + hot_lines_to_text(variant, line.top.value_or(default_top), style);
    return text;
}

/// What stdout shows when no stacks go there; nothing after a message.
std::optional<std::string> answer_text(const CommandLine &line, const RunReport &report, const Style &style) {
    const std::optional<std::string> text =
        line.source_file.empty() ? hot_lines(line, report, style) : whole_file(line, report, style);
    if (!text)
        return std::nullopt;
    const std::string doubts = report.exit_code() == exit_broken ? violations_to_text(report, style) : "";
    return *text + "\n" + annotate_legend(report) + timing_to_text(report) + doubts;
}

/// A file that stacks are written to, if any.
class Export {
public:
    explicit Export(const std::optional<std::string> &path) : path_(path) {}

    /// Whether it goes to stdout.
    bool alone() const { return path_ == "-"; }
    /// False after a message. Before the run, so that a path that cannot be written is known then.
    bool open() { return !is_file() || succeeded(file_.open(*path_)); }
    bool write(const std::string &text) { return !is_file() || succeeded(file_.write(text)); }

private:
    bool is_file() const { return path_ && !alone(); }
    bool succeeded(int error) const {
        if (error != 0)
            complain("cannot write " + *path_ + ": " + std::strerror(error));
        return error == 0;
    }

    const std::optional<std::string> &path_;
    DocumentFile file_;
};

} // namespace

int annotate(const CommandLine &line, const VariantRunner &runner) {
    Export folded(line.folded), speedscope(line.speedscope);
    if (!folded.open() || !speedscope.open())
        return exit_usage;
    Measured measured = measure(line, runner);
    if (!measured.report)
        return measured.code;
    std::vector<VariantResult> &variants = measured.report->variants;
    variants.erase(std::remove_if(variants.begin(), variants.end(), [](const auto &v) { return !v.error.empty(); }),
                   variants.end());
    if (variants.empty())
        return measured.code != exit_ok ? measured.code : exit_usage;

    int code = measured.code;
    const std::optional<std::string> text = answer_text(line, *measured.report, Style(colour_wanted(line)));
    if (!text)
        return exit_usage;
    const std::string stacks = line.folded ? folded_stacks(variants) : "";
    const std::string document = line.speedscope ? speedscope_document(measured.report->scenario, variants) : "";
    if (!folded.write(stacks) || !speedscope.write(document))
        code = std::max<int>(code, exit_internal);
    const int answered = answer(folded.alone() ? stacks : speedscope.alone() ? document : *text);
    return code != exit_ok ? code : answered;
}

} // namespace tcesim
