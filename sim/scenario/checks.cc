// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/checks.h"

#include "models/guest/block_load.h"
#include "models/guest/tcp_sender.h"
#include "models/net/frame.h"
#include "sim/machine_parameters.h"
#include "sim/scenario/config.h"
#include "sim/scenario/key_rules.h"
#include "sim/scenario/machine_checks.h"
#include "sim/scenario/window_checks.h"

#include <algorithm>

namespace tcesim::scenario {

namespace {

constexpr std::uint64_t default_window_page_bytes = 4096;
constexpr std::uint64_t least_pages = 256; // of a DMA window

/// Rules between keys; each asks for its values and holds where one of them is absent.
class Rules : KeyRules {
public:
    using KeyRules::KeyRules;

    void run() {
        handlers_of_host_page();
        ram_pages_of_machine();
        ram_is_whole_pages();
        phb_levels();
        phb_of_machine();
        container_of_phb();
        real_mode_of_kernel();
        default_window_page();
        device_of_traffic();
        bypass_of_bridge();
        memory_of_machine();
        size_fits_window();
        window_holds_traffic();
        chunk_fits_window();
        ram_holds_traffic();
        ram_holds_buffer();
        msgsnd_of_machine();
        threads_of_machine();
        idle_of_machine();
        sleep_of_call();
        firmware_of_phb();
        memory_fits();
        version_of_clear();
        lro_of_direction();
        frame_fits_buffer();
        operation_of_traffic();
        segment_divides_io();
        window_holds_ios();
        kill_lies_within();
        container_of_life();
        length_of_run();
        ram_holds_ios();
        watchdog_of_recovery();
    }

private:
    /// As hcall/CMakeLists.txt says; an object of the user's own speaks for itself when it is loaded.
    void handlers_of_host_page() {
        const Value *page = get("host.page");
        const Value *kernel = get("host.kernel");
        if (page == nullptr || kernel == nullptr || page->number == 64 * 1024 || get("host.handlers") != nullptr)
            return;
        if (static_cast<HostKernel>(kernel->number) != HostKernel::v5_10)
            error(*page, "the program has no handlers of kernel " + kernel->text + " for a host with pages of " +
                             bytes(page->number) + "; it has those of 5.10, and tools/build-handlers makes others");
    }

    /// Huge pages are what the host's own page tables know: hashed ones up to POWER8, a radix tree on POWER9.
    void ram_pages_of_machine() {
        const Value *pages = get("guest.ram_pages");
        const Value *machine = get("machine.name");
        if (pages == nullptr || machine == nullptr || pages->number == host_page())
            return;
        const bool radix = static_cast<MachineName>(machine->number) == MachineName::power9;
        const bool of_radix = pages->number != 16ULL << 20;
        if (radix != of_radix || pages->number <= 64 * 1024)
            error(*pages, "a " + machine->text + " host has no pages of " + bytes(pages->number) +
                              " to make guest memory of; guest.ram_pages must be " + bytes(host_page()) +
                              (radix ? ", 2MiB or 1GiB" : " or 16MiB"));
    }

    void ram_is_whole_pages() {
        const Value *ram = get("guest.ram");
        const Value *pages = get("guest.ram_pages");
        if (ram == nullptr)
            return;
        if (pages != nullptr && ram->number % pages->number != 0)
            error(*ram, "guest.ram (" + bytes(ram->number) + ") is no whole number of the pages that it is made of (" +
                            bytes(pages->number) + ", guest.ram_pages)");
        for (const Value *page : {window("page"), ddw() == Ddw::none ? nullptr : second_window("page")})
            if (page != nullptr && ram->number % page->number != 0)
                error(*ram, "guest.ram (" + bytes(ram->number) + ") is no whole number of IOMMU pages (" +
                                bytes(page->number) + "): a TCE for its end would reach past it");
    }

