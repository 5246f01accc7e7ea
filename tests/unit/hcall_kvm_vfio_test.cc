// SPDX-License-Identifier: Apache-2.0
/// The KVM-VFIO device: groups by descriptor, views that they follow, the ends of all of them.
#include "tests/support/kvm_process.h"
#include "tests/support/policy.h"

#include <gtest/gtest.h>

namespace tcesim::test::hcall_kvm_vfio_test {
namespace {

constexpr u64 liobn = KvmProcess::liobn;
constexpr u64 window = KvmProcess::window;
using Tables = std::vector<iommu_table *>;
using Warnings = std::vector<u64>;

class KvmVfio : public testing::Test {
protected:
    KvmVfio() {
        a.add_window(0, 12, 0, window);
        b.add_window(0, 12, 0, window);
        device = s32(process.create_device());
        view = s32(process.create_table());
        group = s32(process.open_group(&a));
    }
    ~KvmVfio() override {
        files_close_all(&process.files);
        for (auto *each : {&a, &b}) {
            EXPECT_EQ(each->vfio.opened, 0U);
            EXPECT_EQ(each->vfio.kvm, nullptr);
            each->drop_window(0);
            each->drop_window(1);
        }
        EXPECT_EQ(process.kvm.references, 0U);
        EXPECT_EQ(process.kvm.assigned_groups, 0U);
        EXPECT_EQ(process.kvm.noncoherent_dma, 0U);
        EXPECT_EQ(process.mm.locked_pages, 0U);
        EXPECT_EQ(process.world.live_objects(), 0U);
    }
    iommu_table *hardware(const TestGroup &of, u32 slot = 0) const { return of.iommu.tables[slot]; }
    long has(u32 number, u64 attribute) {
        kvm_device_attr attr{0, number, attribute, 0};
        return process.call(device, KVM_HAS_DEVICE_ATTR, &attr);
    }

    KvmProcess process;
    TestGroup a, b;
    s32 device, view, group;
};

TEST_F(KvmVfio, KnowsThreeAttributesOfOneGroup) {
    for (u64 attribute : {1, 2, 3})
        EXPECT_EQ(has(1, attribute), 0);
    for (u64 attribute : {u64(0), u64(4), u64(1) << 32 | 1, ~u64(0)}) {
        EXPECT_EQ(has(1, attribute), -ENXIO);
        EXPECT_EQ(process.set_attr(device, 1, attribute, nullptr), -ENXIO) << "before the argument is read";
    }
    for (u32 number : {u32(0), u32(2), ~u32(0)}) {
        EXPECT_EQ(has(number, 1), -ENXIO);
        EXPECT_EQ(process.set_attr(device, number, 1, nullptr), -ENXIO);
    }
}

TEST_F(KvmVfio, CallsOnItsDescriptor) {
    for (u32 command : {KVM_SET_DEVICE_ATTR, KVM_GET_DEVICE_ATTR, KVM_HAS_DEVICE_ATTR})
        EXPECT_EQ(process.call(device, command, nullptr), -EFAULT);
    kvm_device_attr attr{0, 1, KVM_DEV_VFIO_GROUP_ADD, 0};
    EXPECT_EQ(process.call(device, KVM_GET_DEVICE_ATTR, &attr), -EPERM) << "there is nothing to read";
    EXPECT_EQ(process.call(device, KVM_CREATE_DEVICE, nullptr), -ENOTTY);
}

TEST_F(KvmVfio, Add) {
    EXPECT_EQ(process.set_attr(device, 1, KVM_DEV_VFIO_GROUP_ADD, nullptr), -EFAULT);
    EXPECT_EQ(process.add(device, 99), -EBADF);
    EXPECT_EQ(process.add(device, -1), -EBADF);
    for (s32 other : {process.vm, device, view})
        EXPECT_EQ(process.add(device, other), -EINVAL) << "no group";
    process.world.fail_small_allocation(0);
    EXPECT_EQ(process.add(device, group), -ENOMEM);
    EXPECT_EQ(process.kvm.assigned_groups, 0U);
    EXPECT_EQ(a.vfio.kvm, nullptr);
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.kvm.assigned_groups, 1U);
    EXPECT_EQ(a.vfio.kvm, &process.kvm);
    process.world.fail_small_allocation(0);
    EXPECT_EQ(process.add(device, group), -EEXIST) << "before memory is looked for";
    process.world.arm_small_failures(false);
    EXPECT_EQ(process.kvm.assigned_groups, 1U);
}

TEST_F(KvmVfio, AddKeepsTheGroupOpen) {
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.close(group), 0);
    EXPECT_EQ(a.vfio.opened, 1U);
    EXPECT_EQ(process.close(device), 0);
    EXPECT_EQ(a.vfio.opened, 0U);
}

