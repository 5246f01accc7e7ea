// SPDX-License-Identifier: Apache-2.0
/// Real mode, virtual mode, user space: who handles a hypercall, and that it makes no difference.
#include "tests/support/guest_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

namespace tcesim::test::hcall_levels_test {
namespace {

using testing::ElementsAre;

constexpr u64 hpa = GuestMachine::ram_hpa;

TEST(Levels, TheFirstTouchOfThePageNeedsVirtualModeTheNextDoesNot) {
    GuestMachine machine({});
    EXPECT_EQ(machine.put(0x3000, 0x5003), H_SUCCESS);
    EXPECT_EQ(machine.handled_by(), PORT_HOST_KERNEL) << "the page of the guest view appears";
    EXPECT_THAT(machine.world.levels, ElementsAre(PORT_REAL_MODE, PORT_HOST_KERNEL, PORT_GUEST));
    machine.forget();
    EXPECT_EQ(machine.put(0x4000, 0x6003), H_SUCCESS);
    EXPECT_EQ(machine.handled_by(), PORT_REAL_MODE);
    EXPECT_THAT(machine.world.levels, ElementsAre(PORT_REAL_MODE, PORT_GUEST));
    machine.close();
}

TEST(Levels, EachLeafOfASparseTableNeedsVirtualModeOnce) {
    MachineSetup setup;
    setup.levels = 2;
    setup.window_size = u64(1) << 36;
    GuestMachine machine(setup);
    for (u64 leaf = 0; leaf < 4; leaf++) {
        u64 ioba = leaf * 8192 * 0x1000;
        EXPECT_EQ(machine.put(ioba, 0x5003), H_SUCCESS);
        EXPECT_EQ(machine.handled_by(), PORT_HOST_KERNEL);
        EXPECT_EQ(machine.put(ioba + 0x1000, 0x5003), H_SUCCESS);
        EXPECT_EQ(machine.handled_by(), PORT_REAL_MODE);
        EXPECT_EQ(machine.hardware(ioba >> 12), hpa | 0x5003);
    }
    machine.close();
}

TEST(Levels, WithoutMultiTceTheListGoesToUserSpace) {
    MachineSetup setup;
    setup.multi_tce = false;
    GuestMachine machine(setup);
    EXPECT_EQ(machine.put_indirect(0x1000, {0x5003, 0x6001}), H_SUCCESS);
    EXPECT_EQ(machine.handled_by(), PORT_HOST_USER);
    EXPECT_EQ(machine.hardware(1), hpa | 0x5003);
    EXPECT_EQ(machine.hardware(2), hpa | 0x6001);
    EXPECT_EQ(machine.world.work[PORT_WORK_USER_DISPATCH], 1U);
    EXPECT_EQ(machine.world.work[PORT_WORK_USER_NOTIFY], 2U) << "once per entry";
    EXPECT_EQ(machine.stuff(0x1000, 0, 2), H_SUCCESS);
    EXPECT_EQ(machine.hardware(1), 0U);
    EXPECT_EQ(machine.put(0x1000, 0x5003), H_SUCCESS);
    EXPECT_NE(machine.handled_by(), PORT_HOST_USER) << "single entries stay in the kernel";
    machine.close();
}

TEST(Levels, UserSpaceEntersTheKernelForEveryEntry) {
    MachineSetup setup;
    setup.in_kernel = false;
    GuestMachine machine(setup);
    EXPECT_EQ(machine.put(0x1000, 0x5003), H_SUCCESS);
    EXPECT_THAT(machine.world.levels, ElementsAre(PORT_REAL_MODE, PORT_HOST_KERNEL, PORT_HOST_USER, PORT_HOST_SYSCALL,
                                                  PORT_HOST_USER, PORT_HOST_KERNEL, PORT_GUEST));
    machine.close();
}

/// User space has its own idea of arguments: it rounds the address, and a value with no
/// permissions clears; what KVM calls too hard ends here.
TEST(Levels, UserSpaceGivesTheLastAnswer) {
    GuestMachine machine({});
    hcall unknown{H_PUT_TCE, 0x77, 0, 3, 0, 0};
    EXPECT_EQ(kvm_hcall(&machine.kvm, &unknown), H_PARAMETER);
    unknown.liobn = GuestMachine::liobn | u64(1) << 32;
    EXPECT_EQ(kvm_hcall(&machine.kvm, &unknown), H_PARAMETER);
    EXPECT_EQ(machine.put(0x2000, u64(1) << 40 | 3), H_SUCCESS) << "a failing map is only logged";
    EXPECT_EQ(machine.handled_by(), PORT_HOST_USER);
    EXPECT_EQ(machine.hardware(2), 0U);
    EXPECT_EQ(machine.get(0x2000), u64(1) << 40 | 3) << "and the guest's view has the value";
    machine.close();
}

struct Step {
    enum { Put, List, Stuff } kind;
    u64 ioba;
    std::vector<u64> tces;
};

/// Requests that every level accepts.
std::vector<Step> random_steps(u64 seed, u64 count) {
    std::mt19937_64 random(seed);
    std::vector<Step> steps;
    auto tce = [&random] { return (random() % 1000) << 12 | (random() % 3 + 1); };
    for (u64 i = 0; i < count; i++) {
        u64 ioba = (random() % 300) << 12, n = random() % 20 + 1;
        switch (random() % 4) {
        case 0:
            steps.push_back({Step::Put, ioba, {tce()}});
            break;
        case 1:
            steps.push_back({Step::Put, ioba, {0}});
            break;
        case 2:
            steps.push_back({Step::List, ioba, {}});
            for (u64 j = 0; j < n; j++)
                steps.back().tces.push_back(tce());
            break;
        default:
            steps.push_back({Step::Stuff, ioba, std::vector<u64>(n)});
        }
    }
    return steps;
}

struct Result {
    std::vector<u64> hardware, mirror, view;
    s64 mapped;
    bool operator==(const Result &other) const {
        return std::tie(hardware, mirror, view, mapped) ==
               std::tie(other.hardware, other.mirror, other.view, other.mapped);
    }
};

Result run(const MachineSetup &setup, const std::vector<Step> &steps) {
    GuestMachine machine(setup);
    for (const auto &step : steps) {
        long rc = step.kind == Step::Put    ? machine.put(step.ioba, step.tces[0])
                  : step.kind == Step::List ? machine.put_indirect(step.ioba, step.tces)
                                            : machine.stuff(step.ioba, 0, step.tces.size());
        EXPECT_EQ(rc, H_SUCCESS);
    }
    Result result;
    for (u64 entry = 0; entry < 400; entry++) {
        result.hardware.push_back(machine.hardware(entry));
        result.mirror.push_back(machine.mirror(entry));
        result.view.push_back(machine.get(entry << 12));
    }
    result.mapped = machine.region()->mapped;
    machine.close();
    EXPECT_EQ(machine.world.live_objects(), 0U);
    EXPECT_EQ(machine.world.memory.pins(), 0U);
    EXPECT_EQ(machine.mm.locked_pages, 0U);
    return result;
}

TEST(Levels, AllThreeLeaveTheSameState) {
    for (u64 seed = 1; seed <= 10; seed++) {
        auto steps = random_steps(seed, 200);
        MachineSetup real, virtual_only, user;
        virtual_only.real_mode = false;
        user.in_kernel = false;
        Result reference = run(real, steps);
        EXPECT_TRUE(run(virtual_only, steps) == reference) << "seed " << seed;
        EXPECT_TRUE(run(user, steps) == reference) << "seed " << seed;
        real.multi_tce = false;
        EXPECT_TRUE(run(real, steps) == reference) << "seed " << seed;
    }
}

} // namespace
} // namespace tcesim::test::hcall_levels_test
