// SPDX-License-Identifier: Apache-2.0
/// \file
/// Division of a whole number into whole parts.
#ifndef TCESIM_MODELS_KERNEL_DIVISION_H
#define TCESIM_MODELS_KERNEL_DIVISION_H

#include <cstdint>

namespace tcesim {

/// Divides \p whole in proportion to weights that sum to \p sum, which is not 0: called with each of them in turn,
/// yields whole numbers that sum to \p whole.
class Division {
public:
    Division(std::uint64_t whole, __int128 sum) : whole_(whole), sum_(sum) {}

    std::uint64_t next(__int128 weight) {
        const __int128 before = seen_ * whole_ / sum_;
        seen_ += weight;
        return static_cast<std::uint64_t>(seen_ * whole_ / sum_ - before);
    }

private:
    const __int128 whole_, sum_;
    __int128 seen_ = 0;
};

} // namespace tcesim

#endif
