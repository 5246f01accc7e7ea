// SPDX-License-Identifier: Apache-2.0
#include "sim/line_profile.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tcesim {

using nlohmann::ordered_json;

namespace {

constexpr std::array<const char *, 3> caches = {"l1", "l2", "l3"};

/// A count, which the library would take from a negative number too.
std::uint64_t count(const ordered_json &json) {
    if (!json.is_number_unsigned())
        throw ordered_json::type_error::create(302, "a count is a whole number from 0, not " + json.dump(), nullptr);
    return json.get<std::uint64_t>();
}

ordered_json place_to_json(const SourcePlace &place) {
    return {{"function", place.function}, {"file", place.file}, {"line", place.line}};
}

SourcePlace place_from_json(const ordered_json &json) {
    return {json.at("function"), json.at("file"), count(json.at("line"))};
}

void origin_to_json(unsigned vcpu, const std::string &hypercall, const std::string &level, ordered_json &json) {
    json["vcpu"] = vcpu;
    if (!hypercall.empty())
        json["hypercall"] = hypercall;
    json["level"] = level;
}

void origin_from_json(const ordered_json &json, unsigned &vcpu, std::string &hypercall, std::string &level) {
    vcpu = static_cast<unsigned>(count(json.at("vcpu")));
    hypercall = json.value("hypercall", std::string());
    json.at("level").get_to(level);
}

auto order_of(const SourcePlace &place) {
    return std::tie(place.file, place.line, place.function);
}

/// What the machine function is called where the compiler made no variant of it.
std::string outermost_function(const LineRow &row) {
    const SourcePlace &outermost = row.inlined_into.empty() ? row.place : row.inlined_into.back();
    return outermost.function + "@" + outermost.file;
}

ordered_json row_to_json(const LineRow &row) {
    ordered_json json;
    origin_to_json(row.vcpu, row.hypercall, row.level, json);
    json.update(place_to_json(row.place));
    if (!row.inlined_into.empty())
        json["inlined_into"] = ordered_json::array();
    for (const SourcePlace &place : row.inlined_into)
        json["inlined_into"].push_back(place_to_json(place));
    if (row.object_function != outermost_function(row))
        json["object_function"] = row.object_function;
    json["text"] = row.text;
    json["calls"] = row.calls;
    json["instructions"] = row.instructions;
    for (std::size_t level = 0; level < caches.size(); ++level)
        if (row.misses[level])
            json["misses"][caches[level]] = row.misses[level];
    json["ps"] = row.ps();
    for (const auto &[kind, ps] : row.time)
        json["time"][kind] = ps;
    return json;
}

LineRow row_from_json(const ordered_json &json) {
    LineRow row;
    origin_from_json(json, row.vcpu, row.hypercall, row.level);
    row.place = place_from_json(json);
    if (json.contains("inlined_into"))
        for (const auto &place : json["inlined_into"])
            row.inlined_into.push_back(place_from_json(place));
    row.object_function = json.value("object_function", outermost_function(row));
    json.at("text").get_to(row.text);
    row.calls = count(json.at("calls"));
    row.instructions = count(json.at("instructions"));
    if (json.contains("misses"))
        for (std::size_t level = 0; level < caches.size(); ++level)
            row.misses[level] = count(json["misses"].value(caches[level], ordered_json(0U)));
    if (json.contains("time"))
        for (const auto &[kind, ps] : json["time"].items())
            row.time[kind] = count(ps);
    return row;
}

} // namespace

std::uint64_t LineRow::ps() const {
    return std::accumulate(time.begin(), time.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto &part) { return sum + part.second; });
}

bool is_own_execution(const std::string &kind) {
    return kind.find('/') == std::string::npos;
}

bool comes_first(const LineRow &a, const LineRow &b) {
    if (const std::uint64_t left = a.ps(), right = b.ps(); left != right)
        return left > right;
    const auto key = [](const LineRow &row) {
        return std::tie(row.vcpu, row.hypercall, row.level, row.object_function);
    };
    if (order_of(a.place) != order_of(b.place))
        return order_of(a.place) < order_of(b.place);
    if (key(a) != key(b))
        return key(a) < key(b);
    return std::lexicographical_compare(
        a.inlined_into.begin(), a.inlined_into.end(), b.inlined_into.begin(), b.inlined_into.end(),
        [](const SourcePlace &x, const SourcePlace &y) { return order_of(x) < order_of(y); });
}

ordered_json profile_to_json(const LineProfile &profile) {
    ordered_json json = ordered_json::array();
    for (const LineRow &row : profile)
        json.push_back(row_to_json(row));
    return json;
}

LineProfile profile_from_json(const ordered_json &json) {
    LineProfile profile;
    for (const auto &row : json)
        profile.push_back(row_from_json(row));
    return profile;
}

ordered_json calls_to_json(const std::vector<CallRow> &calls) {
    ordered_json json = ordered_json::array();
    for (const CallRow &call : calls) {
        ordered_json row;
        if (call.caller)
            row["caller"] = *call.caller;
        else
            origin_to_json(call.vcpu, call.hypercall, call.level, row);
        row["callee"] = call.callee;
        row["calls"] = call.calls;
        json.push_back(std::move(row));
    }
    return json;
}

std::vector<CallRow> calls_from_json(const ordered_json &json, const LineProfile &profile) {
    std::vector<CallRow> calls;
    for (const auto &row : json) {
        CallRow call;
        if (row.contains("caller")) {
            call.caller = count(row["caller"]);
            if (*call.caller >= profile.size())
                throw ordered_json::out_of_range::create(401, "a caller is no row of the profile", nullptr);
            const LineRow &caller = profile[*call.caller];
            call.vcpu = caller.vcpu;
            call.hypercall = caller.hypercall;
            call.level = caller.level;
        } else {
            origin_from_json(row, call.vcpu, call.hypercall, call.level);
        }
        row.at("callee").get_to(call.callee);
        call.calls = count(row.at("calls"));
        calls.push_back(std::move(call));
    }
    return calls;
}

} // namespace tcesim
