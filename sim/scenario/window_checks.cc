// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/window_checks.h"

#include <algorithm>

#include "sim/machine_parameters.h"
#include "sim/scenario/key_rules.h"

namespace tcesim::scenario {

namespace {

unsigned log2_of(std::uint64_t power_of_two) {
    return static_cast<unsigned>(__builtin_ctzll(power_of_two));
}

/// Of the simulated kernel memory, what the tables of one window may take: all of it is looked through in the end.
constexpr std::uint64_t max_window_memory = 56ULL << 30;
/// The same for bitmaps and pointers, of which only what is used is ever touched; the rest is for lower levels of the
/// tables, for page lists of guest memory and small objects.
constexpr std::uint64_t max_window_notes = (address_map::guest_ram - address_map::heap) / 8 * 7 - max_window_memory;

class WindowRules : KeyRules {
public:
    WindowRules(const Values &values, Diagnostics &diagnostics, unsigned number)
        : KeyRules(values, diagnostics), number_(number) {}

    void run() {
        base_of_window();
        window_has_pages();
        view_of_kernel();
        geometry();
    }

private:
    const Value *window(const std::string &key) const {
        return get("iommu.windows[" + std::to_string(number_) + "]." + key);
    }

    void base_of_window() {
        const Value *base = window("base");
        const std::uint64_t right = number_ == 0 ? 0 : second_window_base;
        if (base != nullptr && base->number != right)
            error(*base, std::string(number_ == 0 ? "the first" : "the second") +
                             " window of a device begins at bus address " + std::to_string(right) +
                             (number_ == 0 ? "" : " (2^59)") + ", not " + base->text);
    }

    void window_has_pages() {
        const Value *size = window("size");
        const Value *page = window("page");
        const Value *mapped = get("traffic.mapped");
        if (page == nullptr)
            return;
        if (size != nullptr && size->number < page->number)
            error(*size, "a DMA window of " + bytes(size->number) + " holds no page of " + bytes(page->number));
        if (number_ == 0 && mapped != nullptr && mapped->number % page->number != 0)
            error(*mapped, "traffic.mapped (" + bytes(mapped->number) + ") is no whole number of IOMMU pages (" +
                               bytes(page->number) + ")");
    }

    /// Bytes of a hardware TCE; 0 when one of the values that decide it is absent.
    std::uint64_t hardware_page_of_window() const {
        const Value *phb = get("iommu.phb");
        const Value *page = window("page");
        return phb == nullptr || page == nullptr
                   ? 0
                   : hardware_page(static_cast<PhbModel>(phb->number), page->number, ram_page());
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
        const TableGeometry wanted = table_geometry(size->number, hardware, count, host_page());
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
        while (most > 1 && table_geometry(size->number, hardware, most, host_page()).total_bits > max_address_bits)
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
        const WindowPages pages{page.number, hardware_page_of_window(), host_page()};
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

    const unsigned number_;
};

/// What a second window is for, and what it takes.
class DdwRules : KeyRules {
public:
    using KeyRules::KeyRules;

    void run() {
        const Value *ddw_word = get("guest.ddw");
        if (ddw_word != nullptr && ddw_word->number != 0) {
            has_second_window(*ddw_word);
            bridge_allows_it(*ddw_word);
        }
        traffic_needs_it();
        memory_comes_later();
        if (ddw() == Ddw::none)
            return mask_reaches_window();
        pages_of_windows();
        entries_of_firmware();
        if (ddw() == Ddw::direct)
            holds_memory();
    }

private:
    void has_second_window(const Value &ddw_word) {
        const Value *last = get("iommu.windows[0].levels");
        if (last != nullptr && second_window("size") == nullptr && second_window("page") == nullptr)
            error(ddw_word, "iommu.windows has no second element, the window that the guest makes with guest.ddw " +
                                ddw_word.text);
    }

    void bridge_allows_it(const Value &ddw_word) {
        const Value *phb = get("iommu.phb");
        if (phb != nullptr && static_cast<PhbModel>(phb->number) == PhbModel::p7ioc)
            error(ddw_word, "a p7ioc has one window per PE: there guest.ddw must be none");
    }

