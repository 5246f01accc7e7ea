// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/recorder.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "sim/machine_parameters.h"
#include "sim/replay/replay_text.h"

namespace tcesim::replay {

namespace {

constexpr std::uint64_t second_window = 1ULL << 59; // bus addresses from here on are of the window of number 1
constexpr std::uint64_t buid = 0x800000020000000;   // of the guest's first bridge
constexpr std::size_t first_argument = 3;
constexpr ps_t microsecond = 1'000'000;

std::string ret(std::int64_t rc) {
    return " ret=" + std::to_string(rc);
}

} // namespace

Recorder::Recorder(LogFile &file, const scenario::Config &config, const SimPort &port) : file_(file), port_(port) {
    const scenario::Window &window = config.iommu.window;
    const WindowShape shape{window.base, window.size, static_cast<std::uint32_t>(__builtin_ctzll(window.page))};
    const std::uint64_t liobn = address_map::liobn;
    windows_[liobn].shape = shape;
    line(0, "new_table liobn=" + hex_text(liobn) + " table=(nil) fd=-1");
    if (shape.page_shift == 12)
        return;
    line(0, "ddw_remove liobn=" + hex_text(liobn));
    create_line(0, liobn, shape);
}

void Recorder::line(ps_t time, const std::string &text) {
    char prefix[40];
    std::snprintf(prefix, sizeof(prefix), "1@%llu.%06llu:spapr_iommu_",
                  static_cast<unsigned long long>(time / microsecond / 1'000'000),
                  static_cast<unsigned long long>(time / microsecond % 1'000'000));
    file_.write(prefix + text + "\n");
}

void Recorder::create_line(ps_t time, std::uint64_t liobn, const WindowShape &shape) {
    line(time, "new_table liobn=" + hex_text(liobn) + " table=(nil) fd=-1");
    line(time, "ddw_create buid=" + hex_text(buid) + " addr=0x0, page size=" + hex_text(1ULL << shape.page_shift) +
                   ", requested=" + hex_text(shape.size) + ", start addr=" + hex_text(shape.base) +
                   ", liobn=" + hex_text(liobn));
}

std::uint64_t Recorder::live() const {
    std::uint64_t sum = 0;
    for (const auto &[unused, window] : windows_)
        sum += window.table.live();
    return sum;
}

void Recorder::on_trace(const Trace &trace) {
    if (trace.event == PORT_EV_HCALL_ENTER) {
        opcode_ = trace.a, ioba_ = trace.b, value_ = trace.c, count_ = trace.d;
        under_way_ = true;
    } else if (trace.event == PORT_EV_HCALL_RETURN && under_way_) {
        under_way_ = false;
        returned(trace.time, static_cast<std::int64_t>(trace.b));
    }
}

void Recorder::returned(ps_t time, std::int64_t rc) {
    if (opcode_ == H_RTAS)
        return firmware(time);
    switch (opcode_) {
    case H_PUT_TCE:
        ++calls_;
        return put(time, rc);
    case H_PUT_TCE_INDIRECT:
        ++calls_;
        return put_list(time, rc);
    case H_STUFF_TCE:
        ++calls_;
        return stuff(time, rc);
    default:
        return;
    }
}

std::uint64_t Recorder::liobn_of(std::uint64_t ioba) const {
    return address_map::liobn | (ioba >= second_window ? 1 : 0);
}

std::uint64_t Recorder::entries_behind(std::uint64_t ioba, const WindowShape &shape) const {
    const std::uint64_t entry = (ioba - shape.base) >> shape.page_shift, entries = shape.size >> shape.page_shift;
    return entry < entries ? entries - entry : 0;
}

void Recorder::put(ps_t time, std::int64_t rc) {
    const std::uint64_t liobn = liobn_of(ioba_);
    const auto window = windows_.find(liobn);
    std::uint64_t shown = ioba_;
    if (window != windows_.end()) {
        const WindowShape &shape = window->second.shape;
        shown &= ~((1ULL << shape.page_shift) - 1);
        if (rc == H_SUCCESS)
            window->second.table.set((shown - shape.base) >> shape.page_shift, value_);
    }
    line(time, "pci_put liobn=" + hex_text(liobn) + " ioba=" + hex_text(shown) + " tce=" + hex_text(value_) + ret(rc));
}

std::uint64_t Recorder::list_entry(std::uint64_t entry) const {
    const std::uint64_t gpa = value_ + entry * sizeof(std::uint64_t);
    std::uint64_t big_endian = 0;
    if (gpa + sizeof(big_endian) <= port_.ram().size)
        std::memcpy(&big_endian, port_.guest_memory(gpa), sizeof(big_endian));
    return __builtin_bswap64(big_endian);
}

/// A refused list ends where the window does, or holds nothing.
void Recorder::put_list(ps_t time, std::int64_t rc) {
    const std::uint64_t liobn = liobn_of(ioba_);
    const auto window = windows_.find(liobn);
    if (window == windows_.end() || count_ > TCE_LIST_MAX || value_ % (1 << TCE_LIST_SHIFT) != 0)
        return; // no line
    const WindowShape &shape = window->second.shape;
    const std::uint64_t first = (ioba_ - shape.base) >> shape.page_shift;
    std::uint64_t last = count_ - (count_ != 0), shown = last;
    if (rc == H_SUCCESS)
        for (std::uint64_t i = 0; i < count_; ++i)
            window->second.table.set(first + i, list_entry(i));
    else if (const std::uint64_t fit = entries_behind(ioba_, shape); fit < count_)
        last = fit - (fit != 0), shown = fit;
    const std::uint64_t tce = count_ != 0 ? list_entry(shown) : 0;
    line(time, "pci_indirect liobn=" + hex_text(liobn) + " ioba=" + hex_text(ioba_) + " tcelist=" + hex_text(value_) +
                   " iobaN=" + hex_text(last) + " tceN=" + hex_text(tce) + ret(rc));
}

void Recorder::stuff(ps_t time, std::int64_t rc) {
    const std::uint64_t liobn = liobn_of(ioba_);
    const auto window = windows_.find(liobn);
    if (window == windows_.end())
        return; // no line
    const WindowShape &shape = window->second.shape;
    if (count_ > shape.size >> shape.page_shift)
        return;
    const std::uint64_t begin = ioba_ & ~((1ULL << shape.page_shift) - 1);
    std::uint64_t done = count_;
    if (rc == H_SUCCESS)
        for (std::uint64_t i = 0; i < count_; ++i)
            window->second.table.set(((begin - shape.base) >> shape.page_shift) + i, value_);
    else
        done = std::min(count_, entries_behind(begin, shape));
    line(time, "pci_stuff liobn=" + hex_text(liobn) + " ioba=" + hex_text(begin + (done << shape.page_shift)) +
                   " tcevalue=" + hex_text(value_) + " npages=" + std::to_string(static_cast<std::int64_t>(count_)) +
                   ret(rc));
}

std::uint32_t Recorder::word(std::uint32_t index) const {
    std::uint32_t big_endian = 0;
    std::memcpy(&big_endian, port_.guest_memory(address_map::rtas_memory + index * sizeof(big_endian)),
                sizeof(big_endian));
    return __builtin_bswap32(big_endian);
}

/// A window that cannot be made leaves no line.
void Recorder::firmware(ps_t time) {
    const std::uint32_t arguments = word(1), status = first_argument + arguments;
    if (arguments > 8 || word(status) != 0)
        return;
    if (word(0) == RTAS_CREATE_PE_DMA_WINDOW) {
        const std::uint64_t liobn = word(status + 1);
        Window &window = windows_[liobn];
        window.table.clear();
        window.shape = {std::uint64_t{word(status + 2)} << 32 | word(status + 3), 1ULL << word(first_argument + 4),
                        word(first_argument + 3)};
        create_line(time, liobn, window.shape);
    } else if (word(0) == RTAS_REMOVE_PE_DMA_WINDOW) {
        windows_.erase(word(first_argument));
        line(time, "ddw_remove liobn=" + hex_text(word(first_argument)));
    } else if (word(0) == RTAS_RESET_PE_DMA_WINDOW) {
        for (auto at = windows_.begin(); at != windows_.end();)
            at = at->first != address_map::liobn ? windows_.erase(at) : std::next(at);
        if (const auto first = windows_.find(address_map::liobn); first != windows_.end())
            first->second.table.clear();
        line(time, "ddw_reset buid=" + hex_text(buid) + " addr=0x0");
    }
}

} // namespace tcesim::replay
