// SPDX-License-Identifier: Apache-2.0
#include "models/phb/tce_cache.h"

#include <algorithm>

namespace tcesim {

TceCache::TceCache(std::uint32_t lines, std::uint32_t ways, std::uint32_t tces, TceReplacement replacement)
    : sets_(lines / ways), ways_(ways), tces_(tces), replacement_(replacement), keys_(lines, empty), links_(lines),
      newest_(sets_), lines_(lines), values_(std::size_t{lines} * tces) {
    while (std::uint64_t{1} << (64 - chain_shift_) < 2ULL * lines)
        --chain_shift_;
    chains_.assign(std::size_t{1} << (64 - chain_shift_), nowhere);
    for (Place place = 0; place < lines; ++place) {
        const Place first = place / ways * ways;
        const Place way = place - first;
        newest_[place / ways] = first;
        links_[place] = {first + (way + ways - 1) % ways, first + (way + 1) % ways, nowhere};
    }
}

TceCache::Place TceCache::place_of(std::uint64_t key) {
    Place place = chain_of(key);
    while (place != nowhere && keys_[place] != key)
        place = links_[place].next_of_chain;
    return place;
}

void TceCache::make_newest(std::uint32_t set, Place place) {
    const Place newest = newest_[set];
    if (place == newest)
        return;
    Links &links = links_[place];
    if (links.older != newest) { // the oldest one is in its right place already: the ring just turns
        links_[links.newer].older = links.older;
        links_[links.older].newer = links.newer;
        const Place oldest = links_[newest].newer;
        links.newer = oldest;
        links.older = newest;
        links_[oldest].older = place;
        links_[newest].newer = place;
    }
    newest_[set] = place;
}

const TceCache::Line *TceCache::find(std::uint32_t tve, std::uint64_t line) {
    const std::uint64_t wanted = key(tve, line);
    const Place place = place_of(wanted);
    if (place == nowhere)
        return nullptr;
    make_newest(set_of(wanted), place);
    return &lines_[place];
}

/// Empty lines are the oldest of their set, so the order of use alone finds them.
TceCache::Place TceCache::victim(std::uint32_t set) {
    const Place oldest = links_[newest_[set]].newer;
    if (replacement_ == TceReplacement::lru || keys_[oldest] == empty)
        return oldest;
    return set * ways_ + random_.below(ways_);
}

void TceCache::fill(std::uint32_t tve, std::uint64_t line, std::uint64_t table_hpa, ps_t sampled_at,
                    const std::uint64_t *values) {
    const std::uint64_t wanted = key(tve, line);
    const std::uint32_t set = set_of(wanted);
    Place place = place_of(wanted);
    if (place == nowhere) {
        place = victim(set);
        if (keys_[place] != empty)
            drop_at(place);
        keys_[place] = wanted;
        links_[place].next_of_chain = chain_of(wanted);
        chain_of(wanted) = place;
    }
    make_newest(set, place);
    lines_[place] = {table_hpa, sampled_at, tve};
    std::copy_n(values, tces_, values_.begin() + static_cast<std::ptrdiff_t>(std::size_t{place} * tces_));
}

/// Empties the line at \p place and makes it the oldest of its set.
void TceCache::drop_at(Place place) {
    Place *from = &chain_of(keys_[place]);
    while (*from != place)
        from = &links_[*from].next_of_chain;
    *from = links_[place].next_of_chain;
    keys_[place] = empty;
    const std::uint32_t set = place / ways_;
    make_newest(set, place);
    newest_[set] = links_[place].older; // turned on by one: what was newest is now oldest
}

void TceCache::drop(std::uint32_t tve, std::uint64_t first, std::uint64_t last) {
    const std::uint64_t lowest = key(tve, first);
    if (last - first < keys_.size()) {
        for (std::uint64_t wanted = lowest; wanted - lowest <= last - first; ++wanted)
            if (const Place place = place_of(wanted); place != nowhere)
                drop_at(place);
        return;
    }
    for (Place place = 0; place < keys_.size(); ++place)
        if (keys_[place] != empty && keys_[place] - lowest <= last - first) // below zero wraps to a large number
            drop_at(place);
}

void TceCache::drop_tve(std::uint32_t tve) {
    for (Place place = 0; place < keys_.size(); ++place)
        if (keys_[place] != empty && lines_[place].tve == tve)
            drop_at(place);
}

void TceCache::drop_table_address(std::uint64_t hpa) {
    for (Place place = 0; place < keys_.size(); ++place)
        if (keys_[place] != empty && hpa - lines_[place].table_hpa < tces_ * sizeof(std::uint64_t))
            drop_at(place);
}

void TceCache::drop_all() {
    for (Place place = 0; place < keys_.size(); ++place)
        if (keys_[place] != empty)
            drop_at(place);
}

} // namespace tcesim
