// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/log/trace_reader.h"

#include <numeric>

#include "hcall/abi.h"
#include "sim/replay/log/linux_line.h"
#include "sim/replay/log/qemu_line.h"

namespace tcesim::replay {

namespace {

constexpr std::size_t excerpt_size = 100;
constexpr std::size_t vcpus_max = 4096; // that are told apart

bool is_tce_opcode(std::uint64_t opcode) {
    return opcode == H_GET_TCE || opcode == H_PUT_TCE || opcode == H_STUFF_TCE || opcode == H_PUT_TCE_INDIRECT;
}

std::string excerpt(std::string_view line) {
    std::string text(line.substr(0, excerpt_size));
    for (char &c : text)
        if (c < ' ' || c > '~')
            c = '?';
    return line.size() > excerpt_size ? text + "..." : text;
}

} // namespace

std::uint64_t ReadStatistics::total() const {
    return std::accumulate(events.begin(), events.end(), std::uint64_t{0});
}

void TraceReader::refuse(std::string_view line) {
    ++statistics_.broken;
    if (statistics_.shown.size() < ReadStatistics::shown_max)
        statistics_.shown.push_back({lines_.number(), excerpt(line)});
}

/// Where the number of a hypercall is in the line, the others do not count; KVM's line of the end has none.
bool TraceReader::of_tces(const TraceEvent &event) {
    switch (event.kind) {
    case EventKind::opcode_enter:
    case EventKind::opcode_exit:
        return is_tce_opcode(event.opcode);
    case EventKind::kvm_enter: {
        const bool ours = is_tce_opcode(event.opcode);
        if (in_tce_call_.size() < vcpus_max || in_tce_call_.count(event.thread) != 0)
            in_tce_call_[event.thread] = ours;
        return ours;
    }
    case EventKind::kvm_exit: {
        const auto found = in_tce_call_.find(event.thread);
        if (found == in_tce_call_.end() || !found->second)
            return false;
        found->second = false;
        return true;
    }
    default:
        return true;
    }
}

/// Whether \p line is an event of the log's kind.
bool TraceReader::take(std::string_view line, TraceEvent *event) {
    LineIs is = linux_ ? LineIs::other : parse_qemu_line(line, event);
    if (is == LineIs::other) {
        is = parse_linux_line(line, event);
        if (is == LineIs::other && linux_)
            is = parse_qemu_line(line, event);
        else if (is == LineIs::event)
            linux_ = true;
    }
    if (is == LineIs::broken || (is == LineIs::event && lines_.too_long())) {
        refuse(line);
        return false;
    }
    if (is == LineIs::other || !of_tces(*event)) {
        ++statistics_.other;
        return false;
    }
    const LogKind kind = log_of(event->kind);
    if (statistics_.kind == LogKind::none)
        statistics_.kind = kind;
    if (kind != statistics_.kind) {
        ++statistics_.foreign;
        return false;
    }
    ++statistics_.events[static_cast<std::size_t>(event->kind)];
    return true;
}

bool TraceReader::next(TraceEvent *event) {
    std::string_view line;
    while (lines_.next(&line)) {
        ++statistics_.lines;
        event->pieces = 0;
        event->device = {};
        if (take(line, event))
            return true;
    }
    statistics_.cut_off = lines_.cut_off();
    return false;
}

} // namespace tcesim::replay
