// SPDX-License-Identifier: Apache-2.0
#include "tests/conform/machine.h"

#include <utility>

namespace tcesim::conform {

WatchedTable::WatchedTable(iommu_table *watched) : table(watched), hardware(*watched, watched->base) {
    if (watched->mirror)
        mirror.emplace(*watched, watched->mirror);
}

Machine::Machine() {
    world.on_set_tve = [this](const test::TveWrite &write) { table_programmed(write); };
    world.on_free = [this](const void *object) { object_freed(object); };
}

Machine::~Machine() {
    world.on_free = nullptr;
}

std::vector<u64> Machine::take_freed_tables() {
    return std::exchange(freed_, {});
}

void Machine::watch(u64 id, iommu_table *table) {
    auto watched = std::make_unique<WatchedTable>(table);
    watched->observer.phb = &observer_phb_;
    watched->observer.pe = static_cast<u32>(id);
    world.arm_small_failures(false);
    if (iommu_table_link(table, &watched->observer))
        port_bug("no memory for the observer");
    world.arm_small_failures(true);
    tables[id] = std::move(watched);
}

iommu_group &Machine::add_group(u64 id) {
    auto &group = groups[id];
    group = std::make_unique<iommu_group>();
    group->phb = &container_phb_;
    group->pe = static_cast<u32>(id);
    return *group;
}

iommu_group *Machine::group(u64 id) {
    auto found = groups.find(id);
    return found == groups.end() ? nullptr : found->second.get();
}

/// A container has made a window: its table takes the lowest free name.
void Machine::table_programmed(const test::TveWrite &write) {
    iommu_group *owner = group(write.index >> 1);
    iommu_table *table = write.tve && owner ? owner->tables[write.index & 1] : nullptr;
    if (!table)
        return;
    u64 id = 0;
    for (auto &[known, watched] : tables) {
        if (watched->table == table)
            return;
        if (known == id)
            id++;
    }
    watch(id, table);
}

void Machine::object_freed(const void *object) {
    for (auto &[id, watched] : tables) {
        if (watched->table != object)
            continue;
        iommu_table_unlink(watched->table, &watched->observer);
        for (auto &[number, owner] : groups)
            for (auto &table : owner->tables)
                if (table == object)
                    table = nullptr;
        freed_.push_back(id);
        tables.erase(id);
        return;
    }
}

} // namespace tcesim::conform