    void phb_levels() {
        const Value *phb = get("iommu.phb");
        const Value *levels = window("levels");
        if (phb != nullptr && levels != nullptr && static_cast<PhbModel>(phb->number) == PhbModel::p7ioc &&
            levels->number != 1)
            error(*levels, "p7ioc knows tables of 1 level only, not of " + levels->text);
    }

    void phb_of_machine() {
        const Value *phb = get("iommu.phb");
        const Value *machine = get("machine.name");
        if (phb == nullptr || machine == nullptr)
            return;
        PhbModel right = PhbModel::phb3;
        if (static_cast<MachineName>(machine->number) == MachineName::power7)
            right = PhbModel::p7ioc;
        if (static_cast<MachineName>(machine->number) == MachineName::power9)
            right = PhbModel::phb4;
        if (static_cast<PhbModel>(phb->number) != right)
            error(*phb, "machine " + machine->text + " has " + to_string(right) + " bridges, not " + phb->text);
    }

    /// Where a bridge has dynamic windows, its default window belongs to nobody: ENABLE of version 1 answers EPERM.
    void container_of_phb() {
        const Value *phb = get("iommu.phb");
        const Value *container = get("host.container");
        if (phb == nullptr || container == nullptr)
            return;
        const bool dynamic = static_cast<PhbModel>(phb->number) != PhbModel::p7ioc;
        const bool v1 = static_cast<Container>(container->number) == Container::v1;
        if (dynamic && v1)
            error(*container, "the kernel refuses container v1 on " + phb->text +
                                  " bridges (EPERM), which have dynamic windows; it must be v2, or the bridge p7ioc");
        if (!dynamic && !v1)
            error(*container, "the kernel refuses container v2 on p7ioc bridges (EPERM), which have no dynamic "
                              "windows; it must be v1");
    }

    void real_mode_of_kernel() {
        const Value *kernel = get("host.kernel");
        const Value *tce = get("host.tce");
        if (kernel != nullptr && tce != nullptr && static_cast<HostKernel>(kernel->number) == HostKernel::v6_1 &&
            static_cast<TcePath>(tce->number) == TcePath::real_mode)
            error(*tce,
                  "kernel 6.1 has no real-mode handlers (retired in 5.19); host.tce must be virtual or userspace");
    }

    void default_window_page() {
        const Value *container = get("host.container");
        const Value *page = window("page");
        if (container != nullptr && page != nullptr && static_cast<Container>(container->number) == Container::v1 &&
            page->number != default_window_page_bytes)
            error(*page, "container v1 has only the default window, whose pages are " +
                             bytes(default_window_page_bytes) + ", not " + page->text);
    }

    const Value *constant(const char *id) const { return get(std::string("machine.constants.") + id + ".value"); }

    void device_of_traffic() {
        const Value *device = get("device.model");
        const Value *kind = get("traffic.kind");
        if (device == nullptr || kind == nullptr)
            return;
        // Each of the first kinds of traffic has one device, in the same order; the others have none.
        const auto right = static_cast<DeviceModel>(kind->number);
        if (static_cast<DeviceModel>(device->number) != right)
            error(*device, "a " + device->text + " makes no " + kind->text + " traffic; device.model must be " +
                               to_string(right));
    }

    void operation_of_traffic() {
        const Value *operation = get("traffic.operation");
        const Value *kind = get("traffic.kind");
        if (operation == nullptr || kind == nullptr)
            return;
        const auto what = static_cast<DmaOperation>(operation->number);
        const bool common = what == DmaOperation::read || what == DmaOperation::write;
        const bool block = static_cast<TrafficKind>(kind->number) == TrafficKind::block_io;
        if (!common && (what == DmaOperation::mixed) != block)
            error(*operation, kind->text + " traffic has no operation " + operation->text + "; it must be " +
                                  (block ? "read, write or mixed" : "read, write, read_write or write_then_read"));
    }

