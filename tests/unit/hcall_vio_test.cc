// SPDX-License-Identifier: Apache-2.0
/// Emulated devices on the virtual I/O bus: tables of KVM with no hardware behind them.
#include "tests/support/guest_machine.h"

#include <gtest/gtest.h>

namespace tcesim::test::hcall_vio_test {
namespace {

constexpr u64 first = GuestMachine::vio_liobn;

MachineSetup with_devices(u32 count) {
    MachineSetup setup;
    setup.vio_devices = count;
    return setup;
}

class VioDevices : public testing::Test {
protected:
    ~VioDevices() override {
        machine.close();
        EXPECT_EQ(machine.mm.locked_pages, 0U);
    }
    long put(u64 liobn, u64 ioba, u64 tce) {
        hcall call{H_PUT_TCE, liobn, ioba, tce, 0, 0};
        return kvm_hcall(&machine.kvm, &call);
    }
    u64 value(u64 liobn, u64 ioba) {
        hcall call{H_GET_TCE, liobn, ioba, 0, 0, 0};
        EXPECT_EQ(kvm_hcall(&machine.kvm, &call), H_SUCCESS);
        return call.result;
    }

    GuestMachine machine{with_devices(3)};
};

TEST_F(VioDevices, KeepTheirTcesInKvm) {
    EXPECT_EQ(put(first + 1, 0x5000, 0x200003), H_SUCCESS);
    EXPECT_EQ(put(first + 1, (u64(256) << 20) - 0x1000, 0x201003), H_SUCCESS);
    EXPECT_EQ(put(first + 1, u64(256) << 20, 0x201003), H_PARAMETER);
    EXPECT_EQ(value(first + 1, 0x5000), 0x200003U);
    EXPECT_EQ(value(first + 2, 0x5000), 0U);
    EXPECT_EQ(value(GuestMachine::liobn, 0x5000), 0U);
    EXPECT_EQ(machine.hardware(5), 0U);
}

TEST_F(VioDevices, LeaveTheDeviceThatIsPassedThroughAsItWas) {
    EXPECT_EQ(put(GuestMachine::liobn, 0x5000, 0x200003), H_SUCCESS);
    EXPECT_EQ(machine.hardware(5), GuestMachine::ram_hpa | 0x200003);
    EXPECT_EQ(value(first, 0x5000), 0U);
}

TEST_F(VioDevices, AreFoundBeforeIt) {
    const auto *newest = list_entry(machine.kvm.tables.next, struct kvm_tce_table, list);
    const auto *oldest = list_entry(machine.kvm.tables.prev, struct kvm_tce_table, list);
    EXPECT_EQ(newest->liobn, first + 2);
    EXPECT_EQ(oldest->liobn, GuestMachine::liobn);
}

TEST_F(VioDevices, LockEightPagesOfTcesAndADescriptor) {
    const u64 before = machine.mm.locked_pages;
    EXPECT_EQ(user_add_vio_device(&machine.process, first + 3), 0);
    EXPECT_EQ(machine.mm.locked_pages, before + 9);
}

TEST_F(VioDevices, NeedALiobnOfTheirOwn) {
    const u64 before = machine.mm.locked_pages;
    EXPECT_EQ(user_add_vio_device(&machine.process, first), -EBUSY);
    EXPECT_EQ(user_add_vio_device(&machine.process, GuestMachine::liobn), -EBUSY);
    EXPECT_EQ(machine.mm.locked_pages, before);
}

} // namespace
} // namespace tcesim::test::hcall_vio_test
