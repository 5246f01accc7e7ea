// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/pace.h"

#include <algorithm>

namespace tcesim::replay {

namespace {

constexpr std::uint64_t one = 1'000'000;
constexpr std::uint64_t longest = 1ULL << 60; // ps, a fortnight

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

} // namespace

std::uint64_t Pace::scaled(std::uint64_t ns) const {
    const unsigned __int128 ps = static_cast<unsigned __int128>(ns) * millionths / 1000;
    return static_cast<std::uint64_t>(std::min<unsigned __int128>(ps, longest));
}

std::optional<Pace> parse_pace(const std::string &text) {
    if (text == "asap")
        return Pace{0};
    if (text == "recorded")
        return Pace{one};
    std::uint64_t value = 0, unit = one;
    bool decimals = false;
    if (text.size() < 2 || text[0] != 'x' || !is_digit(text[1]) || !is_digit(text.back()))
        return std::nullopt;
    for (const char c : text.substr(1)) {
        if (c == '.' && !decimals)
            decimals = true;
        else if (!is_digit(c) || (decimals && unit == 1) || value > 1'000'000)
            return std::nullopt;
        else if (value = value * 10 + static_cast<std::uint64_t>(c - '0'); decimals)
            unit /= 10;
    }
    return value == 0 ? std::nullopt : std::optional<Pace>(Pace{value * unit});
}

} // namespace tcesim::replay
