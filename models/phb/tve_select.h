// SPDX-License-Identifier: Apache-2.0
/// \file
/// Which TVE of its PE a bus address belongs to.
#ifndef TCESIM_MODELS_PHB_TVE_SELECT_H
#define TCESIM_MODELS_PHB_TVE_SELECT_H

#include <cstdint>

namespace tcesim {

/// The TVEs of the bridge are shared out evenly: PE n has those from n x tves_per_pe() on.
///
///     one TVE per PE        window 0 below bit 59; there is no other one
///     2, 4, 8 or 16         the 1 to 4 highest of the 60 bits of a bus address
///     2, from 4 GiB on      window 1 is everything from 4 GiB on. Its table begins at bus address 0 all the
///                           same: entries for the first 4 GiB are there and never used
class TveSelect {
public:
    /// \p tves_per_pe: 1, 2, 4, 8 or 16. \p at_4gib: the second of two begins at 4 GiB.
    explicit TveSelect(std::uint32_t tves_per_pe, bool at_4gib = false) : tves_per_pe_(tves_per_pe), at_4gib_(at_4gib) {
        std::uint32_t bits = 0;
        while (1u << bits < tves_per_pe)
            ++bits;
        // With one TVE bit 59 still says "another window", which nobody has.
        shift_ = at_4gib ? address_bits : address_bits - (bits ? bits : 1);
    }

    std::uint32_t tves_per_pe() const { return tves_per_pe_; }
    /// Number of the TVE of \p pe for the bus address \p ioba, or `none`; the address type, bits 63:60, is not looked
    /// at.
    std::uint32_t tve(std::uint32_t pe, std::uint64_t ioba) const {
        const std::uint64_t address = ioba & address_mask;
        const std::uint64_t window = at_4gib_ ? (address >> 32 != 0) : address >> shift_;
        return window < tves_per_pe_ ? pe * tves_per_pe_ + static_cast<std::uint32_t>(window) : none;
    }
    /// What a table translates of \p ioba: the bits below those that choose the window.
    std::uint64_t offset(std::uint64_t ioba) const { return ioba & ((1ULL << shift_) - 1); }

    static constexpr std::uint32_t none = ~0u;

private:
    static constexpr unsigned address_bits = 60;
    static constexpr std::uint64_t address_mask = (1ULL << address_bits) - 1;

    std::uint32_t tves_per_pe_;
    std::uint32_t shift_;
    bool at_4gib_;
};

} // namespace tcesim

#endif
