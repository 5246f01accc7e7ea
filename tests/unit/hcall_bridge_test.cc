// SPDX-License-Identifier: Apache-2.0
/// Bridges of the guest: where the TCEs are, devices that come and go, several containers, resets.
#include "tests/support/user_guest.h"

#include <gtest/gtest.h>

namespace tcesim::test::hcall_bridge_test {
namespace {

constexpr u64 first = 0x80000000, second = 0x80000001;
constexpr u64 GiB = u64(1) << 30;
constexpr u64 base64 = u64(1) << 59;

u64 mapped(u64 gpa) {
    return UserGuest::ram_hpa | gpa | TCE_PERM;
}

// ---- where the TCEs are: five cases ----

class Tables : public testing::Test {
protected:
    user_tce_table *window(u32 number = 0) { return &phb()->windows[number]; }
    user_phb *phb() { return user_phb_at(&guest.process, 0); }
    bool in_kvm() { return window()->view && !window()->values; }
    bool own() { return window()->values && !window()->view; }

    UserGuest guest;
};

TEST_F(Tables, AnEmulatedGuestsAreTheProcesss) {
    guest.process.has.kvm = false;
    guest.bridge();
    user_phb_plug(phb(), guest.device());
    EXPECT_TRUE(own());
}

TEST_F(Tables, EmulatedDevicesOfAKvmGuestHaveTheirsInKvm) {
    guest.process.has.spapr_tce_vfio = false;
    guest.bridge();
    EXPECT_TRUE(in_kvm());
    guest.put(first, 0x5000, 0x200003);
    EXPECT_EQ(guest.syscalls(), 0U);
    EXPECT_EQ(guest.world.work[PORT_WORK_USER_DISPATCH], 0U) << "no exit to the process";
    u64 gpa = 0;
    EXPECT_EQ(user_phb_dma(phb(), 0x5123, TCE_READ, &gpa), 0);
    EXPECT_EQ(gpa, 0x200123U) << "which sees them";
}

TEST_F(Tables, WithCapability142HardwareFollowsThoseOfKvm) {
    guest.bridge();
    iommu_group *device = guest.device();
    EXPECT_EQ(user_phb_plug(phb(), device), 0);
    EXPECT_TRUE(in_kvm());
    guest.put(first, 0x5000, 0x200003);
    EXPECT_EQ(UserGuest::hardware(device, 0, 5), mapped(0x200000));
    EXPECT_EQ(guest.syscalls(), 0U);
    EXPECT_EQ(guest.put(first, 0x6000, 0xffffff0000003), H_SUCCESS) << "too hard for KVM, so that the process does it";
    EXPECT_EQ(guest.syscalls(), 0U) << "but it is no RAM";
    EXPECT_EQ(guest.get(first, 0x6000), 0xffffff0000003U);
}

TEST_F(Tables, WithoutCapability142VfioMakesThemTheProcesss) {
    guest.process.has.spapr_tce_vfio = false;
    guest.bridge();
    iommu_group *device = guest.device();
    EXPECT_EQ(user_phb_plug(phb(), device), 0);
    EXPECT_TRUE(own());
    EXPECT_EQ(kvm_tce_table_find(&guest.kvm, first), nullptr);
    guest.put(first, 0x5000, 0x200003);
    EXPECT_EQ(UserGuest::hardware(device, 0, 5), mapped(0x200000));
    EXPECT_EQ(guest.syscalls(), 1U);
}

TEST_F(Tables, AreCopiedWhenVfioComesLater) {
    guest.process.has.spapr_tce_vfio = false;
    guest.bridge();
    const u64 last = GiB - 0x1000;
    for (u64 ioba : {u64(0), u64(0x5000), u64(TCES_PER_PAGE) << 12, last})
        guest.put(first, ioba, 0x200003 + (ioba & 0xf000));
    user_start(&guest.process);
    iommu_group *device = guest.device();
    EXPECT_EQ(user_phb_plug(phb(), device), 0);
    EXPECT_TRUE(own());
    for (u64 ioba : {u64(0), u64(0x5000), u64(TCES_PER_PAGE) << 12, last}) {
        EXPECT_EQ(guest.get(first, ioba), 0x200003 + (ioba & 0xf000));
        EXPECT_EQ(UserGuest::hardware(device, 0, ioba >> 12), mapped(0x200000 + (ioba & 0xf000)));
    }
    EXPECT_EQ(guest.get(first, 0x6000), 0U);
    user_phb_unplug(phb(), device);
    EXPECT_FALSE(window()->need_vfio);
    EXPECT_TRUE(own()) << "there is no way back";
    EXPECT_EQ(guest.get(first, 0x5000), 0x205003U);
    EXPECT_EQ(user_phb_reset(phb()), 0);
    EXPECT_TRUE(in_kvm()) << "until the window is opened again";
}

TEST_F(Tables, WithoutKvmsTablesAllAreTheProcesss) {
    guest.process.has.spapr_tce = false;
    guest.bridge();
    EXPECT_TRUE(own());
}

TEST_F(Tables, TheOldCallKnowsPagesOf4KiBBelow4GiBAtAddress0) {
    guest.process.has.spapr_tce_64 = false;
    guest.bridge();
    EXPECT_TRUE(in_kvm());
    guest.create(phb(), 12, 31);
    EXPECT_TRUE(window(1)->values) << "at 2^59";
    guest.reset_windows(phb());
    guest.remove(first);
    guest.create(phb(), 12, 31);
    EXPECT_TRUE(in_kvm());
    guest.remove(first);
    guest.create(phb(), 12, 32);
    EXPECT_TRUE(own()) << "4 GiB";
    guest.remove(first);
    guest.create(phb(), 16, 31);
    EXPECT_TRUE(own()) << "64 KiB";
}

TEST_F(Tables, WhatKvmHasNoRoomForIsTheProcesss) {
    guest.mm.locked_limit = 10;
    guest.bridge();
    EXPECT_TRUE(own());
    EXPECT_EQ(guest.warnings(), 1U);
    EXPECT_EQ(guest.put(first, 0x5000, 0x200003), H_SUCCESS);
    guest.mm.locked_limit = u64(1) << 30;
    EXPECT_EQ(user_phb_plug(phb(), guest.device()), -EBADF) << "KVM is to follow a table that it does not have";
}

// ---- DMA of emulated devices ----

class EmulatedDma : public testing::TestWithParam<bool> {
protected:
    EmulatedDma() { guest.process.has.kvm = GetParam(); }
    long put(u64 liobn, u64 ioba, u64 tce) { return guest.in_user_space(H_PUT_TCE, liobn, ioba, tce); }

