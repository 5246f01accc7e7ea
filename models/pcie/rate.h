// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a PCI Express link carries: parameters and the time a TLP occupies one direction.
#ifndef TCESIM_MODELS_PCIE_RATE_H
#define TCESIM_MODELS_PCIE_RATE_H

#include <cstdint>

#include "models/kernel/timeline.h"

namespace tcesim {

/// Bytes that a TLP puts on the link beside its payload: framing, sequence number and LCRC (8),
/// header (4 + 12 with a 64-bit address, 4 + 8 for a completion).
constexpr std::uint32_t memory_write_overhead = 24;
constexpr std::uint32_t read_request_overhead = 24;
constexpr std::uint32_t completion_overhead = 20;

/// No request crosses an address that is a multiple of this (PCI Express base specification, 2.2.7).
constexpr std::uint64_t request_boundary = 4096;

struct LinkParameters {
    unsigned generation;          ///< 1, 2 (8b/10b), 3 or 4 (128b/130b)
    unsigned lanes;               ///< 1, 2, 4, 8, 12, 16 or 32
    std::uint32_t max_payload;    ///< MPS in bytes: 128, 256, ... 4096
    std::uint32_t max_read;       ///< MRRS in bytes: 128, 256, ... 4096
    std::uint32_t read_credits;   ///< read requests that the PHB takes in before it has answered one
    std::uint32_t posted_credits; ///< posted writes that it takes in before it has performed one
    ps_t flight;                  ///< PHY, SerDes and trace, one way
    /// RCB in bytes, 64 or 128, where the PHB answers in pieces of it; 0: it fills its completions.
    std::uint32_t read_completion_boundary = 0;

    /// Completions of a read end at multiples of this and where the read ends.
    std::uint32_t completion_boundary() const {
        return read_completion_boundary ? read_completion_boundary : max_payload;
    }
    /// What is wrong with the values, as half a sentence; nullptr when nothing is.
    const char *problem() const;
};

/// Rate of TLP bytes in one direction: the raw rate less ACK/NAK and flow-control DLLPs, sent at the
/// intervals that the PCI Express specification tabulates (AckLimit, FCguide), and SKP ordered sets:
///     raw x (1 - 8/AckLimit - 8/FCguide - 4/1538)
class LinkRate {
public:
    explicit LinkRate(const LinkParameters &parameters);

    /// Time that \p bytes of TLPs occupy the link, rounded to the nearest ps.
    ps_t time(std::uint64_t bytes) const { return (bytes * ps_per_byte_q24_ + (1u << 23)) >> 24; }
    /// The same as a rate.
    std::uint64_t bits_per_second() const;

private:
    std::uint64_t ps_per_byte_q24_; // ps per byte x 2^24
};

} // namespace tcesim

#endif
