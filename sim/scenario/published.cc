// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/published.h"

#include "models/kernel/check.h"

#include <algorithm>
#include <limits>
#include <map>

namespace tcesim::scenario {

Dimension dimension_of(const std::string &unit) {
    static const std::map<std::string, Dimension> dimensions{
        {"B/s", Dimension::byte_rate},  {"b/s", Dimension::bit_rate}, {"ps", Dimension::time},  {"B", Dimension::bytes},
        {"1/s", Dimension::event_rate}, {"1", Dimension::count},      {"ppm", Dimension::share}};
    const auto found = dimensions.find(unit);
    TCESIM_CHECK(found != dimensions.end(), "every metric has a unit that figures can be written in");
    return found->second;
}

std::optional<std::int64_t> read_figure(const std::string &path, const Value &value, const std::string &text,
                                        Dimension dimension, Diagnostics &diagnostics) {
    Quantity quantity = parse_quantity(text, dimension);
    if (quantity.error.empty() && quantity.value > std::numeric_limits<std::int64_t>::max())
        quantity.error = "'" + text + "' is too large; the limit is 2^63-1 " + base_unit(dimension);
    if (!quantity.error.empty()) {
        diagnostics.error(value.position, path + ": " + quantity.error);
        return std::nullopt;
    }
    return static_cast<std::int64_t>(quantity.value);
}

Published read_published(const std::string &path, const Value &value, Dimension dimension, Diagnostics &diagnostics) {
    const char *number = "0123456789.";
    const std::size_t dots = value.text.find("..");
    const std::string high = dots == std::string::npos ? value.text : value.text.substr(dots + 2);
    std::string low = value.text.substr(0, dots);
    if (low.find_first_not_of(number) == std::string::npos)
        low += high.substr(std::min(high.find_first_not_of(number), high.size()));
    Published out;
    out.max = read_figure(path, value, high, dimension, diagnostics);
    out.min = low == high ? out.max : read_figure(path, value, low, dimension, diagnostics);
    if (!out.min || !out.max)
        return {};
    if (*out.min > *out.max)
        diagnostics.error(value.position, path + ": '" + value.text + "' ends below its beginning");
    return out;
}

} // namespace tcesim::scenario
