// SPDX-License-Identifier: Apache-2.0
// The figures that a machine file gives. Their values stand in scenarios/machines/, never here.
#include "sim/scenario/schema.h"

#include <algorithm>

#include "sim/scenario/magnitudes.h"

namespace tcesim::scenario {

namespace {

constexpr std::uint64_t cycle = 1000;
constexpr std::uint64_t MHz = 1000000;
constexpr std::uint64_t Mbit_per_s = 1000000;

ConstantSpec figure(const char *id, Dimension dimension, std::uint64_t low, std::uint64_t high, const char *about) {
    return {id, dimension, low, high, 1, false, nullptr, about};
}
/// A cost: zero is a legitimate what-if.
ConstantSpec cost(const char *id, const char *about) {
    return figure(id, Dimension::time, 0, 10 * s, about);
}
/// As many cycles as a handler may pay thousands of times between two waits: the meter counts in 64 bits.
ConstantSpec cycles(const char *id, const char *about) {
    return figure(id, Dimension::cycles, 0, 1000000 * cycle, about);
}
ConstantSpec share(const char *id, const char *about) {
    return figure(id, Dimension::share, 0, 1000000, about);
}
ConstantSpec count(const char *id, std::uint64_t low, std::uint64_t high, const char *about) {
    return figure(id, Dimension::count, low, high, about);
}
ConstantSpec size(const char *id, std::uint64_t high, const char *about) {
    return figure(id, Dimension::bytes, 1, high, about);
}
ConstantSpec bandwidth(const char *id, const char *about) {
    return figure(id, Dimension::bytes_per_cycle, 1, 4096, about);
}
ConstantSpec needed_by(const char *who, ConstantSpec constant) {
    constant.needed_by = who;
    return constant;
}
ConstantSpec optional(ConstantSpec constant) {
    return needed_by("", constant);
}
ConstantSpec rate(const char *id, const char *about) {
    return figure(id, Dimension::byte_rate, 1000000, 1000000000000, about);
}
/// Larger than any I/O, and made of whole pages, which have a stamp each.
ConstantSpec blocks(const char *id, const char *about) {
    ConstantSpec out = count(id, 1 * GiB / 512, 1 * TiB / 512, about);
    out.multiple = 8;
    return out;
}
/// In steps of 1/1000: the meter counts in the fraction's terms.
ConstantSpec speed(const char *id, const char *about) {
    ConstantSpec out = figure(id, Dimension::share, 10000, 1000000, about);
    out.multiple = 1000;
    return out;
}
ConstantSpec line(const char *id, std::uint64_t high, const char *about) {
    ConstantSpec out = figure(id, Dimension::bytes, 8, high, about);
    out.power_of_two = true;
    return out;
}

std::vector<ConstantSpec> all_constants() {
    ConstantSpec core_clock = figure("core_clock", Dimension::frequency, 100 * MHz, 100000 * MHz, "clock of a core");
    core_clock.multiple = MHz;
    return {
        core_clock,
        figure("cycles_per_instruction", Dimension::cycles, 1, 1000 * cycle,
               "cycles per instruction without atomics, fences and misses"),
        cycles("atomic", "one larx/stcx pair"),
        cycles("fence", "one memory barrier"),
        bandwidth("clear_bandwidth", "clearing memory"),
        bandwidth("copy_bandwidth", "copying memory"),
        line("cache_line", 4 * KiB, "line of every cache"),
        size("l1_size", 16 * MiB, "first-level data cache"),
        size("l2_size", 64 * MiB, "second-level cache"),
        size("l3_size", 256 * MiB, "third-level cache"),
        count("cache_ways", 1, 64, "associativity of every cache"),
        cycles("l2_latency", "load that hits the second level"),
        cycles("l3_latency", "load that hits the third level"),
        figure("memory_latency", Dimension::time, 0, 10 * us, "load that misses every cache"),
        cycles("real_mode_round_trip", "hypercall into real mode and back, without any work"),
        cost("guest_exit", "full exit from the guest to the host kernel"),
        cost("guest_entry", "way back into the guest"),
        cost("exit_per_sibling", "addition to guest_exit for each other thread of the core in the guest"),
        cost("entry_per_sibling", "addition to guest_entry for each of them"),
        cost("sibling_interrupt",
             "interrupt that brings another thread of the core out of the guest; those of all threads run at once"),
        cost("core_turn", "the host's work between exit and entry when a core leaves the guest with several threads"),
        cost("xics_ipi",
             "signal between threads of a core through the interrupt controller, in place of msgsnd; one by one"),
        needed_by("power8", cost("idle_nap", "wake-up from nap, where threads of POWER7 and POWER8 are while the host "
                                             "has their core")),
        needed_by("power9", cost("idle_stop0_lite", "wake-up from this idle state")),
        needed_by("power9", cost("idle_stop0", "wake-up from this idle state")),
        needed_by("power9", cost("idle_stop1", "wake-up from this idle state")),
        needed_by("power9", cost("idle_stop2", "wake-up from this idle state")),
        optional(speed("smt_speed_2", "speed of a thread while another one of its core runs, as a share of its speed "
                                      "alone; needed with guest.core_threads 2")),
        optional(speed("smt_speed_4", "the same with four busy threads; needed with guest.core_threads 3 and 4")),
        optional(speed("smt_speed_8", "the same with eight; needed with guest.core_threads 5 to 8")),
        optional(count("exit_takes_core", 0, 1,
                       "1: an exit takes the whole core out of the guest, and its other threads nap until it is back; "
                       "0: threads leave one by one, and the others go on; needed with guest.core_threads above 1")),
        cost("syscall", "system call into the host kernel and back"),
        cost("user_operation_rest", "part of a user-space operation beyond the exit to the host kernel"),
        share("user_rest_per_tce", "share of user_operation_rest paid for each TCE of a multi-TCE call"),
        cost("pin_page", "pinning one page and releasing it later"),
        cost("page_release", "one pinned page of guest memory given back at the end of its process"),
        cost("mmio_store", "barrier and posted store to a device, as seen by the CPU"),
        cost("mmio_flight", "way of that store to the bridge"),
        needed_by("power9",
                  cost("opal_tce_kill", "firmware's invalidation of one TCE or of all of a PE, completion included")),
        needed_by("power9",
                  cost("kill_interference", "addition to the first invalidation after one in another bridge")),
        needed_by("power9", count("npu_flush_above", 1, 1000000,
                                  "pages in a call above which firmware flushes all of an NPU instead")),
        cost("guest_send", "guest's work to send one chunk of 64KiB"),
        share("guest_send_fixed", "share of guest_send that a chunk pays whatever its size"),
        cost("guest_ack", "guest's work for one received ACK"),
        cost("guest_receive_frame", "driver's work for one received frame with payload: buffer, headers, merging"),
        cost("guest_receive", "guest's work for one received packet, merged or not, from driver to socket"),
        cost("guest_read", "process's work to read 64KiB in one call: system call, wake-up, copy"),
        share("guest_read_fixed", "share of guest_read that each read pays whatever its size"),
        cost("guest_ack_send", "guest's work to send one ACK; the doorbell comes on top"),
        cost("guest_poll", "one NAPI poll round without packets; the re-arming store comes on top"),
        cost("guest_interrupt", "interrupt entry in the guest, scheduling of the poll, return"),
        cost("host_interrupt", "host's work for a device interrupt, without exit and entry"),
        count("phb_pe_count", 2, 512, "partitionable endpoints of a bridge"),
        count("phb_tce_cache_lines", 1, 65536, "lines of the bridge's TCE cache"),
        count("phb_tce_cache_ways", 1, 65536, "associativity of that cache"),
        line("phb_tce_line", 128, "bytes of one line of that cache, fetched at once"),
        count("phb_tce_replacement", 0, 1, "whom that cache replaces: 0 the least recently used line, 1 a random one"),
        count("phb_tce_walkers", 1, 4096, "walks of translation tables at the same time"),
        count("phb_tce_tags", 1, 4096, "TCE reads of these walks at the same time"),
        cost("phb_tce_fetch", "one such read: one level of a walk"),
        count("phb_ordered_reads", 0, 1,
              "whether answers to reads leave the bridge in the order in which the reads came"),
        count("phb_merged_walks", 0, 1,
              "whether requests that need a line for which the bridge walks already wait for that walk; if not, each "
              "takes a walk of its own"),
        cost("phb_pipeline", "request through the bridge, one way, without translation"),
        cost("phb_memory_read", "data of a request read from memory by the bridge"),
        optional(cost("memory_read_cold", "what a DMA read that the last-level cache does not answer takes longer")),
        optional(cost("memory_read_remote", "what a DMA read of the other socket's memory takes longer")),
        optional(size("llc_size", 1 * GiB, "last-level cache that DMA reads are answered from, of a socket")),
        optional(count("llc_ways", 1, 64, "associativity of that cache")),
        optional(line("llc_line", 4 * KiB, "line of that cache")),
        cost("phb_kill_service", "one TCE invalidation inside the bridge"),
        count("phb_kill_queue", 1, 4096, "invalidations accepted before the storing CPU stalls"),
        cost("pcie_flight", "PHY and trace of the link, one way"),
        count("pcie_request_credits", 1, 4096, "read requests that the bridge takes in before it has answered one"),
        count("pcie_posted_credits", 1, 4096, "posted writes that the bridge takes in before it has performed one"),
        count("t3_read_tags", 1, 4096, "reads that the device has outstanding at most"),
        cost("t3_packet", "device's work per work request before its first payload read"),
        size("t3_transmit_buffer", 16 * MiB, "payload that the device fetches ahead of the wire"),
        cost("t3_interrupt_holdoff",
             "delay from the response of the first packet that is not consumed to the interrupt"),
        needed_by("dma_bench",
                  count("dma_bench_read_tags", 1, 4096, "read requests that the device has in flight at most")),
        needed_by("dma_bench", cost("dma_bench_read_gap_64", "time between two reads of up to 127 bytes, at least")),
        needed_by("dma_bench", cost("dma_bench_read_gap_128", "the same of 128 to 255 bytes")),
        needed_by("dma_bench", cost("dma_bench_read_gap_256", "the same of 256 to 511 bytes; longer ones have no gap")),
        needed_by("dma_bench", cost("dma_bench_write_gap_64", "time between two writes of up to 127 bytes, at least")),
        needed_by("dma_bench", cost("dma_bench_write_gap_128", "the same of 128 to 255 bytes")),
        needed_by("dma_bench",
                  cost("dma_bench_write_gap_256", "the same of 256 to 511 bytes; longer ones have no gap")),
        needed_by("nvme",
                  cost("guest_io_submit", "guest's work to submit one block I/O, mapping and doorbell not included")),
        needed_by("nvme", cost("guest_io_complete", "guest's work for one that is done, unmapping not included")),
        needed_by("nvme", count("nvme_read_tags", 1, 4096, "read requests that the device has outstanding at most")),
        needed_by("nvme", cost("nvme_command", "controller's work per command, one command after the other")),
        needed_by("nvme", blocks("nvme_blocks", "size of the namespace in blocks of 512 bytes")),
        needed_by("nvme", count("nvme_channels", 1, 65536, "accesses to the flash at the same time")),
        needed_by("nvme", line("nvme_stripe", 1 * MiB, "bytes of the namespace on one channel, then comes the next")),
        needed_by("nvme", cost("nvme_read_latency", "one access to the flash: it occupies its channel")),
        needed_by("nvme", cost("nvme_write_latency", "from the last byte of written data to their being safe")),
        needed_by("nvme", rate("nvme_read_bandwidth", "what all channels together deliver")),
        needed_by("nvme", rate("nvme_write_bandwidth", "what they take")),
        needed_by("dma_bench", cost("pcie_reset_hold", "time for which a reset of a device is asserted")),
        needed_by("dma_bench",
                  cost("pcie_reset_settle", "time from the end of a reset to the first access to the device")),
        figure("wire_rate", Dimension::bit_rate, Mbit_per_s, 8000000 * Mbit_per_s, "rate of the wire"),
        cost("wire_latency", "cable, switch and both MACs, one way"),
        cost("peer_turnaround", "time from a segment's arrival at the peer to its ACK, and from an ACK's arrival "
                                "to the segments that it allows"),
        figure("peer_retransmission_timeout", Dimension::time, 1 * us, 10 * s,
               "time without progress after which the peer sends again"),
        count("peer_ack_every", 1, 1000000, "segments per ACK"),
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

KeySpec value_of(const ConstantSpec &constant) {
    KeySpec key;
    key.path = std::string("machine.constants.") + constant.id + ".value";
    key.type = Type::quantity;
    key.dimension = constant.dimension;
    key.low = constant.low;
    key.high = constant.high;
    key.multiple = constant.multiple;
    key.power_of_two = constant.power_of_two;
    return key;
}

} // namespace tcesim::scenario
