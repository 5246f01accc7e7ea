// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/scenario.h"

#include "sim/scenario/build_config.h"
#include "sim/scenario/checks.h"
#include "sim/scenario/files.h"
#include "sim/scenario/machine.h"
#include "sim/scenario/merge.h"
#include "sim/scenario/override.h"
#include "sim/scenario/values.h"

#include <algorithm>

namespace tcesim::scenario {

namespace {

/// A variant as written: its name and what it overrides.
struct VariantText {
    std::string name;
    std::vector<Override> overrides;
};

/// One variant on its way to a Config.
struct VariantDraft {
    Values values;
    std::map<std::string, Constant> constants;
    Diagnostics diagnostics;
    bool complete = true; ///< false: an override failed, so that a key may be missing for that reason alone
};

std::vector<VariantText> variants_of(const Node &root) {
    std::vector<VariantText> out;
    const Node::Entry *variants = root.find("variants");
    if (variants != nullptr && variants->value.kind == Node::Kind::map) {
        for (const Node::Entry &entry : variants->value.entries)
            out.push_back({entry.key, read_variant(entry.value)});
    }
    if (out.empty())
        out.push_back({"default", {}});
    return out;
}

class Loader {
public:
    explicit Loader(const MetricCatalogue &metrics) : metrics_(metrics) {}

    LoadResult load(const std::string &file, const std::vector<std::string> &sets) {
        const MergedFile merged = read_merged(file, sources_, diagnostics_);
        read_sets(sets);
        const std::vector<VariantText> variants = variants_of(merged.root);
        // What is written must be right even where every variant puts something else in its place; only what
        // is missing may come from them.
        check_files(validate(merged.root, false, diagnostics_), sources_, diagnostics_);
        std::vector<VariantDraft> drafts;
        for (const VariantText &variant : variants)
            drafts.push_back(draft(merged, variant));
        const std::vector<Expectation> expectations =
            read_expectations(merged.root, drafts.front().values, names_of(variants), metrics_, sources_, diagnostics_);
        validation_ =
            read_validation(merged.root, drafts.front().values, names_of(variants), metrics_, sources_, diagnostics_);
        gather(variants, drafts);
        if (!diagnostics_.empty())
            return {std::nullopt, diagnostics_.sorted(sources_)};
        return {finish(file, variants, drafts, expectations), {}};
    }

    LoadResult load_validation(const std::string &file) {
        Diagnostics unseen; // load() reports the same again
        const MergedFile merged = read_merged(file, sources_, unseen);
        if (!only_formulas(merged.root)) {
            sources_ = {};
            LoadResult result = load(file, {});
            if (result.scenario && result.scenario->validation.empty()) {
                diagnostics_.error({0, 0, 0}, "nothing to validate: the file has no validate rows");
                return {std::nullopt, diagnostics_.sorted(sources_)};
            }
            return result;
        }
        for (const Finding &finding : unseen.findings())
            diagnostics_.error(finding.position, finding.message);
        const Values values = validate_formulas(merged.root, merged.complete, diagnostics_);
        Scenario out;
        out.validation = read_validation(merged.root, values, {}, metrics_, sources_, diagnostics_);
        if (diagnostics_.empty() && out.validation.empty())
            diagnostics_.error(merged.root.position, "nothing to validate: the file has no validate rows");
        if (!diagnostics_.empty())
            return {std::nullopt, diagnostics_.sorted(sources_)};
        out.name = values.text("name");
        out.about = values.text("about");
        out.file = file;
        out.sources = sources_.all();
        return {std::move(out), {}};
    }

private:
    /// Whether \p root has rows to validate and describes no machine that they could be about.
    static bool only_formulas(const Node &root) {
        return root.find("validate") != nullptr &&
               std::all_of(root.entries.begin(), root.entries.end(), [](const Node::Entry &entry) {
                   return entry.key == "name" || entry.key == "about" || entry.key == "validate";
               });
    }

