// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/kill_fault.h"

namespace tcesim {

/// Whether an invalidation of these pages is lost: one of them has a number that `every` divides.
bool KillFault::loses(std::uint64_t first_page, std::uint64_t pages) {
    if (!parameters_.every)
        return false;
    const std::uint64_t next = (first_page + parameters_.every - 1) / parameters_.every * parameters_.every;
    const bool lost = next < first_page + pages;
    lost_ += lost;
    return lost;
}

bool KillFault::loses_store(std::uint64_t value) {
    constexpr std::uint64_t tce_bytes = 8, tces_per_store = 2;
    if (parameters_.generation == PhbGeneration::p7ioc)
        return loses(((value & ~phb_register::kill_by_tce_address) - table_) / tce_bytes, tces_per_store);
    if (!(value & phb_register::kill_one))
        return false;
    return loses((value & phb_register::kill_address_mask) >> parameters_.page_shift, 1);
}

ps_t KillFault::mmio_write(std::uint64_t address, std::uint64_t value) {
    if (address == parameters_.kill_register && loses_store(value))
        return 0;
    return phb_.mmio_write(address, value);
}

void KillFault::set_tve(std::uint32_t index, std::uint64_t tve) {
    if (tve)
        table_ = tve >> 16 << 12;
    firmware_.set_tve(index, tve);
}

ps_t KillFault::tce_kill(opal_tce_kill kind, std::uint32_t pe, std::uint32_t shift, std::uint64_t ioba,
                         std::uint64_t pages) {
    if (kind == OPAL_TCE_KILL_PAGES && loses(ioba >> shift, pages))
        return 0;
    return firmware_.tce_kill(kind, pe, shift, ioba, pages);
}

} // namespace tcesim
