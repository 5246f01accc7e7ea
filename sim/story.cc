// SPDX-License-Identifier: Apache-2.0
#include "sim/story.h"

#include <algorithm>

#include "sim/story_text.h"

namespace tcesim {

namespace {

constexpr std::uint64_t smallest_page_mask = 0xfff;

const char *opcode_name(std::uint64_t opcode) {
    switch (opcode) {
    case H_PUT_TCE: return "H_PUT_TCE";
    case H_PUT_TCE_INDIRECT: return "H_PUT_TCE_INDIRECT";
    case H_STUFF_TCE: return "H_STUFF_TCE";
    default: return "H_GET_TCE";
    }
}

const char *level_actor(std::uint64_t level) {
    switch (level) {
    case PORT_REAL_MODE: return "kvm rm";
    case PORT_HOST_KERNEL: return "kvm";
    default: return "user";
    }
}

const char *level_name(std::uint64_t level) {
    switch (level) {
    case PORT_REAL_MODE: return "the real-mode handler";
    case PORT_HOST_KERNEL: return "the virtual-mode handler, after a full exit";
    default: return "user space, after the vCPU ioctl has returned";
    }
}

std::string result_name(std::int64_t rc) {
    if (rc == H_SUCCESS)
        return "H_SUCCESS";
    if (rc == H_TOO_HARD)
        return "H_TOO_HARD: the next level must do it";
    return "code " + std::to_string(rc);
}

} // namespace

void Story::tell(ps_t time, const char *actor, std::string text) { steps_.push_back({time, actor, std::move(text)}); }

Story::Range *Story::range_of(std::uint64_t bus_address) {
    const auto found = std::find_if(ranges_.begin(), ranges_.end(), [bus_address](const Range &range) {
        return range.first <= bus_address && bus_address <= range.last;
    });
    return found == ranges_.end() ? nullptr : &*found;
}

/// Hypercalls name whole pages, mappings begin anywhere in theirs.
bool Story::on_page_of_packet(std::uint64_t ioba) const {
    return std::any_of(ranges_.begin(), ranges_.end(), [ioba](const Range &range) {
        return (range.first & ~smallest_page_mask) <= ioba && ioba <= range.last;
    });
}

void Story::on_packet(std::uint64_t number, const TransmitPacket &packet) {
    if (following_ || done_)
        return;
    stream_first_ = stream_end_;
    stream_end_ += packet.payload_bytes;
    if (number != packet_)
        return;
    following_ = true;
    tell(current_vcpu->now(), "guest",
         "takes a buffer of " + std::to_string(packet.payload_bytes) + " bytes at gpa " + hex(packet.payload) +
             ": system call, copy, TCP");
    mapping_ = true;
}

/// Between the buffer's choice and the doorbell every map belongs to the packet; afterwards a
/// hypercall does when it is for one of its bus addresses.
bool Story::concerns_packet(const Trace &trace) {
    if (trace.event != PORT_EV_HCALL_ENTER)
        return in_call_;
    const bool maps = trace.a == H_PUT_TCE_INDIRECT || (trace.a == H_PUT_TCE && trace.c & TCE_PERM);
    return maps ? mapping_ : on_page_of_packet(trace.b);
}

void Story::on_trace(const Trace &trace) {
    if (!following_ || !trace.vcpu || !concerns_packet(trace))
        return;
    tell_hypercall(trace);
}

void Story::tell_hypercall(const Trace &trace) {
    switch (trace.event) {
    case PORT_EV_HCALL_ENTER: {
        const bool sets = trace.a != H_STUFF_TCE && (trace.a != H_PUT_TCE || trace.c & TCE_PERM);
        if (trace.a != opcode_ || sets != set_group_)
            close_group();
        opcode_ = trace.a;
        set_group_ = sets;
        in_call_ = true;
        in_full_ = group_calls_ == 0;
        call_began_ = trace.time;
        if (in_full_) {
            group_first_ = trace.time;
            std::string text = std::string(opcode_name(trace.a)) + " ioba " + hex(trace.b);
            if (trace.a == H_PUT_TCE)
                text += ", tce " + hex(trace.c);
            else if (trace.a == H_PUT_TCE_INDIRECT)
                text += ", list at gpa " + hex(trace.c) + ", " + count_of(trace.d, "TCE");
            else
                text += ", value " + hex(trace.c) + ", " + count_of(trace.d, "page");
            tell(trace.time, "guest", text);
        }
        break;
    }
    case PORT_EV_HCALL_LEVEL:
        if (in_full_)
            tell(trace.time, level_actor(trace.b),
                 std::string(level_name(trace.b)) + " answers " + result_name(static_cast<std::int64_t>(trace.c)));
        break;
    case PORT_EV_TCE_SET:
        if (in_full_)
            tell(trace.time, "powernv",
                 "exchanges TCE " + std::to_string(trace.b) + ": " + hex(trace.c) + " -> " + hex(trace.d));
        break;
    case PORT_EV_TCE_KILL:
        if (in_full_)
            tell(trace.time, "powernv",
                 "tells the PHB to forget " + count_of(trace.c, "page") + " at ioba " + hex(trace.b) + " of PE " +
                     std::to_string(trace.a));
        break;
    case PORT_EV_HCALL_RETURN:
        if (in_full_)
            tell(trace.time, "guest",
                 std::string(opcode_name(opcode_)) + " returned " + result_name(static_cast<std::int64_t>(trace.b)) +
                     " after " + microseconds(trace.time - call_began_));
        ++group_calls_;
        group_last_ = trace.time;
        in_call_ = false;
        break;
    default:
        break;
    }
}

void Story::close_group() {
    if (group_calls_ > 1)
        tell(group_last_, "guest",
             "... and " + count_of(group_calls_ - 1, "more such call") + "; all " + std::to_string(group_calls_) +
                 " took " + microseconds(group_last_ - group_first_));
    group_calls_ = 0;
}

void Story::on_mapped(std::uint64_t bus_address, std::uint64_t bytes, std::uint64_t gpa) {
    if (!following_ || !mapping_)
        return;
    close_group();
    if (others_unmapped_) {
        tell(others_unmapped_at_, "guest",
             "first unmaps " + count_of(others_unmapped_, "mapping") + " of packets that the device has completed");
        others_unmapped_ = 0;
    }
    ranges_.push_back({bus_address, bus_address + bytes - 1});
    tell(current_vcpu->now(), "guest",
         std::to_string(bytes) + " bytes at gpa " + hex(gpa) + " are mapped at bus address " + hex(bus_address));
}

void Story::on_packet_sent(std::uint64_t number) {
    if (!following_ || number != packet_)
        return;
    mapping_ = false;
    tell(current_vcpu->now(), "guest", "has written the descriptor and rung the doorbell of the device");
}

void Story::on_access(const DmaAccess &access) {
    Range *range = following_ ? range_of(access.ioba) : nullptr;
    if (!range)
        return;
    ++range->reads;
    range->bytes += access.bytes;
    range->hits += access.from_cache;
    range->last_read = access.arrived_at;
    if (range->told)
        return;
    range->told = true;
    std::string text = "read request of " + std::to_string(access.bytes) + " bytes at ioba " + hex(access.ioba);
    if (access.fault != DmaFault::none)
        text += " refused: " + std::string(to_string(access.fault));
    else if (access.from_cache)
        text += ": TCE cache hit, hpa " + hex(access.hpa);
    else
        text += ": TCE read from the table in memory at +" + microseconds(access.sampled_at - access.arrived_at) +
                ", hpa " + hex(access.hpa);
    tell(access.arrived_at, "phb", text);
}

void Story::on_unmapped(std::uint64_t bus_address, std::uint64_t bytes) {
    const Range *range = following_ ? range_of(bus_address) : nullptr;
    if (!range) {
        if (mapping_) {
            ++others_unmapped_;
            others_unmapped_at_ = current_vcpu->now();
        }
        return;
    }
    close_group();
    tell(range->last_read, "phb",
         "last of " + count_of(range->reads, "read request") + " for these " + std::to_string(bytes) + " bytes; " +
             std::to_string(range->hits) + " hit the TCE cache");
    tell(current_vcpu->now(), "guest", "bus address " + hex(bus_address) + " is unmapped");
}

void Story::on_packet_acked(std::uint64_t number) {
    if (!following_ || number != packet_)
        return;
    tell(current_vcpu->now(), "guest", "the peer's ACK covers the packet");
    acked_ = true;
    end_if_finished();
}

void Story::on_packet_unmapped(std::uint64_t number) {
    if (!following_ || number != packet_)
        return;
    ranges_.clear(); // its bus addresses may be given to other packets now
    unmapped_ = true;
    end_if_finished();
}

void Story::end_if_finished() {
    done_ = acked_ && unmapped_;
    following_ = !done_;
}

std::vector<StoryStep> Story::steps() const {
    std::vector<StoryStep> sorted = steps_;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const StoryStep &a, const StoryStep &b) { return a.time_ps < b.time_ps; });
    return sorted;
}

} // namespace tcesim
