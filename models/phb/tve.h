// SPDX-License-Identifier: Apache-2.0
/// \file
/// Translation validate entry (TVE): how one window of a PE is translated. Bits are numbered from the
/// lowest; in brackets as PowerPC's documents number them, from the highest.
///
///     63:16 [0:47]   table address >> 12
///     15:13 [48:50]  levels - 1 (0..4)
///     12:8  [51:55]  size of each level: 2^(n + 11) bytes; 0: entry off
///      4:0  [59:63]  IO page: 2^(n + 11) bytes, of the sizes that the bridge has; 0: no translation
///
/// Without translation bit 12 [51] says that the entry is valid; phb4 and phb5 want bit 7 [56] as well.
/// Two real addresses of 50 bits, in units of 16 MiB, bound the window: start in 11:10 and 63:40, end in
/// 9:8 and 39:16.
#ifndef TCESIM_MODELS_PHB_TVE_H
#define TCESIM_MODELS_PHB_TVE_H

#include <cstdint>

#include "models/phb/generation.h"

namespace tcesim {

struct Tve {
    /// off: the window does not exist. invalid: what the bridge cannot do (levels, page). Both refuse a request.
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

/// What a bridge of \p generation makes of the entry \p value.
Tve decode_tve(std::uint64_t value, PhbGeneration generation);
/// The entry that decode_tve() makes \p tve of; 0 for Kind::off. Addresses are multiples of their units.
std::uint64_t encode_tve(const Tve &tve, PhbGeneration generation);

} // namespace tcesim

#endif
