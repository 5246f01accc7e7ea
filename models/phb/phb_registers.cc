// SPDX-License-Identifier: Apache-2.0
// The CPU's side of the bridge: loads and stores of its registers, and stores to the device.
#include <algorithm>

#include "models/kernel/check.h"
#include "models/phb/walk.h"

namespace tcesim {

ps_t Phb::mmio_write(std::uint64_t address, std::uint64_t value) {
    const ps_t arrival = timeline_.now() + parameters_.mmio_flight;
    if (address != parameters_.register_base + phb_register::tce_kill) {
        stores_.push(arrival, {address, value});
        return timeline_.now();
    }
    last_kill_ = value;
    const ps_t accepted = kill_queue_.accept(arrival);
    const ps_t held = accepted - arrival;
    counters_.kill_stalls += held > 0;
    kills_.push(accepted, {address, value});
    return timeline_.now() + held;
}

/// A store that is not a kill has arrived.
void Phb::forward(Store store) {
    if (store.loads) {
        forward_load(store.address, *store.loads);
        return;
    }
    if (store.address - parameters_.window_base < parameters_.window_bytes) {
        if (!pest_[parameters_.window_pe].mmio)
            link_.store(store.address - parameters_.window_base, store.value, timeline_.now() + parameters_.pipeline);
        return;
    }
    store_register(store.address - parameters_.register_base, store.value);
}

void Phb::mmio_load(std::uint64_t address, LoadClient &client) {
    stores_.push(timeline_.now() + parameters_.mmio_flight, {address, 0, &client});
}

/// A load has arrived.
void Phb::forward_load(std::uint64_t address, LoadClient &client) {
    const std::uint64_t offset = address - parameters_.window_base;
    if (offset >= parameters_.window_bytes) {
        const MmioLoad load = mmio_read(address);
        own_answers_.push(load.when, {&client, load.value});
    } else if (pest_[parameters_.window_pe].mmio) {
        own_answers_.push(timeline_.now() + parameters_.mmio_flight, {&client, ~std::uint64_t{0}});
    } else {
        link_.load(offset, client, timeline_.now() + parameters_.pipeline);
    }
}

void Phb::on_load_answer(LoadClient &client, std::uint64_t value) {
    device_answers_.push(timeline_.now() + parameters_.pipeline + parameters_.mmio_flight, {&client, value});
}

void Phb::store_register(std::uint64_t offset, std::uint64_t value) {
    using namespace phb_register;
    if (offset == rtc_invalidate) {
        if (value & rtc_invalidate_all)
            pe_cache_.assign(pe_cache_.size(), no_pe);
        else
            pe_cache_[value >> 32 & 0xffff] = no_pe;
    } else if (offset == dma_read_sync) {
        if (value & dma_read_sync_start)
            start_read_sync();
    } else if (offset == phb_register::config) {
        TCESIM_CHECK(!(value & ~(config_msi32 | config_msi64)), "a CPU switches only what the PHB has");
        config_ = value;
    } else if (offset == phb_register::pest_bar) {
        pest_bar_ = value;
    } else if (offset == phb_register::ioda_address) {
        ioda_address_ = value;
    } else if (offset == phb_register::ioda_data) {
        store_ioda(value);
    } else {
        TCESIM_CHECK(offset == phb_register::control && features_.has_tve_modes,
                     "a CPU stores only to registers that the PHB has");
        select_tves(value);
    }
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

void Phb::start_read_sync() {
    ++read_epoch_;
    reads_to_sync_ = reads_in_flight_;
}

MmioLoad Phb::mmio_read(std::uint64_t address) {
    return {load_register(address - parameters_.register_base), timeline_.now() + parameters_.mmio_flight};
}

std::uint64_t Phb::load_register(std::uint64_t offset) {
    using namespace phb_register;
    switch (offset) {
    case dma_read_sync:
        return reads_to_sync_ ? 0 : dma_read_sync_complete;
    case tce_kill:
        return kill_register();
    case phb_register::config:
        return config_;
    case phb_register::pest_bar:
        return pest_bar_;
    case phb_register::ioda_address:
        return ioda_address_;
    case phb_register::ioda_data:
        return load_ioda();
    case quiesce:
        return kill_queue_.busy(timeline_.now()) ? quiesce_kill_busy : 0;
    default:
        TCESIM_CHECK(offset == phb_register::version && features_.version,
                     "a CPU loads only from registers that the PHB has");
        return features_.version;
    }
}

/// The kill that was stored last; its command is gone when there is room for another one.
std::uint64_t Phb::kill_register() const {
    const bool room = kill_queue_.in_flight(timeline_.now()) < kill_queue_.depth();
    return room ? last_kill_ & ~phb_register::kill_commands : last_kill_;
}

/// The entry that the address register names, of a table of \p entries; moves on if it is to.
std::uint32_t Phb::next_ioda_index(std::size_t entries) {
    using namespace phb_register;
    const std::uint64_t index = ioda_address_ & phb_register::ioda_index;
    TCESIM_CHECK(index < entries, "a CPU names only entries that a table of the PHB has");
    if (ioda_address_ & ioda_autoincrement)
        ioda_address_ = (ioda_address_ & ~phb_register::ioda_index) | ((index + 1) & phb_register::ioda_index);
    return static_cast<std::uint32_t>(index);
}

void Phb::store_ioda(std::uint64_t value) {
    using namespace phb_register;
    const std::uint64_t table = ioda_address_ >> ioda_table_shift & 31;
    if (table == ioda_tvt) {
        set_tve(next_ioda_index(tvt_.size()), value);
        return;
    }
    TCESIM_CHECK(table == ioda_pesta || table == ioda_pestb, "a CPU writes only tables that the PHB has");
    const std::uint32_t pe = next_ioda_index(pest_.size());
    const bool frozen = value & pest_frozen;
    if (table == ioda_pesta)
        set_frozen(pe, frozen, pest_[pe].dma);
    else
        set_frozen(pe, pest_[pe].mmio, frozen);
}

std::uint64_t Phb::load_ioda() {
    using namespace phb_register;
    switch (ioda_address_ >> ioda_table_shift & 31) {
    case ioda_pesta:
        return pest_[next_ioda_index(pest_.size())].mmio ? pest_frozen : 0;
    case ioda_pestb:
        return pest_[next_ioda_index(pest_.size())].dma ? pest_frozen : 0;
    case ioda_peev:
        return peev(next_ioda_index((pest_.size() + 63) / 64));
    default:
        TCESIM_CHECK((ioda_address_ >> ioda_table_shift & 31) == ioda_tvt, "a CPU reads only tables that the PHB has");
        return tvt_[next_ioda_index(tvt_.size())];
    }
}

/// One bit for each of 64 PEs, the first one in the highest bit.
std::uint64_t Phb::peev(std::uint64_t entry) const {
    std::uint64_t value = 0;
    for (std::uint64_t pe = 64 * entry; pe < std::min<std::uint64_t>(64 * entry + 64, pest_.size()); ++pe)
        if (pest_[pe].mmio || pest_[pe].dma)
            value |= 1ULL << (63 - pe % 64);
    return value;
}

} // namespace tcesim
