// SPDX-License-Identifier: Apache-2.0
#include "sim/quantity_text.h"

#include <vector>

namespace tcesim {

namespace {

using Wide = unsigned __int128;

/// A step of a unit's ladder: what one of it is in base units, and how it is written.
struct Step {
    std::uint64_t base;
    std::string text;
};

/// The ladder of \p unit, smallest step first; factors of 1000.
std::vector<Step> ladder(std::string_view unit) {
    if (unit == "ps")
        return {{1, "ps"}, {1000, "ns"}, {1000000, "us"}, {1000000000, "ms"}, {1000000000000, "s"}};
    const bool per_second = unit == "1/s";
    const bool count = unit == "1";
    if (!per_second && !count && unit != "B" && unit != "B/s" && unit != "b/s" && unit != "Hz")
        return {{1, std::string(unit)}};
    const std::string symbol = per_second ? "/s" : count ? "" : std::string(unit);
    std::vector<Step> steps;
    std::uint64_t base = 1;
    for (const char *prefix : {"", "K", "M", "G", "T"}) {
        steps.push_back({base, prefix + symbol});
        base *= 1000;
    }
    return steps;
}

/// numerator / denominator with \p decimals decimals, rounded half up.
std::string fixed(Wide numerator, Wide denominator, unsigned decimals) {
    Wide power = 1;
    for (unsigned i = 0; i < decimals; ++i)
        power *= 10;
    const Wide rounded = (numerator * power * 2 + denominator) / (denominator * 2);
    std::string text = std::to_string(static_cast<std::uint64_t>(rounded / power));
    if (decimals == 0)
        return text;
    const std::string fraction = std::to_string(static_cast<std::uint64_t>(rounded % power));
    return text + "." + std::string(decimals - fraction.size(), '0') + fraction;
}

/// Decimals that make three significant digits of value / base, which is below 1000.
unsigned decimals_for(Wide value, Wide base) {
    if (base == 1 || value * 100 >= base * 9995) // 99.95 is written as 100
        return 0;
    return value * 1000 >= base * 9995 ? 1 : 2;
}

/// Highest step that \p value fills, rounding to three digits included.
const Step &step_for(const std::vector<Step> &steps, Wide value) {
    const Step *chosen = &steps.front();
    for (const Step &step : steps)
        if (value * 10000 >= static_cast<Wide>(step.base) * 9995)
            chosen = &step;
    return *chosen;
}

std::string join(const std::string &number, const std::string &unit) {
    const bool bare = unit.empty() || unit[0] == '/';
    return bare ? number + unit : number + " " + unit;
}

std::string without_trailing_zeros(std::string number) {
    if (number.find('.') == std::string::npos)
        return number;
    number.erase(number.find_last_not_of('0') + 1);
    if (number.back() == '.')
        number.pop_back();
    return number;
}

Wide magnitude(std::int64_t value) {
    return value < 0 ? static_cast<Wide>(-static_cast<__int128>(value)) : static_cast<Wide>(value);
}

} // namespace

std::string scaled(std::int64_t value, std::string_view unit) {
    const std::string sign = value < 0 ? "-" : "";
    const Wide size = magnitude(value);
    if (unit == "ppm")
        return sign + fixed(size, 10000, 1) + " %";
    if (unit == "1" && size < 100000)
        return std::to_string(value);
    const std::vector<Step> steps = ladder(unit);
    if (steps.size() == 1)
        return std::to_string(value) + " " + std::string(unit);
    const Step &step = step_for(steps, size);
    return sign + join(fixed(size, step.base, decimals_for(size, step.base)), step.text);
}

std::string scaled_range(std::int64_t low, std::int64_t high, std::string_view unit) {
    if (low < 0 || high < 0)
        return scaled(low, unit) + " .. " + scaled(high, unit);
    if (unit == "ppm")
        return without_trailing_zeros(fixed(magnitude(low), 10000, 4)) + ".." +
               without_trailing_zeros(fixed(magnitude(high), 10000, 4)) + " %";
    const std::vector<Step> steps = ladder(unit);
    const Step &step = step_for(steps, magnitude(low == 0 ? high : low));
    const auto number = [&step](std::int64_t value) {
        return without_trailing_zeros(fixed(magnitude(value), step.base, step.base == 1 ? 0 : 3));
    };
    return join(number(low) + ".." + number(high), step.text);
}

std::string factor(std::int64_t value, std::int64_t base) {
    if (base <= 0 || value < 0)
        return "-";
    return fixed(magnitude(value), magnitude(base), 2) + " x";
}

std::string quotient(std::uint64_t value, std::uint64_t base) {
    if (value == 0)
        return "0";
    if (static_cast<Wide>(value) * 2000 < base)
        return "<.001";
    unsigned decimals = 3;
    for (Wide bound = 9995; decimals && static_cast<Wide>(value) * 10000 >= bound * base; bound *= 10)
        --decimals;
    return fixed(value, base, decimals);
}

std::string share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? "-" : fixed(static_cast<Wide>(part) * 100, whole, 1) + " %";
}

std::string microseconds(std::uint64_t ps) {
    return fixed(ps, 1000000, 3) + " us";
}

} // namespace tcesim