TEST_F(KvmVfio, RefusedDescriptorsAreNotHeld) {
    s32 other = s32(process.open_group(&b));
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.add(device, group), -EEXIST);
    process.world.fail_small_allocation(0);
    EXPECT_EQ(process.add(device, other), -ENOMEM);
    EXPECT_EQ(process.del(device, other), -ENOENT);
    EXPECT_EQ(process.set_spapr_tce(device, other, view), -ENOENT);
    EXPECT_EQ(process.close(other), 0);
    EXPECT_EQ(b.vfio.opened, 0U);
}

TEST_F(KvmVfio, ADuplicatedDescriptorIsTheSameGroup) {
    s32 copy = file_dup(&process.files, group);
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.add(device, copy), -EEXIST);
    EXPECT_EQ(process.set_spapr_tce(device, copy, view), 0);
    EXPECT_EQ(process.del(device, copy), 0);
    EXPECT_EQ(process.del(device, group), -ENOENT);
}

/// Up to v5.18 a group is known by itself, later by its open file.
TEST_F(KvmVfio, AGroupThatIsOpenedAgain) {
    s32 again = s32(process.open_group(&a));
    EXPECT_EQ(process.add(device, group), 0);
    if (!POLICY_GROUP_IS_FILE) {
        EXPECT_EQ(process.add(device, again), -EEXIST);
        EXPECT_EQ(process.set_spapr_tce(device, again, view), 0);
        EXPECT_EQ(process.del(device, again), 0);
        EXPECT_EQ(process.del(device, group), -ENOENT);
    } else {
        EXPECT_EQ(process.set_spapr_tce(device, again, view), -ENOENT);
        EXPECT_EQ(process.del(device, again), -ENOENT);
        EXPECT_EQ(process.add(device, again), 0);
        EXPECT_EQ(process.kvm.assigned_groups, 2U);
    }
}

TEST_F(KvmVfio, Del) {
    EXPECT_EQ(process.set_attr(device, 1, KVM_DEV_VFIO_GROUP_DEL, nullptr), -EFAULT);
    EXPECT_EQ(process.del(device, 99), -EBADF);
    for (s32 other : {process.vm, device, view, group})
        EXPECT_EQ(process.del(device, other), -ENOENT) << "not added, group or not";
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, view), 0);
    EXPECT_EQ(process.links(), Tables{hardware(a)});
    EXPECT_EQ(process.del(device, group), 0);
    EXPECT_TRUE(process.links().empty());
    EXPECT_EQ(hardware(a)->references, 1U);
    EXPECT_EQ(process.kvm.assigned_groups, 0U);
    EXPECT_EQ(a.vfio.kvm, nullptr);
    EXPECT_EQ(a.vfio.opened, 1U);
    EXPECT_EQ(process.del(device, group), -ENOENT);
    EXPECT_EQ(process.add(device, group), 0) << "it may come back";
}

