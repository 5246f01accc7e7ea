// SPDX-License-Identifier: Apache-2.0
/// \file
/// What distinguishes the generations of bridges, as skiboot's register definitions and drivers show it
/// (include/phb3.h, phb4-regs.h, hw/p7ioc-phb.c, hw/phb3.c, hw/phb4.c).
#ifndef TCESIM_MODELS_PHB_GENERATION_H
#define TCESIM_MODELS_PHB_GENERATION_H

#include <cstdint>

namespace tcesim {

enum class PhbGeneration : std::uint8_t {
    p7ioc, ///< POWER7
    phb3,  ///< POWER8
    phb4,  ///< POWER9
    phb5   ///< POWER10: a PHB4 with another version
};

struct PhbFeatures {
    const char *name;
    std::uint32_t pe_count_max;  ///< a PHB4 has 512 or, as most of a chip, 256
    std::uint32_t tves_per_pe;   ///< of the table of TVEs; a PHB4 can share it out in other ways
    std::uint32_t levels_max;    ///< of translation tables
    std::uint8_t page_shifts[4]; ///< log2 of the sizes of IO pages
    std::uint64_t kill_pe_mask;  ///< PE in the value of a TCE kill; 0: TCEs are killed by their real address
    std::uint32_t interrupts;    ///< message sources; of a PHB4 with 512 PEs twice as many
    std::uint64_t version;       ///< of the version register; 0: not modelled
    bool bypass_needs_bit_56;    ///< an entry without translation is valid with bits 51 and 56, not with 51 alone
    bool masks_pe;               ///< takes the low bits of a PE number that is too large, where others refuse it
    bool checks_interrupt_owner; ///< an interrupt whose source belongs to another PE is dropped

    bool has_page_shift(std::uint32_t shift) const {
        return shift == page_shifts[0] || shift == page_shifts[1] || shift == page_shifts[2] || shift == page_shifts[3];
    }
};

constexpr const PhbFeatures &features(PhbGeneration generation) {
    constexpr std::uint64_t byte = 0xff, nine_bits = 0x1ff;
    constexpr PhbFeatures table[] = {};
    return table[static_cast<unsigned>(generation)];
}

} // namespace tcesim

#endif
