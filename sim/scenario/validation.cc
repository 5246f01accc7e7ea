// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/validation.h"

#include "sim/scenario/published.h"
#include "sim/scenario/words.h"

#include <algorithm>

namespace tcesim::scenario {

namespace {

constexpr std::int64_t ppm_per_percent = 10000;

/// A key of a formula's arguments and whether the formula takes it.
struct Argument {
    const char *key;
    bool taken;
};

std::vector<Argument> arguments_of(FormulaName name) {
    const bool table = name == FormulaName::table_bytes;
    return {{"link", !table}, {"bytes", !table && name != FormulaName::pcie_rate}, {"span", table}, {"page", table}};
}

class RowReader {
public:
    RowReader(const Values &values, const std::vector<std::string> &variants, const MetricCatalogue &metrics,
              Diagnostics &diagnostics)
        : values_(values), variants_(variants), metrics_(metrics), diagnostics_(diagnostics) {}

    ValidationRow read(const Node &node, const std::string &path) {
        path_ = path;
        ValidationRow out;
        out.quantity = text("quantity");
        out.source = text("source");
        out.curve = text("curve");
        if (const Value *kind = get("kind"))
            out.kind = static_cast<Evidence>(kind->number);
        const bool has_formula = node.find("formula") != nullptr;
        if (has_formula == (node.find("metric") != nullptr))
            diagnostics_.error(node.position, path_ + " must have either a metric or a formula");
        else if (has_formula)
            read_formula(node, out);
        else
            read_metric(node, out);
        read_tolerance(out);
        read_x(node, out);
        return out;
    }

private:
    const Value *get(const std::string &key) const { return values_.find(path_ + "." + key); }
    std::string text(const std::string &key) const {
        const Value *value = get(key);
        return value == nullptr ? "" : value->text;
    }
    std::uint64_t number(const std::string &key) const {
        const Value *value = get(key);
        return value == nullptr ? 0 : value->number;
    }
    void error(const Value &at, const std::string &key, const std::string &message) {
        diagnostics_.error(at.position, path_ + "." + key + message);
    }
    void require(const Node &node, const char *key, const char *by) {
        if (node.find(key) == nullptr)
            diagnostics_.error(node.position, path_ + " has a " + by + " and so needs '" + key + "'");
    }
    void refuse(const Node &node, const char *key, const std::string &by) {
        if (const Node::Entry *entry = node.find(key))
            diagnostics_.error(entry->key_position, path_ + "." + key + " means nothing to " + by);
    }

    void read_formula(const Node &node, ValidationRow &out) {
        for (const char *key : {"variant", "over", "scale"})
            refuse(node, key, "a formula");
        const Value *name = get("formula");
        if (name == nullptr)
            return;
        Formula formula;
        formula.name = static_cast<FormulaName>(name->number);
        for (const Argument &argument : arguments_of(formula.name)) {
            if (!argument.taken)
                refuse(node, argument.key, "formula " + name->text);
            else if (node.find(argument.key) == nullptr)
                diagnostics_.error(node.position, path_ + ": formula " + name->text + " needs '" + argument.key + "'");
        }
        formula.link = {static_cast<std::uint32_t>(number("link.gen")),
                        static_cast<std::uint32_t>(number("link.lanes")),
                        static_cast<std::uint32_t>(number("link.mps")), static_cast<std::uint32_t>(number("link.mrrs")),
                        static_cast<std::uint32_t>(number("link.rcb"))};
        formula.bytes = number("bytes");
        formula.span = number("span");
        formula.page = number("page");
        const Value *span = get("span");
        if (span != nullptr && formula.page != 0 && formula.span % formula.page != 0)
            error(*span, "span", " must be a multiple of page (" + text("page") + "), not " + span->text);
        out.formula = formula;
        out.unit = formula.name == FormulaName::table_bytes ? "B" : "b/s";
        read_published(out, dimension_of(out.unit));
    }

    void read_metric(const Node &node, ValidationRow &out) {
        require(node, "variant", "metric");
        for (const Argument &argument : arguments_of(FormulaName::table_bytes))
            refuse(node, argument.key, "a metric");
        out.variant = variant("variant");
        out.over = variant("over");
        read_scale(out);
        const Value *metric = get("metric");
        const auto known = metric == nullptr ? metrics_.end() : metrics_.find(metric->text);
        if (known != metrics_.end()) {
            out.metric = known->first;
            out.unit = out.over.empty() ? known->second : "ppm";
            read_published(out, dimension_of(out.unit));
        } else if (metric != nullptr) {
            std::vector<std::string> names;
            for (const auto &each : metrics_)
                names.push_back(each.first);
            diagnostics_.error(metric->position,
                               "unknown metric '" + metric->text + "'" + did_you_mean(metric->text, names));
        }
    }

