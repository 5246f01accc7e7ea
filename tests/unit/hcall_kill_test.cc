// SPDX-License-Identifier: Apache-2.0
/// Telling a PHB that entries changed, in the form that its generation understands.
#include "tests/support/guest_machine.h"

#include <gtest/gtest.h>

namespace tcesim::test::hcall_kill_test {
namespace {

MachineSetup with(phb_model model) {
    MachineSetup setup;
    setup.phb = model;
    return setup;
}

TEST(Kill, Phb3TakesOneStorePerPage) {
    GuestMachine machine(with(PHB_PHB3));
    ASSERT_EQ(machine.put_indirect(0x7000, {0x1003, 0x2003, 0x3001}), H_SUCCESS);
    ASSERT_EQ(machine.world.mmio_writes.size(), 3U);
    for (u64 i = 0; i < 3; i++) {
        EXPECT_EQ(machine.world.mmio_writes[i].first, machine.bridge.registers + 0x210);
        EXPECT_EQ(machine.world.mmio_writes[i].second, u64(1) << 61 | (0x7000 + (i << 12)) | GuestMachine::pe);
    }
    EXPECT_TRUE(machine.world.opal_kills.empty());
    machine.close();
}

TEST(Kill, Phb4AsksFirmwareOncePerGuestPage) {
    GuestMachine machine(with(PHB_PHB4));
    ASSERT_EQ(machine.put(0x7000, 0x1003), H_SUCCESS);
    ASSERT_EQ(machine.world.opal_kills.size(), 1U);
    const auto &kill = machine.world.opal_kills[0];
    EXPECT_EQ(kill.kind, OPAL_TCE_KILL_PAGES);
    EXPECT_EQ(kill.pe, GuestMachine::pe);
    EXPECT_EQ(kill.shift, 12U);
    EXPECT_EQ(kill.ioba, 0x7000U);
    EXPECT_EQ(kill.pages, 1U);
    EXPECT_TRUE(machine.world.mmio_writes.empty());
    machine.close();
}

TEST(Kill, P7iocKillsByTheAddressOfTwoEntries) {
    GuestMachine machine(with(PHB_P7IOC));
    ASSERT_EQ(machine.put(0x7000, 0x1003), H_SUCCESS);
    ASSERT_EQ(machine.world.mmio_writes.size(), 1U);
    u64 tce = port_to_hpa(machine.table()->base + 7);
    EXPECT_EQ(machine.world.mmio_writes[0].second, u64(1) << 63 | (tce & ~u64(15)));
    for (u64 first = 0; first < 4; first++) {
        for (u64 count = 1; count < 9; count++) {
            machine.forget();
            tce_kill(machine.table(), first, count);
            u64 stores = (first + count + 1) / 2 - first / 2;
            EXPECT_EQ(machine.world.mmio_writes.size(), stores) << first << ' ' << count;
        }
    }
    machine.close();
}

TEST(Kill, AChangedWindowInvalidatesTheWholePe) {
    for (auto model : {PHB_PHB3, PHB_PHB4}) {
        GuestMachine machine(with(model));
        tce_kill_group(&machine.group);
        if (model == PHB_PHB3) {
            ASSERT_EQ(machine.world.mmio_writes.size(), 1U);
            EXPECT_EQ(machine.world.mmio_writes[0].second, u64(1) << 62 | GuestMachine::pe);
        } else {
            ASSERT_EQ(machine.world.opal_kills.size(), 1U);
            EXPECT_EQ(machine.world.opal_kills[0].kind, OPAL_TCE_KILL_PE);
        }
        machine.close();
    }
}

TEST(Kill, ComesAfterTheExchangeAndEvenWhenNothingChanged) {
    GuestMachine machine(with(PHB_PHB3));
    machine.put(0x7000, 0x1003);
    machine.put(0x7000, 0);
    machine.forget();
    ASSERT_EQ(machine.put(0x7000, 0), H_SUCCESS);
    EXPECT_EQ(machine.world.mmio_writes.size(), 1U);
    machine.forget();
    ASSERT_EQ(machine.put(0x7000, 0x1003), H_SUCCESS);
    int set = -1, kill = -1;
    for (int i = 0; i < int(machine.world.trace.size()); i++) {
        if (machine.world.trace[i].event == PORT_EV_TCE_SET)
            set = i;
        if (machine.world.trace[i].event == PORT_EV_TCE_KILL)
            kill = i;
    }
    EXPECT_GE(set, 0);
    EXPECT_GT(kill, set);
    machine.close();
}

} // namespace
} // namespace tcesim::test::hcall_kill_test
