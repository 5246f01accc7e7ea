// SPDX-License-Identifier: Apache-2.0
#include "sim/handler_state.h"

#include <algorithm>
#include <cstdio>

#include "hcall/bits.h"
#include "hcall/qemu/user_tce.h"

namespace tcesim {

namespace {

constexpr u64 level_pointer_mask = ~u64{0xfff};

std::string hex(u64 value) {
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
    const mm_region *region;
    u64 entries;

    bool contains(u64 ua, u64 size) const {
        const u64 offset = ua - region->ua, bytes = region->pages << PAGE_SHIFT;
        return ua >= region->ua && size <= bytes && offset <= bytes - size;
    }
    u64 hpa_of(u64 ua) const {
        if (region->device_hpa != REGION_RAM)
            return region->device_hpa + (ua - region->ua);
        return (region->hpas[(ua - region->ua) >> PAGE_SHIFT] & ~REGION_DIRTY) | (ua & (PAGE_SIZE - 1));
    }
};

/// The guest's values for a hardware table: of a view in KVM, or of the process's own table.
class GuestValues {
public:
    GuestValues(const user_process &process, const kvm_tce_table &view)
        : page_shift_(view.page_shift), first_(view.offset), size_(view.size), process_(process), view_(&view),
          values_(nullptr) {}
    GuestValues(const user_process &process, const user_tce_table &table)
        : page_shift_(table.page_shift), first_(table.bus_offset >> table.page_shift), size_(table.entries),
          process_(process), view_(nullptr), values_(table.values) {}

    u32 page_shift() const { return page_shift_; }
    const char *keeper() const { return view_ ? "KVM's view" : "the process's table"; }

    /// Leaves out what \p call may be changing.
    void leave_out(const HypercallLog::Call &call) {
        left_out_ = call.ioba >> page_shift_;
        left_out_pages_ = call.opcode == H_PUT_TCE ? 1 : call.count;
    }
    bool covers(u64 page) const { return page - first_ < size_ && page - left_out_ >= left_out_pages_; }
    /// Value of bus page \p page, which is covered.
    u64 at(u64 page) const {
        const u64 index = page - first_;
        if (values_)
            return values_[index];
        const u64 *values = view_->pages[index / TCES_PER_PAGE];
        return values ? values[index % TCES_PER_PAGE] : 0;
    }
    /// User address that guest memory at \p gpa stands for.
    std::optional<u64> ua_of(u64 gpa) const {
        if (values_)
            return gpa < process_.ram_size ? std::optional(process_.ram_ua + gpa) : std::nullopt;
        const struct kvm &kvm = *process_.kvm;
        for (u32 i = 0; i < kvm.slot_count; i++) {
            const kvm_memslot &slot = kvm.slots[i];
            if (gpa - slot.gpa < slot.pages << PAGE_SHIFT)
                return slot.ua + (gpa - slot.gpa);
        }
        return std::nullopt;
    }
    /// Calls \p visit(page, value) for each covered value with permissions.
    template <class Visit>
    void for_each_mapped(const Visit &visit) const {
        for (u64 first = 0; first < size_; first += TCES_PER_PAGE) {
            const u64 *values = values_ ? values_ + first : view_->pages[first / TCES_PER_PAGE];
            const u64 count = values ? std::min<u64>(TCES_PER_PAGE, size_ - first) : 0;
            for (u64 i = 0; i < count; i++) {
                if (values[i] & TCE_PERM && covers(first_ + first + i))
                    visit(first_ + first + i, values[i]);
            }
        }
    }

private:
    u32 page_shift_;
    u64 first_, size_; // in pages of the bus
    const user_process &process_;
    const kvm_tce_table *view_;
    const u64 *values_;
    u64 left_out_ = 0, left_out_pages_ = 0;
};

class Scan {
public:
    Scan(const user_process &process, const HandlerMemory &memory, const HypercallLog &calls)
        : process_(process), mm_(*process.kvm->mm), memory_(memory), calls_(calls) {
        list_for_each(region, &mm_.regions, struct mm_region, list) regions_.push_back({region, 0});
        find_tables();
    }

