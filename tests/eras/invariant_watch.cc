// SPDX-License-Identifier: Apache-2.0
#include "tests/eras/invariant_watch.h"

#include <algorithm>

namespace tcesim::test {

namespace {

std::string hex(u64 value) {
    char text[19];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

u64 page_bytes(const iommu_table &table) {
    return u64(1) << table.page_shift;
}

} // namespace

u64 hardware_entry(iommu_table *table, u64 entry) {
    const u64 *slot = iommu_table_slot(table, entry, false);
    return slot ? big_endian(*slot) : 0;
}

u64 mirror_entry(iommu_table *table, u64 entry) {
    const u64 *slot = iommu_table_mirror(table, entry, false);
    return slot ? big_endian(*slot) : 0;
}

InvariantWatch::InvariantWatch(PlainPort *world, mm_context *mm, struct kvm *kvm)
    : world_(*world), mm_(*mm), kvm_(*kvm) {
    world_.on_free = [this](void *object) {
        for (auto found = tables_.begin(); found != tables_.end(); ++found) {
            if (found->second.table != object)
                continue;
            for (auto [entry, ua] : found->second.live)
                live_by_page_[ua >> PAGE_SHIFT]--;
            tables_.erase(found);
            return;
        }
    };
}

InvariantWatch::~InvariantWatch() {
    world_.on_free = nullptr;
}

void InvariantWatch::fails(int invariant, const std::string &why, std::set<int> *broken) {
    reasons_.emplace(invariant, why);
    broken->insert(invariant);
}

void InvariantWatch::know(iommu_table *table) {
    tables_.emplace(table->number, Table{table, {}, false});
}

void InvariantWatch::find_tables() {
    for (vfio_container *container : containers_) {
        for (iommu_table *table : container->tables)
            if (table)
                know(table);
    }
    list_for_each(view, &kvm_.tables, struct kvm_tce_table, list) {
        list_for_each(link, &view->links, struct kvm_tce_link, list) know(link->table);
    }
}

void InvariantWatch::begin() {
    world_.trace.clear();
    find_tables();
    for (auto &[number, table] : tables_)
        table.followed_by_devices = !list_empty(&table.table->groups);
}

void InvariantWatch::touch(Table *table, u64 entry, std::set<int> *broken) {
    u64 tce = hardware_entry(table->table, entry), ua = mirror_entry(table->table, entry);
    auto known = table->live.find(entry);
    if (known != table->live.end()) {
        live_by_page_[known->second >> PAGE_SHIFT]--;
        table->live.erase(known);
    }
    if (tce & TCE_PERM) {
        table->live[entry] = ua;
        live_by_page_[ua >> PAGE_SHIFT]++;
    }
    look_at(*table, entry, broken);
}

void InvariantWatch::look_at(const Table &table, u64 entry, std::set<int> *broken) {
    u64 tce = hardware_entry(table.table, entry), ua = mirror_entry(table.table, entry);
    auto says = [&](int invariant) {
        fails(invariant,
              "table " + std::to_string(table.table->number) + " entry " + hex(entry) + " " + hex(tce) + " made from " +
                  hex(ua),
              broken);
    };
    bool live = tce & TCE_PERM;
    if (table.table->mirror && live != (ua != 0))
        says(2);
    if (!live)
        return;
    u64 hpa = tce & ~TCE_PERM;
    for (u64 offset : {u64(0), page_bytes(*table.table) - 1}) {
        if (region_holds_device_memory(&mm_, hpa + offset))
            continue;
        u64 there = 0;
        if (ua && (!world_.memory.translate(ua + offset, &there) || there != hpa + offset))
            says(3);
        if (!world_.memory.pinned(hpa + offset))
            says(4);
    }
}

void InvariantWatch::look_at_touched(std::set<int> *broken) {
    find_tables();
    for (const auto &event : world_.trace) {
        if (event.event != PORT_EV_TCE_SET)
            continue;
        auto table = tables_.find(event.a);
        if (table != tables_.end())
            touch(&table->second, event.b, broken);
    }
}

s64 InvariantWatch::live_in(const mm_region &region) const {
    s64 live = 0;
    u64 first = region.ua >> PAGE_SHIFT;
    for (auto page = live_by_page_.lower_bound(first);
         page != live_by_page_.end() && page->first < first + region.pages; ++page)
        live += page->second;
    return live;
}

void InvariantWatch::look_at_regions(std::set<int> *broken) {
    list_for_each(region, &mm_.regions, struct mm_region, list) {
        s64 live = live_in(*region);
        if (region->mapped != 1 + live)
            fails(1,
                  "region " + hex(region->ua) + " counts " + std::to_string(region->mapped - 1) +
                      " entries, there are " + std::to_string(live),
                  broken);
    }
}

/// Each entry that changed was invalidated after it changed, unless no device translates through its table.
void InvariantWatch::look_at_kills(std::set<int> *broken) {
    std::set<std::pair<u64, u64>> open; // bus address, table
    for (const auto &event : world_.trace) {
        if (event.event == PORT_EV_TCE_SET && event.c != event.d && (event.c & TCE_PERM)) {
            auto table = tables_.find(event.a);
            if (table != tables_.end() && table->second.followed_by_devices)
                open.insert({event.b << table->second.table->page_shift, event.a});
        } else if (event.event == PORT_EV_TCE_KILL) {
            auto from = open.lower_bound({event.b, 0}), to = open.lower_bound({event.b + (event.c << event.d), 0});
            open.erase(from, to);
        }
    }
    for (auto [address, number] : open) {
        auto table = tables_.find(number);
        // A window that was taken away has been invalidated as a whole.
        if (table != tables_.end() && !list_empty(&table->second.table->groups))
            fails(6, "no invalidation of " + hex(address) + " in table " + std::to_string(number), broken);
    }
}

void InvariantWatch::look_at_agreement(const hcall &call, const std::vector<u64> &values, std::set<int> *broken) {
    kvm_tce_table *view = kvm_tce_table_find(&kvm_, call.liobn);
    u64 first = call.ioba >> view->page_shift;
    for (u64 i = 0; i < values.size(); i++) {
        const u64 *seen = kvm_tce_table_slot(view, first + i - view->offset);
        if ((seen ? *seen : 0) != values[i])
            fails(5, "view entry " + hex(first + i), broken);
        list_for_each(link, &view->links, struct kvm_tce_link, list) {
            if (link->table->removed)
                continue;
            u32 shift = kvm_subpage_shift(view, link->table);
            for (u64 sub = 0; sub < u64(1) << shift; sub++) {
                u64 entry = ((first + i) << shift) + sub, expected = 0, ua = 0;
                if (values[i] & TCE_PERM && kvm_gpa_to_ua(&kvm_, values[i], &ua)) {
                    ua += sub << link->table->page_shift;
                    mm_region *region = region_lookup(&mm_, ua, page_bytes(*link->table));
                    if (region && !region_ua_to_hpa(region, ua, link->table->page_shift, &expected))
                        expected |= tce_permissions(tce_direction(values[i]));
                }
                if (hardware_entry(link->table, entry) != expected)
                    fails(5,
                          "entry " + hex(entry) + " is " + hex(hardware_entry(link->table, entry)) +
                              ", the guest wants " + hex(expected),
                          broken);
            }
        }
    }
}

std::set<int> InvariantWatch::after() {
    std::set<int> broken;
    look_at_touched(&broken);
    look_at_regions(&broken);
    look_at_kills(&broken);
    return broken;
}

std::set<int> InvariantWatch::after(const hcall &call, long rc, const std::vector<u64> &values) {
    std::set<int> broken = after();
    if (rc == H_TOO_HARD)
        fails(8, "H_TOO_HARD", &broken);
    bool changed = std::any_of(world_.trace.begin(), world_.trace.end(), [](const TraceEvent &event) {
        return event.event == PORT_EV_TCE_SET && event.c != event.d;
    });
    if (rc == H_PARAMETER && changed)
        fails(9, "opcode " + hex(call.opcode) + " at " + hex(call.ioba), &broken);
    if (rc == H_SUCCESS)
        look_at_agreement(call, values, &broken);
    return broken;
}

std::set<int> InvariantWatch::look_at_all() {
    std::set<int> broken;
    for (const auto &[number, table] : tables_) {
        for (auto [entry, ua] : table.live)
            look_at(table, entry, &broken);
    }
    return broken;
}

std::set<int> InvariantWatch::at_end() const {
    return mm_.locked_pages ? std::set<int>{7} : std::set<int>{};
}

} // namespace tcesim::test
