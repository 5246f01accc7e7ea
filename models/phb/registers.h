// SPDX-License-Identifier: Apache-2.0
/// \file
/// Registers of a PHB, by offset from PhbParameters::register_base, and their fields. Bits are numbered
/// from the lowest; in brackets as PowerPC's documents number them, from the highest. Sources: skiboot's
/// include/phb3-regs.h, phb4-regs.h and the drivers that use them.
#ifndef TCESIM_MODELS_PHB_REGISTERS_H
#define TCESIM_MODELS_PHB_REGISTERS_H

#include <cstdint>

namespace tcesim::phb_register {

constexpr std::uint64_t space = 0x1000; ///< bytes of register space

/// Which writes are interrupts; reads of these addresses are errors. After reset: the 64-bit window alone.
constexpr std::uint64_t config = 0x160;
constexpr std::uint64_t config_msi32 = 1ULL << 55; ///< [8] bus addresses 0xffff0000 to 0xffffffff
constexpr std::uint64_t config_msi64 = 1ULL << 49; ///< [14] bus addresses with 1 in bits 63:60

/// Where the bridge writes the two words of a PE that it freezes: 16 bytes for each PE.
constexpr std::uint64_t pest_bar = 0x1a8;
constexpr std::uint64_t pest_bar_enable = 1ULL << 63;
constexpr std::uint64_t pest_bar_base = 0x00fffffffffff000;

/// A store with bit 63 starts a synchronisation; bit 62 reads 1 when every DMA read that had arrived before is
/// answered.
constexpr std::uint64_t dma_read_sync = 0x200;
constexpr std::uint64_t dma_read_sync_start = 1ULL << 63;
constexpr std::uint64_t dma_read_sync_complete = 1ULL << 62;

constexpr std::uint64_t rtc_invalidate = 0x208; ///< forget the cached PE of one RID (bits 47:32) or of all
constexpr std::uint64_t rtc_invalidate_all = 1ULL << 63;

/// Reads 0 in bits 63:61 while there is room for a kill.
constexpr std::uint64_t tce_kill = 0x210;
constexpr std::uint64_t kill_all = 1ULL << 63; ///< not p7ioc
constexpr std::uint64_t kill_pe = 1ULL << 62;  ///< not p7ioc: PE in bits 7:0 (phb3) or 8:0
constexpr std::uint64_t kill_one = 1ULL << 61; ///< not p7ioc: page-aligned bus address without bits 63:60, and the PE
constexpr std::uint64_t kill_commands = kill_all | kill_pe | kill_one;
constexpr std::uint64_t kill_address_mask = 0x0ffffffffffff000;
/// phb4, phb5: bits 13:12 are the size of the page to kill: 0 4 KiB, 1 64 KiB, 2 2 MiB, 3 1 GiB; without it 4 KiB.
constexpr std::uint64_t kill_page_size = 1ULL << 60;
/// p7ioc: real address of a TCE; kills the pair in its 16 bytes.
constexpr std::uint64_t kill_by_tce_address = 1ULL << 63;

/// An entry of a table inside the bridge, read and written through the data register. With autoincrement each access of
/// the data register moves on to the next entry.
constexpr std::uint64_t ioda_address = 0x220;
constexpr std::uint64_t ioda_autoincrement = 1ULL << 63;
constexpr unsigned ioda_table_shift = 48; ///< [11:15]
constexpr std::uint64_t ioda_index = 0x3ff;
constexpr std::uint64_t ioda_data = 0x228;
constexpr std::uint64_t ioda_pesta = 7; ///< bit 63: MMIO of the PE frozen
constexpr std::uint64_t ioda_pestb = 8; ///< bit 63: DMA of the PE stopped
constexpr std::uint64_t ioda_tvt = 9;
constexpr std::uint64_t ioda_peev = 20; ///< read only; entry n: PEs 64 n (bit 63) to 64 n + 63 (bit 0), frozen or not
constexpr std::uint64_t pest_frozen = 1ULL << 63;

constexpr std::uint64_t version = 0x800; ///< read only; not p7ioc

/// phb4, phb5: how the TVEs are shared out among the PEs. Bits 46:44 [17:19]: 2 << n TVEs per PE, n 0 to 3, chosen by
/// the 1 to 4 highest of the 60 bits of a bus address. tve1_4gib: two per PE, the second one from 4 GiB on.
constexpr std::uint64_t control = 0x810;
constexpr unsigned control_tves_shift = 44;
constexpr std::uint64_t control_tves_max = 3;
constexpr std::uint64_t control_tve1_4gib = 1ULL << 39;

/// Read only here: bit 56 [7] reads 1 while kills are in flight.
constexpr std::uint64_t quiesce = 0x888;
constexpr std::uint64_t quiesce_kill_busy = 1ULL << 56;

} // namespace tcesim::phb_register

#endif
