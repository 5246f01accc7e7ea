// SPDX-License-Identifier: Apache-2.0
// Table walks: the cache, the memory reads of each level, and who waits for them.
#include <algorithm>
#include <cstring>

#include "models/phb/walk.h"

namespace tcesim {
namespace {

constexpr std::uint64_t tce_permissions = 3;
constexpr std::uint64_t table_mask = ~std::uint64_t{0xfff};

std::uint64_t read_tce(std::uint64_t hpa) {
    std::uint64_t tce = 0;
    std::memcpy(&tce, HostMemory::at(hpa), sizeof tce);
    return __builtin_bswap64(tce);
}

} // namespace

std::uint64_t Phb::tce_in_memory(std::uint32_t pe, std::uint64_t ioba, std::uint32_t *page_shift) const {
    const std::uint32_t number = select_.tve(pe, ioba);
    if (number >= tves_.size() || tves_[number].kind != Tve::Kind::translate)
        return 0;
    const Tve &tve = tves_[number];
    *page_shift = tve.page_shift;
    const std::uint64_t offset = window_offset(ioba);
    if (tve.reach() < 64 && offset >> tve.reach())
        return 0;
    std::uint64_t table = tve.table, entry = 0;
    for (std::uint32_t level = tve.levels; level--;) {
        const std::uint64_t index = offset >> tve.page_shift >> tve.level_bits * level;
        const std::uint64_t hpa = table + 8 * (index & ((1ULL << tve.level_bits) - 1));
        entry = memory_.contains(hpa, 8) ? read_tce(hpa) : 0;
        if (!(entry & tce_permissions))
            return 0;
        table = entry & table_mask;
    }
    return entry;
}

/// Translates \p request from the cache if that can be done.
bool Phb::look_up(DmaRequest &request) {
    const std::uint32_t page_shift = tves_[request.tve].page_shift;
    const std::uint64_t page = window_offset(request.ioba) >> page_shift;
    const TceCache::Line *line = cache_.find(request.tve, page >> line_shift_);
    if (!line)
        return false;
    const std::uint64_t tce = cache_.tce(*line, page & ((1u << line_shift_) - 1));
    const bool permitted = tce & (request.write ? 2 : 1);
    if (!permitted && line->sampled_at < request.arrived_at) {
        cache_.drop(request.tve, page >> line_shift_, page >> line_shift_);
        return false;
    }
    translated(request, page_shift, tce, line->sampled_at, true);
    return true;
}

/// Makes \p request wait for the walk that it needs, starting that walk if need be.
void Phb::miss(DmaRequest &request) {
    const std::uint64_t line = line_of(tves_[request.tve].page_shift, request.ioba);
    for (Walk *walk : active_walks_) {
        if (parameters_.merged_walks && walk->line == line && walk->tve_index == request.tve && !walk->closed) {
            walk->waiting.push(request);
            return;
        }
    }
    if (free_walks_.empty()) {
        waiting_for_walker_.push(request);
        return;
    }
    Walk &walk = *free_walks_.back();
    free_walks_.pop_back();
    start_walk(walk, request);
}

void Phb::start_walk(Walk &walk, DmaRequest &request) {
    const Tve &tve = tves_[request.tve];
    walk.tve = tve;
    walk.tve_index = request.tve;
    walk.line = line_of(tve.page_shift, request.ioba);
    walk.levels_left = tve.levels;
    walk.table = tve.table;
    walk.begun = walk.sampled = walk.last = walk.closed = false;
    walk.fault = DmaFault::none;
    walk.waiting = {};
    walk.waiting.push(request);
    active_walks_.push_back(&walk);
    ++counters_.walks;
    walk.piped_at = request.piped_at;
    begin_fetch(walk, std::max(timeline_.now(), walk.piped_at));
}

/// Reads memory for the next level of \p walk from \p when on, or when a tag is free.
void Phb::begin_fetch(Walk &walk, ps_t when) {
    if (free_tags_ == 0) {
        waiting_for_tag_.push(&walk);
        return;
    }
    --free_tags_;
    walk.sampled = false;
    timeline_.schedule(walk.event, when + parameters_.tce_fetch / 2);
}

/// The memory read of \p walk has come back.
void Phb::end_fetch(Walk &walk) {
    ++free_tags_;
    if (!waiting_for_tag_.empty()) {
        Walk &next = *waiting_for_tag_.pop();
        begin_fetch(next, std::max(timeline_.now(), next.piped_at));
    }
    if (walk.last)
        finish(walk);
    else
        begin_fetch(walk, timeline_.now());
}

/// The memory read of \p walk finds its table as it is now.
void Phb::sample(Walk &walk) {
    ++counters_.memory_reads;
    walk.begun = walk.sampled = true;
    walk.sampled_at = timeline_.now();
    --walk.levels_left;
    if (walk.levels_left == 0)
        sample_line(walk);
    walk.last = walk.levels_left == 0 || !sample_directory(walk);
}

void Phb::step(Walk &walk) {
    if (walk.sampled) {
        end_fetch(walk);
        return;
    }
    sample(walk);
    // With a tag for every walk the next read begins when this one ends, and the next event is its sample.
    if (!walk.last && parameters_.tce_tags >= parameters_.tce_walkers) {
        walk.sampled = false;
        timeline_.schedule(walk.event, timeline_.now() + parameters_.tce_fetch);
    } else {
        timeline_.schedule(walk.event, timeline_.now() + parameters_.tce_fetch - parameters_.tce_fetch / 2);
    }
}

/// Reads the entry that leads to the next level. False when it leads nowhere.
bool Phb::sample_directory(Walk &walk) {
    const std::uint64_t page = walk.line << line_shift_;
    const std::uint32_t shift = walk.tve.level_bits * walk.levels_left;
    const std::uint64_t index = shift < 64 ? page >> shift & ((1ULL << walk.tve.level_bits) - 1) : 0;
    const std::uint64_t hpa = walk.table + 8 * index;
    if (!memory_.contains(hpa, 8)) {
        walk.fault = DmaFault::bad_address;
        return false;
    }
    const std::uint64_t entry = read_tce(hpa);
    if (!(entry & tce_permissions)) {
        walk.fault = DmaFault::page_fault;
        return false;
    }
    walk.table = entry & table_mask;
    return true;
}

void Phb::sample_line(Walk &walk) {
    const std::uint64_t page = walk.line << line_shift_;
    walk.line_hpa = walk.table + 8 * (page & ((1ULL << walk.tve.level_bits) - 1));
    const std::uint32_t tces = 1u << line_shift_;
    if (!memory_.contains(walk.line_hpa, 8ULL * tces)) {
        walk.fault = DmaFault::bad_address;
        return;
    }
    for (std::uint32_t i = 0; i < tces; ++i)
        walk.tces[i] = read_tce(walk.line_hpa + 8ULL * i);
}

/// The last memory read of \p walk has come back.
void Phb::finish(Walk &walk) {
    active_walks_.erase(std::find(active_walks_.begin(), active_walks_.end(), &walk));
    if (walk.fault == DmaFault::none && !walk.closed)
        cache_.fill(walk.tve_index, walk.line, walk.line_hpa, walk.sampled_at, walk.tces.data());
    while (!walk.waiting.empty()) {
        DmaRequest &request = walk.waiting.pop();
        if (walk.fault == DmaFault::none) {
            const std::uint64_t page = window_offset(request.ioba) >> walk.tve.page_shift;
            translated(request, walk.tve.page_shift, walk.tces[page & ((1u << line_shift_) - 1)], walk.sampled_at,
                       false);
        } else if (walk.sampled_at < request.arrived_at) {
            translate_again(request);
        } else {
            refuse(request, walk.fault);
        }
    }
    free_walks_.push_back(&walk);
    serve_walker_waiters();
}

void Phb::serve_walker_waiters() {
    while (!waiting_for_walker_.empty() && !free_walks_.empty())
        translate_again(waiting_for_walker_.pop());
}

} // namespace tcesim
