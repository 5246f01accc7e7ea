// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/checks.h"

#include "models/guest/block_load.h"
#include "models/guest/tcp_sender.h"
#include "models/net/frame.h"
#include "sim/machine_parameters.h"
#include "sim/scenario/config.h"
#include "sim/scenario/machine_checks.h"

#include <algorithm>

namespace tcesim::scenario {

namespace {

unsigned log2_of(std::uint64_t power_of_two) {
    return static_cast<unsigned>(__builtin_ctzll(power_of_two));
}

constexpr std::uint64_t default_window_page_bytes = 4096;
constexpr std::uint64_t least_pages = 256; // of a DMA window

/// Of the simulated kernel memory, what the tables of one window may take: all of it is looked through in the end.
constexpr std::uint64_t max_window_memory = 56ULL << 30;
/// The same for bitmaps and pointers, of which only what is used is ever touched; the rest is for lower levels of the
/// tables, for page lists of guest memory and small objects.
constexpr std::uint64_t max_window_notes = (address_map::guest_ram - address_map::heap) / 8 * 7 - max_window_memory;

std::string bytes(std::uint64_t value) {
    return format_quantity(value, Dimension::bytes);
}

/// Rules between keys; each asks for its values and holds where one of them is absent.
class Rules {
public:
    Rules(const Values &values, Diagnostics &diagnostics) : values_(values), diagnostics_(diagnostics) {}

    void run() {
        ram_pages_of_machine();
        ram_is_whole_pages();
        window_has_pages();
        view_of_kernel();
        geometry();
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
        length_of_run();
        ram_holds_ios();
        watchdog_of_recovery();
    }

private:
    const Value *get(const std::string &path) const { return values_.find(path); }
    const Value *window(const std::string &key) const { return get("iommu.windows[0]." + key); }
    void error(const Value &at, const std::string &message) { diagnostics_.error(at.position, message); }

    /// Huge pages are what the host's own page tables know: hashed ones up to POWER8, a radix tree on POWER9.
    void ram_pages_of_machine() {
        const Value *pages = get("guest.ram_pages");
        const Value *machine = get("machine.name");
        if (pages == nullptr || machine == nullptr || pages->number == PAGE_SIZE)
            return;
        const bool radix = static_cast<MachineName>(machine->number) == MachineName::power9;
        const bool of_radix = pages->number != 16ULL << 20;
        if (radix != of_radix)
            error(*pages, "a " + machine->text + " host has no pages of " + bytes(pages->number) +
                              " to make guest memory of; guest.ram_pages must be " +
                              (radix ? "64KiB, 2MiB or 1GiB" : "64KiB or 16MiB"));
    }

    void ram_is_whole_pages() {
        const Value *ram = get("guest.ram");
        const Value *pages = get("guest.ram_pages");
        const Value *page = window("page");
        if (ram == nullptr)
            return;
        if (pages != nullptr && ram->number % pages->number != 0)
            error(*ram, "guest.ram (" + bytes(ram->number) + ") is no whole number of the pages that it is made of (" +
                            bytes(pages->number) + ", guest.ram_pages)");
        if (page != nullptr && ram->number % page->number != 0)
            error(*ram, "guest.ram (" + bytes(ram->number) + ") is no whole number of IOMMU pages (" +
                            bytes(page->number) + "): a TCE for its end would reach past it");
    }

    void window_has_pages() {
        const Value *size = window("size");
        const Value *page = window("page");
        const Value *mapped = get("traffic.mapped");
        if (page == nullptr)
            return;
        if (size != nullptr && size->number < page->number)
            error(*size, "a DMA window of " + bytes(size->number) + " holds no page of " + bytes(page->number));
        if (mapped != nullptr && mapped->number % page->number != 0)
            error(*mapped, "traffic.mapped (" + bytes(mapped->number) + ") is no whole number of IOMMU pages (" +
                               bytes(page->number) + ")");
    }

