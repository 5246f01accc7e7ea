// SPDX-License-Identifier: Apache-2.0
#include "tests/conform/commands.h"

#include <algorithm>

namespace tcesim::conform {

namespace {

constexpr u32 eeh_ioctl = 0x20003b79;
constexpr u32 unknown_ioctl = 0x20003b00;

Answer result(long code) {
    return {{{"r", code}}, "", false, false};
}
Answer left_out(const char *reason) {
    return {Json::object(), reason, false, false};
}
Answer done() {
    return {};
}

bool is_one_of(const std::string &word, std::initializer_list<const char *> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

u64 pages(const Json &bytes) {
    return hex(bytes) >> PAGE_SHIFT;
}
u32 flags(const Json &op) {
    return op.value("flags", 0u);
}

} // namespace

Answer Commands::run(const Json &op) {
    const std::string command = op["c"].is_number() ? "vopen" : op["c"].get<std::string>();
    machine_.world.arm_small_failures(is_one_of(command, {"mnew", "mdev", "stt", "attach"}));
    Answer answer;
    if (is_one_of(command, {"mnew", "mdev", "mget", "mput"}))
        answer = region(command, op);
    else if (is_one_of(command, {"hw", "hwput", "hwset", "hwget", "uaset"}))
        answer = hardware(command, op);
    else if (is_one_of(command, {"stt", "sttclose", "attach", "detach", "gtouch", "gpoke"}))
        answer = table(command, op);
    else if (command[0] == 'v')
        answer = container(command, op);
    else
        answer = set_up(command, op);
    machine_.world.arm_small_failures(false);
    return answer;
}

Answer Commands::set_up(const std::string &command, const Json &op) {
    if (command == "reset") {
        mm_context_init(&machine_.mm, hex(op["limit"]));
        kvm_init(&machine_.kvm, &machine_.mm);
        machine_.kvm.radix = op["radix"] == 1;
        kvm_enable_multi_tce(&machine_.kvm, true);
    } else if (command == "ext") {
        machine_.world.memory.map(hex(op["ua"]), hex(op["n"]), hex(op["hpa"]), op["shift"],
                                  static_cast<test::PageState>(op["state"].get<int>()));
        return done();
    } else if (command == "pst") {
        machine_.world.memory.set_state(hex(op["ua"]), hex(op["n"]),
                                        static_cast<test::PageState>(op["state"].get<int>()));
        return done();
    } else if (command == "slots") {
        std::vector<kvm_memslot> slots;
        for (const auto &slot : op["slots"])
            slots.push_back({hex(slot[0]), slot[1], hex(slot[2])});
        kvm_set_memslots(&machine_.kvm, slots.data(), static_cast<u32>(slots.size()));
        return done();
    } else if (command == "radix") {
        machine_.kvm.radix = op["on"] == 1;
    } else if (command == "notif") {
        machine_.world.memory.set_invalidation_running(op["on"] == 1);
    } else if (command == "limit") {
        machine_.mm.locked_limit = hex(op["pages"]);
    } else if (command == "afail") {
        machine_.world.fail_page_allocation(op["after"]);
    } else if (command == "kfail") {
        machine_.world.fail_small_allocation(op["after"]);
    } else if (command == "fdfail") {
        no_descriptor_ = true;
        return left_out("file descriptors");
    } else if (command == "mkfile") {
        return left_out("file descriptors");
    } else if (command == "swfail") {
        no_window_ = true;
    } else if (command == "parse") {
        return left_out("page sizes of firmware's list");
    } else if (command == "grp") {
        iommu_group &group = machine_.add_group(op["g"]);
        group.tables[0] = op["t0"] == -1 ? nullptr : machine_.tables.at(op["t0"])->table;
        group.tables[1] = op["t1"] == -1 ? nullptr : machine_.tables.at(op["t1"])->table;
    } else {
        return {Json::object(), command, true, false};
    }
    return result(0);
}

Answer Commands::region(const std::string &command, const Json &op) {
    u64 ua = hex(op["ua"]), count = pages(op["bytes"]);
    mm_region *region = nullptr;
    if (command == "mnew")
        return result(region_new(&machine_.mm, ua, count, &region));
    if (command == "mdev")
        return result(region_new_device(&machine_.mm, ua, count, hex(op["dev_hpa"]), &region));
    list_for_each(known, &machine_.mm.regions, struct mm_region, list) {
        if (known->ua == ua && known->pages == count)
            region = known;
    }
    if (!region && command == "mget")
        return result(-ENOENT);
    if (!region)
        return {{{"r", "noreg"}}, "", false, false};
    if (command == "mput")
        return result(region_put(region));
    region_get(&machine_.mm, ua, count);
    return result(0);
}

Answer Commands::hardware(const std::string &command, const Json &op) {
    u64 id = op["id"];
    if (command == "hw") {
        iommu_table *table = nullptr;
        Answer answer = result(
            iommu_table_create(op["shift"], hex(op["bus"]), hex(op["win"]), op["levels"], op["user"] == 1, &table));
        if (!table)
            return answer;
        machine_.watch(id, table);
        answer.fields["it_offset"] = to_hex(table->offset);
        answer.fields["it_size"] = to_hex(table->size);
        answer.fields["level_size"] = to_hex(table->level_size);
        answer.fields["indirect"] = table->levels - 1;
        answer.fields["alloc_size"] = to_hex(table->allocated_size);
        return answer;
    }
    iommu_table *table = machine_.tables.at(id)->table;
    if (command == "hwput") {
        iommu_table_put(table);
        return result(0);
    }
    u64 entry = hex(op["entry"]);
    if (command == "hwget") {
        const u64 *slot = iommu_table_slot(table, entry, false);
        return {{{"v", to_hex(slot ? test::big_endian(*slot) : 0)}}, "", false, false};
    }
    if (command == "uaset") {
        u64 *slot = iommu_table_mirror(table, entry, true);
        *slot = test::big_endian(hex(op["ua"]));
        return result(0);
    }
    u64 hpa = hex(op["hpa"]);
    auto direction = static_cast<dma_direction>(op["dir"].get<int>());
    return result(tce_exchange_no_kill(table, entry, &hpa, &direction, true));
}

Answer Commands::create_view(const Json &op) {
    if (no_descriptor_) {
        no_descriptor_ = false;
        return left_out("file descriptors");
    }
    kvm_create_spapr_tce_64 args{hex(op["liobn"]), op["shift"], 0, hex(op["offset"]), hex(op["size"])};
    kvm_tce_table *view = nullptr;
    Answer answer = result(kvm_tce_table_create(&machine_.kvm, &args, &view));
    if (view)
        machine_.views[args.liobn] = std::make_unique<WatchedView>(view);
    return answer;
}

Answer Commands::attach(const Json &op) {
    auto view = machine_.views.find(hex(op["liobn"]));
    if (view == machine_.views.end())
        return left_out("file descriptors");
    iommu_group *group = machine_.group(op["g"]);
    if (!group)
        return left_out("unknown groups");
    return result(kvm_tce_table_attach(view->second->view, group));
}

Answer Commands::table(const std::string &command, const Json &op) {
    if (command == "stt")
        return create_view(op);
    if (command == "attach")
        return attach(op);
    if (command == "detach") {
        iommu_group *group = machine_.group(op["g"]);
        if (!group)
            return left_out("unknown groups");
        kvm_detach_group(&machine_.kvm, group);
        return result(0);
    }
    auto view = machine_.views.find(hex(op["liobn"]));
    if (view == machine_.views.end())
        return left_out("file descriptors");
    if (command == "sttclose") {
        kvm_tce_table_close(view->second->view);
        machine_.views.erase(view);
        return result(0);
    }
    kvm_tce_table *table = view->second->view;
    if (command == "gpoke") {
        *kvm_tce_table_slot_alloc(table, hex(op["entry"]) - table->offset) = hex(op["v"]);
        return result(0);
    }
    u64 page = hex(op["page"]);
    if (page >= table->page_count)
        return result(2);
    return result(kvm_tce_table_slot_alloc(table, page * TCES_PER_PAGE) ? 0 : 1);
}

Answer Commands::create_window(vfio_container *container, const Json &op) {
    vfio_tce_create create{};
    create.argsz = sizeof(create);
    create.flags = flags(op);
    create.page_shift = op["shift"];
    create.window_size = hex(op["win"]);
    create.levels = op["levels"];
    bool injected = no_window_;
    if (injected) { // the table's own memory, then that of its link to the group
        machine_.world.arm_small_failures(true);
        machine_.world.fail_small_allocation(1);
        no_window_ = false;
    }
    Answer answer = result(vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create));
    answer.injected = injected;
    if (answer.fields["r"] != 0)
        return answer;
    answer.fields["start"] = to_hex(create.start_addr);
    for (auto &[id, watched] : machine_.tables) {
        const iommu_table *table = watched->table;
        bool linked = std::any_of(machine_.groups.begin(), machine_.groups.end(), [table](const auto &group) {
            return group.second->tables[0] == table || group.second->tables[1] == table;
        });
        if (linked && table->offset << table->page_shift == create.start_addr)
            answer.fields["hw" + std::to_string(id)] = {table->page_shift, to_hex(table->size),
                                                        to_hex(table->level_size), table->levels - 1};
    }
    return answer;
}

Answer Commands::bare_ioctl(vfio_container *container, const Json &op) {
    static const std::map<std::string, u32> numbers{{"reg", VFIO_IOMMU_SPAPR_REGISTER_MEMORY},
                                                    {"unreg", VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY},
                                                    {"map", VFIO_IOMMU_MAP_DMA},
                                                    {"unmap", VFIO_IOMMU_UNMAP_DMA},
                                                    {"create", VFIO_IOMMU_SPAPR_TCE_CREATE},
                                                    {"remove", VFIO_IOMMU_SPAPR_TCE_REMOVE},
                                                    {"enable", VFIO_IOMMU_ENABLE},
                                                    {"disable", VFIO_IOMMU_DISABLE},
                                                    {"eeh", eeh_ioctl},
                                                    {"none", unknown_ioctl}};
    vfio_tce_create longest{}; // every argument begins with argsz and flags
    longest.argsz = op["argsz"];
    longest.flags = op["flags"];
    return result(vfio_ioctl(container, numbers.at(op["cmd"]), &longest));
}

Answer Commands::attach_group(vfio_container *container, const Json &op) {
    iommu_group *group = machine_.group(op["g"]);
    if (!group)
        return left_out("unknown groups");
    bool injected = no_window_;
    if (injected) {
        machine_.world.arm_small_failures(true);
        machine_.world.fail_small_allocation(0);
        no_window_ = false;
    }
    Answer answer = result(vfio_attach(container, group));
    answer.injected = injected;
    return answer;
}

Answer Commands::container(const std::string &command, const Json &op) {
    if (command == "vopen") {
        vfio_container *opened = nullptr;
        Answer answer = result(vfio_container_open(op["type"], &machine_.mm, &opened));
        if (opened)
            machine_.containers[op["c"]] = opened;
        return answer;
    }
    if (command == "vgrp" || command == "vgrp1") {
        iommu_group *known = machine_.group(op["g"]);
        iommu_group &group = known ? *known : machine_.add_group(op["g"]);
        group.dynamic_windows = command == "vgrp";
        group.dma32_size = hex(op["tce32_size"]);
        group.page_sizes = group.dynamic_windows ? hex(op["pgsizes"]) : 0;
        return result(0);
    }
    if (command == "vinfo" || command == "vext")
        return left_out(command == "vinfo" ? "GET_INFO of a container" : "CHECK_EXTENSION of a container");
    vfio_container *container = machine_.containers.at(op["ct"]);
    if (command == "vatt")
        return attach_group(container, op);
    if (command == "vdet") {
        iommu_group *group = machine_.group(op["g"]);
        if (!group)
            return left_out("unknown groups");
        vfio_detach(container, group);
        return result(0);
    }
    if (command == "vrel") {
        vfio_close(container);
        machine_.containers.erase(op["ct"].get<u64>());
        return result(0);
    }
    if (command == "vreg" || command == "vunreg") {
        vfio_register_memory memory{sizeof(memory), flags(op), hex(op["ua"]), hex(op["bytes"])};
        return result(vfio_ioctl(
            container, command == "vreg" ? VFIO_IOMMU_SPAPR_REGISTER_MEMORY : VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY,
            &memory));
    }
    if (command == "vmap") {
        vfio_dma_map map{sizeof(map), flags(op), hex(op["vaddr"]), hex(op["iova"]), hex(op["size"])};
        return result(vfio_ioctl(container, VFIO_IOMMU_MAP_DMA, &map));
    }
    if (command == "vunmap") {
        vfio_dma_unmap unmap{sizeof(unmap), flags(op), hex(op["iova"]), hex(op["size"])};
        return result(vfio_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap));
    }
    if (command == "vremove") {
        vfio_tce_remove remove{sizeof(remove), flags(op), hex(op["start"])};
        return result(vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove));
    }
    return command == "vcreate" ? create_window(container, op) : bare_ioctl(container, op);
}

} // namespace tcesim::conform
