// SPDX-License-Identifier: Apache-2.0
#include "tests/eras/era_machine.h"

#include <cstring>

namespace tcesim::test {

u32 this_era() {
    const char *names[] = {"4.12", "4.19.81", "4.19", "5.10", "6.1", "fixed"};
    for (u32 i = 0; i < 6; i++) {
        if (!std::strcmp(names[i], hcall_object.preset))
            return i;
    }
    port_bug("no such era");
}

EraMachine::EraMachine(bool real_mode, u32 ram_page_shift) {
    world.memory.map(ram_ua, ram_bytes >> PAGE_SHIFT, ram_hpa, ram_page_shift, PageState::Young);
    world.memory.map(list_ua, 2, list_hpa, PAGE_SHIFT, PageState::Young);
    mm_context_init(&mm, u64(1) << 30);
    kvm_init(&kvm, &mm);
    kvm_enable_multi_tce(&kvm, true);
    kvm.real_mode = real_mode;
    kvm_memslot slots[] = {{0, ram_bytes >> PAGE_SHIFT, ram_ua}, {list_gpa, 2, list_ua}};
    kvm_set_memslots(&kvm, slots, 2);
    world.guest = memory_of(&kvm);
    user_.user.papr_hcall = [](kvm_user *user, hcall *) -> long {
        auto *self = reinterpret_cast<User *>(user);
        self->calls++;
        return self->answer;
    };
    user_.answer = to_user;
    kvm.user = &user_.user;
}

iommu_group *EraMachine::new_group(phb_model model) {
    bridges_.push_back(std::make_unique<phb>(phb{static_cast<u32>(bridges_.size()), model, 0x3fffe40000000}));
    auto group = std::make_unique<iommu_group>();
    group->phb = bridges_.back().get();
    group->pe = static_cast<u32>(groups.size()) + 1;
    group->dynamic_windows = true;
    group->dma32_size = window_bytes;
    group->page_sizes = u64(1) << 12 | 1 << 16 | 1 << 24;
    groups.push_back(std::move(group));
    return groups.back().get();
}

iommu_group *EraMachine::add_group(vfio_container *container, phb_model model) {
    iommu_group *group = new_group(model);
    if (vfio_attach(container, group))
        port_bug("the group cannot be attached");
    return group;
}

vfio_container *EraMachine::open_container_v1(u32 shift) {
    iommu_group *group = new_group(PHB_PHB4);
    group->dynamic_windows = false;
    iommu_table *table = nullptr;
    if (iommu_table_create(shift, 0, window_bytes, 1, false, &table) || window_set(group, 0, table))
        port_bug("no window");
    iommu_table_put(table);
    vfio_container *container = nullptr;
    if (vfio_container_open(VFIO_SPAPR_TCE_IOMMU, &mm, &container) || vfio_attach(container, group) ||
        vfio_ioctl(container, VFIO_IOMMU_ENABLE, nullptr))
        port_bug("the container cannot be used");
    containers.push_back(container);
    return container;
}

vfio_container *EraMachine::open_container() {
    vfio_container *container = nullptr;
    if (vfio_container_open(VFIO_SPAPR_TCE_v2_IOMMU, &mm, &container))
        port_bug("no container");
    containers.push_back(container);
    add_group(container);
    if (register_memory(container) || remove_window(container, 0))
        port_bug("the container cannot be used");
    return container;
}

long EraMachine::register_memory(vfio_container *container, u64 ua, u64 bytes) {
    vfio_register_memory memory{sizeof(memory), 0, ua, bytes};
    return vfio_ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory);
}

long EraMachine::unregister_memory(vfio_container *container, u64 ua, u64 bytes) {
    vfio_register_memory memory{sizeof(memory), 0, ua, bytes};
    return vfio_ioctl(container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &memory);
}

iommu_table *EraMachine::create_window(vfio_container *container, u32 shift, u64 bytes, u32 levels) {
    vfio_tce_create create{};
    create.argsz = sizeof(create);
    create.page_shift = shift;
    create.window_size = bytes;
    create.levels = levels;
    if (vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create))
        port_bug("no window");
    return container->tables[create.start_addr ? 1 : 0];
}

