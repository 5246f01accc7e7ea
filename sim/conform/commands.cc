// SPDX-License-Identifier: Apache-2.0
#include "sim/conform/commands.h"

#include "sim/conform/record_format.h"

#include <algorithm>

namespace tcesim::conform {

namespace {

constexpr u32 unknown_ioctl = 0x20003b00;
constexpr int never_opened = 1000; // a descriptor beyond all that a recording opens

Json result(long code) {
    return {{"r", code}};
}
Json done() {
    return Json::object();
}

bool is_one_of(const std::string &word, std::initializer_list<const char *> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

u64 pages(const Json &bytes) {
    return hex(bytes) >> PAGE_SHIFT;
}
u32 flags(const Json &op) {
    return op.value("flags", 0U);
}

u32 direction(const Json &op) {
    if (op["dir"] > DMA_NONE)
        throw NoSuchThing("\"dir\" is " + op["dir"].dump() +
                          " and must be 0 (both), 1 (the device reads), 2 (writes) "
                          "or 3 (none)");
    return op["dir"];
}

plain::PageState page_state(const Json &op) {
    if (op["state"] > static_cast<int>(plain::PageState::Absent))
        throw NoSuchThing("\"state\" is " + op["state"].dump() +
                          " and must be 0 (hole), 1 (young), 2 (old) or 3 (absent)");
    return static_cast<plain::PageState>(op["state"].get<int>());
}

} // namespace

Json Commands::run(const Json &op) {
    const std::string command = command_of(op);
    if (is_one_of(command, {"reset", "ext", "pst", "slots", "radix", "limit", "notif"}))
        return memory(command, op);
    if (is_one_of(command, {"afail", "kfail", "fdfail", "swfail", "mkfile"}))
        return on_demand(command, op);
    if (command == "parse")
        return page_sizes(op);
    if (is_one_of(command, {"mnew", "mdev", "mget", "mput"}))
        return region(command, op);
    if (is_one_of(command, {"grp", "vgrp", "vgrp1", "detach"}))
        return own_groups(command, op);
    if (command == "hw")
        return create_table(op);
    if (is_one_of(command, {"hwput", "hwset", "hwget", "hwbuild", "hwclr", "uaset"}))
        return table(command, op);
    if (is_one_of(command, {"stt", "sttclose", "attach", "gtouch", "gpoke"}))
        return view(command, op);
    return container(command, op);
}

Json Commands::memory(const std::string &command, const Json &op) {
    if (command == "reset") {
        if (machine_.host)
            throw NoSuchThing("a second reset; each sequence has one, at its beginning");
        machine_.create_host(hex(op["limit"]), op["radix"] == 1);
    } else if (command == "ext") {
        if (op["shift"] < PAGE_SHIFT || op["shift"] > 34)
            throw NoSuchThing("\"shift\" is " + op["shift"].dump() + " and must be from 16 to 34");
        machine_.world.memory.map(hex(op["ua"]), hex(op["n"]), hex(op["hpa"]), op["shift"], page_state(op));
        return done();
    } else if (command == "pst") {
        machine_.world.memory.set_state(hex(op["ua"]), hex(op["n"]), page_state(op));
        return done();
    } else if (command == "slots") {
        std::vector<surface_slot> slots;
        for (const auto &slot : op["slots"])
            slots.push_back({hex(slot[0]), slot[1], hex(slot[2])});
        if (slots.size() > SURFACE_SLOTS_MAX)
            throw NoSuchThing("at most " + std::to_string(SURFACE_SLOTS_MAX) + " slots of guest RAM are possible");
        calls_.host.set_slots(machine_.host, slots.data(), static_cast<u32>(slots.size()));
        return done();
    } else if (command == "radix") {
        calls_.host.set_radix(machine_.host, op["on"] == 1);
    } else if (command == "limit") {
        calls_.host.set_locked_limit(machine_.host, hex(op["pages"]));
    } else {
        machine_.world.memory.set_invalidation_running(op["on"] == 1);
    }
    return result(0);
}

Json Commands::on_demand(const std::string &command, const Json &op) {
    if (command == "afail") {
        machine_.world.fail_page_allocation(op["after"]);
    } else if (command == "kfail") {
        machine_.world.fail_small_allocation(op["after"]);
    } else if (command == "fdfail") {
        no_descriptor_ = true;
    } else if (command == "swfail") {
        machine_.world.fail_window();
    } else {
        const int descriptor = calls_.host.open_file(machine_.host);
        if (descriptor < 0)
            return result(descriptor);
        other_files_[op["fd"]] = descriptor;
    }
    return result(0);
}

Json Commands::page_sizes(const Json &op) {
    std::vector<u32> shifts;
    for (const char *name : {"s0", "s1", "s2", "s3"})
        if (op.contains(name) && op[name] < 64)
            shifts.push_back(op[name]);
    return {{"v", to_hex(calls_.table.page_sizes(shifts.data(), static_cast<u32>(shifts.size()), op["p8"] == 1))}};
}

Json Commands::region(const std::string &command, const Json &op) {
    const u64 ua = hex(op["ua"]), count = pages(op["bytes"]);
    long rc = 0;
    if (command == "mnew") {
        machine_.run_armed([&] { rc = calls_.region.create(machine_.host, ua, count); });
    } else if (command == "mdev") {
        const u64 hpa = hex(op["dev_hpa"]);
        machine_.run_armed([&] { rc = calls_.region.create_device(machine_.host, ua, count, hpa); });
    } else if (command == "mget") {
        machine_.run([&] { rc = calls_.region.get(machine_.host, ua, count); });
    } else {
        mm_region *const region = calls_.region.find(machine_.host, ua, count);
        if (!region)
            return {{"r", "noreg"}};
        machine_.run([&] { rc = calls_.region.put(region); });
    }
    return result(rc);
}

Json Commands::create_table(const Json &op) {
    const u64 bus = hex(op["bus"]), size = hex(op["win"]);
    const u32 shift = op["shift"], levels = op["levels"];
    const bool mirrored = op["user"] == 1;
    iommu_table *table = nullptr;
    long rc = 0;
    machine_.run([&] { rc = calls_.table.create(shift, bus, size, levels, mirrored, &table); });
    Json answer = result(rc);
    if (rc)
        return answer;
    machine_.watch(op["id"], table);
    surface_table state{};
    calls_.table.state(table, &state);
    answer["it_offset"] = to_hex(state.offset);
    answer["it_size"] = to_hex(state.size);
    answer["level_size"] = to_hex(state.hardware.level_size);
    answer["indirect"] = state.hardware.levels - 1;
    answer["alloc_size"] = to_hex(state.allocated_size);
    return answer;
}

Json Commands::table(const std::string &command, const Json &op) {
    iommu_table *const table = machine_.table(op["id"]);
    if (command == "hwput") {
        machine_.run([&] { calls_.table.put(table); });
        return result(0);
    }
    const u64 entry = hex(op["entry"]);
    surface_table state{};
    calls_.table.state(table, &state);
    if (entry < state.offset || entry - state.offset >= state.size)
        throw NoSuchThing("entry " + to_hex(entry) + " is outside table " + op["id"].dump());
    long rc = 0;
    if (command == "hwget")
        return {{"v", to_hex(calls_.table.get(table, entry))}};
    if (command == "uaset") {
        const u64 ua = hex(op["ua"]);
        machine_.run([&] { rc = calls_.table.set_mirror(table, entry, ua); });
    } else if (command == "hwset") {
        const u64 hpa = hex(op["hpa"]);
        const u32 exchanged = direction(op);
        machine_.run([&] { rc = calls_.table.exchange(table, entry, hpa, exchanged); });
    } else if (command == "hwbuild") {
        const u64 count = op["n"], hpa = hex(op["hpa"]);
        const u32 built = direction(op);
        machine_.run([&] { rc = calls_.table.build(table, entry, count, hpa, built); });
    } else {
        const u64 count = hex(op["n"]);
        machine_.run([&] { calls_.table.clear(table, entry, count); });
    }
    return result(rc);
}

/// What a description of a group says, or its leaving the virtual machine.
Json Commands::own_groups(const std::string &command, const Json &op) {
    const u64 id = op["g"];
    if (command == "detach") {
        driven_group *const group = machine_.added_group(id);
        long rc = 0;
        machine_.run([&] { rc = calls_.group.leave(group); });
        machine_.group_left(id);
        return result(rc);
    }
    driven_group *const group = machine_.group(id);
    if (command == "grp") {
        calls_.group.describe(group, true, 0, 0);
        const char *const windows[] = {"t0", "t1"};
        for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++)
            calls_.group.put_table(group, i, op[windows[i]] == -1 ? nullptr : machine_.table(op[windows[i]]));
    } else {
        const bool dynamic = command == "vgrp";
        calls_.group.describe(group, dynamic, hex(op["tce32_size"]), dynamic ? hex(op["pgsizes"]) : 0);
    }
    return result(0);
}

/// The recorded descriptor fails for want of memory: here the file behind it does.
Json Commands::create_view(const Json &op) {
    const u64 liobn = hex(op["liobn"]), offset = hex(op["offset"]), size = hex(op["size"]);
    const u32 shift = op["shift"];
    long rc = 0;
    if (no_descriptor_)
        machine_.world.fail_small_allocation(1);
    no_descriptor_ = false;
    machine_.run_armed([&] { rc = calls_.view.create(machine_.host, liobn, shift, offset, size); });
    if (rc < 0)
        return result(rc);
    machine_.views[liobn] =
        std::make_unique<WatchedView>(calls_, calls_.view.find(machine_.host, liobn), static_cast<int>(rc));
    return result(0);
}

int Commands::descriptor_for(const Json &op) const {
    const auto view = machine_.views.find(hex(op["liobn"]));
    if (view != machine_.views.end())
        return view->second->descriptor;
    const auto other = other_files_.find(op.value("badfd", -1));
    return other == other_files_.end() ? never_opened : other->second;
}

Json Commands::attach(const Json &op) {
    const int descriptor = descriptor_for(op);
    driven_group *const group = machine_.added_group(op["g"]);
    long rc = 0;
    machine_.run_armed([&] { rc = calls_.group.attach(group, descriptor); });
    return result(rc);
}

Json Commands::view(const std::string &command, const Json &op) {
    if (command == "stt")
        return create_view(op);
    if (command == "attach")
        return attach(op);
    const auto found = machine_.views.find(hex(op["liobn"]));
    if (found == machine_.views.end())
        return {{"r", "nofd"}};
    kvm_tce_table *const view = found->second->view;
    long rc = 0;
    if (command == "sttclose") {
        const int descriptor = found->second->descriptor;
        machine_.views.erase(found);
        machine_.run([&] { rc = calls_.host.close_file(machine_.host, descriptor); });
    } else if (command == "gpoke") {
        const u64 entry = hex(op["entry"]), value = hex(op["v"]);
        machine_.run([&] { rc = calls_.view.store(view, entry, value); });
    } else {
        const u64 page = hex(op["page"]);
        surface_fault fault = SURFACE_FAULT_DONE;
        machine_.run([&] { fault = calls_.view.touch(view, page); });
        rc = fault == SURFACE_FAULT_DONE ? 0 : fault == SURFACE_FAULT_OUT_OF_MEMORY ? 1 : 2;
    }
    return result(rc);
}

Json Commands::call(const Json &op, u32 command, void *argument) {
    vfio_container *const container = machine_.container(op["ct"]);
    long rc = 0;
    machine_.run([&] { rc = calls_.container.ioctl(container, command, argument); });
    return result(rc);
}

Json Commands::create_window(const Json &op) {
    vfio_tce_create create{};
    create.argsz = sizeof(create);
    create.flags = flags(op);
    create.page_shift = op["shift"];
    create.window_size = hex(op["win"]);
    create.levels = op["levels"];
    Json answer = call(op, VFIO_IOMMU_SPAPR_TCE_CREATE, &create);
    if (answer["r"] != 0)
        return answer;
    answer["start"] = to_hex(create.start_addr);
    for (auto &[id, watched] : machine_.tables) {
        const iommu_table *const table = watched->table;
        const bool linked = std::any_of(machine_.groups.begin(), machine_.groups.end(), [&](const auto &group) {
            return calls_.group.table(group.second, 0) == table || calls_.group.table(group.second, 1) == table;
        });
        surface_table state{};
        calls_.table.state(table, &state);
        if (linked && state.offset << state.page_shift == create.start_addr)
            answer["hw" + std::to_string(id)] = {state.page_shift, to_hex(state.size),
                                                 to_hex(state.hardware.level_size), state.hardware.levels - 1};
    }
    return answer;
}

Json Commands::remove_window(const Json &op) {
    vfio_tce_remove remove{sizeof(remove), flags(op), hex(op["start"])};
    return call(op, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove);
}

Json Commands::describe_windows(const Json &op) {
    vfio_tce_info info{};
    info.argsz = op["argsz"];
    Json answer = call(op, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info);
    answer["start"] = to_hex(info.dma32_window_start);
    answer["size"] = to_hex(info.dma32_window_size);
    answer["flags"] = info.flags;
    answer["pgsizes"] = to_hex(info.page_sizes);
    answer["nwin"] = info.windows;
    answer["levels"] = info.levels;
    return answer;
}

Json Commands::bare_ioctl(const Json &op) {
    static const std::map<std::string, u32> numbers{{"reg", VFIO_IOMMU_SPAPR_REGISTER_MEMORY},
                                                    {"unreg", VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY},
                                                    {"map", VFIO_IOMMU_MAP_DMA},
                                                    {"unmap", VFIO_IOMMU_UNMAP_DMA},
                                                    {"create", VFIO_IOMMU_SPAPR_TCE_CREATE},
                                                    {"remove", VFIO_IOMMU_SPAPR_TCE_REMOVE},
                                                    {"enable", VFIO_IOMMU_ENABLE},
                                                    {"disable", VFIO_IOMMU_DISABLE},
                                                    {"eeh", VFIO_EEH_PE_OP},
                                                    {"none", unknown_ioctl}};
    const auto number = numbers.find(op["cmd"].get<std::string>());
    if (number == numbers.end())
        throw NoSuchThing("\"cmd\" must be reg, unreg, map, unmap, create, remove, enable, disable, eeh or none");
    vfio_tce_create longest{}; // every argument begins with argsz and flags
    longest.argsz = op["argsz"];
    longest.flags = op["flags"];
    return call(op, number->second, &longest);
}

Json Commands::container(const std::string &command, const Json &op) {
    long rc = 0;
    if (command == "vopen") {
        vfio_container *opened = nullptr;
        const u32 type = op["type"];
        machine_.run([&] { rc = calls_.container.open(machine_.host, type, &opened); });
        if (opened)
            machine_.containers[op["c"]] = opened;
        return result(rc);
    }
    vfio_container *const container = machine_.container(op["ct"]);
    if (command == "vatt" || command == "vdet") {
        driven_group *const group = machine_.group(op["g"]);
        const bool attach = command == "vatt";
        machine_.run([&] {
            if (attach)
                rc = calls_.container.attach(container, group);
            else
                calls_.container.detach(container, group);
        });
        return result(rc);
    }
    if (command == "vrel") {
        machine_.containers.erase(op["ct"].get<u64>());
        machine_.run([&] { calls_.container.close(container); });
        return result(0);
    }
    if (command == "vext") {
        // The number itself is the argument.
        const Json known = call(op, VFIO_CHECK_EXTENSION, reinterpret_cast<void *>(op["ext"].get<u64>()));
        return {{"v", known["r"]}};
    }
    if (command == "vreg" || command == "vunreg") {
        vfio_register_memory memory{sizeof(memory), flags(op), hex(op["ua"]), hex(op["bytes"])};
        return call(op, command == "vreg" ? VFIO_IOMMU_SPAPR_REGISTER_MEMORY : VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY,
                    &memory);
    }
    if (command == "vmap") {
        vfio_dma_map map{sizeof(map), flags(op), hex(op["vaddr"]), hex(op["iova"]), hex(op["size"])};
        return call(op, VFIO_IOMMU_MAP_DMA, &map);
    }
    if (command == "vunmap") {
        vfio_dma_unmap unmap{sizeof(unmap), flags(op), hex(op["iova"]), hex(op["size"])};
        return call(op, VFIO_IOMMU_UNMAP_DMA, &unmap);
    }
    if (command == "vremove")
        return remove_window(op);
    if (command == "vinfo")
        return describe_windows(op);
    return command == "vcreate" ? create_window(op) : bare_ioctl(op);
}

} // namespace tcesim::conform
