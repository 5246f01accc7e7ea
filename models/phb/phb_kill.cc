// SPDX-License-Identifier: Apache-2.0
// TCE kills: from the value of a store, or from firmware, to what they drop.
#include <algorithm>

#include "models/phb/walk.h"

namespace tcesim {
namespace {

constexpr std::uint64_t tce_bytes = 8;

/// Bytes of the page that a kill of one TCE names.
std::uint64_t killed_page(std::uint64_t value) {
    constexpr std::uint32_t shifts[] = {12, 16, 21, 30};
    return 1ULL << (value & phb_register::kill_page_size ? shifts[value >> 12 & 3] : 12);
}

} // namespace

Phb::Kill Phb::decode_kill(std::uint64_t value) const {
    using namespace phb_register;
    if (!features_.kill_pe)
        return {TceKillKind::one, 0, value & ~kill_by_tce_address & ~(2 * tce_bytes - 1), 2 * tce_bytes};
    const auto pe = static_cast<std::uint32_t>(value & features_.kill_pe);
    if (value & phb_register::kill_all)
        return {TceKillKind::all, 0, 0, 0};
    if (value & phb_register::kill_pe)
        return {TceKillKind::pe, pe, 0, 0};
    const std::uint64_t page = features_.has_tve_modes ? killed_page(value) : 4096;
    return {TceKillKind::one, pe, value & kill_address_mask & ~(page - 1), page};
}

/// A store to the kill register has found a place.
void Phb::accept_kill(Store store) {
    if (features_.kill_pe && !(store.value & phb_register::kill_commands))
        return;
    const Kill kill = decode_kill(store.value);
    const std::uint64_t pages = kill.kind != TceKillKind::one ? 0 : features_.kill_pe ? 1 : kill.bytes / tce_bytes;
    take(kill, pages);
}

/// \p kill is accepted now: software believes in it from here on, whatever becomes of it.
void Phb::take(Kill kill, std::uint64_t pages) {
    if (observer_)
        observer_->on_kill({kill.kind, kill.pe, kill.address, pages, timeline_.now()});
    switch (kill.kind) {
    case TceKillKind::one:
        counters_.kills_one += features_.kill_pe ? pages : 1;
        if (features_.kill_pe)
            kill_range(kill.pe, kill.address, kill.bytes);
        else
            kill_tces(kill.address, kill.bytes);
        break;
    case TceKillKind::pe:
        ++counters_.kills_pe;
        kill_pe(kill.pe);
        break;
    case TceKillKind::all:
        ++counters_.kills_all;
        kill_all();
        break;
    }
}

/// Kills of single TCEs, where no DMA is under way and no store but the CPU's own kills.
bool Phb::repeat_mmio_writes(const StoreSeries &series, const StorePace &pace) {
    if (series.address != parameters_.register_base + phb_register::tce_kill || !features_.kill_pe)
        return false;
    const Kill first = decode_kill(series.first), last = decode_kill(series.last);
    if (first.kind != TceKillKind::one || last.kind != TceKillKind::one || first.pe != last.pe)
        return false;
    if (timeline_.pending_before_end() != (kills_.size() ? 1 : 0) || !active_walks_.empty())
        return false;
    // Where no store waits, it stays so only if the queue does not fill by and by.
    if (!pace.held && pace.time <= pace.stores * parameters_.kill_service + 2)
        return false;
    last_kill_ = series.last;
    counters_.kills_one += series.count;
    counters_.kill_stalls += pace.held ? series.count : 0;
    kill_queue_.put_off(pace.held);
    kill_range(first.pe, first.address, last.address - first.address + last.bytes);
    if (observer_)
        observer_->on_kill({first.kind, first.pe, first.address, series.count, timeline_.now()});
    return true;
}

ps_t Phb::kill(TceKillKind kind, std::uint32_t pe, std::uint32_t shift, std::uint64_t ioba, std::uint64_t pages) {
    if (kind == TceKillKind::one && pages == 0)
        return timeline_.now();
    const bool one = kind == TceKillKind::one;
    take({kind, pe, one ? ioba : 0, one ? pages << shift : 0}, one ? pages : 0);
    return kill_queue_.run(timeline_.now(), one ? pages : 1);
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
    const std::uint32_t tves = select_.tves_per_pe(), first = pe * tves;
    for (std::uint32_t index = first; index < first + tves; ++index)
        cache_.drop_tve(index);
    close_walks([&](const Walk &walk) { return walk.tve_index - first < tves; });
}

void Phb::kill_all() {
    cache_.drop_all();
    close_walks([](const Walk &) { return true; });
}

/// p7ioc: the TCEs in the \p bytes at \p hpa. With one level a walk knows its line from the start.
void Phb::kill_tces(std::uint64_t hpa, std::uint64_t bytes) {
    for (std::uint64_t tce = hpa; tce < hpa + bytes; tce += tce_bytes) {
        cache_.drop_table_address(tce);
        close_walks([&](const Walk &walk) { return tce - walk.line_hpa < parameters_.tce_line_bytes; });
    }
}

} // namespace tcesim