    /// Bytes of a hardware TCE; 0 when one of the values that decide it is absent.
    std::uint64_t hardware_page_of_window() const {
        const Value *phb = get("iommu.phb");
        const Value *page = window("page");
        const Value *ram = get("guest.ram_pages");
        return phb == nullptr || page == nullptr || ram == nullptr
                   ? 0
                   : hardware_page(static_cast<PhbModel>(phb->number), page->number, ram->number);
    }

    /// Since 4.18 a TCE of the guest may stand for several of the hardware.
    void view_of_kernel() {
        const Value *kernel = get("host.kernel");
        const Value *tce = get("host.tce");
        const Value *page = window("page");
        const std::uint64_t hardware = hardware_page_of_window();
        if (kernel == nullptr || tce == nullptr || hardware == 0 || page->number == hardware)
            return;
        if (static_cast<HostKernel>(kernel->number) == HostKernel::v4_12 &&
            static_cast<TcePath>(tce->number) != TcePath::userspace)
            error(*page, "kernel 4.12 refuses to handle a window with pages of " + bytes(page->number) +
                             " whose hardware TCEs have " + bytes(hardware) +
                             " (EINVAL), as they have with this guest.ram_pages and bridge; host.tce must be "
                             "userspace, the page " +
                             bytes(hardware) + ", or the kernel a later one");
    }

    void geometry() {
        const Value *size = window("size");
        const Value *page = window("page");
        const Value *levels = window("levels");
        const std::uint64_t hardware = hardware_page_of_window();
        if (size == nullptr || levels == nullptr || hardware == 0)
            return;
        const auto count = static_cast<unsigned>(levels->number);
        const TableGeometry wanted = table_geometry(size->number, hardware, count);
        const Value *limit_word = get("iommu.limit");
        const auto limit = static_cast<WindowLimit>(limit_word != nullptr ? limit_word->number : 0);
        if (limit == WindowLimit::bits_55 && size->number > std::uint64_t{1} << 55) {
            error(*size, "a window of " + bytes(size->number) + " exceeds 2^55 bytes (iommu.limit)");
            return;
        }
        if (limit != WindowLimit::platform || wanted.total_bits <= max_address_bits) {
            window_fits_memory(*size, *page, *levels);
            return;
        }
        unsigned most = count;
        while (most > 1 && table_geometry(size->number, hardware, most).total_bits > max_address_bits)
            --most;
        error(*levels, std::to_string(count) + " levels of " + std::to_string(wanted.bits_per_level) +
                           " bits over pages of " + std::to_string(wanted.page_bits) + " bits make " +
                           std::to_string(wanted.total_bits) + " address bits, the host allows " +
                           std::to_string(max_address_bits) + "; this window takes at most " + std::to_string(most) +
                           (most == 1 ? " level" : " levels"));
    }

