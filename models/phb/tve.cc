// SPDX-License-Identifier: Apache-2.0
#include "models/phb/tve.h"

namespace tcesim {
namespace {

std::uint64_t bits(std::uint64_t value, unsigned last, unsigned first) {
    return (value >> first) & ((1ULL << (last - first + 1)) - 1);
}

} // namespace

Tve decode_tve(std::uint64_t value, std::uint32_t levels_max) {
    Tve tve;
    const std::uint64_t page = bits(value, 4, 0);
    const std::uint64_t size = bits(value, 12, 8);
    if (value == 0)
        return tve;
    if (page == 0) {
        tve.kind = bits(value, 12, 12) ? Tve::Kind::bypass : Tve::Kind::off;
        tve.start = (bits(value, 11, 10) << 24 | bits(value, 63, 40)) << 24;
        tve.end = (bits(value, 9, 8) << 24 | bits(value, 39, 16)) << 24;
        return tve;
    }
    tve.page_shift = static_cast<std::uint32_t>(page + 11);
    if (size == 0)
        return tve;
    tve.levels = static_cast<std::uint32_t>(bits(value, 15, 13) + 1);
    tve.level_bits = static_cast<std::uint32_t>(size + 8);
    tve.table = bits(value, 63, 16) << 12;
    tve.kind = tve.levels > levels_max ? Tve::Kind::invalid : Tve::Kind::translate;
    return tve;
}

} // namespace tcesim
