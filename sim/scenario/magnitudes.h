// SPDX-License-Identifier: Apache-2.0
/// \file
/// Multiples of a byte, and of the unit of time, a picosecond.
#ifndef TCESIM_SIM_SCENARIO_MAGNITUDES_H
#define TCESIM_SIM_SCENARIO_MAGNITUDES_H

#include <cstdint>

namespace tcesim::scenario {

constexpr std::uint64_t KiB = 1ULL << 10U;
constexpr std::uint64_t MiB = 1ULL << 20U;
constexpr std::uint64_t GiB = 1ULL << 30U;
constexpr std::uint64_t TiB = 1ULL << 40U;
constexpr std::uint64_t us = 1000000;
constexpr std::uint64_t s = 1000000000000;

} // namespace tcesim::scenario

#endif
