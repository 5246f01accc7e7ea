// SPDX-License-Identifier: Apache-2.0
#include "models/guest/dma_checker.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace tcesim {

namespace {

constexpr std::size_t violations_kept = 20;

const char *opcode_name(std::uint64_t opcode) {
    switch (opcode) {
    case H_PUT_TCE:
        return "H_PUT_TCE";
    case H_PUT_TCE_INDIRECT:
        return "H_PUT_TCE_INDIRECT";
    case H_STUFF_TCE:
        return "H_STUFF_TCE";
    default:
        return "set-up";
    }
}

std::string microseconds(ps_t time) {
    char text[40];
    std::snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64 " us", time / 1'000'000, time % 1'000'000);
    return text;
}

std::string hex(std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return text;
}

} // namespace

DmaChecker::DmaChecker(const DmaCheckerParameters &parameters) : parameters_(parameters) {}

DmaChecker::Page *DmaChecker::find(std::uint64_t ioba) {
    const std::uint64_t offset = ioba - parameters_.window_base;
    if (offset >= parameters_.window_size)
        return nullptr;
    const std::uint64_t page = offset >> parameters_.page_shift;
    std::unique_ptr<PageGroup> &group = groups_[page / 512];
    if (!group)
        group = std::make_unique<PageGroup>();
    return &(*group)[page % 512];
}

void DmaChecker::enter(const Trace &trace) {
    if (trace.vcpu)
        ++calls_;
    call_ = {trace.vcpu ? calls_ : 0, trace.a, trace.b, trace.c, trace.time, 0};
    if (trace.a == H_RTAS)
        return;
    const std::uint64_t tces = trace.a == H_PUT_TCE ? 1 : trace.d;
    if (!trace.vcpu) {
        ++setup_hypercalls_;
        setup_tce_operations_ += tces;
    } else if (trace.vcpu->phase() == Phase::measured) {
        tce_operations_ += tces;
    }
}

void DmaChecker::on_trace(const Trace &trace) {
    now_ = trace.time;
    switch (trace.event) {
    case PORT_EV_HCALL_ENTER:
        enter(trace);
        break;
    case PORT_EV_TCE_SET:
        if (Page *page = find(trace.b << parameters_.page_shift)) {
            page->exchanged = trace.time;
            call_.exchanged = trace.time;
            (trace.d & TCE_PERM ? page->set_by : page->cleared_by) = call_;
        }
        break;
    case PORT_EV_IOVA_ALLOC:
        iova_allocations_ += trace.vcpu && trace.vcpu->phase() == Phase::measured;
        break;
    default:
        break;
    }
}

void DmaChecker::believe(std::uint64_t bus_address, std::uint64_t bytes, bool mapped, std::uint64_t gpa) {
    const std::uint64_t size = std::uint64_t{1} << parameters_.page_shift;
    const std::uint64_t offset = bus_address & (size - 1);
    const ps_t now = current_vcpu ? current_vcpu->now() : 0;
    for (std::uint64_t done = 0; done < offset + bytes; done += size) {
        Page *page = find(bus_address - offset + done);
        if (!page)
            return;
        mapped_pages_ += static_cast<std::uint64_t>(mapped) - static_cast<std::uint64_t>(page->mapped);
        page->mapped = mapped;
        page->hpa = parameters_.ram_hpa + gpa - offset + done;
        page->since = now;
    }
}

void DmaChecker::on_mapped(std::uint64_t bus_address, std::uint64_t bytes, std::uint64_t gpa) {
    believe(bus_address, bytes, true, gpa);
}

void DmaChecker::on_unmapped(std::uint64_t bus_address, std::uint64_t bytes) {
    believe(bus_address, bytes, false, 0);
}

void DmaChecker::on_access(const DmaAccess &access) {
    ++(access.write ? writes_ : reads_);
    if (access.fault != DmaFault::none) {
        ++(killed_ ? refused_ : faults_);
        return;
    }
    if (const Fixed *fixed = find_fixed(access.ioba))
        return judge_fixed(access, *fixed);
    const Page *page = find(access.ioba);
    if (!page)
        return;
    if (is_right(access, *page))
        return;
    ++stale_;
    report(access, *page);
}

