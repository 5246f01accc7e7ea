// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/dma_traffic.h"

#include <algorithm>
#include <cstring>

#include "models/kernel/check.h"
#include "sim/machine_parameters.h"
#include "sim/workload/rates.h"

namespace tcesim {

namespace {

using namespace address_map;

} // namespace

DmaTraffic::DmaTraffic(const MachineParts &parts)
    : parts_(parts), traffic_(parts.config.traffic),
      piece_bytes_(std::max(parts.config.guest.page, parts.config.device_window().page)),
      memory_side_(memory_side_parameters(parts.config)),
      bench_("dma_bench", parts.timeline, parts.link, dma_bench_parameters(parts.config, parts.seed)),
      recovery_(parts, {DmaBench::status_register, DmaBench::status_error}) {
    parts.phb.set_memory_side(&memory_side_);
}

std::string DmaTraffic::open() {
    fill_buffer();
    std::vector<std::uint64_t> pieces = map_buffer();
    if (pieces.empty() || (parts_.config.faults.unmapped_dma && !map_and_unmap_another()))
        return "the DMA window has no room for the buffer of traffic.window";
    bench_.configure(std::move(pieces), piece_bytes_);
    return "";
}

void DmaTraffic::fill_buffer() {
    for (std::uint64_t offset = 0; offset < traffic_.window; offset += DmaBench::stamp_interval) {
        const std::uint64_t stamp = __builtin_bswap64(DmaBench::host_stamp(offset, parts_.seed));
        std::memcpy(parts_.port.guest_memory(bench_memory + offset), &stamp, sizeof stamp);
    }
    if (traffic_.host_cache == scenario::HostCache::warm)
        memory_side_.touch(parts_.port.ram().hpa + bench_memory, traffic_.window);
}

/// Through the handlers, a page at a time: the guest's, or the window's where that is larger. Empty: there was no room.
std::vector<std::uint64_t> DmaTraffic::map_buffer() {
    const bool only_reads = traffic_.operation == scenario::DmaOperation::read;
    std::vector<std::uint64_t> pieces;
    for (std::uint64_t offset = 0; offset < traffic_.window; offset += piece_bytes_) {
        const DmaMapping mapping = parts_.dma.map(bench_memory + offset, static_cast<std::uint32_t>(piece_bytes_),
                                                  only_reads ? DMA_TO_DEVICE : DMA_BIDIRECTIONAL);
        if (!mapping.valid())
            return {};
        mappings_.push_back(mapping);
        pieces.push_back(mapping.bus_address);
    }
    return pieces;
}

void DmaTraffic::unmap_buffer() {
    for (const DmaMapping &mapping : mappings_)
        parts_.dma.unmap(mapping);
    mappings_.clear();
}

/// The mistake of faults.unmapped_dma: the address stays with the device.
bool DmaTraffic::map_and_unmap_another() {
    const DmaMapping mapping =
        parts_.dma.map(bench_memory, static_cast<std::uint32_t>(piece_bytes_), DMA_BIDIRECTIONAL);
    if (!mapping.valid())
        return false;
    parts_.dma.unmap(mapping);
    bench_.lead_astray(parts_.config.faults.unmapped_dma, mapping.bus_address);
    return true;
}

/// After a reset the device knows nothing any more. A driver gives back what it had mapped and maps anew.
void DmaTraffic::set_up_again() {
    unmap_buffer();
    std::vector<std::uint64_t> pieces = map_buffer();
    TCESIM_CHECK(!pieces.empty(), "what was mapped once can be mapped again");
    bench_.configure(std::move(pieces), piece_bytes_);
}

void DmaTraffic::run(Vcpu &vcpu) {
    vcpu.set_interrupt_handler([] {});
    recovery_.open();
    start(vcpu);
    for (;;) {
        recovery_.watch(vcpu);
        while (!recovery_.recovers())
            vcpu.idle();
        if (recovery_.bring_back(vcpu, [&] { stop(vcpu); }))
            set_up_again();
        start(vcpu);
    }
}

void DmaTraffic::start(Vcpu &vcpu) {
    recovery_.store(vcpu, DmaBench::start_register);
}

/// Returns when nothing is in flight any more.
void DmaTraffic::stop(Vcpu &vcpu) {
    recovery_.store(vcpu, DmaBench::stop_register);
    while (recovery_.load(vcpu, DmaBench::status_register) & DmaBench::status_in_flight)
        ;
}

void DmaTraffic::fill(VariantResult &result) const {
    const DmaBenchCounters &counters = bench_.counters();
    recovery_.fill(result, bench_.first_finished());
    if (counters.reads + counters.writes)
        result.set("dma_operations", counters.reads + counters.writes);
    if (counters.writes)
        result.set("dma_write_bandwidth", per_second(counters.writes * traffic_.size, traffic_.duration));
    if (!counters.reads)
        return;
    result.set("dma_read_bandwidth", per_second(counters.reads * traffic_.size, traffic_.duration));
    result.set("dma_read_latency_mean", counters.read_latency / counters.reads);
    result.set("dma_read_latency_p50", counters.latency.percentile(500));
    result.set("dma_read_latency_p99", counters.latency.percentile(990));
    result.set("dma_read_latency_max", counters.latency.max());
    result.histograms["dma.read"] = {"ps",
                                     "from the start of a DMA in the device to its last byte",
                                     counters.latency.count(),
                                     counters.latency.percentile(500),
                                     counters.latency.percentile(900),
                                     counters.latency.percentile(990),
                                     counters.latency.percentile(999),
                                     counters.latency.max()};
}

/// Whether each write of the device stands where it belongs, and nothing else has changed.
bool DmaTraffic::buffer_is_right() const {
    for (std::uint64_t offset = 0; offset < traffic_.window; offset += DmaBench::stamp_interval) {
        std::uint64_t stamp = 0;
        std::memcpy(&stamp, parts_.port.guest_memory(bench_memory + offset), sizeof stamp);
        if (!bench_.may_stand(offset, __builtin_bswap64(stamp)))
            return false;
    }
    return true;
}

void DmaTraffic::judge(VariantResult &result, bool faults_injected) const {
    const bool written_right = buffer_is_right();
    if (bench_.wrong_reads())
        result.violations.push_back("the device read wrong data at offset " +
                                    std::to_string(bench_.first_wrong_offset()) + " of its window");
    if (!written_right)
        result.violations.emplace_back("the device's window does not hold what was written to it");
    if (parts_.config.faults.unmapped_dma) {
        result.quirks["refused_reads"] = bench_.refused_reads();
        result.quirks["dropped_writes"] = bench_.dropped_writes();
    }
    if (faults_injected)
        result.quirks["wrong_payload"] = bench_.wrong_reads();
    else
        result.invariants["payload_intact"] =
            bench_.wrong_reads() == 0 && written_right &&
            (parts_.config.traffic.kill || (bench_.refused_reads() == 0 && bench_.dropped_writes() == 0));
}

} // namespace tcesim
