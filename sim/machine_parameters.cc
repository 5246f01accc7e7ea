// SPDX-License-Identifier: Apache-2.0
#include "sim/machine_parameters.h"

#include <numeric>

namespace tcesim {

namespace {

constexpr std::uint64_t ppm = 1'000'000;

std::uint64_t value(const scenario::Machine &machine, const char *id) {
    return static_cast<std::uint64_t>(machine.constant(id));
}

/// Of a constant that other machines have.
std::uint64_t value_or_0(const scenario::Machine &machine, const char *id) {
    return machine.constants.count(id) ? value(machine, id) : 0;
}

std::uint32_t count(const scenario::Machine &machine, const char *id) {
    return static_cast<std::uint32_t>(machine.constant(id));
}

std::uint32_t log2_of(std::uint64_t power_of_two) {
    return static_cast<std::uint32_t>(__builtin_ctzll(power_of_two));
}

phb_model model_of(scenario::PhbModel model) {
    switch (model) {
    case scenario::PhbModel::p7ioc:
        return PHB_P7IOC;
    case scenario::PhbModel::phb3:
        return PHB_PHB3;
    case scenario::PhbModel::phb4:
        return PHB_PHB4;
    }
    return PHB_PHB3;
}

std::uint32_t window_bits(scenario::WindowLimit limit) {
    static constexpr std::uint32_t bits[] = {0, 55, 59}; // bit 59 of a bus address chooses the window
    return bits[static_cast<unsigned>(limit)];
}

clear_way way_of(scenario::ClearWay way) {
    static constexpr clear_way ways[] = {CLEAR_AS_RELEASED, CLEAR_WALK, CLEAR_SKIP_LEAF_POSTED, CLEAR_SKIP_LEAF,
                                         CLEAR_SUBTREE};
    return ways[static_cast<unsigned>(way)];
}

/// \p share (ppm) of \p whole, rounded down; no intermediate overflow.
std::uint64_t share_of(std::uint64_t whole, std::uint64_t share) {
    return static_cast<std::uint64_t>(static_cast<unsigned __int128>(whole) * share / ppm);
}

} // namespace

PhbGeneration generation(scenario::PhbModel model) {
    switch (model) {
    case scenario::PhbModel::p7ioc:
        return PhbGeneration::p7ioc;
    case scenario::PhbModel::phb3:
        return PhbGeneration::phb3;
    case scenario::PhbModel::phb4:
        return PhbGeneration::phb4;
    }
    return PhbGeneration::phb3;
}

namespace {

DmaBenchOperation operation_of(scenario::DmaOperation operation) {
    switch (operation) {
    case scenario::DmaOperation::read:
        return DmaBenchOperation::read;
    case scenario::DmaOperation::write:
        return DmaBenchOperation::write;
    case scenario::DmaOperation::read_write:
        return DmaBenchOperation::read_write;
    case scenario::DmaOperation::write_then_read:
        return DmaBenchOperation::write_then_read;
    case scenario::DmaOperation::mixed:
        break; // of block_io
    }
    return DmaBenchOperation::read;
}

/// From the start of one DMA of \p bytes to the next: the constant of the largest size that is not larger.
ps_t gap_of(const scenario::Machine &machine, const std::string &constant, std::uint32_t bytes) {
    if (bytes >= 512)
        return 0;
    return value(machine, (constant + (bytes >= 256 ? "256" : bytes >= 128 ? "128" : "64")).c_str());
}

/// Row of the machine's table for \p threads: that of 2, 4 or 8, whichever is the next.
std::uint64_t smt_speed(const scenario::Machine &machine, std::uint32_t threads) {
    return threads <= 1 ? ppm : value(machine, scenario::smt_speed_of(threads).c_str());
}

/// \p id, software of the guest, in time: slower while other threads of its core run.
std::uint64_t guest_software(const scenario::Config &config, const char *id) {
    const unsigned __int128 alone = value_or_0(config.machine, id);
    return static_cast<std::uint64_t>(alone * ppm / smt_speed(config.machine, config.guest.core_threads));
}

/// The thread's siblings are busy in the guest: they run while it is there or in real mode, and while the host has it
/// unless the host takes the whole core.
SharedSpeed shared_speed(const scenario::Config &config) {
    SharedSpeed shared;
    if (config.guest.core_threads <= 1)
        return shared;
    const std::uint64_t speed = smt_speed(config.machine, config.guest.core_threads);
    const std::uint64_t divisor = std::gcd(speed, ppm);
    shared.numerator = speed / divisor;
    shared.denominator = ppm / divisor;
    shared.levels.fill(!value(config.machine, "exit_takes_core"));
    shared.levels[PORT_GUEST] = shared.levels[PORT_REAL_MODE] = true;
    return shared;
}

} // namespace

CodeCosts code_costs(const scenario::Config &config) {
    const scenario::Machine &machine = config.machine;
    const std::uint64_t clock = value(machine, "core_clock");
    const auto memory = static_cast<std::uint64_t>(static_cast<unsigned __int128>(value(machine, "memory_latency")) *
                                                   clock / 1'000'000'000);
    return {clock,
            value(machine, "cycles_per_instruction"),
            value(machine, "atomic"),
            value(machine, "fence"),
            value(machine, "l2_latency"),
            value(machine, "l3_latency"),
            memory,
            shared_speed(config)};
}

CacheParameters cache_parameters(const scenario::Machine &machine) {
    return {value(machine, "cache_line"), value(machine, "l1_size"), value(machine, "l2_size"),
            value(machine, "l3_size"), count(machine, "cache_ways")};
}

namespace {

/// What an exit of the whole core costs beside the thread's own: every other thread must leave the guest, naps
/// while the host has the core, and is woken. Nothing where threads come and go on their own.
void set_sibling_costs(const scenario::Config &config, CpuCosts &costs) {
    const std::uint64_t siblings = config.guest.core_threads - 1;
    if (siblings == 0)
        return;
    const scenario::Machine &machine = config.machine;
    const std::uint64_t signals = config.host.msgsnd ? 0 : siblings * value(machine, "xics_ipi");
    costs.ps[static_cast<unsigned>(Cost::siblings_out)] = value(machine, "sibling_interrupt") + signals;
    costs.ps[static_cast<unsigned>(Cost::core_turn)] = value(machine, "core_turn");
    costs.ps[static_cast<unsigned>(Cost::siblings_in)] = value_or_0(machine, "idle_nap") + signals;
}

} // namespace

CpuCosts cpu_costs(const scenario::Config &config) {
    const scenario::Machine &machine = config.machine;
    CpuCosts costs{};
    const auto set = [&costs](Cost cost, std::uint64_t ps) { costs.ps[static_cast<unsigned>(cost)] = ps; };
    const std::uint64_t clock = value(machine, "core_clock");
    set(Cost::real_mode_round_trip,
        static_cast<std::uint64_t>(static_cast<unsigned __int128>(value(machine, "real_mode_round_trip")) *
                                   1'000'000'000 / clock));
    const std::uint64_t rest = value(machine, "user_operation_rest");
    const std::uint64_t notify = share_of(rest, value(machine, "user_rest_per_tce"));
    set(Cost::user_dispatch, rest - notify);
    set(Cost::user_notify, notify);
    const std::uint64_t siblings = config.guest.core_threads - 1;
    set(Cost::guest_exit, value(machine, "guest_exit") + siblings * value(machine, "exit_per_sibling"));
    set(Cost::guest_entry, value(machine, "guest_entry") + siblings * value(machine, "entry_per_sibling"));
    set_sibling_costs(config, costs);
    if (config.host.idle != scenario::IdleState::poll)
        set(Cost::idle_wake, value(machine, ("idle_" + std::string(to_string(config.host.idle))).c_str()));
    set(Cost::kill_interference, value_or_0(machine, "kill_interference"));
    if (config.iommu.npu == scenario::Npu::flush)
        costs.second_flushes_above = value(machine, "npu_flush_above");
    set(Cost::page_release, value(machine, "page_release"));
    set(Cost::syscall, value(machine, "syscall"));
    set(Cost::pin_page, value(machine, "pin_page"));
    set(Cost::mmio_store, value(machine, "mmio_store"));
    set(Cost::guest_send, guest_software(config, "guest_send"));
    set(Cost::guest_ack, guest_software(config, "guest_ack"));
    set(Cost::guest_poll, guest_software(config, "guest_poll"));
    set(Cost::guest_interrupt, guest_software(config, "guest_interrupt"));
    set(Cost::host_interrupt, value(machine, "host_interrupt"));
    set(Cost::opal_tce_kill, value_or_0(machine, "opal_tce_kill"));
    set(Cost::guest_receive_frame, guest_software(config, "guest_receive_frame"));
    set(Cost::guest_receive, guest_software(config, "guest_receive"));
    set(Cost::guest_read, guest_software(config, "guest_read"));
    set(Cost::guest_ack_send, guest_software(config, "guest_ack_send"));
    set(Cost::guest_io_submit, guest_software(config, "guest_io_submit"));
    set(Cost::guest_io_complete, guest_software(config, "guest_io_complete"));
    costs.clear_bytes_per_cycle = value(machine, "clear_bandwidth");
    costs.copy_bytes_per_cycle = value(machine, "copy_bandwidth");
    costs.atomic = value(machine, "atomic");
    costs.fence = value(machine, "fence");
    return costs;
}

LinkParameters link_parameters(const scenario::Config &config) {
    LinkParameters link;
    link.generation = config.device.link.gen;
    link.lanes = config.device.link.lanes;
    link.max_payload = config.device.link.mps;
    link.max_read = config.device.link.mrrs;
    link.read_completion_boundary = config.device.link.rcb;
    link.read_credits = count(config.machine, "pcie_request_credits");
    link.posted_credits = count(config.machine, "pcie_posted_credits");
    link.flight = value(config.machine, "pcie_flight");
    return link;
}

PhbParameters phb_parameters(const scenario::Config &config) {
    const scenario::Machine &machine = config.machine;
    PhbParameters phb;
    phb.generation = generation(config.iommu.phb);
    phb.pe_count = count(machine, "phb_pe_count");
    phb.tce_cache_lines = count(machine, "phb_tce_cache_lines");
    phb.tce_cache_ways = count(machine, "phb_tce_cache_ways");
    phb.tce_line_bytes = count(machine, "phb_tce_line");
    phb.tce_replacement = value(machine, "phb_tce_replacement") ? TceReplacement::random : TceReplacement::lru;
    phb.tce_walkers = count(machine, "phb_tce_walkers");
    phb.tce_tags = count(machine, "phb_tce_tags");
    phb.ordered_reads = value(machine, "phb_ordered_reads") != 0;
    phb.merged_walks = value(machine, "phb_merged_walks") != 0;
    phb.kill_queue = count(machine, "phb_kill_queue");
    phb.pipeline = value(machine, "phb_pipeline");
    phb.memory_read = value(machine, "phb_memory_read");
    phb.tce_fetch = value(machine, "phb_tce_fetch");
    phb.kill_service = value(machine, "phb_kill_service");
    phb.mmio_flight = value(machine, "mmio_flight");
    phb.register_base = address_map::phb_registers;
    phb.window_base = address_map::device_window;
    phb.window_bytes = address_map::device_window_bytes;
    phb.window_pe = address_map::pe;
    phb.rtt = address_map::rtt;
    return phb;
}

std::uint64_t hardware_page(scenario::PhbModel phb, std::uint64_t window_page, std::uint64_t ram_page) {
    std::uint64_t largest = 0;
    for (const std::uint32_t shift : features_of(generation(phb)).page_shifts) {
        const std::uint64_t page = std::uint64_t{1} << shift;
        if (page <= std::min(window_page, ram_page))
            largest = std::max(largest, page);
    }
    return largest;
}

std::uint64_t hardware_page(const scenario::Config &config) {
    return hardware_page(config.iommu.phb, config.device_window().page, config.guest.ram_pages);
}

KillFaultParameters kill_fault_parameters(const scenario::Config &config) {
    return {generation(config.iommu.phb),
            address_map::phb_registers + phb_register::tce_kill,
            static_cast<std::uint32_t>(__builtin_ctzll(hardware_page(config))),
            config.faults.skip_tce_kill,
            config.faults.delay_tce_kill,
            config.faults.drop_tce_kill,
            value(config.machine, "phb_kill_service"),
            config.iommu.promote_kills};
}

T3Parameters t3_parameters(const scenario::Machine &machine) {
    T3Parameters t3;
    t3.requester_id = address_map::requester_id;
    t3.read_tags = count(machine, "t3_read_tags");
    t3.packet = value(machine, "t3_packet");
    t3.transmit_buffer = count(machine, "t3_transmit_buffer");
    t3.interrupt_holdoff = value(machine, "t3_interrupt_holdoff");
    return t3;
}

DmaBenchParameters dma_bench_parameters(const scenario::Config &config, std::uint64_t seed) {
    const scenario::Traffic &traffic = config.traffic;
    DmaBenchParameters bench{};
    bench.requester_id = address_map::requester_id;
    bench.read_tags = count(config.machine, "dma_bench_read_tags");
    bench.operation = operation_of(traffic.operation);
    bench.random = traffic.pattern == scenario::DmaPattern::random;
    bench.size = traffic.size;
    bench.window = traffic.window;
    bench.outstanding = traffic.outstanding;
    bench.read_gap = gap_of(config.machine, "dma_bench_read_gap_", traffic.size);
    bench.write_gap = gap_of(config.machine, "dma_bench_write_gap_", traffic.size);
    bench.seed = seed;
    return bench;
}

NvmeParameters nvme_parameters(const scenario::Config &config, std::uint64_t seed) {
    const scenario::Machine &machine = config.machine;
    NvmeParameters nvme{};
    nvme.requester_id = address_map::requester_id;
    nvme.read_tags = count(machine, "nvme_read_tags");
    nvme.command = value(machine, "nvme_command");
    nvme.msi_address = address_map::msi;
    nvme.media.capacity = value(machine, "nvme_blocks") * nvme_block;
    nvme.media.channels = count(machine, "nvme_channels");
    nvme.media.stripe_bytes = count(machine, "nvme_stripe");
    nvme.media.read_latency = value(machine, "nvme_read_latency");
    nvme.media.write_latency = value(machine, "nvme_write_latency");
    nvme.media.read_bandwidth = value(machine, "nvme_read_bandwidth");
    nvme.media.write_bandwidth = value(machine, "nvme_write_bandwidth");
    nvme.seed = seed;
    return nvme;
}

NvmeDriverParameters nvme_driver_parameters(const scenario::Config &config) {
    NvmeDriverParameters driver{};
    driver.pairs = config.traffic.queues;
    driver.depth = config.traffic.queue_depth;
    driver.io_bytes = config.traffic.io_size;
    driver.guest_page = config.guest.page;
    driver.device_window = address_map::device_window;
    driver.memory = address_map::block_memory;
    return driver;
}

BlockLoadParameters block_load_parameters(const scenario::Config &config, std::uint64_t seed) {
    const scenario::Traffic &traffic = config.traffic;
    BlockLoadParameters load{};
    load.operation = traffic.operation == scenario::DmaOperation::mixed   ? BlockOperation::mixed
                     : traffic.operation == scenario::DmaOperation::write ? BlockOperation::write
                                                                          : BlockOperation::read;
    load.random = traffic.pattern == scenario::DmaPattern::random;
    load.io_bytes = traffic.io_size;
    load.segment_bytes = traffic.segment;
    load.pairs = traffic.queues;
    load.depth = traffic.queue_depth;
    load.capacity = value(config.machine, "nvme_blocks") * nvme_block;
    load.memory = address_map::block_memory + NvmeDriver::memory_bytes(nvme_driver_parameters(config));
    load.seed = seed;
    return load;
}

MemorySideParameters memory_side_parameters(const scenario::Config &config) {
    MemorySideParameters side{};
    side.is_remote = config.traffic.memory == scenario::MemoryPlace::remote;
    if (side.is_remote)
        side.remote = value(config.machine, "memory_read_remote");
    if (config.machine.has("llc_size")) {
        side.cache_bytes = value(config.machine, "llc_size");
        side.cache_ways = count(config.machine, "llc_ways");
        side.line = count(config.machine, "llc_line");
        side.cold = value(config.machine, "memory_read_cold");
    }
    return side;
}

WireParameters wire_parameters(const scenario::Machine &machine) {
    return {value(machine, "wire_rate"), value(machine, "wire_latency")};
}

Cxgb3DriverParameters driver_parameters(const scenario::Config &config) {
    Cxgb3DriverParameters driver;
    driver.guest_page = config.guest.page;
    driver.device_window = address_map::device_window;
    driver.memory = address_map::driver_memory + PAGE_SIZE;
    driver.msi_address = address_map::msi;
    driver.receive = receives(config.traffic);
    driver.jumbo = driver.receive && ethernet_header + config.traffic.mtu > t3_free_buffer_bytes;
    return driver;
}

PeerParameters peer_parameters(const scenario::Config &config, std::uint64_t seed) {
    return {count(config.machine, "peer_ack_every"), value(config.machine, "peer_turnaround"), seed,
            receives(config.traffic)};
}

PeerSenderParameters peer_sender_parameters(const scenario::Config &config, std::uint64_t seed) {
    return {maximum_segment(config.traffic.mtu), config.traffic.window, value(config.machine, "peer_turnaround"),
            value(config.machine, "peer_retransmission_timeout"), seed};
}

TcpReceiverParameters receiver_parameters(const scenario::Config &config, std::uint64_t seed) {
    const std::uint64_t read = guest_software(config, "guest_read");
    const std::uint64_t fixed = share_of(read, value(config.machine, "guest_read_fixed"));
    return {config.guest.lro, config.traffic.chunk, fixed, read - fixed, seed};
}

TcpSenderParameters sender_parameters(const scenario::Config &config, std::uint64_t seed) {
    const std::uint64_t send = guest_software(config, "guest_send");
    const std::uint64_t fixed = share_of(send, value(config.machine, "guest_send_fixed"));
    const std::uint64_t chunk = config.traffic.chunk;
    TcpSenderParameters sender;
    sender.chunk = static_cast<std::uint32_t>(chunk);
    sender.mtu = config.traffic.mtu;
    sender.window = config.traffic.window;
    sender.guest_page = config.guest.page;
    sender.memory = address_map::sender_memory;
    sender.send_cost = fixed + (send - fixed) * chunk / 65536;
    sender.pattern_seed = seed;
    return sender;
}

/// Those that the user process offers by itself, and the larger ones that the scenario has it offer.
static std::uint64_t offered_pages(const scenario::Config &config) {
    const std::uint64_t by_itself = 1ULL << 12 | 1ULL << 16 | 1ULL << 21 | 1ULL << 24;
    return by_itself | config.iommu.window.page | config.device_window().page;
}

hcall_setup handlers_setup(const scenario::Config &config) {
    using namespace address_map;
    const scenario::Window &window = config.iommu.window;
    hcall_setup setup = {};
    setup.ram_ua = guest_ram_ua;
    setup.ram_size = config.guest.ram - config.traffic.hot_add;
    setup.ram_page_shift = log2_of(config.guest.ram_pages);
    setup.page_shift = log2_of(config.guest.page);
    setup.radix = config.guest.mmu == scenario::Mmu::radix;
    setup.multi_tce = config.guest.multitce;
    setup.list_gpa = driver_memory;
    setup.rtas_gpa = rtas_memory;
    setup.eeh = config.guest.recovery != scenario::Recovery::none;
    setup.vio_devices = config.guest.vio_devices;
    setup.real_mode = config.host.tce == scenario::TcePath::real_mode;
    setup.container = config.host.container == scenario::Container::v2 ? 2 : 1;
    setup.clear = way_of(config.host.clear);
    setup.window_bits = window_bits(config.iommu.limit);
    setup.phb = model_of(config.iommu.phb);
    setup.phb_registers = phb_registers;
    setup.pe = pe;
    const bool has_second = config.iommu.npu != scenario::Npu::none ||
                            config.traffic.kind == scenario::TrafficKind::container_life;
    setup.second_bridge = has_second ? 1 : 0;
    setup.window = {liobn,         window.base,
                    window.size,   log2_of(window.page),
                    window.levels, config.host.tce != scenario::TcePath::userspace};
    setup.page_sizes = offered_pages(config);
    setup.dma_mask_bits = config.device.dma_mask;
    if (config.guest.ddw != scenario::Ddw::none) {
        setup.ddw = config.guest.ddw == scenario::Ddw::direct ? GUEST_DDW_DIRECT : GUEST_DDW_DYNAMIC;
        setup.dynamic_window = {config.iommu.second->size, log2_of(config.iommu.second->page),
                                config.iommu.second->levels};
    }
    return setup;
}

} // namespace tcesim
