// SPDX-License-Identifier: Apache-2.0
/// \file
/// The hardware of the unit tests' benches. The figures are the tests' own: round, so that expected
/// times can be added up by hand.
#ifndef TCESIM_TESTS_UNIT_HARDWARE_PARAMETERS_H
#define TCESIM_TESTS_UNIT_HARDWARE_PARAMETERS_H

#include "models/device/t3_engine.h"
#include "models/phb/parameters.h"

namespace tcesim {

inline LinkParameters test_link() {
    return {1, 8, 128, 512, 28, 28, 100'000};
}

/// A PHB3 with its registers at \p register_base and the window of a device of \p pe 64 KiB behind.
inline PhbParameters test_phb(std::uint64_t register_base, std::uint32_t pe, std::uint64_t rtt) {
    PhbParameters phb;
    phb.generation = PhbGeneration::phb3;
    phb.pe_count = 256;
    phb.tce_cache_lines = 64;
    phb.tce_cache_ways = 4;
    phb.tce_line_bytes = 128;
    phb.tce_walkers = phb.tce_tags = 32;
    phb.kill_queue = 16;
    phb.pipeline = 100'000;
    phb.memory_read = phb.tce_fetch = 250'000;
    phb.kill_service = 40'000;
    phb.mmio_flight = 150'000;
    phb.register_base = register_base;
    phb.window_base = register_base + 0x10000;
    phb.window_bytes = 0x1000;
    phb.window_pe = pe;
    phb.rtt = rtt;
    return phb;
}

inline T3Parameters test_t3() {
    return {0x0100, 16, 200'000, 5'000'000, 160 * 1024};
}

/// 10 Gb/s: 800 ps per byte.
inline WireParameters test_wire() {
    return {10'000'000'000, 3'000'000};
}

inline PeerParameters test_peer(std::uint64_t seed) {
    return {23, 20'000'000, seed};
}

} // namespace tcesim

#endif
