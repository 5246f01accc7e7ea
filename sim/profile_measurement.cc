// SPDX-License-Identifier: Apache-2.0
#include "sim/profile_measurement.h"

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

} // namespace

LineProfile line_profile(const Profile &profile, const struct meter_table &table, unsigned vcpu) {
    LineProfile lines;
    for (const auto &[key, row] : profile.rows()) {
        const meter_place &place = table.place[key.place];
        const meter_function &function = table.function[key.function];
        const Origin origin = Origin::of(key.origin);
        lines.push_back({vcpu, to_string(origin.hypercall), to_string(origin.level),
                         {place.function, place.file, place.line}, parse_chain(place.inlined_into),
                         std::string(function.name) + "@" + function.file, place.text, row.executions,
                         row.instructions, misses(row.misses), row.time});
    }
    sort_profile(lines);
    return lines;
}

} // namespace tcesim
