// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/units.h"

#include "sim/scenario/words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

namespace tcesim::scenario {

namespace {

struct Unit {
    const char *name;
    Dimension dimension;
    std::uint64_t scale; ///< base units in one of it
};

constexpr std::array units{
    Unit{"B", Dimension::bytes, 1},
    Unit{"KiB", Dimension::bytes, 1ULL << 10U},
    Unit{"MiB", Dimension::bytes, 1ULL << 20U},
    Unit{"GiB", Dimension::bytes, 1ULL << 30U},
    Unit{"TiB", Dimension::bytes, 1ULL << 40U},
    Unit{"ps", Dimension::time, 1},
    Unit{"ns", Dimension::time, 1000},
    Unit{"us", Dimension::time, 1000000},
    Unit{"ms", Dimension::time, 1000000000},
    Unit{"s", Dimension::time, 1000000000000},
    Unit{"MHz", Dimension::frequency, 1000000},
    Unit{"GHz", Dimension::frequency, 1000000000},
    Unit{"B/s", Dimension::byte_rate, 1},
    Unit{"KB/s", Dimension::byte_rate, 1000},
    Unit{"MB/s", Dimension::byte_rate, 1000000},
    Unit{"GB/s", Dimension::byte_rate, 1000000000},
    Unit{"b/s", Dimension::bit_rate, 1},
    Unit{"Kb/s", Dimension::bit_rate, 1000},
    Unit{"Mb/s", Dimension::bit_rate, 1000000},
    Unit{"Gb/s", Dimension::bit_rate, 1000000000},
    Unit{"cycles", Dimension::cycles, 1000},
    Unit{"B/cycle", Dimension::bytes_per_cycle, 1},
    Unit{"/s", Dimension::event_rate, 1},
    Unit{"K/s", Dimension::event_rate, 1000},
    Unit{"M/s", Dimension::event_rate, 1000000},
    Unit{"", Dimension::count, 1},
    Unit{"", Dimension::share, 1000000},
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// The unit that \p wrong was meant to be: same first letter whatever its case, a slip apart.
std::string meant_unit(std::string_view wrong, Dimension dimension) {
    std::string best;
    int best_distance = 3;
    for (const std::string &name : unit_names(dimension)) {
        if (lower(name)[0] != lower(wrong)[0])
            continue;
        const int distance = edit_distance(lower(wrong), lower(name));
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

std::string quoted(std::string_view text) {
    return "'" + std::string(text) + "'";
}

std::string wrong_unit(std::string_view text, std::string_view unit, Dimension dimension) {
    for (const Unit &other : units) {
        if (unit == other.name && other.dimension != dimension && !unit.empty())
            return quoted(text) + " is " + describe(other.dimension) + ", but " + describe(dimension) +
                   (unit_names(dimension).empty() ? " without unit is needed"
                                                  : " in " + one_of(unit_names(dimension)) + " is needed");
    }
    if (unit_names(dimension).empty())
        return quoted(text) + " has a unit, but a plain number is needed";
    if (unit.empty())
        return quoted(text) + " has no unit; " + describe(dimension) + " is written in " +
               one_of(unit_names(dimension));
    const std::string meant = meant_unit(unit, dimension);
    return "unknown unit " + quoted(unit) + " in " + quoted(text) +
           (meant.empty() ? "; " + std::string(describe(dimension)) + " is written in " + one_of(unit_names(dimension))
                          : "; did you mean '" + meant + "'?");
}

std::string not_a_number(std::string_view text, Dimension dimension) {
    const std::vector<std::string> names = unit_names(dimension);
    return quoted(text) + " is not a number" + (names.empty() ? "" : " with a unit (" + one_of(names) + ")");
}

/// value = value * factor + addend; false on overflow.
bool multiply_add(std::uint64_t &value, std::uint64_t factor, std::uint64_t addend) {
    return !__builtin_mul_overflow(value, factor, &value) && !__builtin_add_overflow(value, addend, &value);
}

enum class Exactness { exact, inexact, overflow };

/// whole.fraction * scale without rounding.
Exactness convert(std::string_view whole, std::string_view fraction, std::uint64_t scale, std::uint64_t &value) {
    value = 0;
    for (const char digit : whole) {
        if (!multiply_add(value, 10, static_cast<std::uint64_t>(digit - '0')))
            return Exactness::overflow;
    }
    if (!multiply_add(value, scale, 0))
        return Exactness::overflow;
    // Digit by digit from the right: rest = (digit * scale + rest) / 10 must never leave a remainder.
    while (!fraction.empty() && fraction.back() == '0')
        fraction.remove_suffix(1);
    std::uint64_t rest = 0;
    for (auto digit = fraction.rbegin(); digit != fraction.rend(); ++digit) {
        rest += static_cast<std::uint64_t>(*digit - '0') * scale;
        if (rest % 10 != 0)
            return Exactness::inexact;
        rest /= 10;
    }
    return multiply_add(value, 1, rest) ? Exactness::exact : Exactness::overflow;
}

/// value / scale in decimal, or "" when that takes more than \p max_digits digits after the point.
std::string decimal(std::uint64_t value, std::uint64_t scale, int max_digits) {
    std::string out = std::to_string(value / scale);
    std::uint64_t rest = value % scale;
    std::string digits;
    while (rest != 0) {
        if (max_digits-- == 0)
            return {};
        rest *= 10;
        digits += static_cast<char>('0' + rest / scale);
        rest %= scale;
    }
    return digits.empty() ? out : out + "." + digits;
}

} // namespace

const char *describe(Dimension dimension) {
    switch (dimension) {
    case Dimension::bytes:
        return "a size";
    case Dimension::time:
        return "a time";
    case Dimension::frequency:
        return "a frequency";
    case Dimension::byte_rate:
        return "a rate of bytes";
    case Dimension::bit_rate:
        return "a rate of bits";
    case Dimension::cycles:
        return "a number of cycles";
    case Dimension::bytes_per_cycle:
        return "a number of bytes per cycle";
    case Dimension::event_rate:
        return "a rate of events";
    case Dimension::share:
        return "a share";
    case Dimension::count:
        break;
    }
    return "a number";
}

const char *base_unit(Dimension dimension) {
    switch (dimension) {
    case Dimension::bytes:
        return "B";
    case Dimension::time:
        return "ps";
    case Dimension::frequency:
        return "Hz";
    case Dimension::byte_rate:
        return "B/s";
    case Dimension::bit_rate:
        return "bit/s";
    case Dimension::cycles:
        return "1/1000 cycle";
    case Dimension::bytes_per_cycle:
        return "B/cycle";
    case Dimension::event_rate:
        return "1/s";
    case Dimension::share:
        return "ppm";
    case Dimension::count:
        break;
    }
    return "1";
}

std::vector<std::string> unit_names(Dimension dimension) {
    std::vector<std::string> names;
    for (const Unit &unit : units) {
        if (unit.dimension == dimension && unit.name[0] != '\0')
            names.emplace_back(unit.name);
    }
    return names;
}

Quantity parse_quantity(std::string_view text, Dimension dimension) {
    const auto digits_from = [&](std::size_t begin) {
        std::size_t end = begin;
        while (end < text.size() && is_digit(text[end]))
            ++end;
        return text.substr(begin, end - begin);
    };
    if (text.size() > 1 && text[0] == '-' && is_digit(text[1]))
        return {0, quoted(text) + " is negative"};
    const std::string_view whole = digits_from(0);
    if (whole.empty())
        return {0, not_a_number(text, dimension)};
    std::size_t end = whole.size();
    std::string_view fraction;
    if (end < text.size() && text[end] == '.') {
        fraction = digits_from(end + 1);
        if (fraction.empty())
            return {0, not_a_number(text, dimension)};
        end += 1 + fraction.size();
    }
    const std::string_view unit = text.substr(end);
    if (!unit.empty() && unit[0] == ' ')
        return {0, quoted(text) + " has a space before its unit; write them together"};

    const auto *const found = std::find_if(units.begin(), units.end(), [&](const Unit &candidate) {
        return candidate.dimension == dimension && unit == candidate.name;
    });
    if (found == units.end())
        return {0, wrong_unit(text, unit, dimension)};
    std::uint64_t value = 0;
    switch (convert(whole, fraction, found->scale, value)) {
    case Exactness::exact:
        return {value, ""};
    case Exactness::inexact:
        return {0, quoted(text) + (dimension == Dimension::count
                                       ? " is not a whole number"
                                       : std::string(" is not a whole number of ") + base_unit(dimension))};
    case Exactness::overflow:
        break;
    }
    return {0, quoted(text) + " is too large; the limit is 2^64-1" +
                   (dimension == Dimension::count ? "" : std::string(" ") + base_unit(dimension))};
}

std::string format_quantity(std::uint64_t value, Dimension dimension) {
    constexpr int any_number_of_digits = std::numeric_limits<int>::max();
    std::string shortest;
    for (const Unit &unit : units) {
        if (unit.dimension != dimension || (value < unit.scale && !shortest.empty()))
            continue;
        // The smallest unit always works; a larger one only where it reads better.
        const std::string number = decimal(value, unit.scale, shortest.empty() ? any_number_of_digits : 3);
        const std::string written = number + unit.name;
        if (!number.empty() && (shortest.empty() || written.size() <= shortest.size()))
            shortest = written;
    }
    return shortest;
}

} // namespace tcesim::scenario
