// SPDX-License-Identifier: Apache-2.0
/// A process with a virtual machine, seen from its descriptors, in the plain world.
#ifndef TESTS_SUPPORT_KVM_PROCESS_H
#define TESTS_SUPPORT_KVM_PROCESS_H

#include "tests/support/plain_port.h"

#include <memory>
#include <string>
#include <vector>

namespace tcesim::test {

/// A VFIO group of one device, with whatever hardware windows a test gives it.
struct TestGroup {
    TestGroup() {
        iommu.phb = &bridge;
        vfio.iommu_group = &iommu;
    }
    ~TestGroup();
    TestGroup(const TestGroup &) = delete;
    TestGroup &operator=(const TestGroup &) = delete;

    /// A new hardware table in window @p slot; the group holds its first reference.
    void add_window(u32 slot, u32 page_shift, u64 bus, u64 bytes);
    /// The window of another group: both are behind one container.
    void share_window(u32 slot, const TestGroup &other);
    void drop_window(u32 slot);

    phb bridge{0, PHB_PHB3, 0x3fffe40000000};
    iommu_group iommu{};
    vfio_group vfio{};
};

class KvmProcess {
public:
    static constexpr u64 liobn = 0x80000001;
    static constexpr u64 window = u64(64) << 20;

    KvmProcess();
    KvmProcess(const KvmProcess &) = delete;
    KvmProcess &operator=(const KvmProcess &) = delete;

    long call(s32 fd, u32 command, void *argument) { return file_ioctl(&files, fd, command, argument); }
    long check_extension(u64 number);
    long enable(u64 opcode, u64 on);
    /// KVM_CREATE_SPAPR_TCE_64 of @p window bytes in 4 KiB pages at bus address 0.
    long create_table(u64 number = liobn);
    long create_table(kvm_create_spapr_tce_64 args) { return call(vm, KVM_CREATE_SPAPR_TCE_64, &args); }
    /// KVM_CREATE_DEVICE; the descriptor, or the code.
    long create_device();
    long open_group(TestGroup *group) { return vfio_group_open(&files, &group->vfio); }
    long set_attr(s32 device, u32 group, u64 attribute, const void *argument);
    long add(s32 device, s32 group) { return set_attr(device, 1, KVM_DEV_VFIO_GROUP_ADD, &group); }
    long del(s32 device, s32 group) { return set_attr(device, 1, KVM_DEV_VFIO_GROUP_DEL, &group); }
    long set_spapr_tce(s32 device, s32 group, s32 table);
    int close(s32 fd) { return file_close(&files, fd); }

    kvm_tce_table *table(s32 fd);
    /// Hardware tables behind the view of @p number, the newest first.
    std::vector<iommu_table *> links(u64 number = liobn) const;
    /// Warnings since the last call.
    std::vector<u64> warnings();

    long hypercall(u64 opcode, u64 number, u64 ioba, u64 value, u64 count = 0);
    u64 result = 0; ///< r4 of the last hypercall
    u64 user_calls = 0;

    PlainPort world;
    mm_context mm{};
    struct kvm kvm {};
    file_table files{};
    s32 vm = -1;

private:
    struct User {
        kvm_user user;
        KvmProcess *process;
    };
    User user_{};
};

} // namespace tcesim::test

#endif
