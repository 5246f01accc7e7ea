// SPDX-License-Identifier: Apache-2.0
/// Order of the checks of each TCE hypercall: with several faults in one call the first decides.
#include "tests/support/guest_machine.h"

#include <gtest/gtest.h>

namespace tcesim::test::hcall_checks_test {
namespace {

constexpr u64 unknown_liobn = 0x1234;
constexpr u64 past_end = u64(64) << 20;
constexpr u64 misaligned = 0x1234;
constexpr u64 outside_ram = u64(1) << 40;

class Checks : public testing::TestWithParam<kvm_mode> {
protected:
    Checks() : machine(MachineSetup{}) {
        machine.put(0, 3); // the first page of the guest view exists from here on
        machine.forget();
    }
    ~Checks() override { machine.close(); }

    bool real() const { return GetParam() == KVM_REAL_MODE; }

    long put(u64 liobn, u64 ioba, u64 tce) {
        hcall call{H_PUT_TCE, liobn, ioba, tce, 0, 0};
        return kvm_h_put_tce(&machine.kvm, &call, GetParam());
    }
    long indirect(u64 liobn, u64 ioba, u64 list, u64 count) {
        hcall call{H_PUT_TCE_INDIRECT, liobn, ioba, list, count, 0};
        return kvm_h_put_tce_indirect(&machine.kvm, &call, GetParam());
    }
    long stuff(u64 liobn, u64 ioba, u64 value, u64 count) {
        hcall call{H_STUFF_TCE, liobn, ioba, value, count, 0};
        return kvm_h_stuff_tce(&machine.kvm, &call, GetParam());
    }
    long get(u64 liobn, u64 ioba, u64 *value) {
        hcall call{H_GET_TCE, liobn, ioba, 0, 0, ~u64(0)};
        long rc = kvm_h_get_tce(&machine.kvm, &call, GetParam());
        *value = call.result;
        return rc;
    }
    void write_list(std::initializer_list<u64> tces) {
        u64 at = machine.list_gpa();
        for (u64 tce : tces) {
            port_guest_write64(at, tce);
            at += sizeof(u64);
        }
    }

