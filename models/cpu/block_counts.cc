// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/block_counts.h"

#include <algorithm>
#include <cstring>

namespace tcesim {

namespace {

constexpr std::uint32_t group = 8;

/// Takes \p groups groups of blocks. No block runs 2^31 times between two folds.
[[gnu::always_inline]] inline std::int64_t take_groups(std::uint32_t *__restrict count,
                                                       const std::int32_t *__restrict weight,
                                                       std::uint64_t *__restrict executed, std::uint32_t groups) {
    std::int64_t weighted = 0;
    for (; groups; --groups, count += group, weight += group, executed += group)
        for (std::uint32_t i = 0; i < group; ++i) {
            weighted += std::int64_t{static_cast<std::int32_t>(count[i])} * weight[i];
            executed[i] += count[i];
            count[i] = 0;
        }
    return weighted;
}

} // namespace

BlockCounts::BlockCounts(const struct meter_table &table, unsigned cpu)
    : count_(table.count), hit_(table.hit), weight_(table.weight[cpu]), sites_(table.sites),
      functions_(table.functions) {
    // Whole groups, of which the last may take counts of the next function, too.
    for (std::uint32_t f = 0; f < functions_; ++f) {
        const std::uint32_t first = table.function[f].first_site, groups = (table.function[f].sites + group - 1) / group;
        ranges_.push_back({sites_ < groups * group ? 0 : std::min(first, sites_ - groups * group), groups});
    }
}

// Without a branch per block a fold is done several blocks at a time; which version of it is chosen
// when the program is loaded.
[[gnu::target_clones("avx2", "default")]] std::int64_t BlockCounts::take_marked(std::uint64_t *executed) {
    constexpr std::uint32_t word = 8;
    std::int64_t weighted = 0;
    const auto take = [&](std::uint32_t function) __attribute__((always_inline)) {
        const Range &range = ranges_[function];
        weighted += take_groups(count_ + range.first, weight_ + range.first, executed + range.first, range.groups);
    };
    std::uint32_t function = 0;
    for (; function + word <= functions_; function += word) {
        std::uint64_t hits;
        std::memcpy(&hits, hit_ + function, sizeof(hits));
        if (!hits)
            continue;
        std::memset(hit_ + function, 0, sizeof(hits));
        // Each byte that is set is a function that has run; the lowest one comes first.
        for (; hits; hits &= hits - 1)
            take(function + static_cast<unsigned>(__builtin_ctzll(hits)) / 8);
    }
    for (; function < functions_; ++function)
        if (hit_[function]) {
            hit_[function] = 0;
            take(function);
        }
    return weighted;
}

std::int64_t BlockCounts::take(std::uint64_t *executed) {
    if (sites_ >= group)
        return take_marked(executed);
    std::int64_t weighted = 0;
    for (std::uint32_t site = 0; site < sites_; ++site) {
        weighted += std::int64_t{count_[site]} * weight_[site];
        executed[site] += count_[site];
    }
    clear();
    return weighted;
}

void BlockCounts::clear() {
    std::memset(count_, 0, sites_ * sizeof(*count_));
    std::memset(hit_, 0, functions_);
}

bool BlockCounts::empty() const {
    return std::memchr(hit_, 1, functions_) == nullptr;
}

} // namespace tcesim
