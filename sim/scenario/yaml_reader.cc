// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/yaml_reader.h"

#include "models/kernel/check.h"

#include <algorithm>
#include <libfyaml.h>
#include <memory>

namespace tcesim::scenario {

namespace {

struct DiagDeleter {
    void operator()(fy_diag *diag) const { fy_diag_destroy(diag); }
};
struct ParserDeleter {
    void operator()(fy_parser *parser) const { fy_parser_destroy(parser); }
};

/// Offset of the first byte that is not part of well-formed UTF-8, or npos.
std::size_t first_invalid_utf8(const std::string &text) {
    std::size_t i = 0;
    while (i < text.size()) {
        const auto lead = static_cast<unsigned char>(text[i]);
        std::size_t length = 1;
        if (lead >= 0xf0 && lead <= 0xf4)
            length = 4;
        else if (lead >= 0xe0 && lead <= 0xef)
            length = 3;
        else if (lead >= 0xc2 && lead <= 0xdf)
            length = 2;
        else if (lead >= 0x80 || lead == 0)
            return i;
        for (std::size_t k = 1; k < length; ++k) {
            if (i + k >= text.size() || (static_cast<unsigned char>(text[i + k]) & 0xc0U) != 0x80U)
                return i;
        }
        i += length;
    }
    return std::string::npos;
}

class Reader {
public:
    Reader(const SourceSet &sources, int source, Diagnostics &diagnostics)
        : text_(sources.at(source).text), diagnostics_(diagnostics), source_(source) {
        for (std::size_t i = text_.find('\n'); i != std::string::npos; i = text_.find('\n', i + 1))
            line_starts_.push_back(i + 1);
        fy_diag_cfg diag_config;
        fy_diag_cfg_default(&diag_config);
        diag_config.fp = nullptr;
        diag_config.output_fn = [](fy_diag *, void *, const char *, size_t) {};
        diag_config.colorize = false;
        diag_.reset(fy_diag_create(&diag_config));
        TCESIM_CHECK(diag_, "a YAML diagnostics object can be made");
        fy_diag_set_collect_errors(diag_.get(), true);
        fy_parse_cfg config{};
        config.flags = static_cast<fy_parse_cfg_flags>(FYPCF_JSON_NONE | FYPCF_ALLOW_DUPLICATE_KEYS |
                                                       FYPCF_SLOPPY_FLOW_INDENTATION);
        config.diag = diag_.get();
        parser_.reset(fy_parser_create(&config));
        TCESIM_CHECK(parser_, "a YAML parser can be made");
    }
    ~Reader() { release(); }
    Reader(const Reader &) = delete;
    Reader &operator=(const Reader &) = delete;

    std::optional<Node> read() {
        const std::size_t invalid = first_invalid_utf8(text_);
        if (invalid != std::string::npos) {
            diagnostics_.error(position_at(invalid), "this byte is not UTF-8 text");
            return std::nullopt;
        }
        fy_parser_set_string(parser_.get(), text_.data(), text_.size());
        if (!skip_to_document() || !next())
            return failed();
        Node root = read_value(Position{source_, 1, 1}, "");
        if (broken_)
            return failed();
        if (root.kind != Node::Kind::map) {
            diagnostics_.error(root.position, std::string("a scenario is a map of keys, not ") + describe(root.kind));
            return std::nullopt;
        }
        refuse_second_document();
        return broken_ ? failed() : std::optional<Node>(std::move(root));
    }

private:
    void release() {
        if (event_ != nullptr)
            fy_parser_event_free(parser_.get(), event_);
        event_ = nullptr;
    }

    /// Steps to the next event; false and broken_ when the text is no YAML.
    bool next() {
        release();
        event_ = fy_parser_parse(parser_.get());
        broken_ = broken_ || event_ == nullptr;
        return !broken_;
    }

    bool skip_to_document() {
        while (next()) {
            if (event_->type == FYET_DOCUMENT_START)
                return true;
            if (event_->type == FYET_STREAM_END) {
                diagnostics_.error({source_, 0, 0}, "the file is empty");
                reported_ = true;
                return false;
            }
        }
        return false;
    }

    void refuse_second_document() {
        next(); // the end of the document
        if (broken_ || !next() || event_->type != FYET_DOCUMENT_START)
            return;
        diagnostics_.error(here({source_, 1, 1}), "a second YAML document; a file holds one scenario");
        reported_ = broken_ = true;
    }

    /// The library's own words for what stopped it.
    std::optional<Node> failed() {
        if (reported_)
            return std::nullopt;
        void *previous = nullptr;
        const fy_diag_error *error = fy_diag_errors_iterate(diag_.get(), &previous);
        if (error == nullptr)
            diagnostics_.error({source_, 0, 0}, "this is not YAML");
        else
            diagnostics_.error({source_, error->line, error->column}, std::string("not YAML: ") + error->msg);
        return std::nullopt;
    }

