// SPDX-License-Identifier: Apache-2.0
/// Calls on a virtual machine: numbers, orders of checks, codes, what a failure leaves behind.
#include "tests/support/kvm_process.h"
#include "tests/support/policy.h"

#include <gtest/gtest.h>

namespace tcesim::test::hcall_kvm_ioctl_test {
namespace {

constexpr u64 liobn = KvmProcess::liobn;

class KvmIoctl : public testing::Test {
protected:
    ~KvmIoctl() override {
        files_close_all(&process.files);
        EXPECT_EQ(process.kvm.references, 0U);
        EXPECT_EQ(process.mm.locked_pages, 0U);
        EXPECT_EQ(process.world.live_objects(), 0U);
    }
    /// What a call that fails must leave as it was.
    struct State {
        u64 objects, locked, references;
        bool operator==(const State &other) const {
            return objects == other.objects && locked == other.locked && references == other.references;
        }
    };
    State state() const { return {process.world.live_objects(), process.mm.locked_pages, process.kvm.references}; }
    void expect_refused(long rc, const kvm_create_spapr_tce_64 &args, const char *what = "") {
        State before = state();
        EXPECT_EQ(process.create_table(args), rc) << what;
        EXPECT_TRUE(state() == before) << what;
    }

    KvmProcess process;
};

/// powerpc: number 0..7, type 8..15, size 16..28, direction 29..31 (none 1, read 2, write 4).
constexpr u32 request(u32 direction, u32 number, size_t size) {
    return direction << 29 | u32(size) << 16 | 0xae << 8 | number;
}

TEST_F(KvmIoctl, NumbersAreThoseOfPowerpc) {
    EXPECT_EQ(KVM_CHECK_EXTENSION, request(1, 0x03, 0));
    EXPECT_EQ(KVM_ENABLE_CAP, request(4, 0xa3, sizeof(kvm_enable_cap)));
    EXPECT_EQ(KVM_CREATE_SPAPR_TCE, request(4, 0xa8, sizeof(kvm_create_spapr_tce)));
    EXPECT_EQ(KVM_CREATE_SPAPR_TCE_64, request(4, 0xa8, sizeof(kvm_create_spapr_tce_64)));
    EXPECT_EQ(KVM_CREATE_DEVICE, request(2 | 4, 0xe0, sizeof(kvm_create_device)));
    EXPECT_EQ(KVM_SET_DEVICE_ATTR, request(4, 0xe1, sizeof(kvm_device_attr)));
    EXPECT_EQ(KVM_GET_DEVICE_ATTR, request(4, 0xe2, sizeof(kvm_device_attr)));
    EXPECT_EQ(KVM_HAS_DEVICE_ATTR, request(4, 0xe3, sizeof(kvm_device_attr)));
    EXPECT_EQ(sizeof(kvm_create_spapr_tce), 16U);
    EXPECT_EQ(sizeof(kvm_create_spapr_tce_64), 32U);
    EXPECT_EQ(sizeof(kvm_vfio_spapr_tce), 8U);
    EXPECT_EQ(sizeof(kvm_device_attr), 24U);
    EXPECT_EQ(sizeof(kvm_create_device), 12U);
}

TEST_F(KvmIoctl, Extensions) {
    for (u64 known : {63, 94, 104, 125, 142})
        EXPECT_EQ(process.check_extension(known), 1) << known;
    for (u64 unknown : {u64(0), u64(62), u64(143), u64(1) << 32 | 63, ~u64(0)})
        EXPECT_EQ(process.check_extension(unknown), 0) << unknown;
}

TEST_F(KvmIoctl, ANestedHostHasNoTablesForVfio) {
    process.kvm.nested_host = true;
    EXPECT_EQ(process.check_extension(142), POLICY_TCE_VFIO_EVERYWHERE ? 1 : 0);
    for (u64 known : {63, 94, 104, 125})
        EXPECT_EQ(process.check_extension(known), 1) << known;
}

TEST_F(KvmIoctl, UnknownCallsAndDescriptors) {
    EXPECT_EQ(process.call(process.vm, 0x2000ae01, nullptr), -ENOTTY);
    EXPECT_EQ(process.call(process.vm, KVM_SET_DEVICE_ATTR, nullptr), -ENOTTY) << "not of a virtual machine";
    EXPECT_EQ(process.call(process.vm + 1, KVM_CREATE_DEVICE, nullptr), -EBADF);
    EXPECT_EQ(process.call(-1, KVM_CREATE_DEVICE, nullptr), -EBADF);
}

class EnableHcalls : public KvmIoctl {
protected:
    EnableHcalls() { EXPECT_GE(process.create_table(), 0); }
    /// The levels that took the call up.
    std::vector<u64> levels(u64 opcode) {
        process.world.trace.clear();
        process.hypercall(opcode, liobn, 0, 0, 1);
        std::vector<u64> seen;
        for (const auto &event : process.world.trace) {
            if (event.event == PORT_EV_HCALL_LEVEL)
                seen.push_back(event.b);
        }
        return seen;
    }
    /// Did the kernel handle it, one entry of a well-formed call?
    bool in_kernel(u64 opcode) {
        u64 before = process.user_calls;
        bool list = opcode == H_PUT_TCE_INDIRECT, many = list || opcode == H_STUFF_TCE;
        process.hypercall(opcode, liobn, 0, list ? 0x1000 : 0, many ? 1 : 0);
        return process.user_calls == before;
    }
};

TEST_F(EnableHcalls, NoHandlerOfTheKernelSeesACallThatIsOff) {
    EXPECT_EQ(levels(H_STUFF_TCE), std::vector<u64>{PORT_HOST_USER});
    EXPECT_EQ(process.enable(H_STUFF_TCE, 1), 0);
    EXPECT_NE(levels(H_STUFF_TCE), std::vector<u64>{PORT_HOST_USER});
}

TEST_F(EnableHcalls, SingleOnesAreOnFromTheBeginning) {
    EXPECT_TRUE(in_kernel(H_PUT_TCE));
    EXPECT_TRUE(in_kernel(H_GET_TCE));
    EXPECT_FALSE(in_kernel(H_PUT_TCE_INDIRECT));
    EXPECT_FALSE(in_kernel(H_STUFF_TCE));
}

TEST_F(EnableHcalls, OneByOne) {
    EXPECT_EQ(process.enable(H_STUFF_TCE, 1), 0);
    EXPECT_TRUE(in_kernel(H_STUFF_TCE));
    EXPECT_FALSE(in_kernel(H_PUT_TCE_INDIRECT));
    EXPECT_EQ(process.enable(H_PUT_TCE_INDIRECT, 1), 0);
    EXPECT_TRUE(in_kernel(H_PUT_TCE_INDIRECT));
    EXPECT_EQ(process.enable(H_STUFF_TCE, 0), 0);
    EXPECT_FALSE(in_kernel(H_STUFF_TCE));
    EXPECT_TRUE(in_kernel(H_PUT_TCE_INDIRECT));
    EXPECT_TRUE(in_kernel(H_PUT_TCE));
}

TEST_F(EnableHcalls, SingleOnesCanBeSwitchedOff) {
    EXPECT_EQ(process.enable(H_PUT_TCE, 0), 0);
    EXPECT_FALSE(in_kernel(H_PUT_TCE));
    EXPECT_TRUE(in_kernel(H_GET_TCE));
    EXPECT_EQ(process.enable(H_GET_TCE, 0), 0);
    EXPECT_FALSE(in_kernel(H_GET_TCE));
    EXPECT_EQ(process.enable(H_PUT_TCE, 1), 0);
    EXPECT_TRUE(in_kernel(H_PUT_TCE));
}

TEST_F(EnableHcalls, Refusals) {
    kvm_enable_cap good{};
    good.cap = KVM_CAP_PPC_ENABLE_HCALL;
    good.args[0] = H_STUFF_TCE;
    good.args[1] = 1;
    EXPECT_EQ(process.call(process.vm, KVM_ENABLE_CAP, nullptr), -EFAULT);
    kvm_enable_cap bad = good;
    bad.flags = 1;
    EXPECT_EQ(process.call(process.vm, KVM_ENABLE_CAP, &bad), -EINVAL);
    bad = good;
    bad.cap = KVM_CAP_SPAPR_MULTITCE;
    EXPECT_EQ(process.call(process.vm, KVM_ENABLE_CAP, &bad), -EINVAL);
    bad = good;
    bad.args[1] = 2;
    EXPECT_EQ(process.call(process.vm, KVM_ENABLE_CAP, &bad), -EINVAL);
    for (u64 opcode :
         {u64(0), u64(0x18), u64(0x139), u64(0x140), u64(0x450), u64(0x454), u64(1) << 32 | 0x138, ~u64(0)}) {
        EXPECT_EQ(process.enable(opcode, 1), -EINVAL) << opcode;
        EXPECT_EQ(process.enable(opcode, 0), -EINVAL) << opcode;
    }
    EXPECT_FALSE(in_kernel(H_STUFF_TCE));
}

TEST_F(EnableHcalls, WhateverElseAGuestPutsIntoR3GoesToUserSpace) {
    for (u64 opcode :
         {u64(0), u64(0x21), u64(0x22), u64(0x450), u64(0x454), u64(1) << 32 | 0x20, u64(1) << 63, ~u64(0)})
        EXPECT_EQ(levels(opcode), std::vector<u64>{PORT_HOST_USER}) << opcode;
}

using CreateTable = KvmIoctl;

TEST_F(CreateTable, ReturnsADescriptor) {
    long fd = process.create_table();
    EXPECT_EQ(fd, process.vm + 1);
    const kvm_tce_table *view = process.table(s32(fd));
    EXPECT_EQ(view, kvm_tce_table_find(&process.kvm, liobn));
    EXPECT_EQ(view->page_shift, 12U);
    EXPECT_EQ(view->offset, 0U);
    EXPECT_EQ(view->size, KvmProcess::window >> 12);
    EXPECT_EQ(process.kvm.references, 2U) << "it holds the virtual machine";
    EXPECT_EQ(process.hypercall(H_PUT_TCE, liobn, 0x1000, 0), H_SUCCESS);
    EXPECT_EQ(process.call(s32(fd), KVM_CREATE_SPAPR_TCE, nullptr), -ENOTTY) << "it can be mapped and closed only";
}

TEST_F(CreateTable, AnyLiobnOf64Bits) {
    for (u64 number : {u64(0), u64(1) << 32, ~u64(0)}) {
        EXPECT_GE(process.create_table(number), 0);
        EXPECT_EQ(process.hypercall(H_GET_TCE, number, 0, 0), H_SUCCESS);
    }
}

TEST_F(CreateTable, BadArguments) {
    EXPECT_EQ(process.call(process.vm, KVM_CREATE_SPAPR_TCE_64, nullptr), -EFAULT);
    expect_refused(-EINVAL, {liobn, 12, 1, 0, 1}, "flags");
    expect_refused(-EINVAL, {liobn, 12, 0x80000000, 0, 1}, "flags");
    expect_refused(-EINVAL, {liobn, 12, 0, 0, 0}, "no entry");
    if (POLICY_VIEW_SIZE_UNCHECKED)
        return;
    expect_refused(-EINVAL, {liobn, 11, 0, 0, 1}, "page too small");
    expect_refused(-EINVAL, {liobn, 35, 0, 0, 1}, "page too large");
    expect_refused(-EINVAL, {liobn, 64, 0, 0, 1}, "page too large");
    const u64 pages = ~u64(0) >> 16;
    expect_refused(-EINVAL, {liobn, 16, 0, pages, 1}, "past 2^64");
    expect_refused(-EINVAL, {liobn, 16, 0, pages - 1, 2}, "past 2^64");
}

TEST_F(CreateTable, WindowsThatJustFit) {
    EXPECT_GE(process.create_table({1, 12, 0, 0, 1}), 0);
    EXPECT_GE(process.create_table({2, 34, 0, 0, 1}), 0);
    EXPECT_GE(process.create_table({3, 16, 0, (~u64(0) >> 16) - 1, 1}), 0);
    kvm_create_spapr_tce_64 wrapping{4, 12, 0, ~u64(0), 2};
    if (SOUND)
        expect_refused(-EINVAL, wrapping);
    else
        EXPECT_GE(process.create_table(wrapping), 0) << "a sum that wraps is not noticed";
}

TEST_F(CreateTable, AccountsValuesAndDescriptor) {
    const u64 entries = u64(1) << 19; // 2 GiB
    process.mm.locked_limit = 64;
    expect_refused(-ENOMEM, {liobn, 12, 0, 0, entries}, "64 pages of values and one of descriptor");
    process.mm.locked_limit = 65;
    long fd = process.create_table({liobn, 12, 0, 0, entries});
    ASSERT_GE(fd, 0);
    EXPECT_EQ(process.mm.locked_pages, 65U);
    EXPECT_EQ(process.close(s32(fd)), 0);
    EXPECT_EQ(process.mm.locked_pages, 0U);
}

TEST_F(CreateTable, AHugeOneFindsNoMemoryForItsArray) {
    process.mm.locked_limit = ~u64(0) >> 1;
    expect_refused(-ENOMEM, {liobn, 12, 0, 0, u64(1) << 51}, "2^41 bytes");
}

TEST_F(CreateTable, TheFirstFaultDecides) {
    process.mm.locked_limit = 0;
    expect_refused(-EINVAL, {liobn, 12, 1, 0, 1}, "flags before the limit");
    expect_refused(-EINVAL, {liobn, 12, 0, 0, 0}, "size before the limit");
    process.mm.locked_limit = 1000;
    ASSERT_GE(process.create_table(), 0);
    const u64 taken = process.mm.locked_pages;
    process.mm.locked_limit = taken;
    expect_refused(-ENOMEM, {liobn, 12, 0, 0, 1}, "the limit before the LIOBN");
    process.mm.locked_limit = 1000;
    process.world.fail_small_allocation(0);
    expect_refused(-ENOMEM, {liobn, 12, 0, 0, 1}, "the array before the LIOBN");
    if (POLICY_EAGER_VIEW) {
        process.world.fail_page_allocation(0);
        expect_refused(-ENOMEM, {liobn, 12, 0, 0, 1}, "the values before the LIOBN");
    }
    process.files.limit = 0;
    expect_refused(-EBUSY, {liobn, 12, 0, 0, 1}, "the LIOBN before the descriptor");
    expect_refused(-EMFILE, {liobn + 1, 12, 0, 0, 1}, "the descriptor last");
    process.files.limit = FILES_LIMIT;
    process.world.fail_small_allocation(1);
    expect_refused(-ENOMEM, {liobn + 1, 12, 0, 0, 1}, "no memory for the file");
    EXPECT_GE(process.create_table({liobn + 1, 12, 0, 0, 1}), 0) << "its LIOBN was free all the time";
}

TEST_F(CreateTable, FailsAtAnyStepWithoutALoss) {
    if (!POLICY_EAGER_VIEW)
        return;
    for (u64 after = 0; after < 3; after++) {
        process.world.fail_page_allocation(after);
        expect_refused(-ENOMEM, {liobn, 12, 0, 0, 3 * TCES_PER_PAGE}, "one of three pages of values");
    }
}

TEST_F(CreateTable, LegacyForm) {
    kvm_create_spapr_tce args{liobn, 4095, 0};
    EXPECT_EQ(process.call(process.vm, KVM_CREATE_SPAPR_TCE, nullptr), -EFAULT);
    EXPECT_EQ(process.call(process.vm, KVM_CREATE_SPAPR_TCE, &args), -EINVAL);
    args.window_size = 0;
    EXPECT_EQ(process.call(process.vm, KVM_CREATE_SPAPR_TCE, &args), -EINVAL);
    args.window_size = 0x10000fff;
    long fd = process.call(process.vm, KVM_CREATE_SPAPR_TCE, &args);
    ASSERT_GE(fd, 0);
    const kvm_tce_table *view = process.table(s32(fd));
    EXPECT_EQ(view->page_shift, 12U);
    EXPECT_EQ(view->offset, 0U);
    EXPECT_EQ(view->size, 0x10000U);
    EXPECT_EQ(view->liobn, liobn);
    EXPECT_EQ(process.call(process.vm, KVM_CREATE_SPAPR_TCE, &args), -EBUSY);
    args = {liobn + 1, 0xffffffff, 0};
    fd = process.call(process.vm, KVM_CREATE_SPAPR_TCE, &args);
    ASSERT_GE(fd, 0);
    if (!POLICY_VIEW_SIZE_ROUNDED)
        EXPECT_EQ(process.table(s32(fd))->size, 0xfffffU);
}

class CreateDevice : public KvmIoctl {
protected:
    long create(u32 type, u32 flags) {
        kvm_create_device args{type, ~u32(0), flags};
        long rc = process.call(process.vm, KVM_CREATE_DEVICE, &args);
        EXPECT_EQ(args.fd, ~u32(0)) << "without a device";
        return rc;
    }
};

TEST_F(CreateDevice, Refusals) {
    EXPECT_EQ(process.call(process.vm, KVM_CREATE_DEVICE, nullptr), -EFAULT);
    for (u32 type : {u32(0), u32(1), u32(3), u32(5), ~u32(0)})
        EXPECT_EQ(create(type, 0), -ENODEV) << type;
    EXPECT_EQ(create(5, 2), -ENODEV) << "the type before the flags";
    EXPECT_EQ(create(KVM_DEV_TYPE_VFIO, 2), -EINVAL);
    EXPECT_EQ(process.kvm.vfio_device, nullptr);
}

TEST_F(CreateDevice, CanBeAskedFor) {
    EXPECT_EQ(create(KVM_DEV_TYPE_VFIO, KVM_CREATE_DEVICE_TEST), 0);
    EXPECT_EQ(create(5, KVM_CREATE_DEVICE_TEST), -ENODEV);
    EXPECT_EQ(process.kvm.vfio_device, nullptr);
}

TEST_F(CreateDevice, OncePerVirtualMachine) {
    long fd = process.create_device();
    EXPECT_EQ(fd, process.vm + 1);
    EXPECT_EQ(process.kvm.references, 2U) << "it holds the virtual machine";
    process.files.limit = 0;
    EXPECT_EQ(process.create_device(), -EBUSY) << "before a descriptor is looked for";
    process.files.limit = FILES_LIMIT;
    process.world.fail_small_allocation(0);
    EXPECT_EQ(process.create_device(), -EBUSY) << "before memory is";
    EXPECT_TRUE(process.world.small_failure_pending());
    process.world.arm_small_failures(false);
    EXPECT_EQ(process.close(s32(fd)), 0);
    EXPECT_EQ(process.kvm.references, 1U);
    EXPECT_EQ(process.create_device(), fd) << "after the end of the first";
}

TEST_F(CreateDevice, LeavesNothingWhenItFails) {
    const State before = state();
    process.world.fail_small_allocation(0);
    EXPECT_EQ(process.create_device(), -ENOMEM) << "the device";
    process.world.fail_small_allocation(1);
    EXPECT_EQ(process.create_device(), -ENOMEM) << "the file";
    process.files.limit = 0;
    EXPECT_EQ(process.create_device(), -EMFILE);
    EXPECT_TRUE(state() == before);
    process.files.limit = FILES_LIMIT;
    EXPECT_GE(process.create_device(), 0);
}

TEST_F(KvmIoctl, AVirtualMachineLivesAsLongAsItsDescriptors) {
    long view = process.create_table(), device = process.create_device();
    EXPECT_EQ(process.kvm.references, 3U);
    EXPECT_EQ(process.close(process.vm), 0);
    EXPECT_EQ(process.hypercall(H_PUT_TCE, liobn, 0x1000, 0), H_SUCCESS);
    EXPECT_EQ(process.close(s32(view)), 0);
    EXPECT_EQ(process.kvm.references, 1U);
    EXPECT_EQ(process.close(s32(device)), 0);
    EXPECT_EQ(process.kvm.references, 0U);
    EXPECT_EQ(process.kvm.vfio_device, nullptr);
}

TEST_F(KvmIoctl, AVirtualMachineEndsItsDeviceThatHadNoDescriptor) {
    TestGroup group;
    s32 fd = s32(process.open_group(&group));
    kvm_vfio_device *device = nullptr;
    EXPECT_EQ(kvm_vfio_create(&process.kvm, &device), 0);
    EXPECT_EQ(process.create_device(), -EBUSY);
    EXPECT_EQ(kvm_vfio_set_attr(device, &process.files, KVM_DEV_VFIO_GROUP_ADD, &fd), 0);
    EXPECT_EQ(process.close(fd), 0);
    EXPECT_EQ(group.vfio.opened, 1U);
    EXPECT_EQ(process.close(process.vm), 0);
    EXPECT_EQ(process.kvm.vfio_device, nullptr);
    EXPECT_EQ(process.kvm.noncoherent_dma, 0U);
    EXPECT_EQ(process.kvm.assigned_groups, 0U);
    EXPECT_EQ(group.vfio.opened, 0U);
}

} // namespace
} // namespace tcesim::test::hcall_kvm_ioctl_test