    UserGuest guest;
    u64 gpa = 0;
};

TEST_P(EmulatedDma, NeedsThePermission) {
    user_phb *phb = guest.bridge();
    put(first, 0x1000, 0x200000 | TCE_READ);
    put(first, 0x2000, 0x201000 | TCE_WRITE);
    put(first, 0x3000, 0x202fff);
    put(first, 0x4000, 0x203000);
    EXPECT_EQ(user_phb_dma(phb, 0x1010, TCE_READ, &gpa), 0);
    EXPECT_EQ(gpa, 0x200010U);
    EXPECT_EQ(user_phb_dma(phb, 0x1010, TCE_WRITE, &gpa), -EPERM);
    EXPECT_EQ(user_phb_dma(phb, 0x1010, TCE_PERM, &gpa), -EPERM);
    EXPECT_EQ(user_phb_dma(phb, 0x2fff, TCE_WRITE, &gpa), 0);
    EXPECT_EQ(gpa, 0x201fffU);
    EXPECT_EQ(user_phb_dma(phb, 0x2fff, TCE_READ, &gpa), -EPERM);
    EXPECT_EQ(user_phb_dma(phb, 0x3004, TCE_PERM, &gpa), 0);
    EXPECT_EQ(gpa, 0x202004U) << "bits below the page do not count";
    EXPECT_EQ(user_phb_dma(phb, 0x4000, TCE_READ, &gpa), -EPERM);
    EXPECT_EQ(user_phb_dma(phb, 0x5000, TCE_READ, &gpa), -EPERM);
}

TEST_P(EmulatedDma, FindsItsWindow) {
    user_phb *phb = guest.bridge();
    EXPECT_EQ(guest.create(phb, 16, 32)[0], 0U);
    put(second, base64 + 0x30000, 0x40003);
    EXPECT_EQ(user_phb_dma(phb, base64 + 0x31234, TCE_PERM, &gpa), 0);
    EXPECT_EQ(gpa, 0x41234U);
    EXPECT_EQ(user_phb_dma(phb, 0x31234, TCE_READ, &gpa), -EPERM);
    for (u64 outside : {GiB, u64(1) << 42, base64 - 1, base64 + (u64(1) << 32), ~u64(0)})
        EXPECT_EQ(user_phb_dma(phb, outside, TCE_READ, &gpa), -ENXIO) << "no bypass: " << std::hex << outside;
    guest.remove(second);
    EXPECT_EQ(user_phb_dma(phb, base64 + 0x31234, TCE_READ, &gpa), -ENXIO);
}

TEST_P(EmulatedDma, OfVioDevices) {
    user_vio_device *device = guest.vio(0x71000002);
    put(0x71000002, 0xffff000, 0x200003);
    EXPECT_EQ(user_table_dma(&device->window, 0xffff008, TCE_WRITE, &gpa), 0);
    EXPECT_EQ(gpa, 0x200008U);
    EXPECT_EQ(user_table_dma(&device->window, 0x10000000, TCE_WRITE, &gpa), -ENXIO);
}

INSTANTIATE_TEST_SUITE_P(Worlds, EmulatedDma, testing::Values(false, true));

// ---- devices come and go ----

class Plugged : public testing::Test {
protected:
    Plugged() { user_start(&guest.process); }
    void in_process() { guest.process.has.spapr_tce_vfio = false; }

