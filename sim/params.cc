// SPDX-License-Identifier: Apache-2.0
#include "sim/params.h"

#include "sim/scenario/schema.h"

#include <algorithm>

namespace tcesim {

namespace {

using scenario::Constant;

std::string quantity(std::int64_t value, const Constant &constant) {
    return scenario::format_quantity(static_cast<std::uint64_t>(value), constant.dimension);
}

std::string range(const std::optional<std::int64_t> &low, const std::optional<std::int64_t> &high,
                  const Constant &constant) {
    return low && high ? quantity(*low, constant) + ".." + quantity(*high, constant) : "";
}

/// "assumed, 3GHz..4.2GHz"; "fitted, allowed 0us..2.9us".
std::string trust(const Constant &constant) {
    std::string text = to_string(constant.confidence);
    if (const std::string bounds = range(constant.low, constant.high, constant); !bounds.empty())
        text += ", " + bounds;
    if (const std::string allowed = range(constant.allowed_low, constant.allowed_high, constant); !allowed.empty())
        text += ", allowed " + allowed;
    return text;
}

std::string remarks(const Constant &constant) {
    std::string text;
    if (constant.overridden)
        text += ", what-if";
    if (!constant.fits())
        text += ", does not fit";
    return text;
}

std::string source(const Constant &constant) {
    return constant.fitted_to.empty() ? constant.source : constant.source + "; fitted to " + constant.fitted_to;
}

} // namespace

std::string params_to_text(const scenario::Machine &machine, const Style &style) {
    constexpr std::size_t indent = 4;
    std::size_t name_width = 0;
    std::size_t value_width = 0;
    for (const auto &[name, constant] : machine.constants) {
        name_width = std::max(name_width, name.size());
        value_width = std::max(value_width, quantity(constant.value, constant).size());
    }
    std::string text = style.heading(std::string("machine ") + to_string(machine.name)) + "\n";
    for (const scenario::ConstantSpec &spec : scenario::constants()) {
        const auto found = machine.constants.find(spec.id);
        if (found == machine.constants.end())
            continue;
        const Constant &constant = found->second;
        const std::string value = quantity(constant.value, constant);
        text += "\n" + padded(spec.id, name_width) + "  " + std::string(value_width - value.size(), ' ') + value +
                "  " + trust(constant) + (remarks(constant).empty() ? "" : style.bad(remarks(constant))) + "\n";
        text += paragraph(spec.about, indent);
        text += std::string(indent, ' ') + style.aside(hanging(source(constant), indent)) + "\n";
    }
    return text;
}

std::vector<std::string> doubtful_constants(const scenario::Machine &machine) {
    std::vector<std::string> sentences;
    for (const auto &[name, constant] : machine.constants) {
        const std::string value = name + " = " + quantity(constant.value, constant);
        if (constant.overridden)
            sentences.push_back(value + " is a what-if, not the machine's constant");
        if (!constant.fits())
            sentences.push_back(value + " does not fit: other facts allow " +
                                range(constant.allowed_low, constant.allowed_high, constant));
    }
    return sentences;
}

} // namespace tcesim