    void traffic_needs_it() {
        const Value *kind = get("traffic.kind");
        if (kind != nullptr && static_cast<TrafficKind>(kind->number) == TrafficKind::dynamic_window &&
            get("guest.ddw") != nullptr && ddw() == Ddw::none)
            error(*kind,
                  "traffic of kind dynamic_window is about a second window: guest.ddw must be dynamic or direct");
    }

    void memory_comes_later() {
        const Value *later = get("traffic.hot_add");
        const Value *ram = get("guest.ram");
        constexpr std::uint64_t least = 64ULL << 20;
        if (later == nullptr || ram == nullptr)
            return;
        if (ram->number < least + later->number)
            error(*later, "traffic.hot_add (" + bytes(later->number) + ") leaves less than " + bytes(least) +
                              " of guest.ram (" + bytes(ram->number) + ") to start with");
        const Value *window_page = second_window("page");
        for (const std::uint64_t page : {ram_page(), window_page == nullptr ? 1 : window_page->number})
            if (later->number % page != 0)
                error(*later,
                      "traffic.hot_add (" + bytes(later->number) + ") is no whole number of pages of " + bytes(page));
    }

    void mask_reaches_window() {
        const Value *mask = get("device.dma_mask");
        const Value *size = window("size");
        if (mask != nullptr && size != nullptr && mask->number < 64 && size->number > std::uint64_t{1} << mask->number)
            error(*mask, "a driver that asks for " + mask->text + " bits reaches " +
                             bytes(std::uint64_t{1} << mask->number) + " of the default window of " +
                             bytes(size->number) + ", and its allocator would not know; the window may have that much");
    }

    void pages_of_windows() {
        const Value *page = second_window("page");
        const Value *of_default = window("page");
        if (page != nullptr && page->number == 1ULL << 30)
            error(*page,
                  "a guest cannot ask firmware for pages of 1GiB, for which its mask has no bit; the default window "
                  "may have them");
        if (page != nullptr && of_default != nullptr && page->number < of_default->number)
            error(*page,
                  "the guest makes its window with the largest pages that it is offered, and is offered those of "
                  "the default window (" +
                      bytes(of_default->number) + ") too");
    }

    void entries_of_firmware() {
        constexpr std::uint64_t most = std::uint64_t{1} << 31;
        const Value *size = second_window("size");
        const Value *page = second_window("page");
        if (size != nullptr && page != nullptr && size->number / page->number > most)
            error(*size, "firmware makes windows of at most 2^31 pages; with pages of " + bytes(page->number) +
                             " that is " + bytes(most * page->number) + ", not " + bytes(size->number));
    }

    void holds_memory() {
        const Value *size = second_window("size");
        const Value *ram = get("guest.ram");
        if (size != nullptr && ram != nullptr && size->number < ram->number)
            error(*size, "a direct window holds all of guest.ram (" + bytes(ram->number) + "), which is more than " +
                             bytes(size->number) + "; make it larger, or guest.ddw dynamic");
    }
};

} // namespace

TableGeometry table_geometry(std::uint64_t size, std::uint64_t page, unsigned levels, std::uint64_t host_page) {
    const unsigned bits_of_a_host_page = log2_of(host_page / sizeof(std::uint64_t));
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
    const std::uint64_t tops = 3 * sizeof(std::uint64_t)
                               << table_geometry(size, pages.hardware, levels, pages.host).bits_per_level;
    const std::uint64_t values = eager.values ? size / pages.guest * sizeof(std::uint64_t) : 0;
    return tops + values + (eager.levels ? 2 * sizeof(std::uint64_t) * (size / pages.hardware) : 0);
}

std::uint64_t window_notes(std::uint64_t size, WindowPages pages, WindowMemory eager) {
    const std::uint64_t entries = size / pages.guest, bitmap = entries / 8;
    // Of a view that grows there is a pointer to each of the host's pages of values.
    return bitmap + (eager.values ? 0 : entries * sizeof(std::uint64_t) / pages.host * sizeof(void *));
}

void check_window_rules(const Values &values, Diagnostics &diagnostics) {
    WindowRules(values, diagnostics, 0).run();
    if (values.find("iommu.windows[1].size") != nullptr)
        WindowRules(values, diagnostics, 1).run();
    DdwRules(values, diagnostics).run();
}

} // namespace tcesim::scenario