    UserGuest guest;
};

TEST_F(Plugged, IntoARunningGuestReplaysEachMappedTceOfEachWindow) {
    for (bool in_kernel : {true, false}) {
        UserGuest *other = &guest;
        other->process.has.spapr_tce_vfio = in_kernel;
        user_phb *phb = other->bridge(in_kernel);
        EXPECT_EQ(other->create(phb, 16, 30)[0], 0U);
        const u64 liobn = user_phb_liobn(in_kernel, 0);
        other->put(liobn, 0x5000, 0x200003);
        other->put(liobn, GiB - 0x1000, 0x201001);
        other->put(liobn, 0x6000, 0x202000);
        other->put(liobn, 0x7000, 0xffffff0000003);
        other->put(liobn + 1, base64 + 0x20000, 0x30003);
        other->forget();
        iommu_group *device = other->device();
        EXPECT_EQ(user_phb_plug(phb, device), 0);
        EXPECT_EQ(UserGuest::hardware(device, 0, 5), mapped(0x200000));
        EXPECT_EQ(UserGuest::hardware(device, 0, (GiB >> 12) - 1), UserGuest::ram_hpa | 0x201001);
        EXPECT_EQ(UserGuest::hardware(device, 0, 6), 0U) << "no permissions";
        EXPECT_EQ(UserGuest::hardware(device, 0, 7), 0U) << "no RAM";
        EXPECT_EQ(other->warnings(), 1U) << "which is logged";
        EXPECT_EQ(UserGuest::hardware(device, 1, (base64 >> 16) + 2), mapped(0x30000));
        EXPECT_EQ(other->world.exchanges, 3U);
        user_phb_unplug(phb, device);
    }
}

TEST_F(Plugged, ASecondDeviceSharesTheContainerWithoutAReplay) {
    user_phb *phb = guest.bridge();
    iommu_group *one = guest.device(), *two = guest.device();
    EXPECT_EQ(user_phb_plug(phb, one), 0);
    guest.put(first, 0x5000, 0x200003);
    guest.forget();
    EXPECT_EQ(user_phb_plug(phb, two), 0);
    EXPECT_EQ(guest.world.exchanges, 0U);
    EXPECT_EQ(one->tables[0], two->tables[0]);
    EXPECT_EQ(user_container_of(&guest.process, one), user_container_of(&guest.process, two));
    const auto *view = kvm_tce_table_find(&guest.kvm, first);
    EXPECT_EQ(list_entry(view->links.next, kvm_tce_link, list)->references, 1U) << "not attached again";
}

TEST_F(Plugged, AGroupThatLeavesDoesNotStopKvmFromServingTheOther) {
    user_phb *phb = guest.bridge();
    iommu_group *one = guest.device(), *two = guest.device();
    user_phb_plug(phb, one);
    user_phb_plug(phb, two);
    user_phb_unplug(phb, two);
    guest.put(first, 0x5000, 0x200003);
    EXPECT_EQ(UserGuest::hardware(one, 0, 5), mapped(0x200000));
    EXPECT_EQ(two->tables[0], nullptr);
    EXPECT_FALSE(two->in_use);
}

TEST_F(Plugged, EachContainerTakesASystemCallPerTce) {
    in_process();
    user_phb *phb = guest.bridge();
    iommu_group *devices[] = {guest.device(1), guest.device(1), guest.device(2)};
    for (iommu_group *device : devices)
        EXPECT_EQ(user_phb_plug(phb, device), 0);
    guest.forget();
    EXPECT_EQ(guest.put(first, 0x5000, 0x200003), H_SUCCESS);
    EXPECT_EQ(guest.syscalls(), 3U);
    for (iommu_group *device : devices)
        EXPECT_EQ(UserGuest::hardware(device, 0, 5), mapped(0x200000));
    guest.forget();
    EXPECT_EQ(guest.call(H_STUFF_TCE, first, 0, 0, 100), H_SUCCESS);
    EXPECT_EQ(guest.syscalls(), 300U) << "also where nothing was mapped";
    EXPECT_EQ(UserGuest::hardware(devices[1], 0, 5), 0U);
    user_phb_unplug(phb, devices[0]);
    guest.forget();
    guest.put(first, 0x5000, 0x200003);
    EXPECT_EQ(guest.syscalls(), 2U);
}

TEST_F(Plugged, BridgesHaveTheirOwnDevices) {
    in_process();
    user_phb *one = guest.bridge(0), *two = guest.bridge(1);
    iommu_group *device = guest.device(), *other = guest.device();
    user_phb_plug(one, device);
    user_phb_plug(two, other);
    guest.put(user_phb_liobn(1, 0), 0x5000, 0x200003);
    EXPECT_EQ(UserGuest::hardware(other, 0, 5), mapped(0x200000));
    EXPECT_EQ(UserGuest::hardware(device, 0, 5), 0U);
    EXPECT_EQ(guest.mm.regions.next, guest.mm.regions.prev) << "RAM is one region for both";
}

TEST_F(Plugged, TheLastDeviceThatLeavesTakesEverythingBack) {
    for (u32 version : {1U, 2U}) {
        user_phb *phb = guest.bridge(version);
        const u64 before = guest.mm.locked_pages;
        iommu_group *device = guest.device(version);
        EXPECT_EQ(user_phb_plug(phb, device), 0);
        guest.in_user_space(H_PUT_TCE, user_phb_liobn(version, 0), 0x5000, 0x200003);
        EXPECT_GT(guest.mm.locked_pages, before);
        EXPECT_GT(guest.world.memory.pins(), 0U);
        user_phb_unplug(phb, device);
        EXPECT_EQ(guest.mm.locked_pages, before);
        EXPECT_EQ(guest.world.memory.pins(), 0U);
        EXPECT_TRUE(list_empty(&guest.mm.regions));
        EXPECT_EQ(guest.get(user_phb_liobn(version, 0), 0x5000), 0x200003U) << "the guest's values stay";
        EXPECT_EQ(user_phb_plug(phb, device), 0) << "and it can come again";
        EXPECT_EQ(UserGuest::hardware(device, 0, 5), mapped(0x200000));
        user_phb_unplug(phb, device);
    }
}

TEST_F(Plugged, WindowsThatTheGuestOpensAreNotReplayed) {
    in_process();
    user_phb *phb = guest.bridge();
    iommu_group *device = guest.device();
    user_phb_plug(phb, device);
    guest.forget();
    EXPECT_EQ(guest.create(phb, 16, 30)[0], 0U);
    EXPECT_EQ(guest.syscalls(), 3U) << "TCE_CREATE, and a table in KVM that is made and, VFIO coming, closed again";
    EXPECT_EQ(guest.put(second, base64 + 0x20000, 0x30003), H_SUCCESS);
    EXPECT_EQ(UserGuest::hardware(device, 1, (base64 >> 16) + 2), mapped(0x30000));
    guest.forget();
    EXPECT_EQ(guest.remove(second), 0);
    EXPECT_EQ(guest.syscalls(), 2U) << "one UNMAP over the whole window, and TCE_REMOVE";
    EXPECT_EQ(device->tables[1], nullptr);
    EXPECT_EQ(guest.process.failure, 0);
}

// ---- the host's window ----

TEST_F(Plugged, HostPagesAreNoLargerThanThoseOfRam) {
    in_process();
    user_phb *phb = guest.bridge();
    iommu_group *device = guest.device();
    user_phb_plug(phb, device);
    EXPECT_EQ(guest.create(phb, 24, 30)[0], 0U);
    EXPECT_EQ(device->tables[1]->page_shift, 16U);
    guest.forget();
    EXPECT_EQ(guest.put(second, base64, 0x1000003), H_SUCCESS);
    EXPECT_EQ(guest.syscalls(), 1U) << "16 MiB in one call";
    EXPECT_EQ(guest.world.exchanges, 256U);
    EXPECT_EQ(UserGuest::hardware(device, 1, (base64 >> 16) + 255), mapped(0x1ff0000));
}

TEST(PluggedIntoHugePages, HostPagesAreThoseOfTheGuest) {
    UserGuest guest(24);
    user_phb *phb = guest.bridge();
    iommu_group *device = guest.device();
    user_phb_plug(phb, device);
    EXPECT_EQ(device->tables[0]->page_shift, 12U) << "no larger than the guest's";
    EXPECT_EQ(guest.create(phb, 24, 30)[0], 0U);
    EXPECT_EQ(device->tables[1]->page_shift, 24U);
    EXPECT_EQ(guest.create(phb, 24, 30)[0], static_cast<u32>(RTAS_HARDWARE_ERROR));
    EXPECT_EQ(guest.remove(second), 0);
    EXPECT_EQ(guest.create(phb, 21, 30)[0], 0U);
    EXPECT_EQ(device->tables[1]->page_shift, 16U) << "the host has none of 2 MiB";
}

TEST_F(Plugged, LevelsAreGuessedByTheTablesBytes) {
    in_process();
    user_phb *phb = guest.bridge();
    iommu_group *device = guest.device();
    user_phb_plug(phb, device);
    EXPECT_EQ(device->tables[0]->levels, 1U);
    for (auto [window, levels] : {std::pair(36U, 1U), {37U, 1U}, {38U, 2U}}) {
        EXPECT_EQ(guest.create(phb, 16, window)[0], 0U);
        EXPECT_EQ(device->tables[1]->levels, levels) << window;
        EXPECT_EQ(guest.remove(second), 0);
    }
}

TEST_F(Plugged, OneLevelMoreIsTriedWhenTheHostRefuses) {
    in_process();
    user_phb *phb = guest.bridge();
    iommu_group *device = guest.device();
    user_phb_plug(phb, device);
    guest.world.fail_page_allocation(0);
    guest.forget();
    guest.process.has.kvm = false; // else KVM's table would meet the failure
    EXPECT_EQ(guest.create(phb, 16, 36)[0], 0U);
    EXPECT_EQ(guest.syscalls(), 2U);
    EXPECT_EQ(device->tables[1]->levels, 2U);
    guest.lost_pages = 2 * (u64(8) << 20 >> PAGE_SHIFT); // table and mirror of the first try
}

TEST(PluggedCold, AWindowThatTheHostPutsElsewhereIsRemovedAgain) {
    UserGuest guest;
    user_phb *phb = guest.bridge();
    EXPECT_EQ(guest.create(phb, 16, 30)[0], 0U);
    EXPECT_EQ(guest.remove(first), 0);
    iommu_group *device = guest.device();
    const u64 before = guest.mm.locked_pages;
    EXPECT_EQ(user_phb_plug(phb, device), -EINVAL) << "the host's first window begins at 0, not at 2^59";
    EXPECT_EQ(device->tables[0], nullptr);
    EXPECT_FALSE(device->in_use);
    EXPECT_EQ(guest.mm.locked_pages, before) << "nothing is left behind";
    EXPECT_EQ(guest.process.failure, 0) << "before the start it is the device that cannot be had";
    EXPECT_EQ(guest.put(second, base64, 0x30003), H_SUCCESS);
}

TEST(PluggedCold, EveryFailingAllocationIsUndoneOrTriedAgain) {
    u64 undone = 0;
    for (u64 n = 0;; n++) {
        UserGuest guest;
        user_phb *phb = guest.bridge();
        iommu_group *device = guest.device();
        guest.put(first, 0x5000, 0x200003);
        const u64 before = guest.mm.locked_pages, objects = guest.world.live_objects();
        guest.world.fail_small_allocation(n);
        const long rc = user_phb_plug(phb, device);
        if (guest.world.small_failure_pending())
            break;
        if (rc) {
            EXPECT_EQ(rc, -ENOMEM);
            EXPECT_FALSE(device->in_use) << n;
            EXPECT_EQ(guest.mm.locked_pages, before) << n;
            EXPECT_EQ(guest.world.live_objects(), objects) << n;
            EXPECT_EQ(user_phb_plug(phb, device), 0) << n;
            undone++;
        }
        EXPECT_EQ(UserGuest::hardware(device, 0, 5), mapped(0x200000));
        const u64 locked = guest.mm.locked_pages;
        user_phb_unplug(phb, device);
        EXPECT_LT(guest.mm.locked_pages, locked);
        guest.lost_pages = guest.mm.locked_pages - before;
        EXPECT_TRUE(rc == 0 || !guest.lost_pages) << n;
    }
    EXPECT_GT(undone, 4U);
}

TEST_F(Plugged, Version1HasOneWindowAndNoOther) {
    in_process();
    user_phb *phb = guest.bridge();
    iommu_group *device = guest.device(1);
    EXPECT_EQ(user_phb_plug(phb, device), 0);
    guest.put(first, 0x5000, 0x200003);
    EXPECT_EQ(UserGuest::hardware(device, 0, 5), mapped(0x200000));
    guest.create(phb, 16, 30);
    EXPECT_EQ(guest.process.failure, -EINVAL) << "at 2^59 the host has nothing";
}

TEST_F(Plugged, AVersion1WindowThatIsTooSmallCannotBeUsed) {
    user_phb *phb = guest.bridge();
    EXPECT_EQ(user_phb_plug(phb, guest.device(1, GiB / 2)), -EINVAL);
}

// ---- failures after the start ----

TEST_F(Plugged, AWindowThatTheHostRefusesEndsTheProcess) {
    in_process();
    user_phb *phb = guest.bridge();
    user_phb_plug(phb, guest.device());
    guest.mm.locked_limit = guest.mm.locked_pages;
    const auto results = guest.create(phb, 16, 36);
    EXPECT_EQ(guest.process.failure, -ENOMEM);
    EXPECT_EQ(guest.rc, H_HARDWARE);
    EXPECT_EQ(results[0], 0xdeadbeef) << "the guest gets no status";
    EXPECT_EQ(guest.in_user_space(H_PUT_TCE, first, 0x5000, 0x200003), H_HARDWARE) << "nor anything later";
    EXPECT_EQ(guest.query(phb)[0], 0xdeadbeef);
}

TEST_F(Plugged, ATakenGroupIsRefused) {
    user_phb *phb = guest.bridge(), *other = guest.bridge(1);
    iommu_group *device = guest.device();
    EXPECT_EQ(user_phb_plug(phb, device), 0);
    guest.process.started = false;
    EXPECT_EQ(user_phb_plug(other, device), -EBUSY);
    EXPECT_EQ(user_container_of(&guest.process, device)->groups.next, &device->container_link);
}

// ---- resets ----

TEST_F(Plugged, AResetOfTheBridgeLeavesAnEmptyDefaultWindow) {
    for (bool in_kernel : {true, false}) {
        guest.process.has.spapr_tce_vfio = in_kernel;
        user_phb *phb = guest.bridge(in_kernel);
        const u64 liobn = user_phb_liobn(in_kernel, 0);
        iommu_group *device = guest.device();
        user_phb_plug(phb, device);
        guest.create(phb, 16, 30);
        guest.put(liobn, 0x5000, 0x200003);
        guest.put(liobn + 1, base64, 0x200003);
        EXPECT_EQ(user_phb_reset(phb), 0);
        EXPECT_EQ(user_phb_windows(phb), 1U);
        EXPECT_EQ(guest.get(liobn, 0x5000), 0U);
        EXPECT_EQ(UserGuest::hardware(device, 0, 5), 0U);
        EXPECT_EQ(device->tables[1], nullptr);
        guest.put(liobn, 0x5000, 0x200003);
        EXPECT_EQ(UserGuest::hardware(device, 0, 5), mapped(0x200000)) << "and goes on working";
    }
}

TEST_F(Plugged, AResetTouchesEveryPageOfKvmsTable) {
    user_phb *phb = guest.bridge();
    const kvm_tce_table *view = phb->windows[0].view;
    ASSERT_EQ(kvm_tce_table_slot(view, 0), nullptr);
    EXPECT_EQ(user_phb_reset(phb), 0);
    view = phb->windows[0].view;
    for (u64 entry = 0; entry < view->size; entry += TCES_PER_PAGE)
        EXPECT_NE(kvm_tce_table_slot(view, entry), nullptr);
}

TEST_F(Plugged, AResetOfTheMachineClearsVioDevicesToo) {
    user_phb *phb = guest.bridge();
    guest.vio(0x71000002);
    guest.put(0x71000002, 0x5000, 0x200003);
    guest.put(first, 0x5000, 0x200003);
    guest.remove(first);
    EXPECT_EQ(user_reset(&guest.process), 0);
    EXPECT_EQ(guest.get(0x71000002, 0x5000), 0U);
    EXPECT_EQ(user_phb_windows(phb), 1U);
    EXPECT_EQ(guest.put(0x71000002, 0x5000, 0x200003), H_SUCCESS) << "its window stays";
}

TEST_F(Plugged, WhatKvmFindsTooHardForAVioDeviceTheProcessDoes) {
    guest.vio(0x71000002);
    EXPECT_EQ(guest.put(0x71000002, 0x5000, 0xffffff0000003), H_SUCCESS);
    EXPECT_EQ(guest.get(0x71000002, 0x5000), 0xffffff0000003U);
}

// ---- bridges themselves ----

TEST(Bridges, HaveIndexesUpTo30OnceEach) {
    UserGuest guest;
    user_phb *phb = nullptr;
    user_phb_properties properties = user_phb_defaults(30);
    EXPECT_EQ(user_phb_new(&guest.process, &properties, &phb), 0);
    EXPECT_EQ(phb->windows[1].liobn, 0x80001e01U);
    EXPECT_EQ(user_phb_new(&guest.process, &properties, &phb), -EEXIST);
    properties.index = 31;
    EXPECT_EQ(user_phb_new(&guest.process, &properties, &phb), -EINVAL);
}

TEST(Bridges, GoWithTheirDevices) {
    UserGuest guest;
    user_phb *phb = guest.bridge(), *other = guest.bridge(1);
    iommu_group *device = guest.device();
    user_phb_plug(phb, device);
    user_phb_free(phb);
    EXPECT_FALSE(device->in_use);
    EXPECT_EQ(guest.in_user_space(H_GET_TCE, first, 0, 0), H_PARAMETER);
    EXPECT_EQ(user_phb_find(&guest.process, 0x800000020000000), nullptr);
    EXPECT_EQ(user_phb_plug(other, device), 0);
}

} // namespace
} // namespace tcesim::test::hcall_bridge_test