    void segment_divides_io() {
        const Value *size = get("traffic.io_size");
        const Value *segment = get("traffic.segment");
        if (size != nullptr && segment != nullptr && size->number % segment->number != 0)
            error(*segment, "traffic.segment (" + bytes(segment->number) + ") must divide traffic.io_size (" +
                                bytes(size->number) + "): a buffer consists of such pieces");
    }

    /// Bytes of all I/Os that may be in flight; 0 where there are none.
    std::uint64_t ios_in_flight() const {
        const Value *size = get("traffic.io_size");
        const Value *queues = get("traffic.queues");
        const Value *depth = get("traffic.queue_depth");
        return size != nullptr && queues != nullptr && depth != nullptr ? size->number * queues->number * depth->number
                                                                        : 0;
    }

    /// Queues, lists and all buffers at once: nobody has to wait for room in the window.
    void window_holds_ios() {
        const Value *size = device_window("size");
        const std::uint64_t in_flight = ios_in_flight();
        const Value *page = device_window("page");
        if (size == nullptr || page == nullptr || in_flight == 0 || !buffers_are_mapped())
            return;
        const std::uint64_t ios = get("traffic.queues")->number * get("traffic.queue_depth")->number;
        const std::uint64_t io = std::max(get("traffic.io_size")->number, page->number);
        const std::uint64_t needed = 4 * ios * io;
        if (size->number < needed)
            error(*size, "a DMA window of " + bytes(size->number) + " cannot hold " + std::to_string(ios) +
                             " I/Os of traffic.io_size (" + bytes(get("traffic.io_size")->number) +
                             "): large buffers get a quarter of it, so it needs " + bytes(needed));
    }

    void ram_holds_ios() {
        const Value *ram = get("guest.ram");
        const Value *page = get("guest.page");
        const std::uint64_t in_flight = ios_in_flight();
        if (ram == nullptr || page == nullptr || in_flight == 0)
            return;
        const Value *segment = get("traffic.segment");
        NvmeDriverParameters driver{};
        BlockLoadParameters load{};
        driver.pairs = load.pairs = static_cast<std::uint32_t>(get("traffic.queues")->number);
        driver.depth = load.depth = static_cast<std::uint32_t>(get("traffic.queue_depth")->number);
        driver.io_bytes = load.io_bytes = static_cast<std::uint32_t>(get("traffic.io_size")->number);
        load.segment_bytes = segment == nullptr ? load.io_bytes : static_cast<std::uint32_t>(segment->number);
        const std::uint64_t needed =
            address_map::block_memory + NvmeDriver::memory_bytes(driver) + BlockLoad::memory_bytes(load);
        if (ram->number < needed)
            error(*ram, "guest.ram (" + bytes(ram->number) + ") has no room for the queues and buffers of " +
                            std::to_string(std::uint64_t{driver.pairs} * driver.depth) + " I/Os; they need " +
                            bytes(needed));
    }

    void bypass_of_bridge() {
        const Value *translation = get("iommu.translation");
        const Value *phb = get("iommu.phb");
        if (!bypasses())
            return;
        if (phb != nullptr && static_cast<PhbModel>(phb->number) == PhbModel::p7ioc)
            error(*translation, "a p7ioc has one window per PE and none to bypass translation with");
        if (ddw() != Ddw::none)
            error(*translation, "the window that bypasses translation takes the place of the second one; with "
                                "iommu.translation bypass guest.ddw must be none");
    }

    /// Figures that only some machines have.
    void memory_of_machine() {
        const Value *cache = get("traffic.host_cache");
        const Value *memory = get("traffic.memory");
        if (get("machine.name") == nullptr)
            return;
        if (cache != nullptr && static_cast<HostCache>(cache->number) == HostCache::cold && !constant("llc_size"))
            error(*cache, "the machine has no figures for a read that misses the last-level cache: phb_memory_read "
                          "stands for all; it lacks the constant 'llc_size'");
        if (memory != nullptr && static_cast<MemoryPlace>(memory->number) == MemoryPlace::remote &&
            !constant("memory_read_remote"))
            error(*memory, "the machine lacks the constant 'memory_read_remote'");
    }

