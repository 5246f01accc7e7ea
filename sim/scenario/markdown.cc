// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/markdown.h"

#include "sim/scenario/schema.h"
#include "sim/scenario/words.h"

namespace tcesim::scenario {

namespace {

constexpr Dimension all_dimensions[] = {
    Dimension::bytes,    Dimension::time,   Dimension::frequency,       Dimension::byte_rate,
    Dimension::bit_rate, Dimension::cycles, Dimension::bytes_per_cycle, Dimension::event_rate,
    Dimension::share,    Dimension::count};

std::string code(const std::string &text) {
    return "`" + text + "`";
}

std::string code_list(const std::vector<std::string> &words) {
    std::vector<std::string> out;
    for (const std::string &word : words)
        out.push_back(code(word));
    return one_of(out);
}

/// A dimension without its article: "size".
std::string noun(Dimension dimension) {
    const std::string text = describe(dimension);
    return text.substr(text.find(' ') + 1);
}

std::string range_of(const KeySpec &key) {
    const std::string low = format_quantity(key.low, key.dimension);
    if (key.low == key.high)
        return code(low);
    if (key.high == std::numeric_limits<std::uint64_t>::max())
        return key.low == 0 ? "any" : "at least " + code(low);
    return code(low) + " to " + code(format_quantity(key.high, key.dimension));
}

std::string quantity_values(const KeySpec &key) {
    std::string out = noun(key.dimension) + ": " + (key.words.empty() ? range_of(key) : code_list(key.words));
    if (key.power_of_two)
        out += ", a power of two";
    if (key.multiple > 1)
        out += ", a multiple of " + code(format_quantity(key.multiple, key.dimension));
    return out;
}

std::string values_of(const KeySpec &key) {
    switch (key.type) {
    case Type::map:
        return "map";
    case Type::list:
        return key.low == key.high ? "list of exactly " + std::to_string(key.low) : "list";
    case Type::text:
        return "text";
    case Type::word:
        return code_list(key.words);
    case Type::boolean:
        return "`true` or `false`";
    case Type::quantity:
        return quantity_values(key);
    case Type::constant_quantity:
        return "quantity of the constant's kind";
    case Type::metric_quantity:
        return "quantity in the metric's unit";
    case Type::override_value:
        return "value of the key that the path names";
    case Type::path:
        return "path";
    case Type::paths:
        break;
    }
    return "path or list of paths";
}

std::string presence_of(const KeySpec &key) {
    const std::string of = key.kinds.empty() ? "" : " of " + code_list(key.kinds);
    if (key.presence == Presence::defaulted)
        return code(key.default_text) + of;
    return (key.presence == Presence::required ? "required" : "optional") + of;
}

std::string overridable_by(const KeySpec &key) {
    switch (key.overridable) {
    case Overridable::by_set_and_variant:
        return "variants, `--set`";
    case Overridable::by_set:
        return "`--set`";
    case Overridable::never:
        break;
    }
    return "-";
}

std::string units_table() {
    std::string out = "## Units\n\n"
                      "| kind | units | kept as |\n"
                      "|---|---|---|\n";
    for (const Dimension dimension : all_dimensions) {
        const std::vector<std::string> names = unit_names(dimension);
        out += "| " + noun(dimension) + " | " + (names.empty() ? "none" : code_list(names)) + " | " +
               (dimension == Dimension::count ? "a whole number" : std::string(base_unit(dimension))) + " |\n";
    }
    return out;
}

std::string keys_table() {
    std::string out = "\n## Keys\n\n"
                      "`[]` stands for the index of a list's element, `*` for a name of your own. The third column "
                      "is the default where there is one.\n\n"
                      "| key | values | presence | overridden by | meaning |\n"
                      "|---|---|---|---|---|\n";
    for (const KeySpec &key : schema()) {
        const std::string limits = key.limit_reason.empty() ? "" : "; " + key.limit_reason;
        out += "| " + code(key.path) + " | " + values_of(key) + " | " + presence_of(key) + " | " + overridable_by(key) +
               " | " + key.about + limits + " |\n";
    }
    return out;
}

std::string need_of(const ConstantSpec &constant) {
    if (constant.needed_by == nullptr)
        return "";
    if (*constant.needed_by == '\0')
        return "; optional";
    return std::string("; required of `") + constant.needed_by + "`, optional for others";
}

std::string constants_table() {
    std::string out = "\n## Constants of a machine\n\n"
                      "| constant | values | meaning |\n"
                      "|---|---|---|\n";
    for (const ConstantSpec &constant : constants()) {
        out += "| " + code(constant.id) + " | " + quantity_values(value_of(constant)) + " | " + constant.about +
               need_of(constant) + " |\n";
    }
    return out;
}

} // namespace

std::string schema_markdown() {
    return units_table() + keys_table() + constants_table();
}

} // namespace tcesim::scenario
