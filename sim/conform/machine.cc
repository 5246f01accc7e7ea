// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/machine.h"

#include <utility>

namespace tcesim::conform {

WatchedTable::WatchedTable(const struct hcall_surface &calls, iommu_table *watched)
    : table(watched), hardware(calls, watched, TreeWatch::Which::hardware),
      mirror(calls, watched, TreeWatch::Which::mirror) {}

Machine::Machine(const struct hcall_object &handlers) : calls(*handlers.surface) {
    world.arm_small_failures(false);
    world.on_set_tve = [this](const plain::TveWrite &write) { table_programmed(write); };
    world.on_free = [this](const void *object) { object_freed(object); };
}

Machine::~Machine() {
    world.on_free = nullptr;
}

void Machine::create_host(u64 locked_limit, bool radix) {
    run([&] { host = calls.host.create(locked_limit, radix); });
    if (!host)
        throw std::runtime_error("no memory for a host");
    world.guest = [this](u64 gpa, u64 *ua) { return calls.host.gpa_to_ua(host, gpa, ua); };
}

std::vector<u64> Machine::take_freed_tables() {
    return std::exchange(freed_, {});
}

void Machine::watch(u64 id, iommu_table *table) {
    auto watched = std::make_unique<WatchedTable>(calls, table);
    const bool armed = world.arm_small_failures(false);
    watched->observer = calls.group.create(host, observer_bridge, static_cast<u32>(id));
    if (!watched->observer)
        throw std::runtime_error("no memory for an observer");
    calls.group.describe(watched->observer, true, 0, 0);
    if (calls.table.link(table, watched->observer))
        throw std::runtime_error("no memory for an observer");
    world.arm_small_failures(armed);
    tables[id] = std::move(watched);
}

iommu_table *Machine::table(u64 id) {
    const auto found = tables.find(id);
    if (found == tables.end())
        throw NoSuchThing("there is no hardware table " + std::to_string(id) + " at this time");
    return found->second->table;
}

driven_group *Machine::group(u64 id) {
    driven_group *&group = groups[id];
    if (!group)
        run([&] { group = calls.group.create(host, 0, static_cast<u32>(id)); });
    if (!group)
        throw std::runtime_error("no memory for a group");
    return group;
}

driven_group *Machine::added_group(u64 id) {
    driven_group *const added = group(id);
    long rc = 0;
    if (added_.insert(id).second)
        run([&] { rc = calls.group.add(added); });
    if (rc)
        throw std::runtime_error("the virtual machine refuses a group: " + std::to_string(rc));
    return added;
}

vfio_container *Machine::container(u64 id) {
    const auto found = containers.find(id);
    if (found == containers.end())
        throw NoSuchThing("container " + std::to_string(id) + " is not open at this time");
    return found->second;
}

/// A container has made a window: its table takes the lowest free name.
void Machine::table_programmed(const plain::TveWrite &write) {
    const auto owner = groups.find(write.index >> 1);
    iommu_table *table =
        write.tve && owner != groups.end() ? calls.group.table(owner->second, write.index & 1) : nullptr;
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
        calls.table.unlink(watched->table, watched->observer);
        for (auto &[number, owner] : groups)
            for (u32 window = 0; window < IOMMU_WINDOWS_PER_GROUP; window++)
                if (calls.group.table(owner, window) == object)
                    calls.group.put_table(owner, window, nullptr);
        freed_.push_back(id);
        tables.erase(id);
        return;
    }
}

} // namespace tcesim::conform
