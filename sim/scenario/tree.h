// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a YAML file says, every key and value with the place where it says so.
#ifndef TCESIM_SIM_SCENARIO_TREE_H
#define TCESIM_SIM_SCENARIO_TREE_H

#include "sim/scenario/diagnostics.h"

#include <string>
#include <string_view>
#include <vector>

namespace tcesim::scenario {

/// One value: a scalar, a list or a map. Scalars are kept as text; the schema gives them a type.
struct Node {
    enum class Kind { null, scalar, list, map };
    struct Entry;

    Kind kind = Kind::null;
    std::string text;           ///< scalar
    std::vector<Node> items;    ///< list
    std::vector<Entry> entries; ///< map, in the order of the text
    Position position;          ///< of the value; of its key where the value is absent
    bool overridden = false;    ///< set by a variant or by --set

    static Node scalar(std::string text, Position position);
    static Node map(Position position);

    /// The entry of \p key, nullptr when the map has none.
    const Entry *find(std::string_view key) const;
    Entry *find(std::string_view key);
};

/// One key of a map with its value.
struct Node::Entry {
    std::string key;
    Position key_position;
    Node value;
    bool key_quoted = false; ///< the key's text begins one column after key_position
};

/// "a list", "a map", "a single value", "nothing".
const char *describe(Node::Kind kind);

} // namespace tcesim::scenario

#endif