    HandlerState run() {
        for (const iommu_table *table : tables_)
            scan(*table);
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
        return state;
    }

private:
    /// The container's windows, and what KVM still holds of removed ones.
    void find_tables() {
        for (const iommu_table *table : process_.container->tables) {
            if (table)
                tables_.push_back(table);
        }
        list_for_each(view, &process_.kvm->tables, struct kvm_tce_table, list) {
            list_for_each(link, &view->links, struct kvm_tce_link, list) {
                if (std::find(tables_.begin(), tables_.end(), link->table) == tables_.end())
                    tables_.push_back(link->table);
            }
        }
    }

    std::vector<GuestValues> values_for(const iommu_table &table) const {
        std::vector<GuestValues> all;
        list_for_each(view, &process_.kvm->tables, struct kvm_tce_table, list) {
            list_for_each(link, &view->links, struct kvm_tce_link, list) {
                if (link->table == &table)
                    all.emplace_back(process_, *view);
            }
        }
        list_for_each(own, &process_.tables, struct user_tce_table, list) {
            if (own->values && iommu_table_contains(&table, own->bus_offset >> table.page_shift, 1))
                all.emplace_back(process_, *own);
        }
        for (GuestValues &values : all) {
            if (calls_.under_way())
                values.leave_out(*calls_.under_way());
        }
        return all;
    }

    void scan(const iommu_table &table) {
        values_ = values_for(table);
        scan_level(table, table.base, table.mirror, table.levels - 1, 0);
        for (const GuestValues &values : values_)
            values.for_each_mapped([&](u64 page, u64 value) { require_entries(table, values, page, value); });
    }

    /// \p hardware and \p mirror: the same level of both trees, either absent; \p first: its first index.
    void scan_level(const iommu_table &table, const u64 *hardware, const u64 *mirror, u32 below, u64 first) {
        const u32 shift = below * log2_floor(table.level_size);
        for (u64 i = 0; i < table.level_size && first + (i << shift) < table.size; i++) {
            const u64 entry = hardware ? be64(hardware[i]) : 0;
            const u64 twin = mirror ? be64(mirror[i]) : 0;
            if (!(entry | twin))
                continue;
            if (!below)
                judge(table, table.offset + first + i, entry, twin);
            else
                scan_level(table, next_level(entry), next_level(twin), below - 1, first + (i << shift));
        }
    }

    const u64 *next_level(u64 inner) const { return inner ? memory_.level(inner & level_pointer_mask) : nullptr; }

    /// Entry of the tree below \p level, 0 where a level is absent.
    u64 entry_at(const iommu_table &table, const u64 *level, u64 entry) const {
        const u32 shift = log2_floor(table.level_size);
        for (u32 below = table.levels - 1; level; below--) {
            const u64 value = be64(level[(entry - table.offset) >> (below * shift) & (table.level_size - 1)]);
            if (!below)
                return value;
            level = next_level(value);
        }
        return 0;
    }

    /// Where the guest has mapped \p page, its hardware entries must be there.
    void require_entries(const iommu_table &table, const GuestValues &values, u64 page, u64 value) {
        const u32 subpages = values.page_shift() - table.page_shift;
        for (u64 entry = page << subpages; entry < (page + 1) << subpages; entry++) {
            if (!(entry_at(table, table.base, entry) & TCE_PERM) && !entry_at(table, table.mirror, entry))
                disagree(table, values, entry, value);
        }
    }

    static std::string place(const iommu_table &table, u64 entry) {
        return "table " + number(table.number) + " at bus address " + hex(entry << table.page_shift);
    }

    void judge(const iommu_table &table, u64 entry, u64 tce, u64 ua) {
        if (table.mirror && !judge_mirrored(table, entry, tce, ua))
            return;
        if (!(tce & TCE_PERM))
            return;
        if (!table.mirror)
            pinned_one_by_one_++;
        for (const GuestValues &values : values_)
            compare(table, values, entry, tce, ua);
    }

    /// \returns whether the entry breaks nothing.

