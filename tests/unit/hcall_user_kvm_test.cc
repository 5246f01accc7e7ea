// SPDX-License-Identifier: Apache-2.0
/// What the process asks of KVM when devices come and go: descriptors, the KVM-VFIO device, its groups.
#include "tests/support/guest_machine.h"

#include <gtest/gtest.h>

namespace tcesim::test::hcall_user_kvm_test {
namespace {

constexpr u64 other_liobn = GuestMachine::vio_liobn + 7;

class UserKvm : public testing::Test {
protected:
    ~UserKvm() override {
        machine.close();
        EXPECT_EQ(machine.kvm.assigned_groups, 0U);
        EXPECT_EQ(machine.kvm.noncoherent_dma, 0U);
        EXPECT_EQ(machine.kvm.vfio_device, nullptr);
        EXPECT_EQ(machine.kvm.references, 1U) << "the machine's own";
        EXPECT_EQ(machine.mm.locked_pages, 0U);
        EXPECT_EQ(machine.world.live_objects(), 0U);
    }
    user_phb *bridge() { return list_entry(machine.process.phbs.next, struct user_phb, list); }

    GuestMachine machine{MachineSetup{}};
};

TEST_F(UserKvm, PassingADeviceThroughTellsKvm) {
    EXPECT_EQ(machine.kvm.assigned_groups, 1U);
    EXPECT_EQ(machine.kvm.noncoherent_dma, 1U) << "no container of POWER enforces coherency";
    ASSERT_NE(machine.kvm.vfio_device, nullptr);
    const kvm_tce_table *view = kvm_tce_table_find(&machine.kvm, GuestMachine::liobn);
    ASSERT_NE(view, nullptr);
    const auto *link = list_entry(view->links.next, struct kvm_tce_link, list);
    EXPECT_EQ(link->table, machine.table());
    EXPECT_EQ(link->list.next, &view->links);
}

TEST_F(UserKvm, TakingItAwayTellsKvm) {
    user_phb_unplug(bridge(), &machine.group);
    EXPECT_EQ(machine.kvm.assigned_groups, 0U);
    const kvm_tce_table *view = kvm_tce_table_find(&machine.kvm, GuestMachine::liobn);
    ASSERT_NE(view, nullptr) << "the window stays";
    EXPECT_EQ(view->links.next, &view->links);
    EXPECT_EQ(machine.kvm.vfio_device, nullptr) << "the KVM-VFIO device goes with the last group";
    EXPECT_EQ(user_phb_plug(bridge(), &machine.group), 0);
    EXPECT_EQ(machine.kvm.assigned_groups, 1U);
    EXPECT_NE(view->links.next, &view->links);
}

TEST_F(UserKvm, WithoutADescriptorForItsGroupADeviceCannotCome) {
    user_phb_unplug(bridge(), &machine.group);
    const u64 objects = machine.world.live_objects(), locked = machine.mm.locked_pages;
    machine.process.files.limit = 0;
    EXPECT_EQ(user_phb_plug(bridge(), &machine.group), -EMFILE);
    EXPECT_EQ(machine.world.live_objects(), objects);
    EXPECT_EQ(machine.mm.locked_pages, locked);
    EXPECT_FALSE(machine.group.in_use);
    machine.process.files.limit = FILES_LIMIT;
    EXPECT_EQ(user_phb_plug(bridge(), &machine.group), 0);
}

TEST_F(UserKvm, WithoutADescriptorForItsTableAWindowIsInOwnMemory) {
    machine.forget();
    machine.process.files.limit = 0;
    EXPECT_EQ(user_add_vio_device(&machine.process, other_liobn), 0);
    machine.process.files.limit = FILES_LIMIT;
    EXPECT_EQ(kvm_tce_table_find(&machine.kvm, other_liobn), nullptr);
    ASSERT_EQ(machine.world.trace.size(), 1U);
    EXPECT_EQ(machine.world.trace[0].a, u64(PORT_WARN_USER_IOCTL_FAILED));
    EXPECT_EQ(machine.world.trace[0].b, u64(-EMFILE));
    hcall call{H_PUT_TCE, other_liobn, 0x5000, 0x1003, 0, 0};
    EXPECT_EQ(kvm_hcall(&machine.kvm, &call), H_SUCCESS);
    EXPECT_EQ(machine.handled_by(), PORT_HOST_USER);
}

TEST_F(UserKvm, WithoutCapability125SmallWindowsUseTheOldCall) {
    machine.process.has.spapr_tce_64 = false;
    EXPECT_EQ(user_add_vio_device(&machine.process, other_liobn), 0);
    const kvm_tce_table *view = kvm_tce_table_find(&machine.kvm, other_liobn);
    ASSERT_NE(view, nullptr);
    EXPECT_EQ(view->size, u64(256) << 20 >> 12);
    EXPECT_EQ(view->page_shift, 12U);
}

} // namespace
} // namespace tcesim::test::hcall_user_kvm_test
