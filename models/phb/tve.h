// SPDX-License-Identifier: Apache-2.0
/// \file
/// Translation validate entry (TVE): how one window of a PE is translated.
///
///     63:16 table address >> 12      12:8 size of each level: 2^(n + 11) bytes, 0 = entry off
///     15:13 levels - 1 (0..4)         4:0 IO page: 2^(n + 11) bytes, 0 = no translation
///
/// Without translation (page field 0) bit 12 says that the entry is valid and two real addresses,
/// in units of 16 MiB, bound the window: start in 11:10 and 63:40, end in 9:8 and 39:16.
#ifndef TCESIM_MODELS_PHB_TVE_H
#define TCESIM_MODELS_PHB_TVE_H

#include <cstdint>

namespace tcesim {

struct Tve {
    enum class Kind : std::uint8_t { off, invalid, translate, bypass };

    Kind kind = Kind::off;
    std::uint32_t levels = 0;      ///< 1..5
    std::uint32_t page_shift = 12; ///< log2 of the IO page
    std::uint32_t level_bits = 0;  ///< log2 of the entries of each level
    std::uint64_t table = 0;       ///< host real address of the top level
    std::uint64_t start = 0;       ///< bypass: first real address
    std::uint64_t end = 0;         ///< bypass: first real address behind the window

    /// log2 of the bytes that a translated window spans; 64 and more: everything.
    std::uint32_t reach() const { return level_bits * levels + page_shift; }
};

/// \p levels_max: levels that the bridge can walk; an entry with more is Kind::invalid.
Tve decode_tve(std::uint64_t value, std::uint32_t levels_max);

} // namespace tcesim

#endif