    void size_fits_window() {
        const Value *size = get("traffic.size");
        const Value *window = get("traffic.window");
        if (size == nullptr || window == nullptr)
            return;
        const std::uint64_t unit = DmaBench::unit_bytes(static_cast<std::uint32_t>(size->number));
        if (window->number < unit)
            error(*window, "traffic.window (" + bytes(window->number) + ") has no room for a DMA of " + size->text +
                               ", which takes " + bytes(unit));
    }

    /// Buffers of more than 15 pages come from the upper quarter of the window only; rings, receive buffers and the
    /// packets of a ring share the rest.
    void window_holds_traffic() {
        const Value *size = device_window("size");
        const Value *page = device_window("page");
        const Value *in_flight = get("traffic.window");
        const Value *device = get("device.model");
        if (!buffers_are_mapped())
            return;
        const bool rings = device != nullptr && static_cast<DeviceModel>(device->number) != DeviceModel::dma_bench;
        if (rings && size != nullptr && page != nullptr && size->number / page->number < least_pages)
            error(*size, "a DMA window of " + std::to_string(size->number / page->number) +
                             " pages cannot hold the rings and buffers of the device: it needs " +
                             std::to_string(least_pages) + ", " + bytes(least_pages * page->number));
        if (size == nullptr || in_flight == nullptr || !guest_sends())
            return;
        const std::uint64_t needed = 4 * in_flight->number;
        if (size->number < needed)
            error(*size, "a DMA window of " + bytes(size->number) + " cannot hold traffic.window (" +
                             bytes(in_flight->number) + "): large buffers get a quarter of it, so it needs " +
                             bytes(needed));
        else if (!rings && page != nullptr && size->number < 4 * page->number)
            error(*size, "a DMA window of " + bytes(size->number) + " has too few pages of " + bytes(page->number) +
                             ": the first belongs to nobody and large buffers get a quarter, so it needs " +
                             bytes(4 * page->number));
    }

    void watchdog_of_recovery() {
        const Value *recovery = get("guest.recovery");
        const Value *watchdog = get("guest.watchdog");
        const Value *fault = get("faults.unmapped_dma");
        const Value *translation = get("iommu.translation");
        if (fault != nullptr && translation != nullptr &&
            static_cast<Translation>(translation->number) == Translation::bypass)
            error(*fault, "with iommu.translation bypass nothing is mapped, so that nothing can be unmapped");
        if (recovery == nullptr)
            return;
        if (static_cast<Recovery>(recovery->number) != Recovery::none && watchdog == nullptr)
            error(*recovery, "guest.recovery " + recovery->text +
                                 " needs guest.watchdog, the time after which the driver looks at its device");
    }

    bool guest_sends() const {
        const Value *direction = get("traffic.direction");
        return direction == nullptr || static_cast<Direction>(direction->number) != Direction::rx;
    }
    bool guest_receives() const {
        const Value *direction = get("traffic.direction");
        return direction != nullptr && static_cast<Direction>(direction->number) != Direction::tx;
    }

    void lro_of_direction() {
        const Value *direction = get("traffic.direction");
        if (get("guest.lro") != nullptr && direction != nullptr && !guest_receives())
            error(*direction, "with traffic.direction tx the guest receives no stream that guest.lro could be about");
    }

    /// Frames are not scattered over several buffers.
    void frame_fits_buffer() {
        const Value *mtu = get("traffic.mtu");
        const Value *page = get("guest.page");
        if (mtu == nullptr || page == nullptr || !guest_receives())
            return;
        const std::uint32_t most = Cxgb3Driver::largest_frame(page->number) - ethernet_header;
        if (mtu->number > most)
            error(*mtu, "a frame of traffic.mtu " + mtu->text +
                            " does not fit a receive buffer of a guest with pages of " + bytes(page->number) +
                            "; traffic.mtu is at most " + std::to_string(most));
    }

