// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/machine_checks.h"

#include <algorithm>

#include "sim/machine_parameters.h"

namespace tcesim::scenario {

namespace {

/// A constant's value: what was written, and the number. Not there: false as a condition.
struct Figure {
    const char *id;
    const Value *written = nullptr;
    std::uint64_t number = 0;

    explicit operator bool() const { return written != nullptr; }
    /// "cache_ways (3)"
    std::string text() const { return std::string(id) + " (" + written->text + ")"; }
};

Figure figure(const Values &values, const char *id) {
    const KeySpec key = value_of(*find_constant(id));
    const Value *written = values.find(key.path);
    if (written == nullptr)
        return {id};
    const Quantity quantity = parse_quantity(written->text, key.dimension);
    if (!quantity.error.empty() || !number_error(key, quantity.value, written->text).empty())
        return {id};
    return {id, written, quantity.value};
}

/// Where the one of \p figures stands that was set last; of equals the first.
Position set_last(const std::vector<Figure> &figures) {
    // Sources are numbered from the scenario towards what it extends; each --set comes after all files.
    const auto rank = [](const Figure &figure) {
        const int source = figure.written->position.source;
        return figure.written->overridden ? std::make_pair(0, -source) : std::make_pair(1, source);
    };
    return std::min_element(figures.begin(), figures.end(),
                            [&](const Figure &a, const Figure &b) { return rank(a) < rank(b); })
        ->written->position;
}

void tce_cache(const Values &values, Diagnostics &diagnostics) {
    const Figure ways = figure(values, "phb_tce_cache_ways");
    const Figure lines = figure(values, "phb_tce_cache_lines");
    if (ways && lines && lines.number % ways.number != 0)
        diagnostics.error(set_last({ways, lines}), ways.text() + " must divide " + lines.text());
}

void pes_of_bridge(const Values &values, Diagnostics &diagnostics) {
    const Figure pes = figure(values, "phb_pe_count");
    const Value *phb = values.find("iommu.phb");
    if (!pes || phb == nullptr)
        return;
    const std::uint64_t most = features_of(generation(static_cast<PhbModel>(phb->number))).pe_count_max;
    if (pes.number > most)
        diagnostics.error(set_last({pes}), pes.text() + " must not exceed the " + std::to_string(most) + " PEs of a " +
                                               phb->text + " bridge");
}

bool makes_sets(std::uint64_t size, std::uint64_t set_bytes) {
    const std::uint64_t sets = size / set_bytes;
    return size % set_bytes == 0 && sets != 0 && (sets & (sets - 1)) == 0;
}

void caches(const Values &values, Diagnostics &diagnostics) {
    const Figure line = figure(values, "cache_line");
    const Figure ways = figure(values, "cache_ways");
    if (!line || !ways)
        return;
    const std::uint64_t set_bytes = line.number * ways.number;
    for (const char *id : {"l1_size", "l2_size", "l3_size"}) {
        const Figure size = figure(values, id);
        if (size && !makes_sets(size.number, set_bytes))
            diagnostics.error(set_last({size, ways, line}),
                              size.text() + " must be a power of two times cache_line x cache_ways (" +
                                  line.written->text + " x " + ways.written->text + " = " +
                                  format_quantity(set_bytes, Dimension::bytes) + ")");
    }
}

/// A last-level cache is described as a whole, or not at all.
void last_level_cache(const Values &values, Diagnostics &diagnostics) {
    const Figure size = figure(values, "llc_size");
    const Figure ways = figure(values, "llc_ways");
    const Figure line = figure(values, "llc_line");
    const Figure cold = figure(values, "memory_read_cold");
    for (const Figure &given : {size, ways, line, cold}) {
        for (const Figure &other : {size, ways, line, cold}) {
            if (given && !other && values.find(value_of(*find_constant(other.id)).path) == nullptr)
                return diagnostics.error(given.written->position,
                                         given.text() + " needs the constant '" + other.id + "'");
        }
    }
    if (size && ways && line && size.number % (ways.number * line.number) != 0)
        diagnostics.error(set_last({size, ways, line}), size.text() + " must be a multiple of llc_ways x llc_line (" +
                                                            ways.written->text + " x " + line.written->text + ")");
}

} // namespace

void check_machine_rules(const Values &values, Diagnostics &diagnostics) {
    tce_cache(values, diagnostics);
    pes_of_bridge(values, diagnostics);
    caches(values, diagnostics);
    last_level_cache(values, diagnostics);
}

} // namespace tcesim::scenario
