// SPDX-License-Identifier: Apache-2.0
/// \file
/// Where the handlers' time went, line by line, as results carry it: the part of a variant's result that
/// annotate shows.
#ifndef TCESIM_SIM_LINE_PROFILE_H
#define TCESIM_SIM_LINE_PROFILE_H

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tcesim {

/// A line of hcall/ and the function that it was written in.
struct SourcePlace {
    std::string function;
    std::string file; ///< relative to hcall/
    std::uint64_t line = 0;
};

/// One line as executed for one hypercall at one level, within the functions it was inlined into, in the measured
/// phase.
struct LineRow {
    unsigned vcpu = 0;
    std::string hypercall; ///< "H_PUT_TCE"; empty: the guest's DMA API
    std::string level;     ///< "real mode"
    SourcePlace place;
    std::vector<SourcePlace> inlined_into; ///< outward
    std::string object_function;           ///< "name@file" of the machine function, file its translation unit
    std::string text;                      ///< the line without the blanks around it
    std::uint64_t calls = 0;               ///< how often control came to it
    std::uint64_t instructions = 0;
    std::array<std::uint64_t, 3> misses{}; ///< of L1, L2, L3
    /// Picoseconds by kind: "code", "atomic", "fence", "l2", "l3", "memory" for its own execution, a leaf of the
    /// ledger, "layer/name/kind", for port functions that it called.
    std::map<std::string, std::uint64_t> time;

    std::uint64_t ps() const;
};

/// Whether \p kind of LineRow::time is the line's own execution, not a port function's time.
bool is_own_execution(const std::string &kind);

/// Largest time first.
using LineProfile = std::vector<LineRow>;

/// The order of results: largest time first, equals by place.
bool comes_first(const LineRow &a, const LineRow &b);

/// How often one machine function was called by one line, or from elsewhere.
struct CallRow {
    std::optional<std::size_t> caller; ///< index into the profile; none: from outside of the handlers or another level
    // Of the callee, and of the caller if there is one.
    unsigned vcpu = 0;
    std::string hypercall, level;
    std::string callee; ///< "name@file", as LineRow::object_function
    std::uint64_t calls = 0;
};

nlohmann::ordered_json profile_to_json(const LineProfile &profile);
/// \p json was made by profile_to_json(); anything else throws nlohmann::json::exception.
LineProfile profile_from_json(const nlohmann::ordered_json &json);

nlohmann::ordered_json calls_to_json(const std::vector<CallRow> &calls);
/// \p json was made by calls_to_json() of calls among \p profile; anything else throws nlohmann::json::exception.
std::vector<CallRow> calls_from_json(const nlohmann::ordered_json &json, const LineProfile &profile);

} // namespace tcesim

#endif
