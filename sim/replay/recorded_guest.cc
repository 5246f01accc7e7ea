// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/recorded_guest.h"

#include <algorithm>
#include <cstring>

#include "sim/machine_parameters.h"
#include "sim/replay/replay_text.h"

namespace tcesim::replay {

namespace {

constexpr std::uint64_t events_between_reports = 1024;
constexpr std::size_t vcpus_max = 4096; // that are in a call at a time

void add_entries(CallFigures &figures, std::uint64_t tce, std::uint64_t entries) {
    (tce & TCE_PERM ? figures.set : figures.cleared) += entries;
}

} // namespace

// ---- set-up ----

std::string RecordedGuest::open() {
    std::uint32_t pe = address_map::pe;
    pes_[0] = pe; // the machine's own device
    for (const std::uint64_t bridge : log_.survey.bridges)
        if (bridge != 0)
            pes_[bridge] = ++pe;
    if (pe >= parts_.phb.parameters().pe_count)
        return "the log has " + std::to_string(pes_.size()) + " bridges, more than this bridge has PEs for";
    for (const auto &[bridge, number] : pes_) {
        if (bridge == 0)
            continue;
        const std::uint64_t liobn = pci_liobn | bridge << 8;
        const auto shape = log_.survey.windows.find(liobn);
        hcall_setup setup = handlers_setup(parts_.config);
        setup.pe = number;
        setup.window.liobn = liobn;
        if (shape != log_.survey.windows.end())
            setup.window.size = shape->second.size;
        if (const long rc = parts_.handlers.surface->machine.add_bridge(&setup, &parts_.handlers_machine))
            return "the device of " + hex_text(liobn) + " cannot be passed through: errno " + std::to_string(-rc);
    }
    for (const auto &[liobn, shape] : log_.survey.windows) {
        if (!is_pci(liobn))
            if (const long rc = parts_.handlers.surface->machine.add_vio_device(&parts_.handlers_machine, liobn))
                return "the device " + hex_text(liobn) + " cannot be made: errno " + std::to_string(-rc);
        windows_[liobn].shape = shape;
        windows_[liobn].liobn = liobn;
    }
    return "";
}

// ---- the log ----

/// Nothing may be thrown through a thread of the simulation.
void RecordedGuest::run(Vcpu &vcpu) {
    vcpu_ = &vcpu;
    try {
        replay_log();
    } catch (const BadLog &bad) {
        problem_ = bad.what();
    }
    finished_ = true;
    parts_.timeline.stop();
}

void RecordedGuest::replay_log() {
    TraceReader reader(open_file(log_.path));
    TraceEvent event;
    for (std::uint64_t events = 0; reader.next(&event); ++events) {
        line_ = reader.line();
        if (events % events_between_reports == 0)
            advance_(events);
        replay(event);
    }
    settle_resets();
    for (const auto &[unused, pending] : pending_) {
        line_ = pending.line;
        make(pending.call);
    }
    vcpu_->fold();
    for (const auto &[liobn, window] : windows_)
        if (window.table.live() != 0)
            figures_.live[liobn] = window.table.live();
}

void RecordedGuest::replay(const TraceEvent &event) {
    if (event.kind == EventKind::new_table)
        return new_table(event);
    if (event.kind != EventKind::ddw_create && event.kind != EventKind::ddw_remove &&
        event.kind != EventKind::ddw_reset)
        settle_resets();
    switch (event.kind) {
    case EventKind::put:
    case EventKind::get:
    case EventKind::indirect:
    case EventKind::stuff:
        rest(event);
        return make(call_of(event, shape_of(event.liobn)));
    case EventKind::kvm_enter:
        return enter_kvm(event);
    case EventKind::kvm_exit:
        return leave_kvm(event);
    case EventKind::xlate:
        return check_translation(event);
    case EventKind::ddw_create:
        return create_window(event);
    case EventKind::ddw_remove:
        return remove_window(event);
    case EventKind::ddw_reset:
        return reset_bridge(event);
    default:
        return;
    }
}

/// Lets the guest do what it did between its calls, if that took so long.
void RecordedGuest::rest(const TraceEvent &event) {
    if (log_.pace.millionths == 0 || !event.has_time)
        return;
    if (!started_) {
        started_ = true;
        started_at_ = event.time;
    }
    vcpu_->fold();
    const ps_t now = vcpu_->now();
    const ps_t when = event.time > started_at_ ? log_.pace.scaled(event.time - started_at_) : 0;
    if (when > now) {
        vcpu_->rest_until(when);
        figures_.between_ps += when - now;
    }
}

Part RecordedGuest::part() const {
    const Survey &survey = log_.survey;
    if (survey.first_map == 0 || calls_ < survey.first_map)
        return Part::before;
    return calls_ > survey.last_map ? Part::after : Part::between;
}

WindowShape RecordedGuest::shape_of(std::uint64_t liobn) const {
    const auto found = windows_.find(liobn);
    return found == windows_.end() ? WindowShape() : found->second.shape;
}

RecordedGuest::Window *RecordedGuest::window_of(std::uint64_t liobn) {
    const auto found = windows_.find(liobn);
    return found == windows_.end() ? nullptr : &found->second;
}

void RecordedGuest::differ(std::uint64_t &count, const std::string &text) {
    ++count;
    if (figures_.differences.size() < ReplayFigures::shown_max)
        figures_.differences.push_back("line " + std::to_string(line_) + ": " + text);
}

// ---- calls ----

void RecordedGuest::enter_kvm(const TraceEvent &event) {
    rest(event);
    const auto lost = pending_.find(event.thread);
    if (lost != pending_.end()) // the line of its end is missing
        make(lost->second.call);
    const RecordedCall call = call_of_kvm(event, shape_of(event.liobn));
    if (lost == pending_.end() && pending_.size() == vcpus_max) // whose end is not waited for
        return make(call);
    pending_[event.thread] = {call, line_};
}

void RecordedGuest::leave_kvm(const TraceEvent &event) {
    const auto found = pending_.find(event.thread);
    if (found == pending_.end())
        return;
    RecordedCall call = found->second.call;
    pending_.erase(found);
    call.answered = !event.too_hard;
    call.ret = event.ret;
    make(call);
}

void RecordedGuest::make(const RecordedCall &call) {
    ++calls_;
    Window *const window = window_of(call.liobn);
    // The log begins after the window was made: nothing tells its pages.
    if (window == nullptr && call.ret == 0) {
        ++figures_.left_out;
        return;
    }
    figures_.unanswered += !call.answered;
    figures_.guessed_lists += !call.list_known;
    figures_.unknown_starts += !call.start_known;
    issue(call, window);
}

/// What the guest does before the call is its own work, which the log does not tell of: free of charge.
void RecordedGuest::write_list(const RecordedCall &call) {
    const std::uint64_t entries = std::min<std::uint64_t>(call.pages, TCE_LIST_MAX);
    const std::uint64_t bytes = entries * sizeof(std::uint64_t), ram = parts_.port.ram().size;
    if (bytes > ram || call.value > ram - bytes)
        return;
    for (std::uint64_t i = 0; i < entries; ++i) {
        const std::uint64_t big_endian = __builtin_bswap64(call.tce(i));
        std::memcpy(parts_.port.guest_memory(call.value + i * sizeof(big_endian)), &big_endian, sizeof(big_endian));
    }
}

void RecordedGuest::issue(const RecordedCall &call, Window *window) {
    if (call.opcode_is_list())
        write_list(call);
    vcpu_->fold();
    const ps_t begin = vcpu_->now();
    const VcpuCounters before = vcpu_->counters();
    std::uint64_t result = 0;
    const std::uint64_t liobn = window != nullptr ? window->liobn : call.liobn;
    const std::uint64_t count = call.opcode == H_PUT_TCE || call.opcode == H_GET_TCE ? 0 : call.pages;
    const long rc = parts_.handlers.surface->machine.hypercall(&parts_.handlers_machine, call.opcode, liobn, call.ioba,
                                                               call.value, count, &result);
    vcpu_->fold();
    CallFigures figures;
    figures.calls = 1;
    figures.ps = vcpu_->now() - begin;
    figures.exits_to_host = vcpu_->counters().exits_to_host - before.exits_to_host;
    figures.exits_to_user = vcpu_->counters().exits_to_user - before.exits_to_user;
    if (call.answered && rc != call.ret)
        differ(figures_.wrong_codes,
               call_text(call) + " answered " + std::to_string(rc) + ", recorded is " + std::to_string(call.ret));
    else if (call.opcode == H_GET_TCE && rc == H_SUCCESS && call.answered && log_.survey.kind == LogKind::qemu &&
             result != call.value)
        differ(figures_.wrong_codes,
               call_text(call) + " found " + hex_text(result) + ", recorded is " + hex_text(call.value));
    if (rc == H_SUCCESS)
        remember(call, window, figures);
    figures_.devices[window != nullptr ? call.liobn : ReplayFigures::no_window][static_cast<std::size_t>(part())].add(
        figures);
}

/// What the guest believes in from now on.
void RecordedGuest::remember(const RecordedCall &call, Window *window, CallFigures &figures) {
    if (call.opcode == H_GET_TCE || window == nullptr)
        return;
    const std::uint64_t first = (call.ioba - window->shape.base) >> window->shape.page_shift;
    const bool busy = part() == Part::between;
    for (std::uint64_t i = 0; i < call.pages; ++i) {
        const std::uint64_t tce = call.tce(i);
        const std::uint64_t before = window->table.set(first + i, tce);
        figures_.mapped_over += tce & TCE_PERM && before & TCE_PERM;
        figures_.unmapped_empty += busy && !(tce & TCE_PERM) && !(before & TCE_PERM);
        add_entries(figures, tce, 1);
    }
}

// ---- translations ----

/// What the device would get now, without caches: from the table that hardware walks, or for an emulated device from
/// the guest's own. No time passes.
std::optional<std::uint64_t> RecordedGuest::translated(const TraceEvent &event, Window &window, std::uint64_t *perm) {
    const std::uint64_t address = window.shape.base + event.ioba;
    if (is_pci(event.liobn)) {
        std::uint32_t shift = 0;
        const std::uint64_t tce = parts_.phb.tce_in_memory(pe_of(event.liobn), address, &shift);
        *perm = tce & TCE_PERM;
        const std::uint64_t page = (1ULL << shift) - 1;
        if (*perm == 0)
            return std::nullopt;
        return (tce & ~page & ~(0xfULL << 60)) - parts_.port.ram().hpa + (address & page);
    }
    Vcpu *const running = current_vcpu;
    Meter *const meter = use_meter(nullptr);
    current_vcpu = nullptr;
    std::uint64_t gpa = 0;
    *perm = 0;
    for (const std::uint64_t access : {TCE_READ, TCE_WRITE})
        if (parts_.handlers.surface->machine.translate(&parts_.handlers_machine, window.liobn, address, access, &gpa) ==
            0)
            *perm |= access;
    current_vcpu = running;
    use_meter(meter);
    return *perm != 0 ? std::optional(gpa) : std::nullopt;
}

void RecordedGuest::check_translation(const TraceEvent &event) {
    Window *const window = window_of(event.liobn);
    if (window == nullptr || (is_pci(event.liobn) && pes_.count(bridge_of(event.liobn)) == 0)) {
        ++figures_.left_out;
        return;
    }
    vcpu_->sync();
    ++figures_.translations;
    std::uint64_t perm = 0;
    const std::optional<std::uint64_t> got = translated(event, *window, &perm);
    const std::uint64_t below = event.perm != 0 ? event.mask & 0xffffffff : 0;
    const std::uint64_t wanted = (event.tce & ~below) | (event.ioba & below);
    // User space asks VFIO for reading whatever the TCE says.
    const bool permitted = perm == event.perm || (event.perm == TCE_WRITE && perm == TCE_PERM);
    if (event.perm == 0 ? got.has_value() : !got || *got != wanted || !permitted)
        differ(figures_.wrong_translations, "offset " + hex_text(event.ioba) + " of " + hex_text(event.liobn) +
                                                " leads " + (got ? "to " + hex_text(*got) : "nowhere") +
                                                ", recorded is " +
                                                (event.perm != 0 ? hex_text(wanted) : std::string("nowhere")));
}

} // namespace tcesim::replay