    Position position_at(std::size_t offset) const {
        const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
        const std::size_t start = *(after - 1);
        const int column = character_count(std::string_view(text_).substr(start, offset - start)) + 1;
        return {source_, static_cast<int>(after - line_starts_.begin()), column};
    }

    /// Place of the current event; \p otherwise for a value that is not there.
    Position here(Position otherwise) const {
        const fy_mark *mark = fy_event_start_mark(event_);
        if (mark == nullptr)
            return otherwise;
        // The library marks the text inside the quotes.
        const bool inside_quotes = event_->type == FYET_SCALAR && quoted();
        return position_at(mark->input_pos - (inside_quotes ? 1 : 0));
    }

    /// Refuses what hides a value's text or origin; \p anchor and \p tag of the current event.
    void refuse_properties(const fy_token *anchor, const fy_token *tag, Position position) {
        if (anchor != nullptr)
            diagnostics_.error(position, "anchors are not part of a scenario; share values with 'extends'");
        if (tag != nullptr)
            diagnostics_.error(position, "tags are not part of a scenario; the key gives the type");
    }

    /// The value of the current event, and all events up to its end.
    Node read_value(Position otherwise, const std::string &path) {
        Node node;
        node.position = here(otherwise);
        if (depth_ == max_depth) {
            diagnostics_.error(node.position, "nested deeper than any key of a scenario");
            reported_ = broken_ = true;
            return node;
        }
        ++depth_;
        switch (event_->type) {
        case FYET_SCALAR:
            refuse_properties(event_->scalar.anchor, event_->scalar.tag, node.position);
            read_scalar(node);
            break;
        case FYET_SEQUENCE_START:
            refuse_properties(event_->sequence_start.anchor, event_->sequence_start.tag, node.position);
            read_list(node, path);
            break;
        case FYET_MAPPING_START:
            refuse_properties(event_->mapping_start.anchor, event_->mapping_start.tag, node.position);
            read_map(node, path);
            break;
        default:
            diagnostics_.error(node.position, "aliases are not part of a scenario; share values with 'extends'");
            break;
        }
        --depth_;
        return node;
    }

    std::string scalar_text() const {
        size_t length = 0;
        const char *text = fy_token_get_text(event_->scalar.value, &length);
        return text == nullptr ? std::string() : std::string(text, length);
    }

    bool quoted() const {
        const fy_scalar_style style = fy_token_scalar_style(event_->scalar.value);
        return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
    }

    void read_scalar(Node &node) const {
        if (event_->scalar.value == nullptr)
            return;
        node.text = scalar_text();
        const bool null = node.text.empty() || node.text == "~" || node.text == "null";
        node.kind = null && !quoted() ? Node::Kind::null : Node::Kind::scalar;
    }

    void read_list(Node &node, const std::string &path) {
        node.kind = Node::Kind::list;
        while (!broken_ && next() && event_->type != FYET_SEQUENCE_END)
            node.items.push_back(read_value(node.position, path + "[" + std::to_string(node.items.size()) + "]"));
    }

    void read_map(Node &node, const std::string &path) {
        node.kind = Node::Kind::map;
        while (!broken_ && next() && event_->type != FYET_MAPPING_END) {
            Node::Entry entry;
            entry.key_position = here(node.position);
            const bool plain_key = event_->type == FYET_SCALAR && event_->scalar.value != nullptr;
            if (plain_key) {
                entry.key = scalar_text();
                entry.key_quoted = quoted();
            } else {
                diagnostics_.error(entry.key_position, "a key must be a single word");
                read_value(entry.key_position, path);
            }
            if (broken_ || !next())
                return;
            entry.value = read_value(entry.key_position, path.empty() ? entry.key : path + "." + entry.key);
            if (plain_key)
                keep(node, std::move(entry), path);
        }
    }

    void keep(Node &node, Node::Entry entry, const std::string &path) {
        const Node::Entry *first = node.find(entry.key);
        if (first == nullptr) {
            node.entries.push_back(std::move(entry));
            return;
        }
        diagnostics_.error(entry.key_position,
                           "duplicate key '" + entry.key + "'" + (path.empty() ? "" : " in " + path) +
                               "; it stands already in line " + std::to_string(first->key_position.line));
    }

    const std::string &text_;
    std::vector<std::size_t> line_starts_{0};
    Diagnostics &diagnostics_;
    std::unique_ptr<fy_diag, DiagDeleter> diag_;
    std::unique_ptr<fy_parser, ParserDeleter> parser_;
    fy_event *event_ = nullptr;
    static constexpr int max_depth = 32; // the schema needs 6; a hostile text must not exhaust the stack
    int source_;
    int depth_ = 0;
    bool broken_ = false;
    bool reported_ = false;
};

} // namespace

std::optional<Node> read_yaml(const SourceSet &sources, int source, Diagnostics &diagnostics) {
    return Reader(sources, source, diagnostics).read();
}

} // namespace tcesim::scenario
