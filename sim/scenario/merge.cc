// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/merge.h"

#include "sim/scenario/yaml_reader.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <system_error>
#include <vector>

namespace tcesim::scenario {

namespace {

namespace fs = std::filesystem;

/// The text of \p file; nothing and the system's reason in \p error where it cannot be read.
std::optional<std::string> read_text(const fs::path &file, std::string &error) {
    std::error_code code;
    if (fs::is_directory(file, code)) {
        error = "it is a directory";
        return std::nullopt;
    }
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        error = std::generic_category().message(errno);
        return std::nullopt;
    }
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

/// One name for a file however it is reached.
std::string identity_of(const fs::path &file) {
    std::error_code code;
    const fs::path canonical = fs::weakly_canonical(file, code);
    return (code ? file.lexically_normal() : canonical).string();
}

void drop_entry(Node &map, const char *key) {
    map.entries.erase(std::remove_if(map.entries.begin(), map.entries.end(),
                                     [key](const Node::Entry &entry) { return entry.key == key; }),
                      map.entries.end());
}

/// Two things belong together and are replaced as a whole: variants, and a machine that has a name.
void lay_over(Node &base, const Node &layer) {
    if (layer.find("variants"))
        drop_entry(base, "variants");
    const Node::Entry *machine = layer.find("machine");
    if (machine && machine->value.kind == Node::Kind::map && machine->value.find("name"))
        drop_entry(base, "machine");
    merge_into(base, layer);
}

class FileMerger {
public:
    FileMerger(SourceSet &sources, Diagnostics &diagnostics) : sources_(sources), diagnostics_(diagnostics) {}

    MergedFile read(const std::string &file) {
        std::string error;
        std::optional<std::string> text = read_text(file, error);
        if (!text) {
            diagnostics_.error({sources_.add(file, ""), 0, 0}, "cannot read this file: " + error);
            return {Node::map({}), false};
        }
        return load(file, std::move(*text));
    }

private:
    MergedFile load(const fs::path &file, std::string text) {
        const std::string identity = identity_of(file);
        const auto known = loaded_.find(identity);
        if (known != loaded_.end())
            return known->second;
        const int source = sources_.add(file.string(), std::move(text));
        std::optional<Node> own = read_yaml(sources_, source, diagnostics_);
        if (!own)
            return {Node::map({source, 1, 1}), false};
        chain_.push_back({identity, file.string()});
        MergedFile merged = extend(file, *own);
        chain_.pop_back();
        loaded_[identity] = merged;
        return merged;
    }

    /// \p own over everything that its `extends` names, in that order.
    MergedFile extend(const fs::path &file, const Node &own) {
        MergedFile merged{Node::map(own.position), true};
        if (const Node::Entry *extends = own.find("extends")) {
            for (const Node *path : base_paths(*extends, merged.complete)) {
                const MergedFile base = load_base(file, *path);
                lay_over(merged.root, base.root);
                merged.complete = merged.complete && base.complete;
            }
        }
        Node rest = own;
        drop_entry(rest, "extends");
        lay_over(merged.root, rest);
        return merged;
    }

    /// The paths that `extends` names; reports what is none.
    std::vector<const Node *> base_paths(const Node::Entry &extends, bool &complete) {
        std::vector<const Node *> paths;
        const auto take = [&](const Node &node) {
            if (node.kind == Node::Kind::scalar && !node.text.empty()) {
                paths.push_back(&node);
                return;
            }
            const Node::Kind kind = node.kind == Node::Kind::scalar ? Node::Kind::null : node.kind;
            diagnostics_.error(node.position,
                               std::string("extends must be a path or a list of paths, not ") + describe(kind));
            complete = false;
        };
        if (extends.value.kind == Node::Kind::list)
            std::for_each(extends.value.items.begin(), extends.value.items.end(), take);
        else
            take(extends.value);
        return paths;
    }

    MergedFile load_base(const fs::path &file, const Node &path) {
        const fs::path base = (file.parent_path() / path.text).lexically_normal();
        const std::string identity = identity_of(base);
        const auto in_chain =
            std::find_if(chain_.begin(), chain_.end(), [&](const Link &link) { return link.identity == identity; });
        if (in_chain != chain_.end()) {
            std::string circle;
            for (auto link = in_chain; link != chain_.end(); ++link)
                circle += link->name + " -> ";
            diagnostics_.error(path.position, "extends goes in a circle: " + circle + in_chain->name);
            return {Node::map(path.position), false};
        }
        std::string error;
        std::optional<std::string> text = read_text(base, error);
        if (!text) {
            diagnostics_.error(path.position, "cannot read '" + base.string() + "': " + error);
            return {Node::map(path.position), false};
        }
        return load(base, std::move(*text));
    }

    struct Link {
        std::string identity, name;
    };

    SourceSet &sources_;
    Diagnostics &diagnostics_;
    std::vector<Link> chain_;
    std::map<std::string, MergedFile> loaded_;
};

} // namespace

void merge_into(Node &base, const Node &overlay) {
    if (base.kind != Node::Kind::map || overlay.kind != Node::Kind::map) {
        base = overlay;
        return;
    }
    base.position = overlay.position;
    for (const Node::Entry &entry : overlay.entries) {
        if (Node::Entry *existing = base.find(entry.key)) {
            existing->key_position = entry.key_position;
            existing->key_quoted = entry.key_quoted;
            merge_into(existing->value, entry.value);
        } else {
            base.entries.push_back(entry);
        }
    }
}

MergedFile read_merged(const std::string &file, SourceSet &sources, Diagnostics &diagnostics) {
    return FileMerger(sources, diagnostics).read(file);
}

} // namespace tcesim::scenario
