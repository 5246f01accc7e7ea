// SPDX-License-Identifier: Apache-2.0
// The CPU's side of the bridge: loads and stores of its registers, and stores to the device.
#include "models/kernel/check.h"
#include "models/phb/walk.h"

namespace tcesim {

ps_t Phb::mmio_write(std::uint64_t address, std::uint64_t value) {
    const ps_t arrival = timeline_.now() + parameters_.mmio_flight;
    if (address != parameters_.register_base + phb_register::tce_kill) {
        stores_.push(arrival, {address, value, false});
        return timeline_.now();
    }
    last_kill_ = value;
    const ps_t accepted = kill_queue_.accept(arrival);
    const ps_t held = accepted - arrival;
    counters_.kill_stalls += held > 0;
    const std::uint32_t others = kill_queue_.in_flight(accepted) - (parameters_.kill_service > 0);
    kills_.push(accepted, {address, value, others > parameters_.kills_in_flight_max});
    return timeline_.now() + held;
}

/// A store that is not a kill has arrived.
void Phb::forward(Store store) {
    if (store.address - parameters_.window_base < parameters_.window_bytes) {
        if (!pest_[parameters_.window_pe].mmio)
            link_.store(store.address - parameters_.window_base, store.value, timeline_.now() + parameters_.pipeline);
        return;
    }
    store_register(store.address - parameters_.register_base, store.value);
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
    case quiesce:
        return kill_queue_.busy(timeline_.now()) || timeline_.now() < kills_late_until_ ? quiesce_kill_busy : 0;
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

} // namespace tcesim