    void chunk_fits_window() {
        const Value *chunk = get("traffic.chunk");
        const Value *in_flight = get("traffic.window");
        if (chunk != nullptr && in_flight != nullptr && guest_sends() && chunk->number > in_flight->number)
            error(*chunk, "traffic.chunk (" + bytes(chunk->number) + ") must not exceed traffic.window (" +
                              bytes(in_flight->number) + ")");
    }

    void ram_holds_traffic() {
        const Value *ram = get("guest.ram");
        const Value *chunk = get("traffic.chunk");
        const Value *in_flight = get("traffic.window");
        if (ram == nullptr || chunk == nullptr || in_flight == nullptr || !guest_sends())
            return;
        const std::uint64_t needed =
            address_map::sender_memory + TcpSender::memory_bytes(chunk->number, in_flight->number);
        if (ram->number < needed)
            error(*ram, "guest.ram (" + bytes(ram->number) + ") has no room for the buffers of traffic.window (" +
                            bytes(in_flight->number) + ") in chunks of " + bytes(chunk->number) + "; they need " +
                            bytes(needed));
    }

    void ram_holds_buffer() {
        const Value *ram = get("guest.ram");
        const Value *size = get("traffic.size");
        const Value *buffer = get("traffic.window");
        if (ram == nullptr || size == nullptr || buffer == nullptr)
            return;
        const Value *page = device_window("page");
        const std::uint64_t piece = std::max<std::uint64_t>(page == nullptr ? 0 : page->number, PAGE_SIZE);
        const std::uint64_t needed = address_map::bench_memory + (buffer->number + piece - 1) / piece * piece;
        if (ram->number < needed)
            error(*ram, "guest.ram (" + bytes(ram->number) + ") has no room for the buffer of traffic.window (" +
                            bytes(buffer->number) + "); it needs " + bytes(needed));
    }

    void msgsnd_of_machine() {
        const Value *msgsnd = get("host.msgsnd");
        const Value *machine = get("machine.name");
        if (msgsnd != nullptr && machine != nullptr && msgsnd->number != 0 &&
            static_cast<MachineName>(machine->number) == MachineName::power7)
            error(*msgsnd, "threads of a power7 cannot signal each other with msgsnd; host.msgsnd must be false");
    }

    void threads_of_machine() {
        const Value *threads = get("guest.core_threads");
        const Value *machine = get("machine.name");
        if (threads == nullptr || machine == nullptr || threads->number <= 1)
            return;
        for (const std::string &constant :
             {smt_speed_of(static_cast<std::uint32_t>(threads->number)), std::string("exit_takes_core")})
            if (get("machine.constants." + constant + ".value") == nullptr)
                return error(*threads, "machine " + machine->text + " cannot have " + threads->text +
                                           " threads of a core in the guest: it has no constant " + constant);
    }

    void idle_of_machine() {
        const Value *idle = get("host.idle");
        const Value *machine = get("machine.name");
        if (idle == nullptr || machine == nullptr || static_cast<IdleState>(idle->number) == IdleState::poll)
            return;
        const std::string constant = "idle_" + idle->text;
        if (get("machine.constants." + constant + ".value") == nullptr)
            error(*idle,
                  "machine " + machine->text + " has no idle state " + idle->text + ": it has no constant " + constant);
    }

    void sleep_of_call() {
        const Value *call = get("traffic.call");
        const Value *sleep = get("traffic.sleep");
        if (call == nullptr)
            return;
        const bool cedes = static_cast<Call>(call->number) == Call::cede;
        if (cedes && sleep == nullptr)
            error(*call, "traffic.call cede needs traffic.sleep, the time after which the guest is woken");
        if (!cedes && sleep != nullptr)
            error(*sleep, "traffic.sleep goes with traffic.call cede, not with " + call->text);
    }

