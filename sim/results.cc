// SPDX-License-Identifier: Apache-2.0
#include "sim/results.h"

#include "models/kernel/check.h"
#include "sim/metric_catalogue.h"

#include <algorithm>

namespace tcesim {

using nlohmann::ordered_json;

namespace {

ordered_json metrics_to_json(const std::map<std::string, Metric> &metrics) {
    ordered_json json = ordered_json::object();
    for (const auto &[name, metric] : metrics)
        json[name] = {
            {"value", metric.value}, {"unit", metric.unit}, {"better", metric.better}, {"about", metric.about}};
    return json;
}

ordered_json histograms_to_json(const std::map<std::string, Histogram> &histograms) {
    ordered_json json = ordered_json::object();
    for (const auto &[name, histogram] : histograms)
        json[name] = {{"unit", histogram.unit}, {"about", histogram.about}, {"count", histogram.count},
                      {"p50", histogram.p50},   {"p90", histogram.p90},     {"p99", histogram.p99},
                      {"p999", histogram.p999}, {"max", histogram.max}};
    return json;
}

ordered_json ledger_to_json(const std::vector<LedgerRow> &ledger) {
    ordered_json json = ordered_json::array();
    for (const LedgerRow &row : ledger)
        json.push_back({{"leaf", row.leaf}, {"ps", row.ps}});
    return json;
}

ordered_json story_to_json(const std::vector<StoryStep> &story) {
    ordered_json json = ordered_json::array();
    for (const StoryStep &step : story)
        json.push_back({{"time_ps", step.time_ps}, {"actor", step.actor}, {"text", step.text}});
    return json;
}

/// An ordered_json of a map, which stays an object when the map is empty.
template <class Value>
ordered_json map_to_json(const std::map<std::string, Value> &map) {
    ordered_json json = ordered_json::object();
    for (const auto &[name, value] : map)
        json[name] = value;
    return json;
}

template <class Value>
std::map<std::string, Value> map_from_json(const ordered_json &json) {
    std::map<std::string, Value> map;
    for (const auto &[name, value] : json.items())
        map[name] = value.template get<Value>();
    return map;
}

void host_from_json(const ordered_json &json, HostFigures &host) {
    json.at("wall_s").get_to(host.wall_s);
    json.at("sim_s").get_to(host.sim_s);
    json.at("events").get_to(host.events);
    json.at("tlps").get_to(host.tlps);
    json.at("peak_rss_bytes").get_to(host.peak_rss_bytes);
}

void put(ordered_json &json, const char *key, const std::optional<std::int64_t> &value) {
    if (value)
        json[key] = *value;
}

bool broken(const VariantResult &variant) {
    return std::any_of(variant.invariants.begin(), variant.invariants.end(),
                       [](const auto &invariant) { return !invariant.second; });
}

} // namespace

void VariantResult::set(std::string_view metric, std::uint64_t value) {
    const MetricInfo *info = find_metric(metric);
    TCESIM_CHECK(info != nullptr, "a result names only metrics of the catalogue");
    metrics[std::string(metric)] = {static_cast<std::int64_t>(value), std::string(info->unit),
                                    std::string(info->better), std::string(info->about)};
}

std::string VariantResult::timing() const {
    return approximations.empty() ? "ppc64le-blocks" : "approximate";
}

ordered_json VariantResult::to_json() const {
    ordered_json json;
    json["name"] = name;
    if (!error.empty()) {
        json["error"] = error;
        json["user_error"] = user_error;
    }
    if (handlers)
        json["handlers"] = {{"object", handlers->object},
                            {"own", handlers->own},
                            {"source", handlers->source},
                            {"compiler", handlers->compiler},
                            {"weights_from", handlers->weights_from}};
    json["timing"] = timing();
    json["approximations"] = approximations;
    json["metrics"] = metrics_to_json(metrics);
    json["histograms"] = histograms_to_json(histograms);
    json["ledger"] = ledger_to_json(ledger);
    json["profile"] = profile_to_json(profile);
    json["call_graph"] = calls_to_json(call_graph);
    json["invariants"] = map_to_json(invariants);
    json["violations"] = violations;
    json["quirks"] = map_to_json(quirks);
    if (!story.empty())
        json["story"] = story_to_json(story);
    if (!replay.is_null())
        json["replay"] = replay;
    json["host"] = {{"wall_s", host.wall_s},
                    {"sim_s", host.sim_s},
                    {"events", host.events},
                    {"tlps", host.tlps},
                    {"peak_rss_bytes", host.peak_rss_bytes}};
    return json;
}

VariantResult VariantResult::from_json(const ordered_json &json) {
    VariantResult result;
    json.at("name").get_to(result.name);
    result.error = json.value("error", std::string());
    result.user_error = json.value("user_error", false);
    if (json.contains("handlers")) {
        const ordered_json &h = json["handlers"];
        result.handlers = {h.at("object"), h.at("own"), h.at("source"), h.at("compiler"), h.at("weights_from")};
    }
    json.at("approximations").get_to(result.approximations);
    for (const auto &[name, m] : json.at("metrics").items())
        result.metrics[name] = {m.at("value"), m.at("unit"), m.at("better"), m.at("about")};
    for (const auto &[name, h] : json.at("histograms").items())
        result.histograms[name] = {h.at("unit"), h.at("about"), h.at("count"), h.at("p50"),
                                   h.at("p90"),  h.at("p99"),   h.at("p999"),  h.at("max")};
    for (const auto &row : json.at("ledger"))
        result.ledger.push_back({row.at("leaf"), row.at("ps")});
    result.profile = profile_from_json(json.at("profile"));
    result.call_graph = calls_from_json(json.at("call_graph"), result.profile);
    result.invariants = map_from_json<bool>(json.at("invariants"));
    json.at("violations").get_to(result.violations);
    result.quirks = map_from_json<std::uint64_t>(json.at("quirks"));
    if (json.contains("story"))
        for (const auto &step : json["story"])
            result.story.push_back({step.at("time_ps"), step.at("actor"), step.at("text")});
    if (json.contains("replay"))
        result.replay = json["replay"];
    if (json.contains("host")) // a result document has one for all variants
        host_from_json(json["host"], result.host);
    return result;
}

ordered_json ExpectationOutcome::to_json() const {
    ordered_json json;
    json["variant"] = variant;
    json["metric"] = metric;
    put(json, "value", value);
    json["unit"] = unit;
    put(json, "min", min);
    put(json, "max", max);
    put(json, "equals", equals);
    if (!above.empty())
        json["above"] = above;
    put(json, "above_value", above_value);
    if (!below.empty())
        json["below"] = below;
    put(json, "below_value", below_value);
    put(json, "published_min", published_min);
    put(json, "published_max", published_max);
    if (verdict == Verdict::not_run)
        json["not_run"] = true;
    else
        json["pass"] = verdict == Verdict::pass;
    if (!reason.empty())
        json["reason"] = reason;
    json["source"] = source;
    json["where"] = where;
    return json;
}

bool RunReport::complete() const {
    return !interrupted &&
           std::all_of(variants.begin(), variants.end(), [](const VariantResult &v) { return v.error.empty(); });
}

int RunReport::exit_code() const {
    if (interrupted)
        return exit_interrupted;
    const auto any = [this](auto predicate) { return std::any_of(variants.begin(), variants.end(), predicate); };
    if (any([](const VariantResult &v) { return v.user_error; }))
        return exit_usage;
    if (any([](const VariantResult &v) { return !v.error.empty(); }))
        return exit_internal;
    if (any(broken))
        return exit_broken;
    const bool failed = std::any_of(expect.begin(), expect.end(),
                                    [](const ExpectationOutcome &o) { return o.verdict == Verdict::fail; });
    return failed ? exit_expectation : exit_ok;
}

} // namespace tcesim
