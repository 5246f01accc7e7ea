// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/cache.h"

#include "models/kernel/check.h"

namespace tcesim {

CacheHierarchy::Level::Level(std::uint64_t lines, std::uint32_t ways)
    : sets_(lines / ways), ways_(ways), tags_(lines, ~std::uint64_t{0}) {
    TCESIM_CHECK(sets_ && !(sets_ & (sets_ - 1)), "a cache has a power of two of sets");
}

bool CacheHierarchy::Level::reorder(std::uint64_t *set, std::uint64_t line) const {
    std::uint32_t way = 1;
    while (way < ways_ && set[way] != line)
        ++way;
    const bool hit = way < ways_;
    for (std::uint32_t i = hit ? way : ways_ - 1; i > 0; --i)
        set[i] = set[i - 1];
    set[0] = line;
    return hit;
}

CacheHierarchy::CacheHierarchy(const CacheParameters &parameters)
    : line_shift_(static_cast<unsigned>(__builtin_ctzll(parameters.line))),
      l1_(parameters.l1_size / parameters.line, parameters.ways),
      l2_(parameters.l2_size / parameters.line, parameters.ways),
      l3_(parameters.l3_size / parameters.line, parameters.ways) {}

CacheLevel CacheHierarchy::access_below(std::uint64_t line) {
    if (l2_.access(line))
        return CacheLevel::l2;
    return l3_.access(line) ? CacheLevel::l3 : CacheLevel::memory;
}

} // namespace tcesim