TEST_F(KvmVfio, SetSpaprTceInTheOrderOfItsChecks) {
    b.vfio.iommu_group = nullptr;
    s32 empty = s32(process.open_group(&b));
    EXPECT_EQ(process.set_attr(device, 1, KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, nullptr), -EFAULT);
    EXPECT_EQ(process.set_spapr_tce(device, 99, 98), -EBADF);
    EXPECT_EQ(process.set_spapr_tce(device, group, 98), -ENOENT) << "the group before the table's descriptor";
    EXPECT_EQ(process.set_spapr_tce(device, view, view), -ENOENT);
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.add(device, empty), 0);
    process.warnings();
    EXPECT_EQ(process.set_spapr_tce(device, empty, 98), -EIO) << "no IOMMU group, before the table's descriptor";
    EXPECT_EQ(process.warnings(), Warnings{PORT_WARN_NO_IOMMU_GROUP});
    EXPECT_EQ(process.set_spapr_tce(device, group, 98), -EBADF);
    EXPECT_EQ(process.set_spapr_tce(device, group, -1), -EBADF);
    for (s32 other : {process.vm, device, group})
        EXPECT_EQ(process.set_spapr_tce(device, group, other), -EINVAL) << "no view";
    a.iommu.phb = nullptr;
    EXPECT_EQ(process.set_spapr_tce(device, group, group), -EINVAL) << "the view before the group's tables";
    EXPECT_TRUE(process.warnings().empty());
    EXPECT_EQ(process.set_spapr_tce(device, group, view), -EFAULT) << "no table group";
    EXPECT_EQ(process.warnings(), Warnings{PORT_WARN_NO_TABLE_GROUP});
    a.iommu.phb = &a.bridge;
    process.world.fail_small_allocation(0);
    EXPECT_EQ(process.set_spapr_tce(device, group, view), -ENOMEM);
    EXPECT_EQ(process.set_spapr_tce(device, group, view), 0);
    EXPECT_EQ(process.links(), Tables{hardware(a)});
    EXPECT_EQ(hardware(a)->references, 2U);
}

TEST_F(KvmVfio, OnlyViewsOfItsOwnVirtualMachine) {
    struct kvm other {};
    kvm_init(&other, &process.mm);
    kvm_create_spapr_tce_64 args{liobn, 12, 0, 0, window >> 12};
    s32 foreign = kvm_tce_table_open(&other, &process.files, &args);
    ASSERT_GE(foreign, 0);
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, foreign), -EINVAL);
    EXPECT_EQ(process.close(foreign), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, foreign), -EBADF);
}

TEST_F(KvmVfio, AViewFollowsTheFirstWindowThatFits) {
    EXPECT_EQ(process.add(device, group), 0);
    s32 high = s32(process.create_table({liobn + 1, 16, 0, IOMMU_WINDOW1_BASE >> 16, TCES_PER_PAGE}));
    ASSERT_GE(high, 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, high), -EINVAL) << "there is no window at that address";
    a.add_window(1, 16, IOMMU_WINDOW1_BASE, TCES_PER_PAGE << 16);
    EXPECT_EQ(process.set_spapr_tce(device, group, high), 0);
    EXPECT_EQ(process.links(liobn + 1), Tables{hardware(a, 1)});
    s32 larger = s32(process.create_table({liobn + 2, 12, 0, 0, (window >> 12) + 1}));
    ASSERT_GE(larger, 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, larger), -EINVAL);
}

/// All of them only since February 2019; before, what the newest view had was the end of it.
TEST_F(KvmVfio, DelLetsBothWindowsGo) {
    a.add_window(1, 12, IOMMU_WINDOW1_BASE, window);
    s32 high = s32(process.create_table({liobn + 1, 12, 0, IOMMU_WINDOW1_BASE >> 12, window >> 12}));
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, view), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, high), 0);
    EXPECT_EQ(process.del(device, group), 0);
    EXPECT_TRUE(process.links(liobn + 1).empty());
    EXPECT_EQ(process.links(liobn).empty(), !POLICY_DETACH_FIRST_VIEW);
}

