// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a PHB is made of: sizes, times and addresses, and the registers that it has.
#ifndef TCESIM_MODELS_PHB_PARAMETERS_H
#define TCESIM_MODELS_PHB_PARAMETERS_H

#include <cstdint>

#include "models/phb/generation.h"
#include "models/phb/tce_cache.h"

namespace tcesim {

struct PhbParameters {
    PhbGeneration generation;
    std::uint32_t pe_count; ///< 1 .. PhbFeatures::pe_count_max
    std::uint32_t tce_cache_lines;
    std::uint32_t tce_cache_ways; ///< divides tce_cache_lines
    std::uint32_t tce_line_bytes; ///< fetched by one memory read: a power of two, 8 .. 128
    TceReplacement tce_replacement = TceReplacement::lru;
    std::uint32_t tce_walkers;   ///< table walks at a time
    std::uint32_t tce_tags;      ///< TCE reads from memory at a time; a walk has at most one
    bool ordered_reads = false;  ///< answers to reads leave in the order in which the reads have arrived
    std::uint32_t kill_queue;    ///< kills accepted and not yet serviced
    ps_t pipeline;               ///< request through the bridge, each way, without translation
    ps_t memory_read;            ///< data of a read, or an RTT entry, read from memory by the bridge
    ps_t tce_fetch;              ///< one table entry or line of TCEs read from memory, one step of a walk
    ps_t kill_service;           ///< one TCE kill inside the bridge
    ps_t mmio_flight;            ///< from a store's retirement to its arrival at the PHB
    std::uint64_t register_base; ///< host real address of the registers
    std::uint64_t window_base;   ///< host real address of the device's registers
    std::uint64_t window_bytes;
    std::uint32_t window_pe; ///< PE of the device: a freeze of it drops stores to the window
    std::uint64_t rtt;       ///< host real address of the RID translation table: 65536 big-endian PE numbers of 16 bits

    /// What is wrong with the values, as half a sentence; nullptr when nothing is.
    const char *problem() const;
    /// After reset; phb_register::control changes it.
    std::uint32_t tves_per_pe() const { return features_of(generation).tves_per_pe; }
};

/// Registers, by offset from PhbParameters::register_base, and their fields.
namespace phb_register {
constexpr std::uint64_t space = 0x1000;         ///< bytes of register space
constexpr std::uint64_t rtc_invalidate = 0x208; ///< forget the cached PE of one RID (bits 47:32) or of all
constexpr std::uint64_t rtc_invalidate_all = 1ULL << 63;
constexpr std::uint64_t tce_kill = 0x210;
constexpr std::uint64_t kill_all = 1ULL << 63;                     ///< phb3
constexpr std::uint64_t kill_pe = 1ULL << 62;                      ///< phb3: PE in bits 7:0
constexpr std::uint64_t kill_one = 1ULL << 61;                     ///< phb3: page-aligned bus address, PE in bits 7:0
constexpr std::uint64_t kill_address_mask = 0x0ffffffffffff000ULL; ///< phb3, without bit 60
/// phb4, phb5: how the TVEs are shared out among the PEs. Bits 46:44 [17:19]: 2 << n TVEs per PE, n 0 to 3, chosen by
/// the 1 to 4 highest of the 60 bits of a bus address. tve1_4gib: two per PE, the second one from 4 GiB on.
constexpr std::uint64_t control = 0x810;
constexpr unsigned control_tves_shift = 44;
constexpr std::uint64_t control_tves_max = 3;
constexpr std::uint64_t control_tve1_4gib = 1ULL << 39;
constexpr std::uint64_t kill_by_tce_address = 1ULL
                                              << 63; ///< p7ioc: real address of a TCE; kills the pair in its 16 bytes
} // namespace phb_register

} // namespace tcesim

#endif
