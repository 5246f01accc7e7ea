// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/log/survey.h"

#include "hcall/abi.h"
#include "sim/replay/log/trace_counts.h"

namespace tcesim::replay {

namespace {

constexpr std::uint64_t vio_window = 1ULL << 28;
constexpr std::uint64_t least_window = 1ULL << 20;
constexpr std::uint64_t largest_default_window = 1ULL << 40;
constexpr std::uint64_t memory_unit = 1ULL << 28;
constexpr std::size_t vcpus_counted = 64;
constexpr std::size_t windows_max = 64;

class Surveyor {
public:
    Survey take(TraceReader &reader) {
        TraceEvent event;
        while (reader.next(&event))
            add(event);
        survey_.statistics = reader.statistics();
        survey_.kind = survey_.statistics.kind;
        survey_.events = survey_.statistics.total();
        return std::move(survey_);
    }

private:
    void add(const TraceEvent &event) {
        survey_.timed |= event.has_time;
        switch (event.kind) {
        case EventKind::put:
        case EventKind::get:
        case EventKind::indirect:
        case EventKind::stuff:
            return add_call(event, call_of(event, shape_of(event.liobn)));
        case EventKind::kvm_enter:
            return add_call(event, call_of_kvm(event, shape_of(event.liobn)));
        case EventKind::new_table:
            if (known(event.liobn) && (event.liobn & 0xff) == 0)
                default_window(event.liobn);
            return;
        case EventKind::ddw_create:
            if (event.page != 0 && known(event.liobn)) {
                dynamic_[event.liobn] = {event.ioba, event.size,
                                         static_cast<std::uint32_t>(__builtin_ctzll(event.page))};
                survey_.bridges.insert(bridge_of(event.liobn));
            }
            return;
        case EventKind::ddw_remove:
            dynamic_.erase(event.liobn);
            return;
        case EventKind::ddw_reset:
            dynamic_.clear();
            return;
        default:
            return;
        }
    }

    static bool known(std::uint64_t liobn) { return liobn <= 0xffffffff; }

    WindowShape shape_of(std::uint64_t liobn) const {
        const auto found = dynamic_.find(liobn);
        return found != dynamic_.end() ? found->second : WindowShape();
    }

    /// The window of a LIOBN that no ddw_create has made.
    WindowShape *default_window(std::uint64_t liobn) {
        const auto found = survey_.windows.find(liobn);
        if (found != survey_.windows.end())
            return &found->second;
        if (survey_.windows.size() == windows_max || (is_pci(liobn) && (liobn & 0xff) != 0))
            return nullptr;
        if (is_pci(liobn))
            survey_.bridges.insert(bridge_of(liobn));
        return &(survey_.windows[liobn] = {0, is_pci(liobn) ? least_window : vio_window, 12});
    }

    void add_call(const TraceEvent &event, const RecordedCall &call) {
        ++survey_.calls;
        if (survey_.vcpus.size() < vcpus_counted)
            survey_.vcpus.insert(event.thread);
        survey_.lists |= call.opcode == H_STUFF_TCE || call.opcode == H_PUT_TCE_INDIRECT;
        const bool maps = call.opcode != H_GET_TCE && call.tce(0) & TCE_PERM;
        if (maps)
            survey_.last_map = survey_.calls;
        if (maps && survey_.first_map == 0)
            survey_.first_map = survey_.calls;
        if (call.ret != 0)
            return;
        add_memory(call, shape_of(call.liobn).page_shift);
        if (dynamic_.count(call.liobn) == 0 && known(call.liobn))
            add_range(call);
    }

    void add_memory(const RecordedCall &call, std::uint32_t page_shift) {
        if (call.opcode_is_list())
            name(call.value | (TCE_LIST_MAX * 8 - 1));
        if (call.opcode == H_GET_TCE || !call.list_known || call.pages == 0)
            return;
        const std::uint64_t last = call.tce(call.opcode_is_list() ? call.pages - 1 : 0);
        if (last & TCE_PERM)
            name(last | ((1ULL << page_shift) - 1));
    }

    void name(std::uint64_t gpa) {
        if (gpa >= memory_limit)
            ++survey_.beyond;
        else if (gpa > survey_.highest)
            survey_.highest = gpa;
    }

    void add_range(const RecordedCall &call) {
        WindowShape *const window = default_window(call.liobn);
        const std::uint64_t end = call.ioba + (call.pages << 12);
        if (window == nullptr || !is_pci(call.liobn) || end > largest_default_window || end < call.ioba)
            return;
        while (window->size < end)
            window->size *= 2;
    }

    Survey survey_;
    std::map<std::uint64_t, WindowShape> dynamic_;
};

} // namespace

std::uint64_t Survey::memory() const {
    return (highest / memory_unit + 1) * memory_unit;
}

Survey survey(TraceReader &reader, const std::string &name) {
    Survey found = Surveyor().take(reader);
    need_events(found.statistics, name);
    if (found.kind == LogKind::opcodes || found.kind == LogKind::dma)
        throw BadLog(name + " holds " + name_of(found.kind) +
                     (found.kind == LogKind::opcodes ? ", which do not tell the arguments of calls"
                                                     : ", which tell what drivers map and not the calls for it") +
                     "; --parse-only counts them, and QEMU's spapr_iommu_* or kvm_hv:kvm_hcall_* can be replayed");
    if (found.calls == 0)
        throw BadLog(name + " holds no hypercall, only other events; --parse-only counts them");
    return found;
}

} // namespace tcesim::replay