    static std::vector<std::string> names_of(const std::vector<VariantText> &variants) {
        std::vector<std::string> names;
        for (const VariantText &variant : variants)
            names.push_back(variant.name);
        return names;
    }

    void read_sets(const std::vector<std::string> &sets) {
        for (const std::string &argument : sets) {
            Override override;
            if (!read_set(argument, sources_, override, diagnostics_))
                continue;
            const bool again = std::any_of(sets_.begin(), sets_.end(),
                                           [&](const Override &other) { return other.path == override.path; });
            if (again)
                diagnostics_.error(override.position, "'" + override.path + "' is set twice");
            sets_.push_back(std::move(override));
        }
    }

    VariantDraft draft(const MergedFile &merged, const VariantText &variant) {
        VariantDraft out;
        Node root = merged.root;
        for (const Override &override : variant.overrides)
            apply_override(root, override, OverrideBy::variant, out.diagnostics);
        for (const Override &override : sets_)
            apply_override(root, override, OverrideBy::set, out.diagnostics);
        out.complete = merged.complete && out.diagnostics.empty();
        out.values = validate(root, out.complete, out.diagnostics);
        out.constants = read_constants(root, out.values, out.complete, out.diagnostics);
        check_rules(out.values, out.diagnostics);
        check_files(out.values, sources_, out.diagnostics);
        return out;
    }

    /// Whether \p position lies in what \p variant overrides, and so names the variant already.
    static bool within(const Position &position, const VariantText &variant) {
        return std::any_of(variant.overrides.begin(), variant.overrides.end(), [&](const Override &override) {
            return override.value.position == position ||
                   (override.position.source == position.source && override.position.line == position.line &&
                    override.position.column <= position.column &&
                    position.column < override.position.column + character_count(override.path));
        });
    }

    /// Errors of every variant once; one that only some have names them.
    void gather(const std::vector<VariantText> &variants, const std::vector<VariantDraft> &drafts) {
        for (std::size_t i = 0; i < drafts.size(); ++i) {
            for (const Finding &finding : drafts[i].diagnostics.findings()) {
                const auto &known = diagnostics_.findings();
                if (std::find(known.begin(), known.end(), finding) != known.end())
                    continue;
                const bool common = std::all_of(drafts.begin(), drafts.end(), [&](const VariantDraft &draft) {
                    const auto &findings = draft.diagnostics.findings();
                    return !draft.complete || std::find(findings.begin(), findings.end(), finding) != findings.end();
                });
                const bool plain = common || within(finding.position, variants[i]);
                diagnostics_.error(finding.position,
                                   finding.message + (plain ? "" : " (variant '" + variants[i].name + "')"));
            }
        }
    }

    Scenario finish(const std::string &file, const std::vector<VariantText> &variants,
                    const std::vector<VariantDraft> &drafts, const std::vector<Expectation> &expectations) const {
        const Values &common = drafts.front().values;
        Scenario out;
        out.name = common.text("name");
        out.about = common.text("about");
        out.seed = common.number("seed");
        out.file = file;
        for (std::size_t i = 0; i < variants.size(); ++i)
            out.variants.push_back({variants[i].name, build_config(drafts[i].values, drafts[i].constants, sources_)});
        out.expectations = expectations;
        out.validation = validation_;
        out.sources = sources_.all();
        return out;
    }

    const MetricCatalogue &metrics_;
    SourceSet sources_;
    Diagnostics diagnostics_;
    std::vector<Override> sets_;
    std::vector<ValidationRow> validation_;
};

} // namespace

LoadResult load_scenario(const std::string &file, const std::vector<std::string> &sets,
                         const MetricCatalogue &metrics) {
    return Loader(metrics).load(file, sets);
}

LoadResult load_validation(const std::string &file, const MetricCatalogue &metrics) {
    return Loader(metrics).load_validation(file);
}

} // namespace tcesim::scenario
