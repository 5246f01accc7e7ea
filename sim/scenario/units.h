// SPDX-License-Identifier: Apache-2.0
/// \file
/// Quantities with units: exact conversion of decimal text to integers in base units, and back.
#ifndef TCESIM_SIM_SCENARIO_UNITS_H
#define TCESIM_SIM_SCENARIO_UNITS_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tcesim::scenario {

/// What a quantity measures, and so which units it takes.
enum class Dimension {
    count,           ///< plain number; base 1
    bytes,           ///< B, KiB, MiB, GiB, TiB; base B
    time,            ///< ps, ns, us, ms, s; base ps
    frequency,       ///< MHz, GHz; base Hz
    byte_rate,       ///< B/s, KB/s, MB/s, GB/s (decimal); base B/s
    bit_rate,        ///< b/s, Kb/s, Mb/s, Gb/s (decimal); base bit/s
    cycles,          ///< cycles; base 1/1000 cycle
    bytes_per_cycle, ///< B/cycle; base B/cycle
    event_rate,      ///< /s, K/s, M/s; base 1/s
    share            ///< plain number, mostly 0..1; base 1/1000000 (ppm)
};

/// "a size", "a time", ... for messages.
const char *describe(Dimension dimension);
/// Name of the base unit: "B", "ps", "Hz", "B/s", "bit/s", "1/1000 cycle", "B/cycle", "1/s", "ppm", "1".
const char *base_unit(Dimension dimension);
/// Units that may be written, smallest first; empty for plain numbers.
std::vector<std::string> unit_names(Dimension dimension);

/// A quantity in base units, or the reason why the text is none.
struct Quantity {
    std::uint64_t value = 0;
    std::string error; ///< empty: value counts; otherwise the rest of "KEY: ..."
};

/// Reads digits with an optional decimal fraction, directly followed by a unit of \p dimension. Never rounds:
/// what is no whole number of base units, or exceeds 2^64-1 of them, is an error.
Quantity parse_quantity(std::string_view text, Dimension dimension);

/// The shortest way to write \p value that parse_quantity() reads back exactly: 65536 B is "64KiB".
std::string format_quantity(std::uint64_t value, Dimension dimension);

} // namespace tcesim::scenario

#endif
