// SPDX-License-Identifier: Apache-2.0
#include "sim/metric_catalogue.h"

#include <algorithm>

namespace tcesim {

// A step of container_life: how long it takes, and what the host has for the process after it.
#define STEP(name, what)                                                                                               \
    {name "_time", "ps", "lower", what}, {name "_locked", "B", "lower", "memory accounted as locked after it"},        \
        {name "_tables", "B", "lower", "whole pages of the host's kernel after it: tables, mirrors, views"},           \
        {name "_pinned", "1", "lower", "pins of host pages after it"}

// The same of one whose time is in the catalogue already.
#define MEMORY_AFTER(name)                                                                                             \
    {name "_locked", "B", "lower", "memory accounted as locked after all is mapped"},                                  \
        {name "_tables", "B", "lower", "whole pages of the host's kernel after that: tables, mirrors, views"},         \
        {name "_pinned", "1", "lower", "pins of host pages after that"}

const std::vector<MetricInfo> &metric_catalogue() {
    static const std::vector<MetricInfo> catalogue = {
        {"throughput", "B/s", "higher",
         "payload bytes that the other side acknowledged (sent), the guest's process read (received) or the device "
         "delivered, per simulated second; of both directions the sum"},
        {"throughput_tx", "B/s", "higher", "with traffic in both directions: of these, sent"},
        {"throughput_rx", "B/s", "higher", "with traffic in both directions: of these, received"},
        {"payload_bytes", "B", "higher", "payload bytes that finished in the measured phase"},
        {"chunks_sent", "1", "higher", "chunks that the guest handed to its driver in the measured phase"},

        {"iops", "1/s", "higher", "block I/Os that were done, per simulated second"},
        {"io_operations", "1", "higher", "block I/Os that were done in the measured phase"},
        {"io_errors", "1", "lower", "of those, the ones that failed"},
        {"io_latency_p50", "ps", "lower",
         "median block I/O, from the process's request to its end in the process, waits included"},
        {"io_latency_p99", "ps", "lower", "99th percentile of the same"},

        {"dma_operations", "1", "higher", "DMAs that the device finished; a write followed by a read is two"},
        {"dma_read_bandwidth", "B/s", "higher", "bytes that the device read per simulated second"},
        {"dma_write_bandwidth", "B/s", "higher", "bytes that the device wrote per simulated second"},
        {"dma_read_latency_mean", "ps", "lower",
         "mean time from the start of a read in the device, or of the write that precedes it, to its last byte"},
        {"dma_read_latency_p50", "ps", "lower", "median of the same"},
        {"dma_read_latency_p99", "ps", "lower", "99th percentile of the same"},
        {"dma_read_latency_max", "ps", "lower", "longest of the same"},

        {"freezes", "1", "lower", "times that the bridge stopped the device's PE after an error"},
        {"recovery_time", "ps", "lower",
         "from the error that stopped the device to the first DMA that it finished again; the sum of the next three"},
        {"recovery_detect", "ps", "lower", "part of it: until the driver saw that its device was stopped"},
        {"recovery_firmware", "ps", "lower",
         "part of it: until the bridge let the device work again; firmware calls, and the times of a reset"},
        {"recovery_restart", "ps", "lower",
         "part of it: the driver sets the device up, starts it, and its first DMA finishes"},

        {"hypercalls_per_second", "1/s", "exact", "TCE hypercalls that returned to the guest, per simulated second"},
        {"hypercalls", "1", "exact", "TCE hypercalls that returned to the guest"},
        {"hypercalls_failed", "1", "lower", "of those, the ones that failed; the guest logs it and goes on"},
        {"tce_operations", "1", "exact", "TCEs that hypercalls were asked to set or clear"},
        {"setup_hypercalls", "1", "exact",
         "TCE hypercalls that the guest made before its software ran: for its second window, and for what its driver "
         "maps for good"},
        {"setup_tce_operations", "1", "exact", "TCEs that these were asked to set or clear"},
        {"iova_allocations", "1", "exact", "ranges that the guest's IOVA allocator handed out"},
        {"hcall_time_p50", "ps", "lower", "median hypercall, from sc 1 in the guest to its return, waits included"},
        {"hcall_time_p99", "ps", "lower", "99th percentile of the same"},
        {"hcall_service_p50", "ps", "lower", "median hypercall without its waits for locks, queues and other actors"},
        {"hcall_service_p99", "ps", "lower", "99th percentile of the same"},

        {"hypercall_mean", "ps", "lower", "mean hypercall of traffic that does nothing else, waits included"},
        {"hypercall_cycles", "1", "lower", "the same in cycles of the core's clock, rounded down"},
        {"exit_mean", "ps", "lower", "the vCPU's own way to the host kernel, without that of its core's other threads"},
        {"entry_mean", "ps", "lower", "its own way back"},
        {"wakeups", "1", "exact", "times that the host's timer woke a guest that had ceded"},
        {"wakeup_mean", "ps", "lower", "mean time from that timer to the guest"},

        {"pages_mapped", "1", "exact", "IOMMU pages that map_memory or container_life has mapped"},
        {"map_time", "ps", "lower", "time that it took, from the first call to the return of the last"},
        {"map_time_per_page", "ps", "lower", "the same per page, rounded down"},
        {"map_update_per_page", "ps", "lower", "of this, what is no invalidation of TCEs in a bridge"},
        {"window_entries", "1", "exact", "entries of the window that was cleared"},
        {"ddw_create_time", "ps", "lower", "the guest asks for its second window, and firmware makes it"},
        {"ddw_map_time", "ps", "lower", "the guest maps all of its memory there"},
        {"ddw_map_hypercalls", "1", "lower", "TCE hypercalls that it makes for that"},
        {"memory_plug_time", "ps", "lower", "memory is plugged in: a slot in KVM, a registration in VFIO"},
        {"hot_add_time", "ps", "lower", "the guest maps it in its second window"},
        {"hot_remove_time", "ps", "lower", "the guest clears that again, before the memory goes"},
        {"memory_unplug_time", "ps", "lower", "the memory is plugged out"},
        {"ddw_remove_time", "ps", "lower", "the guest clears its second window and has it removed"},
        {"removals_refused", "1", "exact", "times that the guest did not remove it because a driver still used it"},
        {"reboot_time", "ps", "lower",
         "the machine is reset: both windows are closed, with all that is mapped, and the default one is opened"},
        {"table_memory", "B", "lower",
         "whole pages of the host's kernel before the window is cleared, or after memory is mapped: levels of tables and "
         "of their mirrors, and pages of views"},
        {"table_lookups", "1", "lower",
         "walks from the top of a table or its mirror to an entry, of clear_window traffic"},
        {"clear_time", "ps", "lower", "time of all that traffic.clear does"},
        {"unmap_time", "ps", "lower", "part of it: UNMAP_DMA over the whole window"},
        {"remove_time", "ps", "lower", "part of it: the window is removed"},
        {"unregister_time", "ps", "lower", "part of it: guest memory is unregistered"},
        {"free_time", "ps", "lower", "part of it: the pages of guest memory are unpinned and given back"},

        STEP("register", "container_life: guest memory is registered, and with that pinned"),
        STEP("attach", "a device is passed through, without that: its container is opened, its group attached, the host's "
                       "own window makes room, KVM is told"),
        STEP("create", "the window is made: tables in the host, a view in KVM"),
        MEMORY_AFTER("map"),
        STEP("plug", "a second device joins the container and its window"),
        STEP("unplug", "it leaves"),
        STEP("close", "the first leaves and its container is closed: the window is cleared and removed, memory unregistered"),
        STEP("mirror", "it comes back: memory is registered, the window made, and all that the guest has mapped is mapped in "
                       "it again"),
        {"end_time", "ps", "lower",
         "from the kill of the process that owns the guest to its end: what the host does for it is finished, its "
         "files "
         "are closed, and its memory is given back"},
        {"dma_refused", "1", "lower", "DMAs of devices that the bridge has refused since the kill"},

        {"exits_to_host", "1", "exact", "times a vCPU left the guest context for the host kernel, for any reason"},
        {"exits_to_user", "1", "exact", "times the vCPU ioctl returned to user space"},
        {"interrupts", "1", "exact", "device interrupts delivered to the guest"},
        {"acks", "1", "exact", "TCP acknowledgements that the guest received"},
        {"acks_sent", "1", "exact", "TCP acknowledgements that the guest sent"},
        {"frames_received", "1", "exact", "frames that the device wrote to memory, where the guest receives a stream"},
        {"frames_dropped", "1", "lower", "of those that came besides: no buffer in the device, or none in the driver"},
        {"packets_received", "1", "exact", "received packets that went through the guest's stack, merged ones as one"},
        {"segments_out_of_order", "1", "lower", "received segments that did not continue the stream"},
        {"segments_retransmitted", "1", "lower", "segments that the peer sent again"},

        {"tce_kills", "1", "exact", "TCE invalidations that the PHB accepted"},
        {"tce_kill_stalls", "1", "lower", "kill stores that found the PHB's queue full and stalled the storing vCPU"},
        {"tce_cache_hits", "1", "exact", "translations that the PHB's TCE cache answered"},
        {"tce_cache_misses", "1", "lower", "translations that the TCE cache could not answer"},
        {"tce_walks", "1", "lower", "walks of TCE tables in memory; misses on a line under way share one"},
        {"phb_translations", "1", "exact", "DMA requests that the PHB translated, each request TLP once"},

        {"dma_read_tlps", "1", "exact", "memory read requests that the device sent upstream"},
        {"dma_write_tlps", "1", "exact", "memory write requests that the device sent upstream, interrupts excluded"},
        {"completion_tlps", "1", "exact", "completions with data that the PHB sent downstream"},
        {"wire_frames", "1", "exact", "frames that the device put on the wire"},
        {"wire_busy", "ppm", "higher",
         "share of the measured time in which the wire carried frames in the direction of the payload; of both the "
         "mean"},

        {"cpu_busy", "ppm", "lower", "share of the vCPUs' measured time that was neither idle nor waiting"},
        {"named_busy", "ppm", "higher",
         "share of the busy time in leaves named after a function or a declared constant"},
        {"simulated_instructions", "1", "lower", "POWER instructions of the handlers, from their block counts"},
        {"cache_misses_l1", "1", "lower", "accesses of the handlers that missed the L1 data cache"},
        {"cache_misses_l2", "1", "lower", "of those, the ones that missed the L2 cache"},
        {"cache_misses_l3", "1", "lower", "of those, the ones that went to memory"},

        {"stale_dma", "1", "lower", "device accesses through a translation that the guest had taken back"},
    };
    return catalogue;
}

const MetricInfo *find_metric(std::string_view name) {
    const auto &catalogue = metric_catalogue();
    const auto found =
        std::find_if(catalogue.begin(), catalogue.end(), [name](const MetricInfo &m) { return m.name == name; });
    return found == catalogue.end() ? nullptr : &*found;
}

} // namespace tcesim
