// SPDX-License-Identifier: Apache-2.0
#include "tests/support/user_guest.h"

#include <algorithm>
#include <string>

namespace tcesim::test {

UserGuest::UserGuest(u32 ram_page_shift) {
    world.memory.map(ram_ua, ram_pages, ram_hpa, ram_page_shift, PageState::Young);
    mm_context_init(&mm, u64(1) << 30);
    kvm_init(&kvm, &mm);
    kvm_memslot ram{0, ram_pages, ram_ua};
    kvm_set_memslots(&kvm, &ram, 1);
    kvm.real_mode = false;
    kvm_enable_multi_tce(&kvm, true);
    world.guest = memory_of(&kvm);
    user_init(&process, &kvm, ram_ua, ram_pages << PAGE_SHIFT);
    process.ram_page_shift = ram_page_shift;
}

UserGuest::~UserGuest() {
    user_end(&process);
    for (const auto &group : groups_) {
        for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++)
            window_unset(group.get(), i);
    }
    const std::pair<const char *, u64> left[] = {{"locked pages", mm.locked_pages - lost_pages},
                                                 {"pins", world.memory.pins()},
                                                 {"views", !list_empty(&kvm.tables)},
                                                 {"objects", world.live_objects()}};
    for (auto [what, count] : left) {
        if (count)
            port_bug(("the process has left " + std::to_string(count) + " " + what).c_str());
    }
}

user_phb *UserGuest::bridge(const user_phb_properties &properties) {
    user_phb *phb = nullptr;
    if (user_phb_new(&process, &properties, &phb) || user_phb_default_window(phb))
        port_bug("no bridge");
    return phb;
}

user_vio_device *UserGuest::vio(u64 liobn) {
    user_vio_device *device = nullptr;
    if (user_vio_new(&process, liobn, &device))
        port_bug("no VIO device");
    return device;
}

iommu_group *UserGuest::device(u32 container, u64 window) {
    groups_.push_back(std::make_unique<iommu_group>());
    iommu_group *group = groups_.back().get();
    group->phb = &host_bridge_;
    group->pe = static_cast<u32>(groups_.size());
    group->dynamic_windows = container == 2;
    group->dma32_size = window;
    group->page_sizes = u64(1) << 12 | 1 << 16 | 1 << 24;
    if (container == 1 && window_set_default(group))
        port_bug("no default window");
    return group;
}

long UserGuest::call(u64 opcode, u64 liobn, u64 ioba, u64 value, u64 count) {
    hcall call{opcode, liobn, ioba, value, count, 0};
    const long code = kvm_hcall(&kvm, &call);
    result = call.result;
    return code;
}

long UserGuest::in_user_space(u64 opcode, u64 liobn, u64 ioba, u64 value, u64 count) {
    hcall call{opcode, liobn, ioba, value, count, 0};
    const long code = kvm.user->papr_hcall(kvm.user, &call);
    result = call.result;
    return code;
}

u64 UserGuest::get(u64 liobn, u64 ioba) {
    if (call(H_GET_TCE, liobn, ioba, 0) != H_SUCCESS)
        port_bug("H_GET_TCE failed");
    return result;
}

void UserGuest::write32(u64 gpa, u32 value) {
    const u64 base = gpa & ~u64(7), old = port_guest_read64(base);
    port_guest_write64(base, gpa & 4 ? (old >> 32 << 32 | value) : (old << 32 >> 32 | u64(value) << 32));
}

u32 UserGuest::read32(u64 gpa) {
    const u64 pair = port_guest_read64(gpa & ~u64(7));
    return static_cast<u32>(gpa & 4 ? pair : pair >> 32);
}

std::vector<u32> UserGuest::rtas(u32 token, const std::vector<u32> &arguments, u32 results) {
    u64 gpa = rtas_gpa;
    for (u32 word : {token, static_cast<u32>(arguments.size()), results})
        write32(gpa, word), gpa += 4;
    for (u32 word : arguments)
        write32(gpa, word), gpa += 4;
    for (u32 i = 0; i <= results; i++)
        write32(gpa + 4 * i, 0xdeadbeef);
    rc = call(H_RTAS, rtas_gpa, 0, 0);
    std::vector<u32> found;
    for (u32 i = 0; i < results; i++)
        found.push_back(read32(gpa + 4 * i));
    if (read32(gpa + 4 * results) != 0xdeadbeef)
        port_bug("a result past those that the guest has left room for");
    return found;
}

namespace {

std::vector<u32> name_of(const user_phb *phb) {
    const u64 buid = user_phb_buid(phb);
    return {0, static_cast<u32>(buid >> 32), static_cast<u32>(buid)};
}

} // namespace

std::vector<u32> UserGuest::query(const user_phb *phb, u32 results) {
    return rtas(RTAS_QUERY_PE_DMA_WINDOW, name_of(phb), results);
}

std::vector<u32> UserGuest::create(const user_phb *phb, u32 page_shift, u32 window_shift) {
    std::vector<u32> arguments = name_of(phb);
    arguments.insert(arguments.end(), {page_shift, window_shift});
    return rtas(RTAS_CREATE_PE_DMA_WINDOW, arguments, 4);
}

s32 UserGuest::remove(u64 liobn) {
    return static_cast<s32>(rtas(RTAS_REMOVE_PE_DMA_WINDOW, {static_cast<u32>(liobn)}, 1)[0]);
}

s32 UserGuest::reset_windows(const user_phb *phb) {
    return static_cast<s32>(rtas(RTAS_RESET_PE_DMA_WINDOW, name_of(phb), 1)[0]);
}

u64 UserGuest::hardware(const iommu_group *group, u32 window, u64 entry) {
    iommu_table *table = group->tables[window];
    if (!table)
        port_bug("the group has no such window");
    const u64 *slot = iommu_table_slot(table, entry, false);
    return slot ? big_endian(*slot) : 0;
}

u64 UserGuest::syscalls() const {
    return static_cast<u64>(std::count(world.levels.begin(), world.levels.end(), PORT_HOST_SYSCALL));
}

u64 UserGuest::warnings() const {
    return static_cast<u64>(std::count_if(world.trace.begin(), world.trace.end(),
                                          [](const TraceEvent &event) { return event.event == PORT_EV_WARN; }));
}

void UserGuest::forget() {
    world.levels.clear();
    world.trace.clear();
    world.exchanges = 0;
}

} // namespace tcesim::test
