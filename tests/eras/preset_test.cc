// SPDX-License-Identifier: Apache-2.0
/// Each program holds the handlers of one kernel era, and they handle a guest's calls.
#include "tests/support/guest_machine.h"

#include <gmock/gmock.h>

namespace tcesim::test::preset_test {
namespace {

TEST(Preset, IsOneThatHostKernelTakes) {
    EXPECT_THAT(hcall_object.preset,
                testing::AnyOf(testing::StrEq("4.12"), testing::StrEq("4.19.81"), testing::StrEq("4.19"),
                               testing::StrEq("5.10"), testing::StrEq("6.1"), testing::StrEq("fixed")));
}

TEST(Preset, MapsAndForgetsPagesOfAGuest) {
    MachineSetup setup;
    setup.real_mode = false;
    GuestMachine machine(setup);
    EXPECT_EQ(machine.put(0x7000, 0x3003), H_SUCCESS);
    EXPECT_EQ(machine.hardware(7), (GuestMachine::ram_hpa + 0x3000) | 3);
    EXPECT_EQ(machine.put_indirect(0x8000, {0x1003, 0x2001}), H_SUCCESS);
    EXPECT_EQ(machine.hardware(9), (GuestMachine::ram_hpa + 0x2000) | 1);
    EXPECT_EQ(machine.stuff(0x7000, 0, 3), H_SUCCESS);
    for (u64 entry = 7; entry < 10; entry++)
        EXPECT_EQ(machine.hardware(entry), 0U) << entry;
    machine.close();
}

} // namespace
} // namespace tcesim::test::preset_test