iommu_table *EraMachine::add_window(vfio_container *container, u32 shift, u64 bytes, u32 levels) {
    iommu_table *table = create_window(container, shift, bytes, levels);
    if (iommu_table_make_mirror(table))
        port_bug("no mirror");
    return table;
}

long EraMachine::remove_window(vfio_container *container, u64 start) {
    vfio_tce_remove remove{sizeof(remove), 0, start};
    return vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove);
}

long EraMachine::map(vfio_container *container, u64 iova, u64 ua, u64 bytes, u32 flags) {
    vfio_dma_map map{sizeof(map), flags, ua, iova, bytes};
    return vfio_ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

long EraMachine::unmap(vfio_container *container, u64 iova, u64 bytes) {
    vfio_dma_unmap unmap{sizeof(unmap), 0, iova, bytes};
    return vfio_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

kvm_tce_table *EraMachine::add_view(u64 number, u32 shift, u64 bytes, u64 bus) {
    kvm_create_spapr_tce_64 args{number, shift, 0, bus >> shift, bytes >> shift};
    kvm_tce_table *view = nullptr;
    if (kvm_tce_table_create(&kvm, &args, &view))
        port_bug("no view");
    return view;
}

iommu_table *EraMachine::pass_through(u32 shift, u32 view_shift, u32 levels, u64 bytes) {
    vfio_container *container = open_container();
    iommu_table *table = add_window(container, shift, bytes, levels);
    if (kvm_tce_table_attach(add_view(liobn, view_shift, bytes), groups.back().get()))
        port_bug("the view does not fit");
    world.trace.clear();
    return table;
}

long EraMachine::put(u64 entry, u64 tce, u64 number) {
    hcall call{H_PUT_TCE, number, entry << view(number)->page_shift, tce, 0, 0};
    return kvm_hcall(&kvm, &call);
}

void EraMachine::write_list(const std::vector<u64> &tces) {
    for (u64 i = 0; i < tces.size(); i++)
        world.memory.write64(list_hpa + i * sizeof(u64), big_endian(tces[i]));
}

long EraMachine::put_list(u64 entry, const std::vector<u64> &tces, u64 number) {
    write_list(tces);
    hcall call{H_PUT_TCE_INDIRECT, number, entry << view(number)->page_shift, list_gpa, tces.size(), 0};
    return kvm_hcall(&kvm, &call);
}

long EraMachine::stuff(u64 entry, u64 value, u64 count, u64 number) {
    hcall call{H_STUFF_TCE, number, entry << view(number)->page_shift, value, count, 0};
    return kvm_hcall(&kvm, &call);
}

long EraMachine::get(u64 entry, u64 *value, u64 number) {
    hcall call{H_GET_TCE, number, entry << view(number)->page_shift, 0, 0, 0};
    long rc = kvm_hcall(&kvm, &call);
    *value = call.result;
    return rc;
}

u64 EraMachine::view_entry(u64 entry, u64 number) {
    const u64 *slot = kvm_tce_table_slot(view(number), entry - view(number)->offset);
    return slot ? *slot : 0;
}

port_level EraMachine::handled_by() const {
    for (auto event = world.trace.rbegin(); event != world.trace.rend(); ++event) {
        if (event->event == PORT_EV_HCALL_LEVEL)
            return static_cast<port_level>(event->b);
    }
    port_bug("no hypercall yet");
}

std::vector<std::pair<u64, u64>> EraMachine::kills() const {
    std::vector<std::pair<u64, u64>> found;
    for (const auto &event : world.trace) {
        if (event.event == PORT_EV_TCE_KILL)
            found.emplace_back(event.b, event.c);
    }
    return found;
}

std::vector<u64> EraMachine::warnings() const {
    std::vector<u64> found;
    for (const auto &event : world.trace) {
        if (event.event == PORT_EV_WARN)
            found.push_back(event.a);
    }
    return found;
}

void EraMachine::close() {
    for (auto &group : groups)
        kvm_detach_group(&kvm, group.get());
    list_for_each_safe(view, after, &kvm.tables, struct kvm_tce_table, list) kvm_tce_table_close(view);
    for (vfio_container *container : containers)
        vfio_close(container);
    containers.clear();
    for (auto &group : groups)
        window_unset(group.get(), 0);
}

} // namespace tcesim::test