    void window_fits_memory(const Value &size, const Value &page, const Value &levels) {
        const Value *tce = get("host.tce");
        const Value *kernel = get("host.kernel");
        if (tce == nullptr || kernel == nullptr)
            return;
        const bool user = static_cast<TcePath>(tce->number) == TcePath::userspace;
        const WindowMemory eager =
            window_memory_of(static_cast<HostKernel>(kernel->number), static_cast<TcePath>(tce->number));
        const auto count = static_cast<unsigned>(levels.number);
        std::uint64_t most = size.number;
        const WindowPages pages{page.number, hardware_page_of_window()};
        while (window_memory(most, pages, count, eager) > max_window_memory ||
               window_notes(most, pages, eager) > max_window_notes)
            most /= 2;
        if (most != size.number)
            error(size, "tables and bitmaps of a DMA window of " + bytes(size.number) +
                            " take more memory than the simulated host has; with pages of " + bytes(page.number) +
                            ", " + levels.text + (count == 1 ? " level" : " levels") +
                            (user ? " and handlers in user space" : " and the handlers of kernel " + kernel->text) +
                            " it has at most " + bytes(most));
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
        const Value *size = window("size");
        const std::uint64_t in_flight = ios_in_flight();
        const Value *page = window("page");
        if (size == nullptr || page == nullptr || in_flight == 0)
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
        if (translation != nullptr && phb != nullptr &&
            static_cast<Translation>(translation->number) == Translation::bypass &&
            static_cast<PhbModel>(phb->number) == PhbModel::p7ioc)
            error(*translation, "a p7ioc has one window per PE and none to bypass translation with");
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
        const Value *size = window("size");
        const Value *page = window("page");
        const Value *in_flight = get("traffic.window");
        const Value *device = get("device.model");
        const bool rings = device != nullptr && static_cast<DeviceModel>(device->number) != DeviceModel::dma_bench;
        if (rings && size != nullptr && page != nullptr && size->number / page->number < least_pages)
            error(*size, "a DMA window of " + std::to_string(size->number / page->number) +
                             " pages cannot hold the rings and buffers of the device: it needs " +
                             std::to_string(least_pages) + ", " + bytes(least_pages * page->number));
        const Value *translation = get("iommu.translation");
        const bool mapped =
            translation == nullptr || static_cast<Translation>(translation->number) == Translation::tces;
        if (size == nullptr || in_flight == nullptr || !mapped || !guest_sends())
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
        const Value *page = window("page");
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

    /// Traffic without an end costs the simulator time for all of its own.
    void length_of_run() {
        constexpr std::uint64_t most = 10'000'000'000'000; // 10 s
        const Value *kind = get("traffic.kind");
        const Value *duration = get("traffic.duration");
        if (kind == nullptr || duration == nullptr || duration->number <= most)
            return;
        const auto traffic = static_cast<TrafficKind>(kind->number);
        if (traffic != TrafficKind::map_memory && traffic != TrafficKind::clear_window)
            error(*duration, kind->text + " traffic is simulated for at most 10s, not " + duration->text);
    }

    const Values &values_;
    Diagnostics &diagnostics_;
};

} // namespace

TableGeometry table_geometry(std::uint64_t size, std::uint64_t page, unsigned levels) {
    constexpr unsigned bits_of_a_host_page = 13; // 64 KiB of 8-byte entries
    const unsigned page_bits = log2_of(page);
    const unsigned size_bits = log2_of(size);
    const unsigned entry_bits = size_bits > page_bits ? size_bits - page_bits : 0;
    const unsigned bits = std::max((entry_bits + levels - 1) / levels, bits_of_a_host_page);
    return {bits, page_bits, bits * levels + page_bits};
}

WindowMemory window_memory_of(HostKernel kernel, TcePath tce) {
    const bool until_4_19 =
        kernel == HostKernel::v4_12 || kernel == HostKernel::v4_19_81 || kernel == HostKernel::v4_19;
    return {tce == TcePath::userspace || until_4_19, kernel == HostKernel::v4_12};
}

std::uint64_t window_memory(std::uint64_t size, WindowPages pages, unsigned levels, WindowMemory eager) {
    // A block is aligned to its size, which wastes as much again for the first.
    const std::uint64_t tops = 3 * sizeof(std::uint64_t) << table_geometry(size, pages.hardware, levels).bits_per_level;
    const std::uint64_t values = eager.values ? size / pages.guest * sizeof(std::uint64_t) : 0;
    return tops + values + (eager.levels ? 2 * sizeof(std::uint64_t) * (size / pages.hardware) : 0);
}

std::uint64_t window_notes(std::uint64_t size, WindowPages pages, WindowMemory eager) {
    const std::uint64_t entries = size / pages.guest, bitmap = entries / 8;
    // Of a view that grows there is a pointer to each 64 KiB of values.
    return bitmap + (eager.values ? 0 : entries / 1024);
}

void check_rules(const Values &values, Diagnostics &diagnostics) {
    check_machine_rules(values, diagnostics);
    Rules(values, diagnostics).run();
}

} // namespace tcesim::scenario
