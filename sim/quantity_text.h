// SPDX-License-Identifier: Apache-2.0
/// \file
/// Figures for people: integers in base units become three digits and a scaled unit.
#ifndef TCESIM_SIM_QUANTITY_TEXT_H
#define TCESIM_SIM_QUANTITY_TEXT_H

#include <cstdint>
#include <string>
#include <string_view>

namespace tcesim {

/// \p value of \p unit with three significant digits, rounded half away from zero, decimal prefixes:
/// scaled(927000000, "B/s") == "927 MB/s", scaled(1234000, "ps") == "1.23 us",
/// scaled(453000, "1/s") == "453 K/s", scaled(991000, "ppm") == "99.1 %", scaled(1234, "1") == "1234".
/// Counts of unit "1" keep all digits up to 99999. A unit that takes no prefix is appended as it is.
std::string scaled(std::int64_t value, std::string_view unit);

/// "750..1020 MB/s": both with the unit of the larger one, so that they can be compared by eye.
std::string scaled_range(std::int64_t low, std::int64_t high, std::string_view unit);

/// "4.21 x": the ratio of two figures; "-" when \p base is 0.
std::string factor(std::int64_t value, std::int64_t base);

/// \p value / \p base, which is not 0, with up to three digits, three of them decimals: "2001", "12.3", "0.059",
/// "<.001"; "0" for 0.
std::string quotient(std::uint64_t value, std::uint64_t base);

/// Share of \p part in \p whole with one decimal: "23.4 %"; "-" when \p whole is 0.
std::string share(std::uint64_t part, std::uint64_t whole);

/// An instant of a sequence: "1.234 us", always in microseconds so that a column of them can be compared.
std::string microseconds(std::uint64_t ps);

} // namespace tcesim

#endif
