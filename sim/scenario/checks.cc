// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/checks.h"

#include "sim/scenario/config.h"

#include <algorithm>

namespace tcesim::scenario {

namespace {

unsigned log2_of(std::uint64_t power_of_two) {
    return static_cast<unsigned>(__builtin_ctzll(power_of_two));
}

std::string bytes(std::uint64_t value) {
    return format_quantity(value, Dimension::bytes);
}

/// The values one rule is about; false as a condition when one of them is absent.
class Rules {
public:
    Rules(const Values &values, Diagnostics &diagnostics) : values_(values), diagnostics_(diagnostics) {}

    void run() {
        page_fits_guest();
        geometry();
        phb_levels();
        phb_of_machine();
        window_holds_traffic();
        chunk_fits_window();
        container_levels();
    }

private:
    const Value *get(const std::string &path) const { return values_.find(path); }
    const Value *window(const std::string &key) const { return get("iommu.windows[0]." + key); }
    void error(const Value &at, const std::string &message) { diagnostics_.error(at.position, message); }

    void page_fits_guest() {
        const Value *page = window("page");
        const Value *guest = get("guest.page");
        if (page != nullptr && guest != nullptr && page->number > guest->number)
            error(*page, "the IOMMU page (" + bytes(page->number) + ") must not exceed the guest's page (" +
                             bytes(guest->number) + "): a guest maps single pages of its own");
    }

    void geometry() {
        const Value *size = window("size");
        const Value *page = window("page");
        const Value *levels = window("levels");
        if (size == nullptr || page == nullptr || levels == nullptr)
            return;
        const auto count = static_cast<unsigned>(levels->number);
        const TableGeometry wanted = table_geometry(size->number, page->number, count);
        if (wanted.total_bits <= max_address_bits)
            return;
        unsigned most = count;
        while (most > 1 && table_geometry(size->number, page->number, most).total_bits > max_address_bits)
            --most;
        error(*levels, std::to_string(count) + " levels of " + std::to_string(wanted.bits_per_level) +
                           " bits over pages of " + std::to_string(wanted.page_bits) + " bits make " +
                           std::to_string(wanted.total_bits) + " address bits, the host allows " +
                           std::to_string(max_address_bits) + "; this window takes at most " + std::to_string(most) +
                           (most == 1 ? " level" : " levels"));
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

    /// Buffers of more than 15 pages come from the upper quarter of the window only.
    void window_holds_traffic() {
        const Value *size = window("size");
        const Value *in_flight = get("traffic.window");
        if (size == nullptr || in_flight == nullptr)
            return;
        const std::uint64_t needed = 4 * in_flight->number;
        if (size->number < needed)
            error(*size, "a DMA window of " + bytes(size->number) + " cannot hold traffic.window (" +
                             bytes(in_flight->number) + "): large buffers get a quarter of it, so it needs " +
                             bytes(needed));
    }

    void chunk_fits_window() {
        const Value *chunk = get("traffic.chunk");
        const Value *in_flight = get("traffic.window");
        if (chunk != nullptr && in_flight != nullptr && chunk->number > in_flight->number)
            error(*chunk, "traffic.chunk (" + bytes(chunk->number) + ") must not exceed traffic.window (" +
                              bytes(in_flight->number) + ")");
    }

    void container_levels() {
        const Value *container = get("host.container");
        const Value *levels = window("levels");
        if (container != nullptr && levels != nullptr && static_cast<Container>(container->number) == Container::v1 &&
            levels->number != 1)
            error(*levels, "container v1 has only the default window, whose table has 1 level, not " + levels->text +
                               "; more levels need container v2");
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

void check_rules(const Values &values, Diagnostics &diagnostics) {
    Rules(values, diagnostics).run();
}

} // namespace tcesim::scenario
