// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a vCPU pays for that is not handler code: one declared constant of the machine each.
#ifndef TCESIM_MODELS_CPU_COSTS_H
#define TCESIM_MODELS_CPU_COSTS_H

#include <array>
#include <cstdint>

#include "models/kernel/timeline.h"

namespace tcesim {

enum class Cost : unsigned {
    real_mode_round_trip, ///< from sc 1 to hypervisor real mode and back; half each way
    guest_exit,           ///< full exit to the host kernel
    guest_entry,          ///< and back
    syscall,              ///< ioctl from user space and its return; half each way
    user_dispatch,        ///< user space: once per hypercall
    user_notify,          ///< user space: once per TCE
    pin_page,             ///< pin of one page and its release
    mmio_store,           ///< barrier and posted store
    opal_tce_kill,        ///< firmware kills one TCE, or all of a PE
    guest_send,           ///< TCP transmit of a chunk
    guest_ack,            ///< one ACK received
    guest_poll,           ///< one poll round
    guest_interrupt,      ///< interrupt in the guest
    host_interrupt,       ///< interrupt in the host, injection included
    siblings_out,         ///< with guest_exit: the other threads of the core are brought out of the guest
    core_turn,            ///< with guest_exit: the host takes the core over and gives it back
    siblings_in,          ///< with guest_entry: the other threads are woken
    kill_interference,    ///< with opal_tce_kill, where the call before was for another bridge
    page_release,         ///< one pinned page of a process given back when it ends
    idle_wake,            ///< from the event that ends idleness to the first instruction
    guest_receive_frame,  ///< driver: one frame with payload
    guest_receive,        ///< one packet with payload through the stack
    guest_read,           ///< a process reads what was received
    guest_ack_send,       ///< one ACK sent
    guest_io_submit,      ///< one block I/O from the process to the driver
    guest_io_complete,    ///< and back
    count
};
constexpr unsigned cost_count = static_cast<unsigned>(Cost::count);

struct CpuCosts {
    std::array<ps_t, cost_count> ps{}; ///< guest_send: of 64 KiB
    std::uint64_t clear_bytes_per_cycle, copy_bytes_per_cycle;
    std::uint64_t atomic, fence; ///< 1/1000 cycle
    /// Pages in a call above which firmware flushes the whole second bridge instead of killing one by one.
    std::uint64_t second_flushes_above = ~std::uint64_t{0};

    ps_t of(Cost cost) const { return ps[static_cast<unsigned>(cost)]; }
};

/// Leaf of the ledger, "layer/constant/constant", without the vCPU.
const char *leaf_name(Cost cost);

} // namespace tcesim

#endif
