// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/log/trace_counts.h"

#include <algorithm>
#include <cstdio>

#include "hcall/abi.h"

namespace tcesim::replay {

namespace {

constexpr std::size_t devices_max = 1000;

std::string hex_text(std::uint64_t value) {
    char text[20];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

std::string right(const std::string &text, std::size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

void add_entries(DeviceCounts &counts, std::uint64_t tce, std::uint64_t pages) {
    (tce & TCE_PERM ? counts.maps : counts.unmaps) += pages;
}

void add_kvm(DeviceCounts &counts, const TraceEvent &event) {
    switch (event.opcode) {
    case H_PUT_TCE:
        ++counts.put;
        return add_entries(counts, event.tce, 1);
    case H_PUT_TCE_INDIRECT:
        ++counts.indirect;
        counts.maps += event.pages;
        return;
    case H_STUFF_TCE:
        ++counts.stuff;
        return add_entries(counts, event.tce, event.pages);
    default:
        ++counts.get;
    }
}

void add_qemu(DeviceCounts &counts, const TraceEvent &event) {
    const bool done = event.ret == 0;
    switch (event.kind) {
    case EventKind::put:
        ++counts.put;
        if (done)
            add_entries(counts, event.tce, 1);
        break;
    case EventKind::get:
        ++counts.get;
        break;
    case EventKind::indirect:
        ++counts.indirect;
        if (done)
            counts.maps += event.last + 1;
        break;
    case EventKind::stuff:
        ++counts.stuff;
        if (done)
            add_entries(counts, event.tce, event.pages);
        break;
    case EventKind::xlate:
        ++counts.xlate;
        return;
    case EventKind::ddw_create:
        ++counts.windows;
        return;
    case EventKind::ddw_remove:
        ++counts.windows_removed;
        return;
    default:
        return;
    }
    counts.failed += !done;
}

/// Pages of 4 KiB that a buffer touches.
std::uint64_t pages_of(std::uint64_t address, std::uint64_t size) {
    constexpr std::uint64_t page = 4096;
    return size == 0 ? 0 : (address % page + size - 1) / page + 1;
}

void add_dma(DeviceCounts &counts, const TraceEvent &event) {
    switch (event.kind) {
    case EventKind::dma_unmap:
        ++counts.stuff;
        counts.unmaps += pages_of(event.ioba, event.size);
        return;
    case EventKind::dma_map:
        ++(pages_of(event.ioba, event.size) > 1 ? counts.indirect : counts.put);
        counts.maps += pages_of(event.ioba, event.size);
        return;
    default:
        for (std::size_t i = 0; i < event.pieces; ++i) {
            ++(pages_of(event.piece[i].ioba, event.piece[i].size) > 1 ? counts.indirect : counts.put);
            counts.maps += pages_of(event.piece[i].ioba, event.piece[i].size);
        }
    }
}

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

std::string rows(const TraceCounts &counts) {
    constexpr std::size_t widths[] = {10, 9, 9, 9, 9, 8, 11, 11};
    const char *const titles[] = {"put", "indirect", "stuff", "get", "xlate", "failed", "TCEs set", "cleared"};
    std::size_t name_width = 12;
    for (const auto &[name, unused] : counts.devices())
        name_width = std::max(name_width, name.size());
    std::string text = std::string("device") + std::string(name_width - 6, ' ');
    for (std::size_t i = 0; i < 8; ++i)
        text += right(titles[i], widths[i]);
    text += "\n";
    DeviceCounts sum;
    const auto row = [&](const std::string &name, const DeviceCounts &d) {
        const std::uint64_t values[] = {d.put, d.indirect, d.stuff, d.get, d.xlate, d.failed, d.maps, d.unmaps};
        text += name + std::string(name_width - name.size(), ' ');
        for (std::size_t i = 0; i < 8; ++i)
            text += right(number(values[i]), widths[i]);
        text += "\n";
    };
    for (const auto &[name, d] : counts.devices()) {
        row(name, d);
        sum.put += d.put, sum.indirect += d.indirect, sum.stuff += d.stuff, sum.get += d.get, sum.xlate += d.xlate;
        sum.failed += d.failed, sum.maps += d.maps, sum.unmaps += d.unmaps;
    }
    row("all", sum);
    return text;
}

} // namespace

DeviceCounts &TraceCounts::device_of(const TraceEvent &event) {
    const LogKind log = log_of(event.kind);
    if (log == LogKind::opcodes)
        return devices_["guest"];
    if (log == LogKind::dma) {
        const std::string name(event.device);
        return devices_.size() < devices_max || devices_.count(name) != 0 ? devices_[name] : devices_["others"];
    }
    if (latest_ != nullptr && latest_liobn_ == event.liobn)
        return *latest_;
    DeviceCounts *&found = by_liobn_[event.liobn];
    if (found == nullptr && by_liobn_.size() <= devices_max)
        found = &devices_[hex_text(event.liobn)];
    if (found == nullptr) {
        by_liobn_.erase(event.liobn);
        return devices_["others"];
    }
    latest_liobn_ = event.liobn;
    latest_ = found;
    return *found;
}

void TraceCounts::add(const TraceEvent &event) {
    switch (event.kind) {
    case EventKind::ddw_query:
    case EventKind::ddw_reset: // of a bridge, not of a window
    case EventKind::kvm_exit:
    case EventKind::opcode_exit:
        return;
    default:
        break;
    }
    DeviceCounts &counts = device_of(event);
    switch (log_of(event.kind)) {
    case LogKind::kvm:
    case LogKind::opcodes:
        return add_kvm(counts, event);
    case LogKind::dma:
        return add_dma(counts, event);
    default:
        return add_qemu(counts, event);
    }
}

void need_events(const ReadStatistics &statistics, const std::string &name) {
    if (statistics.total() != 0)
        return;
    std::string text = name + " holds no event that can be replayed, in " + number(statistics.lines) + " lines";
    if (statistics.broken != 0)
        text += ", " + number(statistics.broken) + " of which cannot be read, as line " +
                number(statistics.shown.front().number) + ": " + statistics.shown.front().text;
    else if (!statistics.cut_off.empty())
        text += ": " + statistics.cut_off;
    throw BadLog(text + "; known are QEMU's spapr_iommu_* and Linux' kvm_hv:kvm_hcall_*, powerpc:hcall_* and dma:*");
}

std::string problems_text(const ReadStatistics &statistics, const std::string &name) {
    std::string text;
    if (statistics.broken != 0)
        text += number(statistics.broken) + (statistics.broken == 1 ? " line" : " lines") + " cannot be read and " +
                (statistics.broken == 1 ? "is" : "are") + " left out" +
                (statistics.broken > statistics.shown.size() ? "; the first of them:\n" : ":\n");
    for (const BrokenLine &line : statistics.shown)
        text += "  " + name + ":" + number(line.number) + ": " + line.text + "\n";
    if (!statistics.cut_off.empty())
        text += name + ":" + number(statistics.lines) + ": the log ends here: " + statistics.cut_off + "\n";
    return text;
}

std::string counts_text(TraceReader &reader, const std::string &name) {
    TraceCounts counts;
    TraceEvent event;
    std::uint64_t first = 0, last = 0;
    bool timed = false;
    while (reader.next(&event)) {
        counts.add(event);
        if (event.has_time) {
            first = timed ? first : event.time;
            last = event.time;
            timed = true;
        }
    }
    const ReadStatistics &statistics = reader.statistics();
    need_events(statistics, name);
    std::string text = name + ": " + name_of(statistics.kind) + ", " + number(statistics.lines) + " lines\n";
    for (std::size_t i = 0; i < event_kind_count; ++i)
        if (statistics.events[i] != 0)
            text += "  " + std::string(name_of(static_cast<EventKind>(i))) +
                    std::string(18 - std::string_view(name_of(static_cast<EventKind>(i))).size(), ' ') +
                    right(number(statistics.events[i]), 10) + "\n";
    if (statistics.foreign != 0)
        text += "  of another kind   " + right(number(statistics.foreign), 10) + "\n";
    if (statistics.other != 0)
        text += "  other lines       " + right(number(statistics.other), 10) + "\n";
    if (timed && last > first)
        text += "  recorded in       " + right(number((last - first) / 1'000'000), 10) + " ms\n";
    text += "\n" + rows(counts);
    const std::string problems = problems_text(statistics, name);
    return problems.empty() ? text : text + "\n" + problems;
}

} // namespace tcesim::replay
