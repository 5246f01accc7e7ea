// SPDX-License-Identifier: Apache-2.0
/// \file
/// What distinguishes the generations of bridges. Sources: skiboot's register definitions and drivers
/// (include/phb3.h, phb4.h, phb4-regs.h, hw/p7ioc-phb.c, hw/phb3.c, hw/phb4.c).
#ifndef TCESIM_MODELS_PHB_GENERATION_H
#define TCESIM_MODELS_PHB_GENERATION_H

#include <array>
#include <cstdint>

namespace tcesim {

/// Bridges differ in the translation tables they take and in the way TCEs are killed.
enum class PhbGeneration : std::uint8_t {
    p7ioc, ///< POWER7: one TVE per PE, one-level tables, killed by the TCE's real address
    phb3,  ///< POWER8: two TVEs per PE, up to five levels, killed by bus address and PE
    phb4,  ///< POWER9: two or more TVEs per PE; killed through a firmware call
    phb5   ///< POWER10: as phb4 but for the version
};

struct PhbFeatures {
    std::uint32_t pe_count_max;
    std::uint32_t tves_per_pe;               ///< after reset
    std::uint32_t levels_max;                ///< of a translation table
    std::array<std::uint8_t, 4> page_shifts; ///< log2 of the sizes of IO pages
    bool bypass_bit_56;              ///< an entry without translation has bit 56 (PowerPC's number) next to bit 51
    bool masks_pe;                   ///< takes the low bits of a PE number that is too large; others refuse it
    bool has_tve_modes;              ///< phb_register::control
    std::uint32_t interrupts_per_pe; ///< message sources of the bridge for each PE that it has; 0: any number
    std::uint64_t kill_pe;           ///< mask of the PE in a TCE kill; 0: TCEs are killed by their real address
    std::uint64_t version;           ///< of phb_register::version; 0: no such register

    bool has_page(std::uint32_t shift) const {
        for (const std::uint8_t own : page_shifts)
            if (shift == own)
                return true;
        return false;
    }
};

constexpr PhbFeatures features_of(PhbGeneration generation) {
    constexpr PhbFeatures p7ioc{128, 1, 1, {12, 16, 24, 34}, false, false, false, 0, 0, 0};
    constexpr PhbFeatures phb3{256, 2, 5, {12, 16, 24, 28}, false, false, false, 8, 0xff, 0x000000a300000005};
    constexpr PhbFeatures phb4{512, 2, 5, {12, 16, 21, 30}, true, true, true, 8, 0x1ff, 0x000000a400000002};
    switch (generation) {
    case PhbGeneration::p7ioc:
        return p7ioc;
    case PhbGeneration::phb3:
        return phb3;
    case PhbGeneration::phb4:
    case PhbGeneration::phb5:
        break;
    }
    PhbFeatures features = phb4;
    if (generation == PhbGeneration::phb5)
        features.version = 0x000000a500000002;
    return features;
}

} // namespace tcesim

#endif
