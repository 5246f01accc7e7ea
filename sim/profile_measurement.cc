// SPDX-License-Identifier: Apache-2.0
#include "sim/profile_measurement.h"

#include <algorithm>
#include <sstream>

namespace tcesim {

namespace {

/// "function@file:line"
SourcePlace parse_place(const std::string &text) {
    const std::size_t at = text.find('@'), colon = text.rfind(':');
    return {text.substr(0, at), text.substr(at + 1, colon - at - 1), std::stoull(text.substr(colon + 1))};
}

std::vector<SourcePlace> parse_chain(const char *inlined_into) {
    std::istringstream words(inlined_into);
    std::vector<SourcePlace> chain;
    for (std::string word; words >> word;)
        chain.push_back(parse_place(word));
    return chain;
}

/// From who served an access to whose miss it was: what memory serves has missed all three.
std::array<std::uint64_t, 3> misses(const std::array<std::uint64_t, 3> &served) {
    return {served[0] + served[1] + served[2], served[1] + served[2], served[2]};
}

std::string name_of(const meter_function &function) {
    return std::string(function.name) + "@" + function.file;
}

LineRow named(const ProfileKey &key, const ProfileRow &row, const struct meter_table &table, unsigned vcpu) {
    const meter_place &place = table.place[key.place];
    const Origin origin = Origin::of(key.origin);
    return {vcpu,
            to_string(origin.hypercall),
            to_string(origin.level),
            {place.function, place.file, place.line},
            parse_chain(place.inlined_into),
            name_of(table.function[key.function]),
            place.text,
            row.executions,
            row.instructions,
            misses(row.misses),
            row.time};
}

} // namespace

MeasuredLines measured_lines(const Profile &profile, const CallGraph &calls, const struct meter_table &table,
                             unsigned vcpu) {
    std::vector<std::pair<ProfileKey, LineRow>> rows;
    for (const auto &[key, row] : profile.rows())
        rows.emplace_back(key, named(key, row, table, vcpu));
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto &a, const auto &b) { return comes_first(a.second, b.second); });
    MeasuredLines lines;
    std::map<ProfileKey, std::size_t> index;
    for (auto &[key, row] : rows) {
        index[key] = lines.profile.size();
        lines.profile.push_back(std::move(row));
    }
    for (const FunctionCalls &call : calls.calls()) {
        const Origin origin = Origin::of(call.origin);
        const auto caller = call.caller ? std::optional<std::size_t>(index.at(*call.caller)) : std::nullopt;
        lines.call_graph.push_back({caller, vcpu, to_string(origin.hypercall), to_string(origin.level),
                                    name_of(table.function[call.callee]), call.times});
    }
    return lines;
}

} // namespace tcesim
