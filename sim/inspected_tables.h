// SPDX-License-Identifier: Apache-2.0
/// \file
/// Tables of the handlers' state by the page of the bus, as hcall/inspect.h tells of them.
#ifndef TCESIM_SIM_INSPECTED_TABLES_H
#define TCESIM_SIM_INSPECTED_TABLES_H

#include <algorithm>

#include "hcall/bits.h"
#include "sim/handler_state.h"

namespace tcesim {

/// A number for each page from a first one on, as hcall/inspect.h tells it; remembers the run asked for last.
class Runs {
public:
    using Source = const u64 *(*)(const user_process *process, u32 index, u64 page, u64 *count);

    Runs(Source source, const user_process &process, u32 index, u64 end)
        : source_(source), process_(process), index_(index), end_(end) {}

    /// Moves to the run of \p page, which lies before the end.
    void seek(u64 page) const {
        if (page - first_ < count_)
            return;
        first_ = page;
        numbers_ = source_(&process_, index_, page, &count_);
        count_ = std::min(std::max<u64>(count_, 1), end_ - page);
    }
    u64 at(u64 page) const {
        seek(page);
        return numbers_ ? numbers_[page - first_] : 0;
    }
    /// Of the run: the number of \p page and those behind it, nullptr where they are 0.
    const u64 *from(u64 page) const { return numbers_ ? numbers_ + (page - first_) : nullptr; }
    u64 left(u64 page) const { return count_ - (page - first_); }

private:
    Source source_;
    const user_process &process_;
    u32 index_;
    u64 end_;
    mutable u64 first_ = 0, count_ = 0;
    mutable const u64 *numbers_ = nullptr;
};

/// A hardware table with its mirror.
class Table {
public:
    Table(const struct hcall_inspection &inspection, const user_process &process, u32 index, const table_state &state,
          const HandlerMemory &memory)
        : state(state), index(index), memory_(memory), level_shift_(log2_floor(state.level_size)),
          mirror_(inspection.mirror, process, index, end()) {}

    const table_state state;
    const u32 index;

    /// Behind the last page of the bus.
    u64 end() const { return state.offset + state.size; }

    /// The entries of \p page and behind it, as they stand in memory, \p count in all; nullptr where a level is absent.
    const u64 *entries(u64 page, u64 &count) const {
        u64 entry = page - state.offset;
        const u64 *level = state.base;
        for (u32 below = state.levels - 1; below; --below) {
            const u64 span = u64{1} << (below * level_shift_);
            const u64 inner = be64(level[entry / span & (state.level_size - 1)]);
            count = std::min(span - entry % span, end() - page);
            if (!inner)
                return nullptr;
            level = memory_.level(inner & ~u64{0xfff});
        }
        entry &= state.level_size - 1;
        count = std::min(state.level_size - entry, end() - page);
        return level + entry;
    }
    u64 entry(u64 page) const {
        u64 count;
        const u64 *found = entries(page, count);
        return found ? be64(*found) : 0;
    }
    u64 ua(u64 page) const { return state.mirrored ? be64(mirror_.at(page)) : 0; }

    /// Calls \p visit(page, entry, ua) for each page where one of the two is not 0.
    template <class Visit>
    void for_each(const Visit &visit) const {
        u64 count;
        for (u64 first = state.offset; first < end(); first += count) {
            const u64 *hardware = entries(first, count), *twin = nullptr;
            if (state.mirrored) {
                mirror_.seek(first);
                twin = mirror_.from(first);
                count = std::min(count, mirror_.left(first));
            }
            for (u64 i = 0; (hardware || twin) && i < count; ++i) {
                const u64 entry = hardware ? hardware[i] : 0, ua = twin ? twin[i] : 0;
                if (entry | ua)
                    visit(first + i, be64(entry), be64(ua));
            }
        }
    }

private:
    const HandlerMemory &memory_;
    const u32 level_shift_;
    Runs mirror_;
};

/// The guest's values for a part of the bus: in KVM, or in the process.
class GuestValues {
public:
    GuestValues(const struct hcall_inspection &inspection, const user_process &process, u32 index,
                const values_state &state)
        : state(state), index(index), values_(inspection.value, process, index, end()),
          pages_(inspection.value_pages(&process, index, &first_page_, &end_page_, &page_count_)) {}

    const values_state state;
    const u32 index;

    u32 page_shift() const { return state.page_shift; }
    const char *keeper() const { return state.in_kernel ? "KVM's view" : "the process's table"; }

    /// Leaves out what \p call may be changing.
    void leave_out(const HypercallLog::Call &call) {
        left_out_ = call.ioba >> state.page_shift;
        left_out_pages_ = call.opcode == H_PUT_TCE ? 1 : call.count;
    }
    bool leaves_out(u64 page) const { return page - left_out_ < left_out_pages_; }
    bool covers(u64 page) const { return page - state.offset < state.size && !leaves_out(page); }
    /// Value of bus page \p page, which is covered.
    u64 at(u64 page) const { return values_.at(page); }
    /// Calls \p visit(page, value) for each covered value with permissions.
    template <class Visit>
    void for_each_mapped(const Visit &visit) const {
        u64 count;
        for (u64 first = behind_absent(state.offset); first < end(); first = behind_absent(first + count)) {
            values_.seek(first);
            count = values_.left(first);
            const u64 *values = values_.from(first);
            for (u64 i = 0; values && i < count; i++) {
                if (values[i] & TCE_PERM && covers(first + i))
                    visit(first + i, values[i]);
            }
        }
    }

private:
    u64 end() const { return state.offset + state.size; }
    /// \p first, or where the next page of values begins if it is in none.
    u64 behind_absent(u64 first) const {
        if (!pages_)
            return first;
        u64 page = (first - state.offset) / TCES_PER_PAGE;
        if (page >= page_count_ || pages_[page])
            return first;
        page = std::max(page, first_page_);
        while (page < end_page_ && !pages_[page])
            ++page;
        if (page >= end_page_)
            page = page_count_;
        return state.offset + page * TCES_PER_PAGE;
    }

    Runs values_;
    u64 first_page_ = 0, end_page_ = 0, page_count_ = 0; // of values in KVM
    const u64 *const *pages_;
    u64 left_out_ = 0, left_out_pages_ = 0;
};

} // namespace tcesim

#endif
