// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/expectation.h"

#include "sim/scenario/published.h"
#include "sim/scenario/words.h"

#include <algorithm>

namespace tcesim::scenario {

namespace {

class ExpectationReader {
public:
    ExpectationReader(const Values &values, const std::vector<std::string> &variants, const MetricCatalogue &metrics,
                      Diagnostics &diagnostics)
        : values_(values), variants_(variants), metrics_(metrics), diagnostics_(diagnostics) {}

    Expectation read(const Node &node, const std::string &path) {
        path_ = path;
        Expectation out;
        out.variant = variant("variant");
        out.above = variant("above");
        out.below = variant("below");
        out.source = text("source");
        const Value *metric = values_.find(path_ + ".metric");
        const auto known = metric == nullptr ? metrics_.end() : metrics_.find(metric->text);
        if (known != metrics_.end()) {
            out.metric = known->first;
            out.unit = known->second;
            read_limits(out);
        } else if (metric != nullptr) {
            diagnostics_.error(metric->position,
                               "unknown metric '" + metric->text + "'" + did_you_mean(metric->text, metric_names()));
        }
        check(node, out);
        return out;
    }

private:
    std::string text(const std::string &key) const {
        const Value *value = values_.find(path_ + "." + key);
        return value == nullptr ? "" : value->text;
    }

    std::vector<std::string> metric_names() const {
        std::vector<std::string> names;
        for (const auto &metric : metrics_)
            names.push_back(metric.first);
        return names;
    }

    std::string variant(const std::string &key) {
        const Value *value = values_.find(path_ + "." + key);
        if (value == nullptr)
            return "";
        if (std::find(variants_.begin(), variants_.end(), value->text) == variants_.end()) {
            const std::string meant = did_you_mean(value->text, variants_);
            diagnostics_.error(value->position, "unknown variant '" + value->text + "'" +
                                                    (meant.empty() ? "; there is " + one_of(variants_) : meant));
        }
        return value->text;
    }

    std::optional<std::int64_t> limit(const std::string &key, Dimension dimension) {
        const Value *value = values_.find(path_ + "." + key);
        return value == nullptr ? std::nullopt
                                : read_figure(path_ + "." + key, *value, value->text, dimension, diagnostics_);
    }

    void read_limits(Expectation &out) {
        const Dimension dimension = dimension_of(out.unit);
        out.min = limit("min", dimension);
        out.max = limit("max", dimension);
        out.equals = limit("equals", dimension);
        if (const Value *value = values_.find(path_ + ".published")) {
            const Published published = read_published(path_ + ".published", *value, dimension, diagnostics_);
            out.published_min = published.min;
            out.published_max = published.max;
        }
        if (out.min && out.max && *out.min > *out.max) {
            diagnostics_.error(values_.find(path_ + ".min")->position, path_ + ".min (" + text("min") +
                                                                           ") exceeds max (" + text("max") +
                                                                           "); nothing can be both");
        }
    }

    void check(const Node &node, const Expectation &out) {
        const std::vector<std::string> bounds{"min", "max", "equals", "above", "below"};
        if (std::none_of(bounds.begin(), bounds.end(),
                         [&](const std::string &bound) { return node.find(bound) != nullptr; }))
            diagnostics_.error(node.position, path_ + " expects nothing; give " + one_of(bounds));
        for (const char *key : {"above", "below"}) {
            const Value *other = values_.find(path_ + "." + key);
            if (other != nullptr && other->text == out.variant)
                diagnostics_.error(other->position,
                                   path_ + "." + key + " must name another variant than '" + out.variant + "' itself");
        }
    }

    const Values &values_;
    const std::vector<std::string> &variants_;
    const MetricCatalogue &metrics_;
    Diagnostics &diagnostics_;
    std::string path_;
};

} // namespace

std::vector<Expectation> read_expectations(const Node &root, const Values &values,
                                           const std::vector<std::string> &variants, const MetricCatalogue &metrics,
                                           const SourceSet &sources, Diagnostics &diagnostics) {
    std::vector<Expectation> out;
    const Node::Entry *expect = root.find("expect");
    if (expect == nullptr || expect->value.kind != Node::Kind::list)
        return out;
    ExpectationReader reader(values, variants, metrics, diagnostics);
    for (std::size_t i = 0; i < expect->value.items.size(); ++i) {
        const Node &node = expect->value.items[i];
        if (node.kind != Node::Kind::map)
            continue;
        out.push_back(reader.read(node, "expect[" + std::to_string(i) + "]"));
        out.back().file = sources.at(node.position.source).name;
        out.back().line = node.position.line;
    }
    return out;
}

} // namespace tcesim::scenario