const DmaChecker::Fixed *DmaChecker::find_fixed(std::uint64_t ioba) const {
    for (const Fixed &fixed : fixed_)
        if (ioba - fixed.bus_address < fixed.bytes)
            return &fixed;
    return nullptr;
}

void DmaChecker::judge_fixed(const DmaAccess &access, const Fixed &fixed) {
    const std::uint64_t right = fixed.hpa + (access.ioba - fixed.bus_address);
    if (access.hpa == right && !ended_)
        return;
    ++stale_;
    if (ended_) {
        add_violation("stale DMA: device reached hpa " + hex(access.hpa) + " at ioba " + hex(access.ioba) +
                      " after the process whose memory it was had ended");
        return;
    }
    add_violation("stale DMA: device reached hpa " + hex(access.hpa) + " at ioba " + hex(access.ioba) +
                  ", which stands for hpa " + hex(right) + " all the time");
}

bool DmaChecker::is_right(const DmaAccess &access, const Page &page) const {
    const bool fresh = access.sampled_at >= page.exchanged;
    const bool changing = page.exchanged > page.since;
    if (!changing && access.arrived_at >= page.since) {
        const std::uint64_t offset = access.ioba & ((std::uint64_t{1} << parameters_.page_shift) - 1);
        return fresh && page.mapped && access.hpa == page.hpa + offset;
    }
    // The hypercall is, or was then, under way; once the PHB has been told, the old entry is out of bounds.
    const bool told = page.killed >= page.exchanged && access.arrived_at > page.killed;
    return fresh || !told;
}

void DmaChecker::on_kill(const TceKill &kill) {
    // A P7IOC names TCEs, not bus addresses: there the return of the hypercall alone decides.
    if (kill.kind != TceKill::Kind::one || !parameters_.kills_name_pages)
        return;
    // Pages that nobody has ever changed need no note, and there may be more of them than memory for notes.
    const std::uint64_t first = (kill.address - parameters_.window_base) >> parameters_.page_shift;
    const std::uint64_t last = first + kill.pages - 1;
    const auto note = [&](std::uint64_t number, PageGroup &group) {
        const std::uint64_t begin = std::max(first, number * 512), end = std::min(last, number * 512 + 511);
        for (std::uint64_t page = begin; page <= end; ++page)
            group[page % 512].killed = kill.accepted_at;
    };
    if (kill.pages > 512) {
        for (const auto &[number, group] : groups_)
            if (number >= first / 512 && number <= last / 512)
                note(number, *group);
        return;
    }
    for (std::uint64_t number = first / 512; number <= last / 512; ++number)
        if (const auto found = groups_.find(number); found != groups_.end())
            note(number, *found->second);
}

/// The first change of the entry after the sample is what should have been told to the PHB.
void DmaChecker::report(const DmaAccess &access, const Page &page) {
    const bool cleared_after = page.cleared_by.exchanged >= access.sampled_at && page.cleared_by.number;
    const Call &call = cleared_after ? page.cleared_by : page.set_by;
    std::string text = "stale DMA: device ";
    text += access.write ? "wrote " : "read ";
    text += std::to_string(access.bytes) + " bytes at ioba " + hex(access.ioba) + ", request at the PHB at " +
            microseconds(access.arrived_at) + ", through hpa " + hex(access.hpa) + " sampled at " +
            microseconds(access.sampled_at) + "; " + opcode_name(call.opcode) + " number " +
            std::to_string(call.number) + " (ioba " + hex(call.ioba) + ", value " + hex(call.value) + ", entered at " +
            microseconds(call.time) + ") changed the entry and its invalidation did not reach the PHB";
    add_violation(std::move(text));
}

void DmaChecker::process_ended() {
    const ps_t now = current_vcpu ? current_vcpu->now() : 0;
    for (const auto &[number, group] : groups_)
        for (Page &page : *group) {
            page.mapped = false;
            page.since = now;
        }
    mapped_pages_ = 0;
    ended_ = true;
}

void DmaChecker::on_freeze(const DmaAccess &access) {
    if (killed_)
        return;
    add_violation("PE " + std::to_string(access.pe) + " frozen at " + microseconds(access.arrived_at) + ": " +
                  to_string(access.fault) + " at ioba " + hex(access.ioba));
}

void DmaChecker::add_violation(std::string sentence) {
    if (violations_.size() < violations_kept)
        violations_.push_back(std::move(sentence));
}

} // namespace tcesim