    std::string variant(const std::string &key) {
        const Value *value = get(key);
        if (value == nullptr)
            return "";
        if (variants_.empty()) {
            diagnostics_.error(value->position, "there is no variant '" + value->text +
                                                    "': the file describes no machine; extend a scenario that does");
        } else if (std::find(variants_.begin(), variants_.end(), value->text) == variants_.end()) {
            const std::string meant = did_you_mean(value->text, variants_);
            diagnostics_.error(value->position, "unknown variant '" + value->text + "'" +
                                                    (meant.empty() ? "; there is " + one_of(variants_) : meant));
        }
        return value->text;
    }

    void read_published(ValidationRow &out, Dimension dimension) {
        const Value *value = get("published");
        if (value == nullptr)
            return;
        const Published published = scenario::read_published(path_ + ".published", *value, dimension, diagnostics_);
        out.published_min = published.min.value_or(0);
        out.published_max = published.max.value_or(0);
    }

    /// "3 %", "0.5%", "exact".
    void read_tolerance(ValidationRow &out) {
        const Value *value = get("tolerance");
        if (value == nullptr)
            return;
        std::string number = value->text;
        if (number == "exact") {
            out.tolerance_ppm = 0;
            return;
        }
        const bool percent = number.size() > 1 && number.back() == '%';
        if (percent)
            number.erase(number.find_last_not_of(" %") + 1);
        const Quantity quantity = parse_quantity(number, Dimension::share);
        constexpr std::uint64_t most = 1000000 * 100; // 100 %
        if (!percent || !quantity.error.empty() || quantity.value > most || quantity.value % 100 != 0)
            error(*value, "tolerance",
                  " must be a share such as 3 %, at most 100 % and a multiple of 0.0001 %, or exact, not '" +
                      value->text + "'");
        else
            out.tolerance_ppm = static_cast<std::int64_t>(quantity.value) * ppm_per_percent / 1000000;
    }

    /// "1000000000" or "1000000000/4096".
    void read_scale(ValidationRow &out) {
        const Value *value = get("scale");
        if (value == nullptr)
            return;
        const std::size_t slash = value->text.find('/');
        const auto whole = [&](const std::string &digits, std::int64_t &to) {
            const Quantity quantity = parse_quantity(digits, Dimension::count);
            constexpr std::uint64_t most = 1000000000000000;
            to = quantity.error.empty() && quantity.value <= most ? static_cast<std::int64_t>(quantity.value) : 0;
            return to != 0;
        };
        const bool right = whole(value->text.substr(0, slash), out.multiplier) &&
                           (slash == std::string::npos || whole(value->text.substr(slash + 1), out.divisor));
        if (!right)
            error(*value, "scale",
                  " must be a whole number from 1, or two of them as 1000/3, not '" + value->text + "'");
    }

    /// A size, a time or a plain number.
    void read_x(const Node &node, ValidationRow &out) {
        const Value *value = get("x");
        if ((node.find("x") == nullptr) != (node.find("curve") == nullptr))
            diagnostics_.error(node.position, path_ + " must have both curve and x, or neither");
        if (value == nullptr)
            return;
        for (const char *unit : {"1", "B", "ps"}) {
            const Quantity quantity = parse_quantity(value->text, dimension_of(unit));
            if (!quantity.error.empty() || quantity.value > 1000000000000000000)
                continue;
            out.x = static_cast<std::int64_t>(quantity.value);
            out.x_unit = unit;
            return;
        }
        error(*value, "x", " must be a number, a size or a time, not '" + value->text + "'");
    }

    const Values &values_;
    const std::vector<std::string> &variants_;
    const MetricCatalogue &metrics_;
    Diagnostics &diagnostics_;
    std::string path_;
};

template <class Enum>
const char *word_of(const char *path, Enum value) {
    return find_key(path)->words[static_cast<std::size_t>(value)].c_str();
}

} // namespace

const char *to_string(Evidence value) {
    return word_of("validate[].kind", value);
}
const char *to_string(FormulaName value) {
    return word_of("validate[].formula", value);
}

std::vector<ValidationRow> read_validation(const Node &root, const Values &values,
                                           const std::vector<std::string> &variants, const MetricCatalogue &metrics,
                                           const SourceSet &sources, Diagnostics &diagnostics) {
    std::vector<ValidationRow> out;
    const Node::Entry *rows = root.find("validate");
    if (rows == nullptr || rows->value.kind != Node::Kind::list)
        return out;
    RowReader reader(values, variants, metrics, diagnostics);
    for (std::size_t i = 0; i < rows->value.items.size(); ++i) {
        const Node &node = rows->value.items[i];
        if (node.kind != Node::Kind::map)
            continue;
        out.push_back(reader.read(node, "validate[" + std::to_string(i) + "]"));
        out.back().file = sources.at(node.position.source).name;
        out.back().line = node.position.line;
    }
    return out;
}

} // namespace tcesim::scenario
