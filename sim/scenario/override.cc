// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/override.h"

#include "sim/scenario/schema.h"
#include "sim/scenario/values.h"
#include "sim/scenario/words.h"

#include <cctype>
#include <optional>

namespace tcesim::scenario {

namespace {

/// One part of a path: a key or the index of a list's element.
struct Segment {
    std::string text;
    int offset = 0; ///< characters before it in the path
    bool is_index = false;
};

/// "iommu.windows[0].page" to iommu, windows, 0, page. Nothing where it is no path; \p offset then tells where.
std::optional<std::vector<Segment>> split(const std::string &path, int &offset) {
    std::vector<Segment> segments;
    std::size_t i = 0;
    const auto take = [&](auto accepted) {
        const std::size_t begin = i;
        while (i < path.size() && accepted(static_cast<unsigned char>(path[i])))
            ++i;
        return path.substr(begin, i - begin);
    };
    for (;;) {
        offset = static_cast<int>(i);
        const std::string key = take([](unsigned char c) { return (std::isalnum(c) != 0) || c == '_'; });
        if (key.empty())
            return std::nullopt;
        segments.push_back({key, offset, false});
        while (i < path.size() && path[i] == '[') {
            offset = static_cast<int>(++i);
            const std::string index = take([](unsigned char c) { return std::isdigit(c) != 0; });
            if (index.empty() || index.size() > 4 || i >= path.size() || path[i] != ']')
                return std::nullopt;
            segments.push_back({index, offset, true});
            ++i;
        }
        offset = static_cast<int>(i);
        if (i == path.size())
            return segments;
        if (path[i++] != '.')
            return std::nullopt;
    }
}

/// One override on its way into a tree: first through the schema, then through the tree.
class Application {
public:
    Application(const Override &override, OverrideBy by, Diagnostics &diagnostics)
        : override_(override), diagnostics_(diagnostics), by_(by) {}

    void run(Node &root) {
        int offset = 0;
        const auto segments = split(override_.path, offset);
        if (!segments) {
            error(offset, "'" + override_.path + "' is not a path such as iommu.windows[0].page");
            return;
        }
        for (const Segment &segment : *segments) {
            if (!(segment.is_index ? enter_element(segment) : enter_key(segment)))
                return;
        }
        if (!may_be_set(segments->back()))
            return;
        if (Node *node = find(root, *segments)) {
            *node = override_.value;
            node->overridden = true;
        } else {
            require_kind(root);
        }
    }

private:
    void error(int offset, const std::string &message) {
        Position position = override_.position;
        position.column += offset;
        diagnostics_.error(position, message);
    }

    bool enter_key(const Segment &segment) {
        const Names names = row_ == nullptr ? Names::fixed : row_->names;
        const std::string prefix = row_ == nullptr ? "" : row_->path + ".";
        const KeySpec *next = find_key(prefix + (names == Names::fixed ? segment.text : "*"));
        if (next == nullptr || (names == Names::constants && find_constant(segment.text) == nullptr)) {
            error(segment.offset, unknown_key(segment.text, row_, path_));
            return false;
        }
        row_ = next;
        path_ += (path_.empty() ? "" : ".") + segment.text;
        return true;
    }

    bool enter_element(const Segment &segment) {
        if (row_->type != Type::list) {
            error(segment.offset, path_ + " is not a list");
            return false;
        }
        row_ = find_key(row_->path + "[]");
        path_ += "[" + segment.text + "]";
        return true;
    }

    bool may_be_set(const Segment &last) {
        if (row_->overridable == Overridable::never) {
            const bool single = row_->type != Type::map && row_->type != Type::list;
            error(last.offset,
                  path_ + (single ? " cannot be overridden" : " is not a single value; set one of its keys"));
            return false;
        }
        if (by_ == OverrideBy::variant && row_->overridable == Overridable::by_set) {
            error(last.offset, path_ + " belongs to the whole scenario, not to a variant");
            return false;
        }
        return true;
    }

    /// The scenario has no room for the key because its traffic is of another kind.
    void require_kind(const Node &root) {
        const Node::Entry *traffic = root.find("traffic");
        const Node::Entry *kind = traffic == nullptr ? nullptr : traffic->value.find("kind");
        if (kind != nullptr && !row_->belongs_to(kind->value.text))
            error(0, path_ + " belongs to " + one_of(row_->kinds) + " traffic, not to " + kind->value.text);
    }

    /// The node of a path that the schema knows. nullptr where the tree has no room for it: either reported here, or
    /// by validate(), which finds a required key missing.
    Node *find(Node &root, const std::vector<Segment> &segments) {
        Node *node = &root;
        for (std::size_t i = 0; i < segments.size() && node != nullptr; ++i) {
            const bool last = i + 1 == segments.size();
            node = segments[i].is_index ? element(*node, segments[i]) : child(*node, segments, i, last);
        }
        return node;
    }

    Node *element(Node &list, const Segment &segment) {
        if (list.kind != Node::Kind::list)
            return nullptr;
        const auto index = static_cast<std::size_t>(std::stoul(segment.text));
        if (index < list.items.size())
            return &list.items[index];
        error(segment.offset,
              "there is no element [" + segment.text + "]; the list has " + std::to_string(list.items.size()));
        return nullptr;
    }

    Node *child(Node &map, const std::vector<Segment> &segments, std::size_t i, bool last) {
        if (map.kind != Node::Kind::map)
            return nullptr;
        if (Node::Entry *entry = map.find(segments[i].text))
            return &entry->value;
        if (i == 2 && segments[0].text == "machine") {
            error(segments[i].offset, "the machine has no constant '" + segments[i].text + "' to override");
            return nullptr;
        }
        const KeySpec *group = find_key(segments[i].text);
        if (!last && (group == nullptr || group->presence != Presence::optional))
            return nullptr;
        map.entries.push_back({segments[i].text, override_.position, Node::map(override_.position), false});
        return &map.entries.back().value;
    }

    const Override &override_;
    Diagnostics &diagnostics_;
    OverrideBy by_;
    const KeySpec *row_ = nullptr;
    std::string path_;
};

} // namespace

bool read_set(const std::string &argument, SourceSet &sources, Override &override, Diagnostics &diagnostics) {
    const int source = sources.add(set_source, argument);
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos) {
        diagnostics.error({source, 1, 1}, "--set takes path=value, such as --set host.tce=real");
        return false;
    }
    override.path = argument.substr(0, equals);
    override.position = {source, 1, 1};
    const Position value_position{source, 1, character_count(argument.substr(0, equals + 1)) + 1};
    override.value = Node::scalar(argument.substr(equals + 1), value_position);
    if (override.value.text.empty())
        override.value.kind = Node::Kind::null;
    return true;
}

std::vector<Override> read_variant(const Node &variant) {
    std::vector<Override> overrides;
    for (const Node::Entry &entry : variant.entries) {
        Position position = entry.key_position;
        position.column += entry.key_quoted ? 1 : 0;
        overrides.push_back({entry.key, position, entry.value});
    }
    return overrides;
}

void apply_override(Node &root, const Override &override, OverrideBy by, Diagnostics &diagnostics) {
    Application(override, by, diagnostics).run(root);
}

} // namespace tcesim::scenario
