// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a bridge keeps of a PE that a fault has frozen.
#ifndef TCESIM_MODELS_PHB_PEST_H
#define TCESIM_MODELS_PHB_PEST_H

#include <array>
#include <cstdint>

#include "models/phb/observer.h"

namespace tcesim {

/// Entry of the PE state table: the two bits inside the bridge, and the two words in memory that say why.
/// Bits of the words as skiboot's include/phb3-regs.h names them; in brackets PowerPC's numbers.
struct Pest {
    bool mmio = false; ///< PESTA: MMIO frozen
    bool dma = false;  ///< PESTB: DMA stopped
    DmaFault cause = DmaFault::none;
    std::array<std::uint64_t, 2> words{};
    ps_t since = 0; ///< when a fault has frozen it

    static constexpr unsigned type_shift = 56; ///< [5:7] of word 0
    static constexpr std::uint64_t type_dma_write = 0, type_dma_read = 2;
    static constexpr std::uint64_t memory_error = 1ULL << 50;     ///< [13]
    static constexpr std::uint64_t ioda_error = 1ULL << 47;       ///< [16]
    static constexpr std::uint64_t tce_page_fault = 1ULL << 45;   ///< [18]
    static constexpr std::uint64_t tce_access_fault = 1ULL << 44; ///< [19]
    static constexpr unsigned requester_shift = 16;               ///< [32:47]
    static constexpr std::uint64_t address = 0x1fffffffffffffff;  ///< [3:63] of word 1
};

/// The words for \p access, which has been refused. Which bit stands for an address beyond a window and for one
/// without memory behind it is not published: here an IODA error and a memory error. Bits of the error registers
/// ([26:31]) are 0.
constexpr std::array<std::uint64_t, 2> pest_words(const DmaAccess &access) {
    std::uint64_t why = Pest::ioda_error;
    if (access.fault == DmaFault::page_fault)
        why = Pest::tce_page_fault;
    if (access.fault == DmaFault::access_fault)
        why = Pest::tce_access_fault;
    if (access.fault == DmaFault::bad_address)
        why = Pest::memory_error;
    const std::uint64_t type = access.write ? Pest::type_dma_write : Pest::type_dma_read;
    return {why | type << Pest::type_shift | std::uint64_t{access.requester_id} << Pest::requester_shift,
            access.ioba & Pest::address};
}

} // namespace tcesim

#endif
