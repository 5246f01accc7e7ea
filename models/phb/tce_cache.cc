// SPDX-License-Identifier: Apache-2.0
#include "models/phb/tce_cache.h"

#include <algorithm>

namespace tcesim {

TceCache::TceCache(std::uint32_t lines, std::uint32_t ways, std::uint32_t tces)
    : sets_(lines / ways), ways_(ways), tces_(tces), keys_(lines, empty), lines_(lines),
      values_(std::size_t{lines} * tces) {}

const TceCache::Line *TceCache::find(std::uint32_t tve, std::uint64_t line) {
    const std::uint64_t wanted = key(tve, line);
    const std::size_t first = first_of_set(wanted);
    for (std::size_t i = first; i < first + ways_; ++i) {
        if (keys_[i] == wanted) {
            lines_[i].used = ++clock_;
            return &lines_[i];
        }
    }
    return nullptr;
}

void TceCache::fill(std::uint32_t tve, std::uint64_t line, std::uint64_t table_hpa, ps_t sampled_at,
                    const std::uint64_t *values) {
    const std::uint64_t wanted = key(tve, line);
    const std::size_t first = first_of_set(wanted);
    std::size_t victim = first;
    for (std::size_t i = first; i < first + ways_; ++i) {
        if (keys_[i] == wanted || keys_[i] == empty) {
            victim = i;
            if (keys_[i] == wanted)
                break;
        } else if (keys_[victim] != empty && lines_[i].used < lines_[victim].used) {
            victim = i;
        }
    }
    keys_[victim] = wanted;
    lines_[victim] = {++clock_, table_hpa, sampled_at, tve};
    std::copy_n(values, tces_, values_.begin() + static_cast<std::ptrdiff_t>(victim * tces_));
}

void TceCache::drop(std::uint32_t tve, std::uint64_t first, std::uint64_t last) {
    const std::uint64_t lowest = key(tve, first);
    const bool one_set = first == last;
    const std::size_t from = one_set ? first_of_set(lowest) : 0;
    const std::size_t to = one_set ? from + ways_ : keys_.size();
    for (std::size_t i = from; i < to; ++i)
        if (keys_[i] - lowest <= last - first) // a difference below zero wraps to a large one
            keys_[i] = empty;
}

void TceCache::drop_tve(std::uint32_t tve) {
    for (std::size_t i = 0; i < keys_.size(); ++i)
        if (lines_[i].tve == tve)
            keys_[i] = empty;
}

void TceCache::drop_table_address(std::uint64_t hpa) {
    for (std::size_t i = 0; i < keys_.size(); ++i)
        if (hpa - lines_[i].table_hpa < tces_ * sizeof(std::uint64_t))
            keys_[i] = empty;
}

void TceCache::drop_all() {
    std::fill(keys_.begin(), keys_.end(), empty);
}

} // namespace tcesim