TEST_F(KvmVfio, AttachingTwiceLosesAReferenceOnTheTable) {
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, view), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, view), 0);
    EXPECT_EQ(process.del(device, group), 0);
    if (!POLICY_ATTACH_LEAKS_REFERENCE) {
        EXPECT_TRUE(process.links().empty());
        EXPECT_EQ(hardware(a)->references, 1U);
        return;
    }
    EXPECT_EQ(process.links(), Tables{hardware(a)}) << "of two attachments one is left";
    EXPECT_EQ(process.close(view), 0);
    EXPECT_EQ(hardware(a)->references, 2U);
    iommu_table_put(hardware(a));
}

TEST_F(KvmVfio, ASiblingThatLeavesTakesTheTableAlong) {
    b.drop_window(0);
    b.share_window(0, a);
    s32 sibling = s32(process.open_group(&b));
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.add(device, sibling), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, view), 0);
    process.warnings();
    EXPECT_EQ(process.del(device, sibling), 0);
    EXPECT_EQ(process.links().empty(), POLICY_DETACH_BY_WINDOW);
    EXPECT_EQ(process.warnings(), POLICY_WARN_NEVER_ATTACHED ? Warnings{PORT_WARN_GROUP_NEVER_ATTACHED} : Warnings{});
}

TEST_F(KvmVfio, GroupsThatNeverFollowedAViewAreWarnedOfOnce) {
    s32 other = s32(process.open_group(&b));
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.add(device, other), 0);
    process.warnings();
    EXPECT_EQ(process.del(device, group), 0);
    EXPECT_EQ(process.warnings(), POLICY_WARN_NEVER_ATTACHED ? Warnings{PORT_WARN_GROUP_NEVER_ATTACHED} : Warnings{});
    EXPECT_EQ(process.del(device, other), 0);
    EXPECT_TRUE(process.warnings().empty());
}

TEST_F(KvmVfio, AWindowThatIsGoneBeforeDelStaysUntilTheViewIsClosed) {
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, view), 0);
    iommu_table *orphan = hardware(a);
    a.drop_window(0);
    EXPECT_EQ(process.del(device, group), 0);
    if (!POLICY_DETACH_BY_WINDOW) {
        EXPECT_TRUE(process.links().empty());
        return;
    }
    EXPECT_EQ(process.links(), Tables{orphan});
    EXPECT_EQ(process.hypercall(H_PUT_TCE, liobn, 0, 0), H_SUCCESS);
}

TEST_F(KvmVfio, AGroupWhoseDevicesAreGoneLeavesItsTableBehind) {
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.set_spapr_tce(device, group, view), 0);
    a.vfio.iommu_group = nullptr;
    EXPECT_EQ(process.del(device, group), 0);
    EXPECT_EQ(process.links().empty(), !POLICY_DETACH_BY_WINDOW);
}

TEST_F(KvmVfio, AGroupWithoutTablesLeavesWithAWarning) {
    a.iommu.phb = nullptr;
    EXPECT_EQ(process.add(device, group), 0);
    process.warnings();
    EXPECT_EQ(process.del(device, group), 0);
    Warnings seen = process.warnings();
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.back(), u64(PORT_WARN_NO_TABLE_GROUP));
}

TEST_F(KvmVfio, NoncoherentDmaIsRegisteredOnceForTheDevice) {
    s32 other = s32(process.open_group(&b));
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.kvm.noncoherent_dma, 1U);
    EXPECT_EQ(process.add(device, other), 0);
    EXPECT_EQ(process.kvm.noncoherent_dma, 1U);
    EXPECT_EQ(process.del(device, group), 0);
    EXPECT_EQ(process.kvm.noncoherent_dma, 1U);
    EXPECT_EQ(process.del(device, other), 0);
    EXPECT_EQ(process.kvm.noncoherent_dma, 0U);
}

