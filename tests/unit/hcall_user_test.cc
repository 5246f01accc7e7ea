// SPDX-License-Identifier: Apache-2.0
/// TCE hypercalls in user space at their boundaries. Codes and effects are those that QEMU 7.2 showed
/// to a bare-metal guest.
#include "tests/support/guest_machine.h"

#include <gtest/gtest.h>

namespace tcesim::test {
namespace {

constexpr u64 liobn = GuestMachine::liobn;
constexpr u64 other = 0x80000900;
constexpr u64 end = u64(1) << 30;
constexpr u64 list = 0x100000;
constexpr u64 beyond_ram = 0x7ffffff000;

class UserSpace : public testing::Test {
protected:
    UserSpace() : machine(setup()) {
        const u64 values[] = {0x200003, 0x205001, 0, 0x209000, 0x20a002, 0, 0x20b003, 0x123456789003};
        for (u64 i = 0; i < 8; i++)
            port_guest_write64(list + i * sizeof(u64), values[i]);
    }
    ~UserSpace() override { machine.close(); }

    static MachineSetup setup() {
        MachineSetup setup;
        setup.in_kernel = false;
        setup.window_size = end;
        return setup;
    }
    long call(u64 opcode, u64 number, u64 ioba, u64 value, u64 count = 0) {
        hcall call{opcode, number, ioba, value, count, 0};
        long rc = kvm_hcall(&machine.kvm, &call);
        result = call.result;
        return rc;
    }
    long put(u64 number, u64 ioba, u64 tce) { return call(H_PUT_TCE, number, ioba, tce); }
    long indirect(u64 number, u64 ioba, u64 gpa, u64 count) {
        return call(H_PUT_TCE_INDIRECT, number, ioba, gpa, count);
    }
    long stuff(u64 number, u64 ioba, u64 value, u64 count) { return call(H_STUFF_TCE, number, ioba, value, count); }
    long get(u64 number, u64 ioba) { return call(H_GET_TCE, number, ioba, 0); }
    u64 value_at(u64 ioba) {
        EXPECT_EQ(get(liobn, ioba), H_SUCCESS);
        return result;
    }

