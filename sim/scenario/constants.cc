// SPDX-License-Identifier: Apache-2.0
// The figures that a machine file gives. Their values stand in scenarios/machines/, never here.
#include "sim/scenario/schema.h"

#include <algorithm>
#include <limits>

namespace tcesim::scenario {

namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::int64_t>::max();

/// A cost: zero is a legitimate what-if.
ConstantSpec cost(const char *id, const char *about) {
    return {id, Dimension::time, 0, unlimited, false, false, about};
}
ConstantSpec cycles(const char *id, const char *about) {
    return {id, Dimension::cycles, 0, unlimited, false, false, about};
}
ConstantSpec share(const char *id, const char *about) {
    return {id, Dimension::share, 0, 1000000, false, false, about};
}
ConstantSpec count(const char *id, const char *about) {
    return {id, Dimension::count, 1, unlimited, false, false, about};
}
ConstantSpec positive(const char *id, Dimension dimension, const char *about) {
    return {id, dimension, 1, unlimited, false, false, about};
}
ConstantSpec line(const char *id, const char *about) {
    return {id, Dimension::bytes, 8, 4096, true, false, about};
}

std::vector<ConstantSpec> all_constants() {
    ConstantSpec opal_tce_kill = cost("opal_tce_kill", "firmware call that invalidates TCEs");
    opal_tce_kill.power9_only = true;
    return {
        positive("core_clock", Dimension::frequency, "clock of a core"),
        positive("cycles_per_instruction", Dimension::cycles,
                 "cycles per instruction without atomics, fences and misses"),
        cycles("atomic", "one larx/stcx pair"),
        cycles("fence", "one memory barrier"),
        positive("clear_bandwidth", Dimension::bytes_per_cycle, "clearing memory"),
        positive("copy_bandwidth", Dimension::bytes_per_cycle, "copying memory"),
        line("cache_line", "line of every cache"),
        positive("l1_size", Dimension::bytes, "first-level data cache"),
        positive("l2_size", Dimension::bytes, "second-level cache"),
        positive("l3_size", Dimension::bytes, "third-level cache"),
        count("cache_ways", "associativity of every cache"),
        cycles("l2_latency", "load that hits the second level"),
        cycles("l3_latency", "load that hits the third level"),
        cost("memory_latency", "load that misses every cache"),
        cycles("real_mode_round_trip", "hypercall into real mode and back, without any work"),
        cost("guest_exit", "full exit from the guest to the host kernel"),
        cost("guest_entry", "way back into the guest"),
        cost("exit_per_sibling", "addition to guest_exit for each other thread of the core in the guest"),
        cost("entry_per_sibling", "addition to guest_entry for each of them"),
        cost("syscall", "system call into the host kernel and back"),
        cost("user_operation_rest", "part of a user-space operation beyond the exit to the host kernel"),
        share("user_rest_per_tce", "share of user_operation_rest paid for each TCE of a multi-TCE call"),
        cost("pin_page", "pinning one page and releasing it later"),
        cost("mmio_store", "barrier and posted store to a device, as seen by the CPU"),
        cost("mmio_flight", "way of that store to the bridge"),
        opal_tce_kill,
        cost("guest_send", "guest's work to send one chunk of 64KiB"),
        share("guest_send_fixed", "share of guest_send that a chunk pays whatever its size"),
        cost("guest_ack", "guest's work for one received ACK"),
        cost("guest_poll", "one round of polling without packets"),
        cost("guest_interrupt", "interrupt entry in the guest, scheduling of the poll, return"),
        cost("host_interrupt", "host's work for a device interrupt, without exit and entry"),
        count("phb_pe_count", "partitionable endpoints of a bridge"),
        count("phb_tce_cache_lines", "lines of the bridge's TCE cache"),
        count("phb_tce_cache_ways", "associativity of that cache"),
        line("phb_tce_line", "bytes of one line of that cache, fetched at once"),
        count("phb_tce_tags", "TCE fetches of the bridge at the same time"),
        cost("phb_pipeline", "request through the bridge, one way, without translation"),
        cost("phb_memory_read", "one line read from memory by the bridge"),
        cost("phb_kill_service", "one TCE invalidation inside the bridge"),
        count("phb_kill_queue", "invalidations accepted before the storing CPU stalls"),
        cost("pcie_flight", "PHY and trace of the link, one way"),
        count("pcie_request_credits", "read requests that the bridge takes at once"),
        count("t3_read_tags", "reads that the device has outstanding at most"),
        cost("t3_packet", "device's work per work request before its first payload read"),
        positive("t3_transmit_buffer", Dimension::bytes, "payload that the device fetches ahead of the wire"),
        cost("t3_interrupt_holdoff", "least time between two interrupts of the device"),
        positive("wire_rate", Dimension::bit_rate, "rate of the wire"),
        cost("wire_latency", "cable, switch and both MACs, one way"),
        cost("peer_turnaround", "time from a segment's arrival at the peer to its ACK"),
        count("peer_ack_every", "segments per ACK"),
    };
}

} // namespace

const std::vector<ConstantSpec> &constants() {
    static const std::vector<ConstantSpec> table = all_constants();
    return table;
}

const ConstantSpec *find_constant(std::string_view id) {
    const auto found = std::find_if(constants().begin(), constants().end(),
                                    [&](const ConstantSpec &constant) { return constant.id == id; });
    return found == constants().end() ? nullptr : &*found;
}

std::vector<std::string> constant_ids() {
    std::vector<std::string> ids;
    for (const ConstantSpec &constant : constants())
        ids.emplace_back(constant.id);
    return ids;
}

} // namespace tcesim::scenario
