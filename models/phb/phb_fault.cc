// SPDX-License-Identifier: Apache-2.0
// What becomes of a PE after a fault, and which writes are interrupts.
#include <algorithm>
#include <cstring>

#include "models/phb/walk.h"

namespace tcesim {
namespace {

constexpr std::uint64_t interrupt_type = 1; // bits 63:60 of a bus address
constexpr std::uint64_t msi32_first = 0xffff0000, msi32_last = 0xffffffff;
constexpr std::uint64_t owner_bytes = 16;

} // namespace

void Phb::freeze(const DmaAccess &access) {
    Pest &pest = pest_[access.pe];
    pest = {true, true, access.fault, pest_words(access), timeline_.now()};
    ++counters_.freezes;
    const std::uint64_t entry = (pest_bar_ & phb_register::pest_bar_base) + sizeof pest.words * access.pe;
    if (pest_bar_ & phb_register::pest_bar_enable && memory_.contains(entry, sizeof pest.words)) {
        for (std::size_t i = 0; i < pest.words.size(); ++i) {
            const std::uint64_t word = __builtin_bswap64(pest.words[i]);
            std::memcpy(HostMemory::at(entry + 8 * i), &word, sizeof word);
        }
    }
    if (observer_)
        observer_->on_freeze(access);
}

/// Software freezes or thaws; why a PE was frozen is forgotten when nothing of it is frozen any more.
void Phb::set_frozen(std::uint32_t pe, bool mmio, bool dma) {
    if (!mmio && !dma) {
        pest_[pe] = {};
        return;
    }
    pest_[pe].mmio = mmio;
    pest_[pe].dma = dma;
}

bool Phb::in_interrupt_window(std::uint64_t ioba) const {
    using namespace phb_register;
    if (ioba >> 60 == interrupt_type)
        return config_ & config_msi64;
    return (config_ & config_msi32) && ioba >= msi32_first && ioba <= msi32_last;
}

/// \p request is for an interrupt window: a write is performed as an interrupt, a read is an error.
void Phb::interrupt(DmaRequest &request) {
    if (!request.write) {
        refuse(request, DmaFault::interrupt_read);
        return;
    }
    request.interrupt = true;
    if (!accepts_interrupt(request)) {
        ++counters_.interrupts_dropped;
        request.failed = true;
    }
    proceed(request, 0);
}

/// The source must be one of the bridge's, and with a table of owners it must be one of the PE's.
bool Phb::accepts_interrupt(DmaRequest &request) const {
    const std::uint64_t offset = request.ioba >> 60 == interrupt_type ? request.ioba : request.ioba - msi32_first;
    const std::uint64_t source = (offset >> 4 & 0xffff) | (interrupt_data(request) & 31);
    const std::uint64_t sources = std::uint64_t{features_.interrupts_per_pe} * parameters_.pe_count;
    if (sources && source >= sources)
        return false;
    if (parameters_.generation != PhbGeneration::phb3 || !parameters_.interrupt_owners)
        return true;
    request.piped_at += parameters_.memory_read; // the owner is read from memory
    std::uint64_t entry = 0;
    std::memcpy(&entry, HostMemory::at(parameters_.interrupt_owners + owner_bytes * source), sizeof entry);
    return (__builtin_bswap64(entry) & 0xffff) == request.pe;
}

std::uint32_t Phb::interrupt_data(const DmaRequest &request) {
    std::uint32_t data = 0;
    std::memcpy(&data, request.data, std::min<std::size_t>(request.bytes, sizeof data));
    return __builtin_bswap32(data);
}

} // namespace tcesim
