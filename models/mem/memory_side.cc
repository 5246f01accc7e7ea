// SPDX-License-Identifier: Apache-2.0
#include "models/mem/memory_side.h"

#include <algorithm>

#include "models/kernel/check.h"

namespace tcesim {
namespace {

constexpr std::uint64_t empty = ~std::uint64_t{0};

std::uint64_t sets_of(const MemorySideParameters &parameters) {
    if (parameters.cache_bytes == 0)
        return 0;
    const std::uint64_t set_bytes = std::uint64_t{parameters.cache_ways} * parameters.line;
    TCESIM_CHECK(set_bytes && parameters.cache_bytes % set_bytes == 0, "a cache is a whole number of sets");
    return parameters.cache_bytes / set_bytes;
}

} // namespace

MemorySide::MemorySide(const MemorySideParameters &parameters)
    : parameters_(parameters), sets_(sets_of(parameters)), tags_(sets_ * parameters.cache_ways, empty) {}

void MemorySide::touch(std::uint64_t hpa, std::uint64_t bytes) {
    if (sets_ == 0 || bytes == 0)
        return;
    for (std::uint64_t line = line_of(hpa); line <= line_of(hpa + bytes - 1); ++line) {
        const auto set = tags_.begin() + static_cast<std::ptrdiff_t>(first_of_set(line));
        const auto end = set + parameters_.cache_ways;
        const auto place = std::find(set, end, line);
        std::rotate(set, place == end ? end - 1 : place, place == end ? end : place + 1);
        *set = line;
    }
}

bool MemorySide::cached(std::uint64_t line) const {
    const auto set = tags_.begin() + static_cast<std::ptrdiff_t>(first_of_set(line));
    const auto end = set + parameters_.cache_ways;
    return std::find(set, end, line) != end;
}

ps_t MemorySide::read(std::uint64_t hpa, std::uint64_t bytes) const {
    const ps_t distance = parameters_.is_remote ? parameters_.remote : 0;
    if (sets_ == 0)
        return distance;
    for (std::uint64_t line = line_of(hpa); line <= line_of(hpa + bytes - 1); ++line)
        if (!cached(line))
            return distance + parameters_.cold;
    return distance;
}

} // namespace tcesim
