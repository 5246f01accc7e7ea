// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kvm_process.h"

namespace tcesim::test {

TestGroup::~TestGroup() {
    for (u32 slot = 0; slot < IOMMU_WINDOWS_PER_GROUP; slot++)
        drop_window(slot);
}

void TestGroup::add_window(u32 slot, u32 page_shift, u64 bus, u64 bytes) {
    if (iommu_table_create(page_shift, bus, bytes, 1, true, &iommu.tables[slot]))
        port_bug("no hardware table");
}

void TestGroup::share_window(u32 slot, const TestGroup &other) {
    iommu.tables[slot] = other.iommu.tables[slot];
    iommu_table_get(iommu.tables[slot]);
}

void TestGroup::drop_window(u32 slot) {
    if (iommu.tables[slot])
        iommu_table_put(iommu.tables[slot]);
    iommu.tables[slot] = nullptr;
}

KvmProcess::KvmProcess() {
    constexpr u64 ram_ua = 0x7f0000000000;
    world.memory.map(ram_ua, 64, 0x4000000000, PAGE_SHIFT, PageState::Young);
    mm_context_init(&mm, u64(1) << 40);
    kvm_init(&kvm, &mm);
    kvm_memslot ram{0, 64, ram_ua};
    kvm_set_memslots(&kvm, &ram, 1);
    world.guest = memory_of(&kvm);
    user_.process = this;
    user_.user.papr_hcall = [](kvm_user *user, hcall *) -> long {
        reinterpret_cast<User *>(user)->process->user_calls++;
        return H_FUNCTION;
    };
    kvm.user = &user_.user;
    files_init(&files, FILES_LIMIT);
    vm = kvm_vm_open(&files, &kvm);
}

long KvmProcess::check_extension(u64 number) {
    return call(vm, KVM_CHECK_EXTENSION, reinterpret_cast<void *>(number));
}

long KvmProcess::enable(u64 opcode, u64 on) {
    kvm_enable_cap cap{};
    cap.cap = KVM_CAP_PPC_ENABLE_HCALL;
    cap.args[0] = opcode;
    cap.args[1] = on;
    return call(vm, KVM_ENABLE_CAP, &cap);
}

long KvmProcess::create_table(u64 number) {
    return create_table(kvm_create_spapr_tce_64{number, 12, 0, 0, window >> 12});
}

long KvmProcess::create_device() {
    kvm_create_device args{KVM_DEV_TYPE_VFIO, ~u32(0), 0};
    long rc = call(vm, KVM_CREATE_DEVICE, &args);
    return rc ? rc : args.fd;
}

long KvmProcess::set_attr(s32 device, u32 group, u64 attribute, const void *argument) {
    kvm_device_attr attr{0, group, attribute, reinterpret_cast<u64>(argument)};
    return call(device, KVM_SET_DEVICE_ATTR, &attr);
}

long KvmProcess::set_spapr_tce(s32 device, s32 group, s32 table) {
    kvm_vfio_spapr_tce pair{group, table};
    return set_attr(device, 1, KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, &pair);
}

kvm_tce_table *KvmProcess::table(s32 fd) {
    file *file = file_get(&files, fd);
    if (!file || file->kind != &kvm_tce_table_file)
        port_bug("no descriptor of a view");
    auto *found = static_cast<kvm_tce_table *>(file->object);
    file_put(file);
    return found;
}

std::vector<iommu_table *> KvmProcess::links(u64 number) const {
    std::vector<iommu_table *> found;
    const kvm_tce_table *view = kvm_tce_table_find(&kvm, number);
    if (view) {
        list_for_each(link, &view->links, struct kvm_tce_link, list) found.push_back(link->table);
    }
    return found;
}

std::vector<u64> KvmProcess::warnings() {
    std::vector<u64> found;
    for (const auto &event : world.trace) {
        if (event.event == PORT_EV_WARN)
            found.push_back(event.a);
    }
    world.trace.clear();
    return found;
}

long KvmProcess::hypercall(u64 opcode, u64 number, u64 ioba, u64 value, u64 count) {
    hcall call{opcode, number, ioba, value, count, 0};
    long rc = kvm_hcall(&kvm, &call);
    result = call.result;
    return rc;
}

} // namespace tcesim::test
