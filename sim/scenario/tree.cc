// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/tree.h"

#include <algorithm>
#include <utility>

namespace tcesim::scenario {

Node Node::scalar(std::string text, Position position) {
    Node node;
    node.kind = Kind::scalar;
    node.text = std::move(text);
    node.position = position;
    return node;
}

Node Node::map(Position position) {
    Node node;
    node.kind = Kind::map;
    node.position = position;
    return node;
}

const Node::Entry *Node::find(std::string_view key) const {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const Entry &entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

Node::Entry *Node::find(std::string_view key) {
    return const_cast<Entry *>(std::as_const(*this).find(key)); // the same entry of the same object
}

const char *describe(Node::Kind kind) {
    switch (kind) {
    case Node::Kind::scalar:
        return "a single value";
    case Node::Kind::list:
        return "a list";
    case Node::Kind::map:
        return "a map";
    case Node::Kind::null:
        break;
    }
    return "nothing";
}

} // namespace tcesim::scenario