TEST_F(KvmVfio, NoncoherentDmaIsThatOfGroupsThatAreNotEnforcedCoherent) {
    b.vfio.enforced_coherent = true;
    s32 coherent = s32(process.open_group(&b));
    EXPECT_EQ(process.add(device, coherent), 0);
    EXPECT_EQ(process.kvm.noncoherent_dma, 0U);
    EXPECT_EQ(process.add(device, group), 0);
    EXPECT_EQ(process.kvm.noncoherent_dma, 1U);
    EXPECT_EQ(process.del(device, group), 0);
    EXPECT_EQ(process.kvm.noncoherent_dma, 0U) << "the coherent one is still there";
}

TEST_F(KvmVfio, NoncoherentDmaIsReconsideredWhenDelFindsNoGroup) {
    s32 other = s32(process.open_group(&b));
    EXPECT_EQ(process.add(device, group), 0);
    a.vfio.enforced_coherent = true;
    EXPECT_EQ(process.add(device, group), -EEXIST);
    EXPECT_EQ(process.del(device, 99), -EBADF);
    EXPECT_EQ(process.kvm.noncoherent_dma, 1U) << "not by other failures";
    EXPECT_EQ(process.del(device, other), -ENOENT);
    EXPECT_EQ(process.kvm.noncoherent_dma, 0U);
    a.vfio.enforced_coherent = false;
    EXPECT_EQ(process.del(device, other), -ENOENT);
    EXPECT_EQ(process.kvm.noncoherent_dma, 1U);
}

/// Every end of a device does what KVM_DEV_VFIO_GROUP_DEL does, for each of its groups.
class KvmVfioEnd : public KvmVfio {
protected:
    KvmVfioEnd() {
        other = s32(process.open_group(&b));
        EXPECT_EQ(process.add(device, group), 0);
        EXPECT_EQ(process.add(device, other), 0);
        EXPECT_EQ(process.set_spapr_tce(device, group, view), 0);
        EXPECT_EQ(process.set_spapr_tce(device, other, view), 0);
        EXPECT_EQ(process.links(), (Tables{hardware(b), hardware(a)}));
    }
    void expect_released() {
        EXPECT_TRUE(process.links().empty());
        for (const auto *each : {&a, &b}) {
            EXPECT_EQ(hardware(*each)->references, 1U);
            EXPECT_EQ(each->vfio.kvm, nullptr);
        }
        EXPECT_EQ(process.kvm.assigned_groups, 0U);
        EXPECT_EQ(process.kvm.noncoherent_dma, 0U);
        EXPECT_EQ(process.kvm.vfio_device, nullptr);
    }
    s32 other;
};

TEST_F(KvmVfioEnd, ByItsLastDescriptor) {
    s32 copy = file_dup(&process.files, device);
    EXPECT_EQ(process.close(device), 0);
    EXPECT_EQ(process.links().size(), 2U);
    EXPECT_EQ(process.close(copy), 0);
    expect_released();
    EXPECT_EQ(process.hypercall(H_PUT_TCE, liobn, 0, 0), H_SUCCESS) << "the view stays, for emulated devices";
}

TEST_F(KvmVfioEnd, WithTheProcess) {
    file *mapping = file_get(&process.files, view);
    files_close_all(&process.files);
    expect_released();
    EXPECT_EQ(process.kvm.references, 1U) << "the view's";
    file_put(mapping);
}

TEST_F(KvmVfioEnd, WithoutTheVirtualMachinesOwnDescriptor) {
    EXPECT_EQ(process.close(process.vm), 0);
    EXPECT_EQ(process.close(group), 0);
    EXPECT_EQ(process.close(other), 0);
    EXPECT_EQ(process.links().size(), 2U) << "device and view keep machine and groups";
    EXPECT_EQ(process.close(view), 0);
    EXPECT_EQ(process.close(device), 0);
    expect_released();
}

} // namespace
} // namespace tcesim::test::hcall_kvm_vfio_test
