// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/values.h"

#include "models/kernel/check.h"
#include "sim/scenario/words.h"

#include <algorithm>
#include <cctype>

namespace tcesim::scenario {

namespace {

std::string article_for(Type type) {
    return type == Type::map ? "a map of keys" : type == Type::list ? "a list" : "a single value";
}

bool is_variant_name(const std::string &name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return (std::islower(c) != 0) || (std::isdigit(c) != 0) || c == '_';
    });
}

/// "64MiB..1TiB", "at least 1", "1".
std::string range_text(const KeySpec &key) {
    const std::string low = format_quantity(key.low, key.dimension);
    if (key.low == key.high)
        return low;
    if (key.high == std::numeric_limits<std::uint64_t>::max())
        return "at least " + low;
    return low + ".." + format_quantity(key.high, key.dimension);
}

std::string reason(const KeySpec &key) {
    return key.limit_reason.empty() ? "" : "; " + key.limit_reason;
}

std::string nearest_powers(const KeySpec &key, std::uint64_t number) {
    std::uint64_t below = key.low;
    while (below <= key.high / 2 && below * 2 < number)
        below *= 2;
    return format_quantity(below, key.dimension) + " or " + format_quantity(below * 2, key.dimension);
}

/// Every key that the map of row \p parent takes; nullptr stands for the outermost map.
std::vector<std::string> known_keys(const KeySpec *parent) {
    if (parent != nullptr && parent->names == Names::constants)
        return constant_ids();
    std::vector<std::string> known;
    for (const KeySpec *row : keys_under(parent == nullptr ? "" : parent->path))
        known.push_back(key_name(*row));
    return known;
}

class Validator {
public:
    Validator(bool complete, bool machine, Diagnostics &diagnostics)
        : diagnostics_(diagnostics), complete_(complete), machine_(machine) {}

    Values run(const Node &root) {
        if (const Node::Entry *traffic = root.find("traffic"))
            if (const Node::Entry *kind = traffic->value.find("kind"))
                kind_ = known_kind(kind->value.text);
        walk_map(root, root.position, nullptr, "");
        return std::move(values_);
    }

private:
    void walk(const Node &node, Position key_position, const KeySpec &key, const std::string &path) {
        if (key.type == Type::override_value)
            return; // checked as the value of the key that it overrides
        if (!key.belongs_to(kind_)) {
            diagnostics_.error(key_position, path + " belongs to " + one_of(key.kinds) + " traffic, not to " + kind_);
            return;
        }
        if (node.kind == Node::Kind::null) {
            diagnostics_.error(node.position, path + " has no value");
            return;
        }
        const Node::Kind wanted = key.type == Type::map    ? Node::Kind::map
                                  : key.type == Type::list ? Node::Kind::list
                                                           : Node::Kind::scalar;
        if (node.kind != wanted) {
            diagnostics_.error(node.position,
                               path + " must be " + article_for(key.type) + ", not " + describe(node.kind));
            return;
        }
        if (wanted == Node::Kind::map)
            walk_map(node, key_position, &key, path);
        else if (wanted == Node::Kind::list)
            walk_list(node, key, path);
        else
            walk_scalar(node, key, path);
    }

    void walk_map(const Node &node, Position key_position, const KeySpec *parent, const std::string &path) {
        const std::string parent_path = parent == nullptr ? "" : parent->path;
        const Names names = parent == nullptr ? Names::fixed : parent->names;
        std::vector<std::string> slips; // keys that are missing because they are misspelt
        for (const Node::Entry &entry : node.entries) {
            const std::string entry_path = path.empty() ? entry.key : path + "." + entry.key;
            if (const KeySpec *key = row_of(entry, names, parent_path, parent, path))
                walk(entry.value, entry.key_position, *key, entry_path);
            else
                slips.push_back(nearest(entry.key, known_keys(parent)));
        }
        if (parent != nullptr && names == Names::variants && node.entries.empty())
            diagnostics_.error(node.position, path + " must name at least one variant, or be absent");
        if (names != Names::fixed)
            return;
        for (const KeySpec *key : keys_under(parent_path)) {
            if (std::find(slips.begin(), slips.end(), key_name(*key)) == slips.end())
                require(node, *key, key_position, path);
        }
    }

    /// Row of an entry; reports one that has none.
    const KeySpec *row_of(const Node::Entry &entry, Names names, const std::string &parent_path, const KeySpec *parent,
                          const std::string &path) {
        const std::string prefix = parent_path.empty() ? "" : parent_path + ".";
        bool known = true;
        if (names == Names::constants)
            known = find_constant(entry.key) != nullptr;
        const KeySpec *key = find_key(prefix + (names == Names::fixed ? entry.key : "*"));
        if (key == nullptr || !known) {
            diagnostics_.error(entry.key_position, unknown_key(entry.key, parent, path));
            return nullptr;
        }
        if (names == Names::variants && !is_variant_name(entry.key)) {
            diagnostics_.error(entry.key_position,
                               "variant name '" + entry.key + "' must consist of lower-case letters, digits and _");
        }
        return key;
    }

    void require(const Node &node, const KeySpec &key, Position map_position, const std::string &path) {
        const std::string name = key_name(key);
        if (node.find(name) != nullptr || !key.belongs_to(kind_))
            return;
        if (path.empty() && !machine_ && key.type != Type::text)
            return;
        if (key.presence == Presence::required && complete_) {
            diagnostics_.error(map_position, "missing required key '" + name + "'" +
                                                 (path.empty() ? "" : " in " + path) +
                                                 (key.type == Type::map ? reason(key) : ""));
        }
        if (key.presence == Presence::defaulted) {
            Value value;
            read_scalar(key, key.path, key.default_text, map_position, value, diagnostics_);
            values_.add(key.path, value);
        }
    }

