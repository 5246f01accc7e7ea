// SPDX-License-Identifier: Apache-2.0
#include "tests/support/guest_machine.h"

namespace tcesim::test {

GuestMachine::GuestMachine(const MachineSetup &setup) : setup_(setup) {
    world.memory.map(ram_ua, setup.ram_pages, ram_hpa, setup.ram_page_shift, PageState::Young);
    mm_context_init(&mm, u64(1) << 30);
    kvm_init(&kvm, &mm);
    kvm_memslot ram{0, setup.ram_pages, ram_ua};
    kvm_set_memslots(&kvm, &ram, 1);
    kvm.real_mode = setup.real_mode;
    kvm_enable_multi_tce(&kvm, setup.multi_tce);
    world.guest = memory_of(&kvm);
    bridge = {0, setup.phb, 0x3fffe40000000};
    group.phb = &bridge;
    group.pe = pe;
    group.dynamic_windows = setup.container == 2;
    group.dma32_size = setup.window_size;
    group.page_sizes = u64(1) << 12 | 1 << 16 | 1 << 24;
    user_init(&process, &kvm, ram_ua, setup.ram_pages << PAGE_SHIFT);
    hcall_setup described = {};
    described.window = {liobn, 0, setup.window_size, setup.page_shift, setup.levels, setup.in_kernel};
    if (setup.container == 1 && window_set_default(&group))
        port_bug("no default window");
    if (user_add_device(&process, &group, &described))
        port_bug("the device cannot be passed through");
    for (u32 i = 0; i < setup.vio_devices; i++) {
        if (user_add_vio_device(&process, vio_liobn + i))
            port_bug("no table for a VIO device");
    }
    user_start(&process);
    forget();
}

void GuestMachine::close() {
    user_end(&process);
    list_for_each_safe(view, following, &kvm.tables, struct kvm_tce_table, list) kvm_tce_table_close(view);
    window_unset(&group, 0);
}

long GuestMachine::hypercall(u64 opcode, u64 ioba, u64 value, u64 count, u64 *result) {
    hcall call{opcode, liobn, ioba, value, count, 0};
    long rc = kvm_hcall(&kvm, &call);
    if (result)
        *result = call.result;
    return rc;
}

long GuestMachine::put(u64 ioba, u64 tce) {
    return hypercall(H_PUT_TCE, ioba, tce, 0);
}

long GuestMachine::put_indirect(u64 ioba, const std::vector<u64> &tces) {
    for (u64 i = 0; i < tces.size(); i++)
        port_guest_write64(list_gpa() + i * sizeof(u64), tces[i]);
    return hypercall(H_PUT_TCE_INDIRECT, ioba, list_gpa(), tces.size());
}

long GuestMachine::stuff(u64 ioba, u64 value, u64 count) {
    return hypercall(H_STUFF_TCE, ioba, value, count);
}

u64 GuestMachine::get(u64 ioba) {
    u64 value = 0;
    if (hypercall(H_GET_TCE, ioba, 0, 0, &value) != H_SUCCESS)
        port_bug("H_GET_TCE failed");
    return value;
}

u64 GuestMachine::hardware(u64 entry) const {
    const u64 *slot = iommu_table_slot(table(), entry, false);
    return slot ? big_endian(*slot) : 0;
}

u64 GuestMachine::mirror(u64 entry) const {
    const u64 *slot = iommu_table_mirror(table(), entry, false);
    return slot ? big_endian(*slot) : 0;
}

mm_region *GuestMachine::region() {
    return region_lookup(&mm, ram_ua, PAGE_SIZE);
}

port_level GuestMachine::handled_by() const {
    for (auto event = world.trace.rbegin(); event != world.trace.rend(); ++event) {
        if (event->event == PORT_EV_HCALL_LEVEL)
            return static_cast<port_level>(event->b);
    }
    port_bug("no hypercall yet");
}

void GuestMachine::forget() {
    world.trace.clear();
    world.mmio_writes.clear();
    world.opal_kills.clear();
    world.tve_writes.clear();
    world.levels.clear();
    world.work.clear();
    world.exchanges = 0;
}

} // namespace tcesim::test
