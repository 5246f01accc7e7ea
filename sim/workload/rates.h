// SPDX-License-Identifier: Apache-2.0
/// \file
/// Figures per time, as the results carry them: whole numbers, rounded down.
#ifndef TCESIM_SIM_WORKLOAD_RATES_H
#define TCESIM_SIM_WORKLOAD_RATES_H

#include <cstdint>

namespace tcesim {

/// \p value x \p numerator / \p denominator without overflow in between; \p denominator is not 0.
inline std::uint64_t ratio(std::uint64_t value, std::uint64_t numerator, std::uint64_t denominator) {
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(value) * numerator / denominator);
}
/// \p count in \p duration ps, per second.
inline std::uint64_t per_second(std::uint64_t count, std::uint64_t duration) {
    return ratio(count, 1'000'000'000'000, duration);
}
/// Share of \p part in \p whole.
inline std::uint64_t parts_per_million(std::uint64_t part, std::uint64_t whole) {
    return ratio(part, 1'000'000, whole);
}

} // namespace tcesim

#endif
