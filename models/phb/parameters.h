// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a PHB is made of: sizes, times and addresses, and the registers that it has.
#ifndef TCESIM_MODELS_PHB_PARAMETERS_H
#define TCESIM_MODELS_PHB_PARAMETERS_H

#include <cstdint>

#include "models/phb/generation.h"
#include "models/phb/registers.h"
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
    bool merged_walks = true;    ///< a request that misses waits for a walk of its line under way; if not, each walks
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

    /// phb3: host real address of the table of interrupt owners, 16 big-endian bytes for each source with the PE in
    /// bits 15:0 of the first word. An interrupt of another PE's source is dropped. 0: nobody looks.
    std::uint64_t interrupt_owners = 0;

    /// What is wrong with the values, as half a sentence; nullptr when nothing is.
    const char *problem() const;
    /// After reset; phb_register::control changes it.
    std::uint32_t tves_per_pe() const { return features_of(generation).tves_per_pe; }
};

} // namespace tcesim

#endif