    static constexpr u64 liobn = GuestMachine::liobn;
    GuestMachine machine;
};

TEST_P(Checks, Put) {
    EXPECT_EQ(put(unknown_liobn, misaligned, 3), H_TOO_HARD);
    EXPECT_EQ(put(liobn, misaligned, outside_ram | 3), H_PARAMETER);
    EXPECT_EQ(put(liobn, past_end, outside_ram | 3), H_PARAMETER);
    EXPECT_EQ(put(liobn, 0x1000, 0x1803), real() ? H_PARAMETER : H_TOO_HARD) << "tce not aligned to the page";
    EXPECT_EQ(put(liobn, 0x1000, outside_ram | 3), H_TOO_HARD);
    EXPECT_EQ(put(liobn, 0x1000, outside_ram | 0x800), H_SUCCESS) << "without permissions any value is fine";
    EXPECT_EQ(put(liobn, past_end - 0x1000, outside_ram | 0x803), H_TOO_HARD)
        << "real mode: no page of the guest view; virtual mode: misaligned";
    machine.kvm.radix = true;
    EXPECT_EQ(put(liobn, misaligned, 3), real() ? H_TOO_HARD : H_PARAMETER);
}

TEST_P(Checks, Indirect) {
    u64 list = machine.list_gpa();
    EXPECT_EQ(indirect(unknown_liobn, misaligned, list + 8, 513), H_TOO_HARD);
    EXPECT_EQ(indirect(liobn, 0, outside_ram, 513), H_PARAMETER);
    EXPECT_EQ(indirect(liobn, 0, outside_ram + 8, 1), H_PARAMETER);
    EXPECT_EQ(indirect(liobn, misaligned, outside_ram, 1), H_PARAMETER);
    EXPECT_EQ(indirect(liobn, past_end - 0x1000, outside_ram, 2), H_PARAMETER) << "the range passes the end";
    EXPECT_EQ(indirect(liobn, past_end - 0x1000, outside_ram, 1), H_TOO_HARD);
    EXPECT_EQ(indirect(liobn, 0, outside_ram, 1), H_TOO_HARD);
    EXPECT_EQ(indirect(liobn, 0, list, 0), H_SUCCESS);
    machine.kvm.radix = true;
    EXPECT_EQ(indirect(liobn, 0, list, 513), real() ? H_TOO_HARD : H_PARAMETER);
}

TEST_P(Checks, TheFirstBadListEntryDecidesAndNothingChanges) {
    u64 list = machine.list_gpa();
    write_list({0x1003, 0x2003, 0x3803, outside_ram | 3});
    EXPECT_EQ(indirect(liobn, 0x10000, list, 4), real() ? H_PARAMETER : H_TOO_HARD);
    write_list({0x1003, 0x2003, outside_ram | 3, 0x3803});
    EXPECT_EQ(indirect(liobn, 0x10000, list, 4), H_TOO_HARD);
    for (u64 entry = 0x10; entry < 0x14; entry++) {
        EXPECT_EQ(machine.hardware(entry), 0U);
        EXPECT_EQ(machine.mirror(entry), 0U);
    }
    EXPECT_TRUE(machine.world.mmio_writes.empty());
    EXPECT_EQ(machine.region()->mapped, 2);
}

TEST_P(Checks, Stuff) {
    EXPECT_EQ(stuff(unknown_liobn, misaligned, 3, 1), H_TOO_HARD);
    EXPECT_EQ(stuff(liobn, misaligned, 3, 1), H_PARAMETER);
    EXPECT_EQ(stuff(liobn, past_end - 0x2000, 0, 3), H_PARAMETER);
    EXPECT_EQ(stuff(liobn, 0, 1, 1), H_PARAMETER);
    EXPECT_EQ(stuff(liobn, past_end - 0x1000, 1, 1), real() ? H_TOO_HARD : H_PARAMETER)
        << "real mode misses the page of the guest view before it looks at the value";
    EXPECT_EQ(stuff(liobn, past_end - 0x1000, 0, 1), H_SUCCESS) << "clearing needs no page";
    EXPECT_EQ(stuff(liobn, 0, 0x800, 1), H_SUCCESS);
    EXPECT_EQ(stuff(liobn, 0, 0, 0), H_SUCCESS);
    EXPECT_EQ(stuff(liobn, 0, 0, past_end >> 12), H_SUCCESS) << "a whole window in one call";
    machine.kvm.radix = true;
    EXPECT_EQ(stuff(liobn, misaligned, 0, 1), real() ? H_TOO_HARD : H_PARAMETER);
}

TEST_P(Checks, Get) {
    u64 value = 0;
    EXPECT_EQ(get(unknown_liobn, misaligned, &value), H_TOO_HARD);
    EXPECT_EQ(get(liobn, misaligned, &value), H_PARAMETER);
    EXPECT_EQ(get(liobn, past_end, &value), H_PARAMETER);
    EXPECT_EQ(get(liobn, 0, &value), H_SUCCESS);
    EXPECT_EQ(value, 3U);
    EXPECT_EQ(get(liobn, past_end - 0x1000, &value), H_SUCCESS);
    EXPECT_EQ(value, 0U) << "an absent page of the guest view reads as zeros";
    machine.kvm.radix = true;
    EXPECT_EQ(get(liobn, 0, &value), H_SUCCESS) << "real mode serves radix guests here";
}

TEST_P(Checks, OnlyVirtualModeBringsPagesAndLevelsIntoBeing) {
    u64 far = past_end - 0x1000;
    EXPECT_EQ(put(liobn, far, 0x5003), real() ? H_TOO_HARD : H_SUCCESS);
    EXPECT_EQ(machine.hardware(far >> 12), real() ? 0 : GuestMachine::ram_hpa + 0x5003);
}

TEST_P(Checks, TheListMustBeReachable) {
    u64 list = machine.list_gpa();
    write_list({0x5003});
    machine.world.memory.set_state(GuestMachine::ram_ua + list, 1, PageState::Hole);
    EXPECT_EQ(indirect(liobn, 0, list, 1), real() ? H_SUCCESS : H_TOO_HARD)
        << "a region holds its pages; the process's own mapping is gone";
}

INSTANTIATE_TEST_SUITE_P(Modes, Checks, testing::Values(KVM_REAL_MODE, KVM_VIRTUAL_MODE), [](const auto &param_info) {
    return param_info.param == KVM_REAL_MODE ? "RealMode" : "VirtualMode";
});

/// Without a region the list is found by the process's page table, with what real mode may use of it.
TEST(ListOutsideRegions, RealModeNeedsAYoungSmallPageAtRest) {
    PlainPort world;
    mm_context mm{};
    struct kvm kvm {};
    mm_context_init(&mm, 1000);
    kvm_init(&kvm, &mm);
    constexpr u64 ua = 0x7f0000000000;
    kvm_memslot ram{0, 16, ua};
    kvm_set_memslots(&kvm, &ram, 1);
    world.guest = memory_of(&kvm);
    world.memory.map(ua, 16, 0x4000000000, PAGE_SHIFT, PageState::Young);
    kvm_create_spapr_tce_64 args{1, 12, 0, 0, 512};
    kvm_tce_table *view = nullptr;
    ASSERT_EQ(kvm_tce_table_create(&kvm, &args, &view), 0);
    ASSERT_NE(kvm_tce_table_slot_alloc(view, 0), nullptr);
    port_guest_write64(0x1000, 0x5003);

    auto call = [&kvm](kvm_mode mode) {
        hcall request{H_PUT_TCE_INDIRECT, 1, 0, 0x1000, 1, 0};
        return kvm_h_put_tce_indirect(&kvm, &request, mode);
    };
    EXPECT_EQ(call(KVM_REAL_MODE), H_SUCCESS);
    EXPECT_EQ(*kvm_tce_table_slot(view, 0), 0x5003U);
    world.memory.set_invalidation_running(true);
    EXPECT_EQ(call(KVM_REAL_MODE), H_TOO_HARD);
    EXPECT_EQ(call(KVM_VIRTUAL_MODE), H_SUCCESS);
    world.memory.set_invalidation_running(false);
    for (auto state : {PageState::Old, PageState::Absent}) {
        world.memory.set_state(ua, 1, state);
        EXPECT_EQ(call(KVM_REAL_MODE), H_TOO_HARD);
        EXPECT_EQ(call(KVM_VIRTUAL_MODE), H_SUCCESS) << "it faults the page in";
        EXPECT_EQ(call(KVM_REAL_MODE), H_SUCCESS) << "which is young now";
    }
    world.memory.map(ua, 256, 0x5000000000, 24, PageState::Young);
    EXPECT_EQ(call(KVM_REAL_MODE), H_TOO_HARD) << "huge pages are too big for it";
    world.memory.set_state(ua, 1, PageState::Hole);
    EXPECT_EQ(call(KVM_VIRTUAL_MODE), H_TOO_HARD);
    kvm_tce_table_close(view);
    EXPECT_EQ(world.live_objects(), 0U);
}

} // namespace
} // namespace tcesim::test::hcall_checks_test
