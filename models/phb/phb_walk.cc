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
        if (walk->line == line && walk->tve_index == request.tve && !walk->closed) {
            walk->waiting.push(request);
            return;
        }
    }
    if (free_walks_.empty()) {
        waiting_for_tag_.push(request);
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
    walk.begun = walk.finishing = walk.closed = false;
    walk.fault = DmaFault::none;
    walk.waiting = {};
    walk.waiting.push(request);
    active_walks_.push_back(&walk);
    ++counters_.walks;
    const ps_t start = std::max(timeline_.now(), request.piped_at);
    timeline_.schedule(walk.event, start + parameters_.memory_read / 2);
}

void Phb::step(Walk &walk) {
    if (walk.finishing) {
        finish(walk);
        return;
    }
    ++counters_.memory_reads;
    walk.begun = true;
    walk.sampled_at = timeline_.now();
    --walk.levels_left;
    if (walk.levels_left > 0) {
        if (sample_directory(walk)) {
            timeline_.schedule(walk.event, timeline_.now() + parameters_.memory_read);
            return;
        }
    } else {
        sample_line(walk);
    }
    walk.finishing = true;
    timeline_.schedule(walk.event, timeline_.now() + parameters_.memory_read - parameters_.memory_read / 2);
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
    serve_tag_waiters();
}

void Phb::serve_tag_waiters() {
    while (!waiting_for_tag_.empty() && !free_walks_.empty())
        translate_again(waiting_for_tag_.pop());
}

} // namespace tcesim
