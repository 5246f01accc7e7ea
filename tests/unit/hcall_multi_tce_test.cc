// SPDX-License-Identifier: Apache-2.0
/// Lists and ranges: H_PUT_TCE_INDIRECT and H_STUFF_TCE of 1, 16 and 512 entries.
#include "tests/support/guest_machine.h"

#include <gtest/gtest.h>

namespace tcesim::test::hcall_multi_tce_test {
namespace {

struct Count {
    u64 entries;
    bool real_mode;
};

class MultiTce : public testing::TestWithParam<Count> {
protected:
    MultiTce() : machine(setup()) {
        machine.put(0x1000, 0x5003); // pages and levels exist from here on
        machine.put(0x1000, 0);
        machine.forget();
    }
    static MachineSetup setup() {
        MachineSetup result;
        result.real_mode = GetParam().real_mode;
        return result;
    }
    std::vector<u64> list() const {
        std::vector<u64> tces;
        for (u64 i = 0; i < GetParam().entries; i++)
            tces.push_back((i * 3 % 1000) << 12 | (i % 3 + 1));
        return tces;
    }
    u64 kills() const {
        u64 pages = 0;
        for (const auto &event : machine.world.trace)
            pages += event.event == PORT_EV_TCE_KILL ? event.c : 0;
        return pages;
    }

    GuestMachine machine;
};

TEST_P(MultiTce, MapsTheWholeListAndClearsTheWholeRange) {
    u64 count = GetParam().entries;
    auto tces = list();
    ASSERT_EQ(machine.put_indirect(0x20000, tces), H_SUCCESS);
    EXPECT_EQ(machine.handled_by(), GetParam().real_mode ? PORT_REAL_MODE : PORT_HOST_KERNEL);
    EXPECT_EQ(machine.world.exchanges, count);
    EXPECT_EQ(machine.world.mmio_writes.size(), count) << "a PHB3 takes one store per entry";
    EXPECT_EQ(kills(), count);
    EXPECT_EQ(machine.region()->mapped, 1 + s64(count));
    for (u64 i = 0; i < count; i++) {
        u64 permissions = tces[i] & TCE_WRITE ? TCE_PERM : TCE_READ;
        ASSERT_EQ(machine.hardware(0x20 + i), (GuestMachine::ram_hpa + (tces[i] & ~TCE_PERM)) | permissions);
        ASSERT_EQ(machine.mirror(0x20 + i), GuestMachine::ram_ua + (tces[i] & ~TCE_PERM));
        ASSERT_EQ(machine.get(0x20000 + (i << 12)), tces[i]);
    }
    EXPECT_EQ(machine.hardware(0x20 + count), 0U);
    EXPECT_EQ(machine.hardware(0x1f), 0U);

    machine.forget();
    ASSERT_EQ(machine.stuff(0x20000, 0, count), H_SUCCESS);
    EXPECT_EQ(machine.world.exchanges, count);
    EXPECT_EQ(machine.world.mmio_writes.size(), count);
    EXPECT_EQ(machine.region()->mapped, 1);
    for (u64 i = 0; i < count; i++) {
        ASSERT_EQ(machine.hardware(0x20 + i), 0U);
        ASSERT_EQ(machine.mirror(0x20 + i), 0U);
    }
    machine.close();
    EXPECT_EQ(machine.world.memory.pins(), 0U);
}

TEST_P(MultiTce, MappingAgainReplacesAndCountsOnce) {
    auto tces = list();
    for (int round = 0; round < 3; round++)
        ASSERT_EQ(machine.put_indirect(0x20000, tces), H_SUCCESS);
    EXPECT_EQ(machine.region()->mapped, 1 + s64(tces.size()));
    machine.close();
    EXPECT_EQ(machine.world.live_objects(), 0U);
}

TEST_P(MultiTce, AStuffedValueStaysInTheViewAndNotInTheTable) {
    ASSERT_EQ(machine.put_indirect(0x20000, list()), H_SUCCESS);
    ASSERT_EQ(machine.stuff(0x20000, 0xabc00, GetParam().entries), H_SUCCESS);
    EXPECT_EQ(machine.get(0x20000), 0xabc00U);
    EXPECT_EQ(machine.hardware(0x20), 0U);
    machine.close();
}

INSTANTIATE_TEST_SUITE_P(Counts, MultiTce,
                         testing::Values(Count{1, true}, Count{16, true}, Count{512, true}, Count{1, false},
                                         Count{16, false}, Count{512, false}));

/// A device that wrote through an entry leaves its page dirty when the entry goes: virtual mode at
/// once, real mode when the region is released.
TEST(DirtyPages, FollowWritableEntriesOnly) {
    for (bool real_mode : {false, true}) {
        MachineSetup setup;
        setup.real_mode = real_mode;
        GuestMachine machine(setup);
        machine.put(0x1000, 0x50001);
        machine.put(0x2000, 0x60002);
        machine.put(0x3000, 0x70003);
        machine.put(0x1000, 0);
        machine.put(0x2000, 0);
        machine.put(0x3000, 0x80001);
        auto expected = std::vector<u64>{GuestMachine::ram_hpa + 0x60000, GuestMachine::ram_hpa + 0x70000};
        EXPECT_EQ(machine.world.memory.dirty_pages(), real_mode ? std::vector<u64>{} : expected);
        machine.put(0x3000, 0);
        machine.close();
        EXPECT_EQ(machine.world.memory.dirty_pages(), expected);
    }
}

} // namespace
} // namespace tcesim::test::hcall_multi_tce_test
