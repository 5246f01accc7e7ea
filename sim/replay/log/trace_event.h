// SPDX-License-Identifier: Apache-2.0
/// \file
/// One event of a recorded guest, as its line says it.
///
/// Fields are the line's own: what they leave out, or mean otherwise than they look, is for whoever uses them
/// (docs/replay.md lists it). A field that the kind does not have is 0.
#ifndef TCESIM_SIM_REPLAY_LOG_TRACE_EVENT_H
#define TCESIM_SIM_REPLAY_LOG_TRACE_EVENT_H

#include <array>
#include <cstdint>
#include <string_view>

namespace tcesim::replay {

enum class EventKind : unsigned {
    // spapr_iommu_* of QEMU
    put,
    get,
    indirect,
    stuff,
    xlate,
    new_table,
    pre_save,
    post_load,
    ddw_query,
    ddw_create,
    ddw_remove,
    ddw_reset,
    // Linux of the host
    kvm_enter,
    kvm_exit,
    // Linux of the guest
    opcode_enter,
    opcode_exit,
    dma_map,
    dma_unmap,
    dma_map_list,
};
constexpr std::size_t event_kind_count = static_cast<std::size_t>(EventKind::dma_map_list) + 1;

/// As a line names it, without "spapr_iommu_" and "pci_".
const char *name_of(EventKind kind);

/// Where a log comes from.
enum class LogKind : unsigned { none, qemu, kvm, opcodes, dma };
const char *name_of(LogKind kind);
LogKind log_of(EventKind kind);

struct TraceEvent {
    static constexpr std::size_t pieces_max = 128; ///< of a list in one dma event

    EventKind kind{};
    bool pci = false; ///< the event's name has "pci_"
    bool has_time = false;
    std::uint64_t time = 0;   ///< nanoseconds, of whatever clock
    std::uint64_t thread = 0; ///< of QEMU, or the CPU of Linux, or the vCPU of KVM; 0 where the line has none

    std::uint64_t liobn = 0; ///< kvm_enter: GPR4
    std::uint64_t ioba =
        0; ///< kvm_enter: GPR5; xlate: offset in the window; ddw_create: bus address; dma_*: bus address
    std::uint64_t tce =
        0; ///< put, get; indirect: the last that was read; stuff: the value; kvm_enter: GPR6; xlate: target
    std::uint64_t list = 0;             ///< indirect: gpa of the list
    std::uint64_t last = 0;             ///< indirect: number of the last entry
    std::uint64_t pages = 0;            ///< stuff; kvm_enter: GPR7; new size of post_load in entries
    std::int64_t ret = 0;               ///< put, get, indirect, stuff, opcode_exit, kvm_exit
    bool too_hard = false;              ///< kvm_exit: the call goes on in user space, whose answer is not recorded
    std::uint64_t perm = 0;             ///< xlate
    std::uint64_t mask = 0;             ///< xlate: low 32 bits of the page's mask; ddw_query: of page sizes
    std::uint64_t opcode = 0;           ///< opcode_*, kvm_enter
    std::uint64_t buid = 0;             ///< ddw_*
    std::uint64_t page = 0;             ///< ddw_create: bytes; pre_save, post_load: log2
    std::uint64_t size = 0;             ///< ddw_create: of the window; dma_map, dma_unmap: bytes
    std::uint64_t gpa = 0;              ///< dma_map
    bool reads = false, writes = false; ///< dma_*: what the device may do with the memory

    std::string_view device; ///< dma_*: its name; lives as long as the line

    struct Piece {
        std::uint64_t ioba, size, gpa;
    };
    std::size_t pieces = 0; ///< dma_map_list
    std::array<Piece, pieces_max> piece;
};

} // namespace tcesim::replay

#endif