    GuestMachine machine;
    u64 result = 0;
};

TEST_F(UserSpace, Put) {
    EXPECT_EQ(put(liobn, 0x1000, 0x200003), H_SUCCESS);
    EXPECT_EQ(put(liobn, 0x2000, 0x201001), H_SUCCESS);
    EXPECT_EQ(put(liobn, 0x3000, 0x202002), H_SUCCESS);
    EXPECT_EQ(machine.hardware(3), GuestMachine::ram_hpa | 0x202003);
    EXPECT_EQ(put(liobn, 0x1234, 0x203003), H_SUCCESS) << "rounded down";
    EXPECT_EQ(value_at(0x1000), 0x203003U);
    EXPECT_EQ(put(liobn, end - 0x1000, 0x204003), H_SUCCESS);
    EXPECT_EQ(put(liobn, end, 0x204003), H_PARAMETER);
    EXPECT_EQ(put(liobn, u64(1) << 59, 0x204003), H_PARAMETER);
    EXPECT_EQ(put(liobn, 0x4000, 0xffffff0000003), H_SUCCESS) << "beyond RAM, which only the log tells";
    EXPECT_EQ(machine.hardware(4), 0U);
    EXPECT_EQ(value_at(0x4000), 0xffffff0000003U);
    EXPECT_EQ(put(liobn, 0x2000, 0), H_SUCCESS);
    EXPECT_EQ(machine.hardware(2), 0U);
    EXPECT_EQ(put(liobn, 0x2000, 0x201000), H_SUCCESS) << "no permissions, but a value";
    EXPECT_EQ(machine.hardware(2), 0U);
    EXPECT_EQ(value_at(0x2000), 0x201000U);
    EXPECT_EQ(put(liobn, 0x1000, 0x2ff003), H_SUCCESS) << "over a live entry";
    EXPECT_EQ(machine.hardware(1), GuestMachine::ram_hpa | 0x2ff003);
}

TEST_F(UserSpace, UnknownLiobns) {
    for (u64 number : {other, u64(0x71000009), u64(5), liobn | u64(1) << 32}) {
        EXPECT_EQ(put(number, 0x1000, 0x200003), H_PARAMETER);
        EXPECT_EQ(get(number, 0x1000), H_PARAMETER);
        EXPECT_EQ(indirect(number, 0x10000, list, 8), H_PARAMETER);
        EXPECT_EQ(stuff(number, 0x10000, 0, 8), H_PARAMETER);
    }
}

TEST_F(UserSpace, Get) {
    EXPECT_EQ(put(liobn, 0x1000, 0x2ff003), H_SUCCESS);
    EXPECT_EQ(value_at(0x1000), 0x2ff003U);
    EXPECT_EQ(value_at(0x5000), 0U);
    EXPECT_EQ(get(liobn, end), H_PARAMETER);
}

TEST_F(UserSpace, Indirect) {
    EXPECT_EQ(indirect(liobn, 0x10000, list, 0), H_PARAMETER);
    EXPECT_EQ(indirect(liobn, 0x10000, list, 1), H_SUCCESS);
    EXPECT_EQ(indirect(liobn, 0x10000, list, 8), H_SUCCESS);
    EXPECT_EQ(value_at(0x11000), 0x205001U);
    EXPECT_EQ(value_at(0x17000), 0x123456789003U);
    EXPECT_EQ(indirect(liobn, 0x100000, list, 512), H_SUCCESS);
    EXPECT_EQ(indirect(liobn, 0x100000, list, 513), H_PARAMETER);
    EXPECT_EQ(indirect(liobn, 0x10000, list + 8, 2), H_PARAMETER);
    EXPECT_EQ(indirect(liobn, 0x10000, beyond_ram, 2), H_SUCCESS) << "memory that is not there reads as zeros";
    EXPECT_EQ(value_at(0x11000), 0U);
    EXPECT_EQ(value_at(0x12000), 0U);
    EXPECT_EQ(indirect(liobn, 0x20ffc, list, 2), H_SUCCESS) << "rounded down";
    EXPECT_EQ(value_at(0x20000), 0x200003U);
    EXPECT_EQ(value_at(0x21000), 0x205001U);
}

TEST_F(UserSpace, IndirectThatEndsPastTheWindowKeepsWhatFits) {
    EXPECT_EQ(indirect(liobn, end, list, 8), H_PARAMETER);
    EXPECT_EQ(indirect(liobn, end - 0x3000, list, 8), H_PARAMETER);
    EXPECT_EQ(value_at(end - 0x3000), 0x200003U);
    EXPECT_EQ(value_at(end - 0x2000), 0x205001U);
    EXPECT_EQ(indirect(liobn, end - 0x1000, list, 8), H_PARAMETER);
    EXPECT_EQ(value_at(end - 0x1000), 0x200003U);
}

TEST_F(UserSpace, Stuff) {
    EXPECT_EQ(stuff(liobn, 0x10000, 0, 0), H_PARAMETER);
    EXPECT_EQ(stuff(liobn, 0x10000, 0, 1), H_SUCCESS);
    EXPECT_EQ(stuff(liobn, 0x10000, 0x300003, 8), H_SUCCESS) << "permissions are not looked at";
    EXPECT_EQ(machine.hardware(0x17), GuestMachine::ram_hpa | 0x300003);
    EXPECT_EQ(stuff(liobn, 0x100000, 0, 512), H_SUCCESS);
    EXPECT_EQ(stuff(liobn, 0x100000, 0, 4096), H_SUCCESS) << "no limit of 512";
    EXPECT_EQ(stuff(liobn, 0, 0, end >> 12), H_SUCCESS) << "the whole window";
    EXPECT_EQ(machine.hardware(0x17), 0U);
    EXPECT_EQ(stuff(liobn, 0, 0, (end >> 12) + 1), H_PARAMETER);
    EXPECT_EQ(put(liobn, end - 0x1000, 3), H_SUCCESS);
    EXPECT_EQ(stuff(liobn, end - 0x3000, 0, 8), H_PARAMETER);
    EXPECT_EQ(value_at(end - 0x1000), 0U) << "what fits is done";
    EXPECT_EQ(stuff(liobn, end, 0, 8), H_PARAMETER);
    EXPECT_EQ(stuff(liobn, 0x20ffc, 0, 2), H_SUCCESS);
}

} // namespace
} // namespace tcesim::test
