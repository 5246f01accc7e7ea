// SPDX-License-Identifier: Apache-2.0
/// \file
/// Every key of a scenario file: one table that the parser obeys and the reference is printed from.
#ifndef TCESIM_SIM_SCENARIO_SCHEMA_H
#define TCESIM_SIM_SCENARIO_SCHEMA_H

#include "sim/scenario/units.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace tcesim::scenario {

enum class Type {
    map,
    list,
    text,
    word,              ///< one of KeySpec::words
    boolean,           ///< true or false
    quantity,          ///< a number in KeySpec::dimension
    constant_quantity, ///< a number in the dimension of the constant it belongs to
    metric_quantity,   ///< a number in the unit of the metric it belongs to
    override_value,    ///< a value of the type of the path it is for
    path,              ///< of one file
    paths              ///< one path or a list of paths
};

/// Names that a map without fixed keys accepts.
enum class Names { fixed, constants, variants, paths };

enum class Presence { required, optional, defaulted };

/// Who may change a key by its path.
enum class Overridable { never, by_set, by_set_and_variant };

struct KeySpec {
    std::string path; ///< "iommu.windows[].page"; "*" stands for a name of the user's
    Type type = Type::text;
    Dimension dimension = Dimension::count;
    std::uint64_t low = 0; ///< of a quantity, or of the number of a list's elements
    std::uint64_t high = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t multiple = 1;
    bool power_of_two = false;
    std::vector<std::string> words; ///< of a quantity: the only values; in the order of the enumeration
    Names names = Names::fixed;
    Presence presence = Presence::required;
    std::string default_text;
    std::vector<std::string> kinds; ///< of traffic that have this key; empty: all
    Overridable overridable = Overridable::never;
    std::string limit_reason; ///< why a value outside the range is refused; of a map: what to do where it is missing
    std::string about;

    /// Whether a scenario has this key with traffic of \p kind; "" stands for a kind not known yet.
    bool belongs_to(std::string_view kind) const;
};

const std::vector<KeySpec> &schema();

/// The row of \p path, nullptr where there is none. \p path is written as in the table.
const KeySpec *find_key(std::string_view path);
/// Rows directly under \p path, in the order of the table; "" for the outermost.
std::vector<const KeySpec *> keys_under(std::string_view path);
/// Last part of the row's path: "page".
std::string key_name(const KeySpec &key);

/// A figure that a machine file gives.
struct ConstantSpec {
    const char *id;
    Dimension dimension;
    std::uint64_t low;  ///< smallest value that the models work with, base units
    std::uint64_t high; ///< largest, at most 2^63-1
    std::uint64_t multiple;
    bool power_of_two;
    /// The machine or the device model that needs it; others may have it all the same. nullptr: every machine needs it;
    /// "": none does.
    const char *needed_by;
    const char *about;
};

const std::vector<ConstantSpec> &constants();
const ConstantSpec *find_constant(std::string_view id);
std::vector<std::string> constant_ids();
/// What the value of \p constant may be, as a row of its own.
KeySpec value_of(const ConstantSpec &constant);

} // namespace tcesim::scenario

#endif
