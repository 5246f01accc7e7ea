// SPDX-License-Identifier: Apache-2.0
// The CPU's side of the bridge: registers, TCE kills, stores to the device.
#include "models/kernel/check.h"
#include "models/phb/walk.h"

namespace tcesim {

ps_t Phb::mmio_write(std::uint64_t address, std::uint64_t value) {
    const ps_t arrival = timeline_.now() + parameters_.mmio_flight;
    if (address != parameters_.register_base + phb_register::tce_kill) {
        stores_.push(arrival, {address, value});
        return timeline_.now();
    }
    const ps_t accepted = kill_queue_.accept(arrival);
    const ps_t held = accepted - arrival;
    counters_.kill_stalls += held > 0;
    kills_.push(accepted, {address, value});
    return timeline_.now() + held;
}

/// A store that is not a kill has arrived.
void Phb::forward(Store store) {
    if (store.address - parameters_.window_base < parameters_.window_bytes) {
        if (!pest_[parameters_.window_pe].mmio)
            link_.store(store.address - parameters_.window_base, store.value, timeline_.now() + parameters_.pipeline);
        return;
    }
    const std::uint64_t offset = store.address - parameters_.register_base;
    if (offset == phb_register::control && features_.has_tve_modes) {
        select_tves(store.value);
        return;
    }
    TCESIM_CHECK(offset == phb_register::rtc_invalidate, "a CPU stores only to registers that the PHB has");
    if (store.value & phb_register::rtc_invalidate_all)
        pe_cache_.assign(pe_cache_.size(), no_pe);
    else
        pe_cache_[store.value >> 32 & 0xffff] = no_pe;
}

/// Shares the TVEs out anew: what was cached or is being walked belongs to other windows from now on.
void Phb::select_tves(std::uint64_t control) {
    using namespace phb_register;
    const std::uint64_t tves = control >> control_tves_shift & 7;
    const bool at_4gib = control & control_tve1_4gib;
    TCESIM_CHECK((control & ~(7ULL << control_tves_shift | control_tve1_4gib)) == 0 && tves <= control_tves_max &&
                     (!at_4gib || tves == 0),
                 "a CPU asks for a sharing of TVEs that the PHB has");
    select_ = TveSelect(2u << tves, at_4gib);
    cache_.drop_all();
    for (Walk *walk : active_walks_)
        walk->closed = true;
}

void Phb::apply_kill(Store store) {
    using namespace phb_register;
    if (parameters_.generation == PhbGeneration::p7ioc) {
        kill_tce_pair(store.value & ~kill_by_tce_address & ~std::uint64_t{15});
        return;
    }
    const auto pe = static_cast<std::uint32_t>(store.value & features_.kill_pe);
    if (store.value & phb_register::kill_all) {
        kill_all();
    } else if (store.value & phb_register::kill_pe) {
        kill_pe(pe);
    } else if (store.value & kill_one) {
        const std::uint64_t ioba = store.value & kill_address_mask;
        ++counters_.kills_one;
        kill_range(pe, ioba, 1);
        report_kill(TceKillKind::one, pe, ioba, 1);
    }
}

ps_t Phb::kill(TceKillKind kind, std::uint32_t pe, std::uint32_t shift, std::uint64_t ioba, std::uint64_t pages) {
    switch (kind) {
    case TceKillKind::all:
        kill_all();
        break;
    case TceKillKind::pe:
        kill_pe(pe);
        break;
    case TceKillKind::one:
        if (pages == 0)
            return timeline_.now();
        counters_.kills_one += pages;
        kill_range(pe, ioba, pages << shift);
        report_kill(kind, pe, ioba, pages);
        return kill_queue_.run(timeline_.now(), pages);
    }
    return kill_queue_.run(timeline_.now(), 1);
}

/// Closes the walks that \p matches and that have sampled: nothing sampled from now on is old.
template <class Matches>
void Phb::close_walks(Matches matches) {
    for (Walk *walk : active_walks_)
        if (walk->begun && matches(*walk))
            walk->closed = true;
}

void Phb::kill_range(std::uint32_t pe, std::uint64_t ioba, std::uint64_t bytes) {
    const std::uint32_t index = select_.tve(pe, ioba);
    if (index >= tves_.size())
        return;
    const std::uint64_t first = line_of(tves_[index].page_shift, ioba);
    const std::uint64_t last = line_of(tves_[index].page_shift, ioba + bytes - 1);
    cache_.drop(index, first, last);
    close_walks([&](const Walk &walk) { return walk.tve_index == index && walk.line - first <= last - first; });
}

void Phb::kill_pe(std::uint32_t pe) {
    ++counters_.kills_pe;
    const std::uint32_t tves = select_.tves_per_pe(), first = pe * tves;
    for (std::uint32_t index = first; index < first + tves; ++index)
        cache_.drop_tve(index);
    close_walks([&](const Walk &walk) { return walk.tve_index - first < tves; });
    report_kill(TceKillKind::pe, pe, 0, 0);
}

void Phb::kill_all() {
    ++counters_.kills_all;
    cache_.drop_all();
    close_walks([](const Walk &) { return true; });
    report_kill(TceKillKind::all, 0, 0, 0);
}

/// p7ioc: the two TCEs in the 16 bytes at \p hpa. With one level a walk knows its line from the start.
void Phb::kill_tce_pair(std::uint64_t hpa) {
    ++counters_.kills_one;
    for (const std::uint64_t tce : {hpa, hpa + 8}) {
        cache_.drop_table_address(tce);
        close_walks([&](const Walk &walk) { return tce - walk.line_hpa < parameters_.tce_line_bytes; });
    }
    report_kill(TceKillKind::one, 0, hpa, 2);
}

void Phb::report_kill(TceKillKind kind, std::uint32_t pe, std::uint64_t address, std::uint64_t pages) {
    if (observer_)
        observer_->on_kill({kind, pe, address, pages, timeline_.now()});
}

} // namespace tcesim