    void walk_list(const Node &node, const KeySpec &key, const std::string &path) {
        const std::size_t size = node.items.size();
        if (size < key.low || size > key.high) {
            diagnostics_.error(node.position, path + " must have " + range_text(key) + " elements, not " +
                                                  std::to_string(size) + reason(key));
        }
        const KeySpec *element = find_key(key.path + "[]");
        TCESIM_CHECK(element != nullptr, "every list of the schema has a row for its elements");
        for (std::size_t i = 0; i < size; ++i)
            walk(node.items[i], node.items[i].position, *element, path + "[" + std::to_string(i) + "]");
    }

    void walk_scalar(const Node &node, const KeySpec &key, const std::string &path) {
        Value value;
        if (!read_scalar(key, path, node.text, node.position, value, diagnostics_))
            return;
        value.overridden = node.overridden;
        values_.add(path, value);
    }

    /// \p word where it is a kind of traffic; what is none has an error of its own.
    static std::string known_kind(const std::string &word) {
        const std::vector<std::string> &kinds = find_key("traffic.kind")->words;
        return std::find(kinds.begin(), kinds.end(), word) == kinds.end() ? "" : word;
    }

    Values values_;
    Diagnostics &diagnostics_;
    bool complete_;
    bool machine_;     // the outermost map describes one
    std::string kind_; // of the scenario's traffic; "" while not known
};

/// Where a key that is unknown here does belong: "; it belongs in traffic" or "".
std::string belongs_in(const std::string &key) {
    for (const KeySpec &row : schema()) {
        const std::size_t dot = row.path.find_last_of('.');
        if (dot == std::string::npos || key_name(row) != key || row.path.find('*') != std::string::npos)
            continue;
        std::string parent = row.path.substr(0, dot);
        const std::size_t element = parent.find("[]");
        if (element != std::string::npos)
            parent.replace(element, 2, "[0]");
        return "; it belongs in " + parent;
    }
    return find_constant(key) == nullptr ? "" : "; it belongs in machine.constants";
}

} // namespace

const Value *Values::find(const std::string &path) const {
    const auto found = values_.find(path);
    return found == values_.end() ? nullptr : &found->second;
}

std::uint64_t Values::number(const std::string &path) const {
    const Value *value = find(path);
    TCESIM_CHECK(value != nullptr, "a value that is read has been validated");
    return value->number;
}

const std::string &Values::text(const std::string &path) const {
    const Value *value = find(path);
    TCESIM_CHECK(value != nullptr, "a value that is read has been validated");
    return value->text;
}

std::string unknown_key(const std::string &key, const KeySpec *parent, const std::string &path) {
    const std::vector<std::string> known = known_keys(parent);
    const std::string where = path.empty() ? "" : " in " + path;
    const std::string meant = did_you_mean(key, known);
    return "unknown key '" + key + "'" + where + (meant.empty() ? belongs_in(key) : meant);
}

std::string number_error(const KeySpec &key, std::uint64_t number, const std::string &text) {
    if (!key.words.empty()) {
        const bool listed = std::any_of(key.words.begin(), key.words.end(), [&](const std::string &word) {
            return parse_quantity(word, key.dimension).value == number;
        });
        return listed ? "" : " must be " + one_of(key.words) + ", not " + text;
    }
    if (number < key.low || number > key.high)
        return " must be " + range_text(key) + ", not " + text + reason(key);
    if (key.power_of_two && (number & (number - 1)) != 0)
        return " must be a power of two such as " + nearest_powers(key, number) + ", not " + text;
    if (number % key.multiple != 0)
        return " must be a multiple of " + format_quantity(key.multiple, key.dimension) + ", not " + text;
    return "";
}

bool read_scalar(const KeySpec &key, const std::string &path, const std::string &text, Position position, Value &value,
                 Diagnostics &diagnostics) {
    value.key = &key;
    value.text = text;
    value.position = position;
    std::string error;
    if (key.type == Type::quantity) {
        const Quantity quantity = parse_quantity(text, key.dimension);
        value.number = quantity.value;
        error = quantity.error.empty() ? number_error(key, quantity.value, text) : ": " + quantity.error;
    } else if (key.type == Type::word) {
        const auto found = std::find(key.words.begin(), key.words.end(), text);
        value.number = static_cast<std::uint64_t>(found - key.words.begin());
        if (found == key.words.end())
            error = " must be " + one_of(key.words) + ", not '" + text + "'" + did_you_mean(text, key.words);
    } else if (key.type == Type::boolean) {
        value.number = text == "true" ? 1 : 0;
        if (text != "true" && text != "false")
            error = " must be true or false, not '" + text + "'";
    } else if ((key.type == Type::text || key.type == Type::path) &&
               text.find_first_not_of(" \t\n") == std::string::npos) {
        error = " must not be empty";
    }
    if (!error.empty())
        diagnostics.error(position, path + error);
    return error.empty();
}

Values validate(const Node &root, bool complete, Diagnostics &diagnostics) {
    return Validator(complete, true, diagnostics).run(root);
}

Values validate_formulas(const Node &root, bool complete, Diagnostics &diagnostics) {
    return Validator(complete, false, diagnostics).run(root);
}

} // namespace tcesim::scenario
