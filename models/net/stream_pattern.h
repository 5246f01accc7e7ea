// SPDX-License-Identifier: Apache-2.0
/// \file
/// How a byte stream shows that every page of it came from the right place.
///
/// At each stream offset that is a multiple of the interval stand 8 bytes, big-endian: offset ^ seed. A page
/// read through a wrong or an old translation carries the stamp of another offset.
#ifndef TCESIM_MODELS_NET_STREAM_PATTERN_H
#define TCESIM_MODELS_NET_STREAM_PATTERN_H

#include <cstdint>

namespace tcesim {

constexpr std::uint64_t stamp_interval = 4096;
constexpr std::uint32_t stamp_bytes = 8;
/// A stream to the guest has them closer, so that each full segment has a whole one.
constexpr std::uint64_t received_stamp_interval = 512;

/// The stamp at \p offset (a multiple of the interval), in CPU order.
constexpr std::uint64_t stream_stamp(std::uint64_t offset, std::uint64_t seed) {
    return offset ^ seed;
}

} // namespace tcesim

#endif
