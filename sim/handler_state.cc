// SPDX-License-Identifier: Apache-2.0
#include "sim/handler_state.h"

#include <algorithm>
#include <cstdio>

#include "sim/inspected_tables.h"

namespace tcesim {

namespace {

std::string hexadecimal(u64 value) {
    char text[2 + 16 + 1];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

std::string number(u64 value) {
    return std::to_string(value);
}

/// One invariant: the first case that breaks it, and their number.
class Finding {
public:
    explicit Finding(const char *name) : name_(name) {}

    template <class Sentence>
    void broken(const Sentence &sentence) {
        if (!cases_++)
            first_ = sentence();
    }
    void report(HandlerState &state) const {
        state.invariants[name_] = !cases_;
        if (cases_)
            state.violations.push_back(std::string(name_) + ": " + first_ +
                                       (cases_ > 1 ? ", and " + number(cases_ - 1) + " more" : ""));
    }

private:
    const char *name_;
    std::string first_;
    u64 cases_ = 0;
};

/// A region and the entries that were found to be made from it.
struct CountedRegion {
    u32 index;
    region_state state;
    u64 entries;
    unsigned page_shift; ///< of the host

    bool contains(u64 ua, u64 size) const {
        const u64 offset = ua - state.ua, bytes = state.pages << page_shift;
        return ua >= state.ua && size <= bytes && offset <= bytes - size;
    }
};

class Scan {
public:
    Scan(const struct hcall_inspection &inspection, const user_process &process, const HandlerMemory &memory,
         const HypercallLog &calls)
        : inspection_(inspection), process_(process), memory_(memory), calls_(calls) {
        region_state region;
        for (u32 i = 0; inspection.region(&process, i, &region); ++i)
            regions_.push_back({i, region, 0, memory.host_page_shift()});
        table_state table;
        for (u32 i = 0; inspection.table(&process, i, &table); ++i)
            tables_.emplace_back(inspection, process, i, table, memory);
        values_state values;
        for (u32 i = 0; inspection.values(&process, i, &values); ++i)
            all_values_.emplace_back(inspection, process, i, values);
        for (GuestValues &each : all_values_) {
            if (calls.under_way())
                each.leave_out(*calls.under_way());
        }
    }

    HandlerState run() {
        for (const Table &table : tables_)
            scan(table);
        compare_counts();
        compare_pins();
        compare_locked_pages();
        if (calls_.too_hard())
            no_too_hard_.broken(
                [&] { return number(calls_.too_hard()) + " hypercalls answered H_TOO_HARD to the guest"; });
        HandlerState state;
        for (const Finding *finding : {&mapped_counts_, &mirror_matches_, &entries_translate_, &entries_pinned_,
                                       &views_agree_, &locked_pages_, &no_too_hard_})
            finding->report(state);
        state.needless_pins = needless_pins_;
        return state;
    }

private:
    void scan(const Table &table) {
        values_.clear();
        for (const GuestValues &values : all_values_) {
            if (inspection_.values_of(&process_, values.index, table.index))
                values_.push_back(&values);
        }
        table.for_each([&](u64 page, u64 entry, u64 ua) { judge(table, page, entry, ua); });
        for (const GuestValues *values : values_)
            values->for_each_mapped([&](u64 page, u64 value) { require_entries(table, *values, page, value); });
    }

    /// Where the guest has mapped \p page, its hardware entries must be there.
    void require_entries(const Table &table, const GuestValues &values, u64 page, u64 value) {
        const u32 subpages = values.page_shift() - table.state.page_shift;
        for (u64 entry = page << subpages; entry < (page + 1) << subpages; entry++) {
            if (!(table.entry(entry) & TCE_PERM) && !table.ua(entry))
                disagree(table, values, entry, value);
        }
    }

    static std::string place(const Table &table, u64 entry) {
        return "table " + number(table.state.number) + " at bus address " +
               hexadecimal(entry << table.state.page_shift);
    }

    void judge(const Table &table, u64 entry, u64 tce, u64 ua) {
        if (table.state.mirrored && !judge_mirrored(table, entry, tce, ua))
            return;
        if (!(tce & TCE_PERM))
            return;
        if (!table.state.mirrored)
            pinned_one_by_one_++;
        for (const GuestValues *values : values_)
            compare(table, *values, entry, tce, ua);
    }

    /// \returns whether the entry breaks nothing.
    bool judge_mirrored(const Table &table, u64 entry, u64 tce, u64 ua) {
        if (!(tce & TCE_PERM) != !ua) {
            if (!half_changed_ && call_changes(table, entry))
                half_changed_ = true;
            else
                mirror_matches_.broken([&] {
                    return place(table, entry) + " holds " + hexadecimal(tce) + ", its mirror " + hexadecimal(ua);
                });
            return false;
        }
        if (!ua)
            return true;
        CountedRegion *found = find_region(ua, u64{1} << table.state.page_shift);
        if (found)
            found->entries++;
        if (!found || table.state.page_shift > found->state.page_shift) {
            entries_pinned_.broken([&] {
                return place(table, entry) + " maps ua " + hexadecimal(ua) +
                       (found ? ", in a region for pages of at most 2^" + number(found->state.page_shift) + " bytes"
                              : ", which is in no region");
            });
            return false;
        }
        const u64 hpa = inspection_.region_hpa(&process_, found->index, ua);
        if ((tce & ~TCE_PERM) == hpa)
            return true;
        entries_translate_.broken([&] {
            return place(table, entry) + " holds " + hexadecimal(tce) + ", its mirror's ua " + hexadecimal(ua) +
                   " is hpa " + hexadecimal(hpa);
        });
        return false;
    }

    bool call_changes(const Table &table, u64 entry) const {
        return std::any_of(values_.begin(), values_.end(), [&](const GuestValues *values) {
            return values->leaves_out(entry >> (values->page_shift() - table.state.page_shift));
        });
    }

    CountedRegion *find_region(u64 ua, u64 size) {
        if (recent_ < regions_.size() && regions_[recent_].contains(ua, size))
            return &regions_[recent_];
        for (recent_ = 0; recent_ < regions_.size(); recent_++) {
            if (regions_[recent_].contains(ua, size))
                return &regions_[recent_];
        }
        return nullptr;
    }

    /// \p tce has permissions.
    void compare(const Table &table, const GuestValues &values, u64 entry, u64 tce, u64 ua) {
        const u32 subpages = values.page_shift() - table.state.page_shift;
        const u64 page = entry >> subpages;
        if (!values.covers(page))
            return;
        const u64 value = values.at(page);
        const u64 within = (entry & ((u64{1} << subpages) - 1)) << table.state.page_shift;
        if (permissions_of(value) != (tce & TCE_PERM) ||
            !same_page(memory_.ua_of((value & ~TCE_PERM) + within), tce, ua))
            disagree(table, values, entry, value);
    }

    void disagree(const Table &table, const GuestValues &values, u64 entry, u64 value) {
        views_agree_.broken([&] {
            const u64 ua = table.ua(entry);
            return place(table, entry) + " holds " + hexadecimal(table.entry(entry)) +
                   (ua ? " for ua " + hexadecimal(ua) : "") + ", " + values.keeper() + " " + hexadecimal(value);
        });
    }

    /// Write permission brings read permission into the hardware entry.
    static u64 permissions_of(u64 value) { return value & TCE_WRITE ? TCE_PERM : value & TCE_PERM; }

    /// By the mirror's \p ua, or, without a mirror, by the address in the entry.
    bool same_page(std::optional<u64> wanted, u64 tce, u64 ua) const {
        if (!wanted || ua)
            return wanted && *wanted == ua;
        const std::optional<u64> hpa = memory_.hpa_of(*wanted);
        return hpa && *hpa == (tce & ~TCE_PERM);
    }

    /// A call that maps counts its page before it exchanges the entry, one that unmaps gives the count back behind the
    /// exchange; both do so one entry at a time.
    void compare_counts() {
        const auto &call = calls_.under_way();
        u64 ahead = half_changed_ || (call && (call->opcode == H_PUT_TCE_INDIRECT || call->value & TCE_PERM)) ? 1 : 0;
        for (const CountedRegion &region : regions_) {
            const auto mapped = static_cast<u64>(region.state.mapped);
            if (mapped == region.entries + 1)
                continue;
            if (ahead && mapped == region.entries + 2) {
                ahead = 0;
                continue;
            }
            mapped_counts_.broken([&] {
                return "the region at ua " + hexadecimal(region.state.ua) +
                       " has mapped = " + std::to_string(region.state.mapped) + ", " + number(region.entries) +
                       " entries are made from it";
            });
        }
    }

    void compare_pins() {
        u64 needed = pinned_one_by_one_;
        for (const CountedRegion &region : regions_)
            needed += region.state.pinned ? region.state.pages : 0;
        if (needed > memory_.pins())
            entries_pinned_.broken([&] {
                return "regions and entries rest on " + number(needed) + " pins, there are " + number(memory_.pins());
            });
        // A call under way may hold a page whose entry is not there yet, or there no longer.
        const u64 held = needed + (calls_.under_way() ? 1 : 0);
        needless_pins_ = memory_.pins() > held ? memory_.pins() - held : 0;
    }

    void compare_locked_pages() {
        account_state account;
        inspection_.account(&process_, &account);
        u64 regions = 0, tables = 0, views = 0;
        for (const CountedRegion &region : regions_)
            regions += region.state.pinned ? region.state.pages : 0;
        for (const Table &table : tables_)
            tables += table.state.locked_pages;
        for (const GuestValues &values : all_values_)
            views += values.state.locked_pages;
        if (account.locked_pages == regions + tables + views + account.enabled_pages)
            return;
        locked_pages_.broken([&] {
            return number(account.locked_pages) + " pages are accounted as locked; regions have " + number(regions) +
                   ", tables " + number(tables) + ", views " + number(views) + ", enabled windows " +
                   number(account.enabled_pages);
        });
    }

    const struct hcall_inspection &inspection_;
    const user_process &process_;
    const HandlerMemory &memory_;
    const HypercallLog &calls_;
    std::vector<CountedRegion> regions_;
    std::vector<Table> tables_;
    std::vector<GuestValues> all_values_;
    std::vector<const GuestValues *> values_; // for the table that is scanned
    std::size_t recent_ = 0;                  // region found last
    u64 pinned_one_by_one_ = 0;
    bool half_changed_ = false; // an entry whose mirror the call under way has not reached
    u64 needless_pins_ = 0;
    Finding mapped_counts_{"mapped_counts"}, mirror_matches_{"mirror_matches"}, entries_translate_{"entries_translate"},
        entries_pinned_{"entries_pinned"}, views_agree_{"views_agree"}, locked_pages_{"locked_pages"},
        no_too_hard_{"no_too_hard"};
};

} // namespace

void HypercallLog::returned(long rc, bool measured) {
    under_way_.reset();
    too_hard_ += rc == H_TOO_HARD;
    failed_ += measured && rc != H_SUCCESS;
}

HandlerState scan_handlers(const struct hcall_inspection &inspection, const user_process &process,
                           const HandlerMemory &memory, const HypercallLog &calls) {
    return Scan(inspection, process, memory, calls).run();
}

} // namespace tcesim
