// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/kill_fault.h"

#include <algorithm>

namespace tcesim {

/// Whether an invalidation of these pages is not sent: one of them has a number that `every` divides.
bool KillFault::skips(std::uint64_t first_page, std::uint64_t pages) {
    if (!parameters_.every)
        return false;
    const std::uint64_t next = (first_page + parameters_.every - 1) / parameters_.every * parameters_.every;
    const bool skipped = next < first_page + pages;
    counters_.skipped += skipped;
    return skipped;
}

bool KillFault::is_page_kill(std::uint64_t address, std::uint64_t value) const {
    return address == parameters_.kill_register &&
           (parameters_.generation == PhbGeneration::p7ioc || value & phb_register::kill_one);
}

bool KillFault::skips_store(std::uint64_t value) {
    constexpr std::uint64_t tce_bytes = 8, tces_per_store = 2;
    if (parameters_.generation == PhbGeneration::p7ioc)
        return skips(((value & ~phb_register::kill_by_tce_address) - table_) / tce_bytes, tces_per_store);
    return skips((value & phb_register::kill_address_mask) >> parameters_.page_shift, 1);
}

/// Whether the bridge drops what arrives now; what it takes is in flight until it has been serviced.
bool KillFault::drops() {
    const ps_t now = timeline_.now();
    while (!in_flight_.empty() && in_flight_.front() <= now)
        in_flight_.pop_front();
    if (in_flight_.size() >= parameters_.most_in_flight) {
        ++counters_.dropped;
        return true;
    }
    in_flight_.push_back((in_flight_.empty() ? now : in_flight_.back()) + parameters_.service);
    return false;
}

void KillFault::deliver(Late late) {
    if (late.store)
        phb_.mmio_write(parameters_.kill_register, late.value);
    else
        firmware_.tce_kill(OPAL_TCE_KILL_PAGES, late.pe, late.shift, late.value, late.pages);
}

ps_t KillFault::mmio_write(std::uint64_t address, std::uint64_t value) {
    if (!is_page_kill(address, value))
        return phb_.mmio_write(address, value);
    if (skips_store(value))
        return 0;
    if (!parameters_.delay)
        return phb_.mmio_write(address, value);
    ++counters_.delayed;
    late_.push(timeline_.now() + parameters_.delay, {true, value, 0, 0, 0});
    return 0;
}

/// A fault may concern each store in another way.
bool KillFault::repeat_mmio_writes(const StoreSeries &series, const StorePace &pace) {
    const bool faults = parameters_.every || parameters_.delay || parameters_.most_in_flight;
    return !faults && phb_.repeat_mmio_writes(series, pace);
}

void KillFault::set_tve(std::uint32_t index, std::uint64_t tve) {
    if (tve)
        table_ = tve >> 16 << 12;
    firmware_.set_tve(index, tve);
}

ps_t KillFault::tce_kill(opal_tce_kill kind, std::uint32_t pe, std::uint32_t shift, std::uint64_t ioba,
                         std::uint64_t pages) {
    if (kind == OPAL_TCE_KILL_PAGES && parameters_.promote)
        kind = OPAL_TCE_KILL_PE;
    if (kind != OPAL_TCE_KILL_PAGES)
        return firmware_.tce_kill(kind, pe, shift, ioba, pages);
    if (skips(ioba >> shift, pages) || (parameters_.most_in_flight && drops()))
        return 0;
    if (parameters_.delay) {
        ++counters_.delayed;
        late_.push(timeline_.now() + parameters_.delay, {false, ioba, pe, shift, pages});
        return 0;
    }
    const ps_t done_at = firmware_.tce_kill(kind, pe, shift, ioba, pages);
    return parameters_.most_in_flight ? 0 : done_at;
}

} // namespace tcesim