    void firmware_of_phb() {
        const Value *npu = get("iommu.npu");
        const Value *phb = get("iommu.phb");
        if (npu != nullptr && phb != nullptr && static_cast<Npu>(npu->number) != Npu::none &&
            static_cast<PhbModel>(phb->number) != PhbModel::phb4)
            error(*npu, "only machines with phb4 bridges have an NPU; with " + phb->text + " iommu.npu must be none");
        const Value *promote = get("iommu.promote_kills");
        const Value *drop = get("faults.drop_tce_kill");
        const bool phb4 = phb == nullptr || static_cast<PhbModel>(phb->number) == PhbModel::phb4;
        if (!phb4 && promote != nullptr && promote->number != 0)
            error(*promote,
                  "firmware kills TCEs for phb4 only; with " + phb->text + " iommu.promote_kills must be false");
        if (!phb4 && drop != nullptr)
            error(*drop, "only a phb4 drops invalidations; with " + phb->text + " faults.drop_tce_kill must be absent");
    }

    void memory_fits() {
        const Value *memory = get("traffic.mapped");
        const Value *ram = get("guest.ram");
        const Value *size = window("size");
        if (memory == nullptr)
            return;
        if (ram != nullptr && memory->number > ram->number)
            error(*memory,
                  "traffic.mapped (" + bytes(memory->number) + ") exceeds guest.ram (" + bytes(ram->number) + ")");
        if (size != nullptr && memory->number > size->number)
            error(*memory, "traffic.mapped (" + bytes(memory->number) + ") exceeds the DMA window (" +
                               bytes(size->number) + ")");
    }

    /// Windows and registered memory are version 2's; its process maps registered memory only.
    void version_of_clear() {
        const Value *container = get("host.container");
        const Value *clear = get("traffic.clear");
        if (container != nullptr && clear != nullptr && static_cast<Container>(container->number) == Container::v1 &&
            static_cast<ClearBy>(clear->number) != ClearBy::unmap)
            error(*clear, "container v1 cannot remove its window; traffic.clear must be unmap");
    }

    void kill_lies_within() {
        const Value *kill = get("traffic.kill");
        const Value *duration = get("traffic.duration");
        if (kill != nullptr && duration != nullptr && kill->number >= duration->number)
            error(*kill, "a kill at " + kill->text + " does not lie within traffic.duration (" + duration->text + ")");
        const Value *translation = get("iommu.translation");
        if (kill != nullptr && translation != nullptr &&
            static_cast<Translation>(translation->number) == Translation::bypass)
            error(*kill, "with iommu.translation bypass the device belongs to the host: there is no process to kill");
    }

    /// Memory is registered with version 2 only, and of its devices one is of a second bridge.
    void container_of_life() {
        const Value *kind = get("traffic.kind");
        const Value *container = get("host.container");
        if (kind != nullptr && container != nullptr &&
            static_cast<TrafficKind>(kind->number) == TrafficKind::container_life &&
            static_cast<Container>(container->number) == Container::v1)
            error(*container, "container_life registers memory, which container v1 does not know");
    }

    /// Traffic without an end costs the simulator time for all of its own.
    void length_of_run() {
        constexpr std::uint64_t most = 10'000'000'000'000; // 10 s
        const Value *kind = get("traffic.kind");
        const Value *duration = get("traffic.duration");
        if (kind == nullptr || duration == nullptr || duration->number <= most)
            return;
        const auto traffic = static_cast<TrafficKind>(kind->number);
        if (traffic != TrafficKind::map_memory && traffic != TrafficKind::clear_window &&
            traffic != TrafficKind::dynamic_window && traffic != TrafficKind::container_life)
            error(*duration, kind->text + " traffic is simulated for at most 10s, not " + duration->text);
    }
};

} // namespace

void check_rules(const Values &values, Diagnostics &diagnostics) {
    check_machine_rules(values, diagnostics);
    check_window_rules(values, diagnostics);
    Rules(values, diagnostics).run();
}

} // namespace tcesim::scenario