    bool judge_mirrored(const iommu_table &table, u64 entry, u64 tce, u64 ua) {
        if (!(tce & TCE_PERM) != !ua) {
            mirror_matches_.broken(
                [&] { return place(table, entry) + " holds " + hex(tce) + ", its mirror " + hex(ua); });
            return false;
        }
        if (!ua)
            return true;
        CountedRegion *found = find_region(ua, u64{1} << table.page_shift);
        if (found)
            found->entries++;
        if (!found || table.page_shift > found->region->page_shift) {
            entries_pinned_.broken([&] {
                return place(table, entry) + " maps ua " + hex(ua) +
                       (found ? ", in a region for pages of at most 2^" + number(found->region->page_shift) + " bytes"
                              : ", which is in no region");
            });
            return false;
        }
        const u64 hpa = found->hpa_of(ua);
        if ((tce & ~TCE_PERM) == hpa)
            return true;
        entries_translate_.broken([&] {
            return place(table, entry) + " holds " + hex(tce) + ", its mirror's ua " + hex(ua) + " is hpa " + hex(hpa);
        });
        return false;
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
    void compare(const iommu_table &table, const GuestValues &values, u64 entry, u64 tce, u64 ua) {
        const u32 subpages = values.page_shift() - table.page_shift;
        const u64 page = entry >> subpages;
        if (!values.covers(page))
            return;
        const u64 value = values.at(page);
        const u64 within = (entry & ((u64{1} << subpages) - 1)) << table.page_shift;
        if (permissions_of(value) != (tce & TCE_PERM) ||
            !same_page(values.ua_of((value & ~TCE_PERM) + within), tce, ua))
            disagree(table, values, entry, value);
    }

    void disagree(const iommu_table &table, const GuestValues &values, u64 entry, u64 value) {
        views_agree_.broken([&] {
            const u64 ua = entry_at(table, table.mirror, entry);
            return place(table, entry) + " holds " + hex(entry_at(table, table.base, entry)) +
                   (ua ? " for ua " + hex(ua) : "") + ", " + values.keeper() + " " + hex(value);
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

    /// A call that maps counts its page before it exchanges the entry; it does so one page at a time.
    void compare_counts() {
        const auto &call = calls_.under_way();
        u64 ahead = call && (call->opcode == H_PUT_TCE_INDIRECT || call->value & TCE_PERM) ? 1 : 0;
        for (const auto &[region, entries] : regions_) {
            const auto mapped = static_cast<u64>(region->mapped);
            if (mapped == entries + 1)
                continue;
            if (ahead && mapped == entries + 2) {
                ahead = 0;
                continue;
            }
            mapped_counts_.broken([&, region = region, entries = entries] {
                return "the region at ua " + hex(region->ua) + " has mapped = " + std::to_string(region->mapped) +
                       ", " + number(entries) + " entries are made from it";
            });
        }
    }

    void compare_pins() {
        u64 needed = pinned_one_by_one_;
        for (const auto &counted : regions_)
            needed += counted.region->device_hpa == REGION_RAM ? counted.region->pages : 0;
        if (needed > memory_.pins())
            entries_pinned_.broken([&] {
                return "regions and entries rest on " + number(needed) + " pins, there are " + number(memory_.pins());
            });
    }

    void compare_locked_pages() {
        u64 regions = 0, tables = 0, views = 0;
        const vfio_container &container = *process_.container;
        for (const auto &counted : regions_)
            regions += counted.region->device_hpa == REGION_RAM ? counted.region->pages : 0;
        for (const iommu_table *table : container.tables)
            tables += container.version == 2 && table ? table->allocated_size >> PAGE_SHIFT : 0;
        list_for_each(view, &process_.kvm->tables, struct kvm_tce_table, list) views += charge(*view);
        if (mm_.locked_pages == regions + tables + views + container.enabled_pages)
            return;
        locked_pages_.broken([&] {
            return number(mm_.locked_pages) + " pages are accounted as locked; regions have " + number(regions) +
                   ", tables " + number(tables) + ", views " + number(views) + ", enabled windows " +
                   number(container.enabled_pages);
        });
    }

    /// Value pages, present or not, and the descriptor with its array of them.
    static u64 charge(const kvm_tce_table &view) {
        const u64 descriptor = sizeof(view) + view.page_count * sizeof(u64 *);
        return view.page_count + (round_up(descriptor, PAGE_SIZE) >> PAGE_SHIFT);
    }

    const user_process &process_;
    const mm_context &mm_;
    const HandlerMemory &memory_;
    const HypercallLog &calls_;
    std::vector<CountedRegion> regions_;
    std::vector<const iommu_table *> tables_;
    std::vector<GuestValues> values_; // of the table that is scanned
    std::size_t recent_ = 0;          // region found last
    u64 pinned_one_by_one_ = 0;
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

HandlerState scan_handlers(const user_process &process, const HandlerMemory &memory, const HypercallLog &calls) {
    return Scan(process, memory, calls).run();
}

} // namespace tcesim
