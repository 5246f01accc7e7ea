// SPDX-License-Identifier: Apache-2.0
/// \file
/// Rules of a DMA window: its pages, its table, and the memory that both take.
#ifndef TCESIM_SIM_SCENARIO_WINDOW_CHECKS_H
#define TCESIM_SIM_SCENARIO_WINDOW_CHECKS_H

#include "sim/scenario/config.h"
#include "sim/scenario/values.h"

namespace tcesim::scenario {

/// As check_rules(), of which it is a part.
void check_window_rules(const Values &values, Diagnostics &diagnostics);

/// Bits of a bus address that a TCE table with \p levels resolves on a host with pages of \p host_page
/// bytes, page offset included. \p size and \p page are powers of two, \p levels >= 1.
struct TableGeometry {
    unsigned bits_per_level;
    unsigned page_bits;
    unsigned total_bits;
};
TableGeometry table_geometry(std::uint64_t size, std::uint64_t page, unsigned levels, std::uint64_t host_page = 65536);

/// What of a window a host has from its beginning, before any mapping.
struct WindowMemory {
    bool values; ///< a value for every entry: in user space, and in views up to 4.19
    bool levels; ///< all levels of the table, and a flat mirror: 4.12
};
WindowMemory window_memory_of(HostKernel kernel, TcePath tce);

/// Bytes of a page of a window.
struct WindowPages {
    std::uint64_t guest;        ///< of the guest's TCEs
    std::uint64_t hardware;     ///< of those that the host makes of them
    std::uint64_t host = 65536; ///< of the host's kernel
};

/// Bytes of simulated kernel memory that the tables of a window take before the first mapping: the top levels of its
/// table and of the mirror, and all of what \p eager says.
std::uint64_t window_memory(std::uint64_t size, WindowPages pages, unsigned levels, WindowMemory eager);
/// The same of what the host reserves for it: the guest's bitmap, and pointers to values that come with mappings.
std::uint64_t window_notes(std::uint64_t size, WindowPages pages, WindowMemory eager);

/// The most bits a bus address may have: the host's kernel refuses a table that resolves more.
constexpr unsigned max_address_bits = 54;

} // namespace tcesim::scenario

#endif
