// SPDX-License-Identifier: Apache-2.0
#include "models/phb/tve.h"

namespace tcesim {
namespace {

constexpr std::uint64_t bypass_valid = 1 << 12;
constexpr std::uint64_t bypass_valid_too = 1 << 7; // bit 56
constexpr unsigned bypass_unit_shift = 24;         // 16 MiB

std::uint64_t bits(std::uint64_t value, unsigned last, unsigned first) {
    return (value >> first) & ((1ULL << (last - first + 1)) - 1);
}

Tve decode_bypass(std::uint64_t value, const PhbFeatures &features) {
    Tve tve;
    if (!(value & bypass_valid))
        return tve;
    tve.kind = Tve::Kind::bypass;
    if (features.bypass_bit_56 && !(value & bypass_valid_too))
        tve.kind = Tve::Kind::invalid;
    tve.start = (bits(value, 11, 10) << 24 | bits(value, 63, 40)) << bypass_unit_shift;
    tve.end = (bits(value, 9, 8) << 24 | bits(value, 39, 16)) << bypass_unit_shift;
    return tve;
}

std::uint64_t encode_bypass(const Tve &tve, const PhbFeatures &features) {
    const std::uint64_t start = tve.start >> bypass_unit_shift, end = tve.end >> bypass_unit_shift;
    const std::uint64_t value = bypass_valid | bits(start, 25, 24) << 10 | bits(start, 23, 0) << 40 |
                                bits(end, 25, 24) << 8 | bits(end, 23, 0) << 16;
    return features.bypass_bit_56 ? value | bypass_valid_too : value;
}

} // namespace

Tve decode_tve(std::uint64_t value, PhbGeneration generation) {
    const PhbFeatures features = features_of(generation);
    const std::uint64_t page = bits(value, 4, 0);
    const std::uint64_t size = bits(value, 12, 8);
    if (page == 0)
        return decode_bypass(value, features);
    Tve tve;
    tve.page_shift = static_cast<std::uint32_t>(page + 11);
    if (size == 0)
        return tve;
    tve.levels = static_cast<std::uint32_t>(bits(value, 15, 13) + 1);
    tve.level_bits = static_cast<std::uint32_t>(size + 8);
    tve.table = bits(value, 63, 16) << 12;
    const bool possible = tve.levels <= features.levels_max && features.has_page(tve.page_shift);
    tve.kind = possible ? Tve::Kind::translate : Tve::Kind::invalid;
    return tve;
}

std::uint64_t encode_tve(const Tve &tve, PhbGeneration generation) {
    if (tve.kind == Tve::Kind::off)
        return 0;
    if (tve.kind == Tve::Kind::bypass)
        return encode_bypass(tve, features_of(generation));
    return tve.table >> 12 << 16 | std::uint64_t{tve.levels - 1} << 13 | std::uint64_t{tve.level_bits - 8} << 8 |
           (tve.page_shift - 11);
}

} // namespace tcesim
