// SPDX-License-Identifier: Apache-2.0
/// Points that no kernel has fixed: what each era does, and that "fixed" does not.
#include "tests/eras/era_machine.h"

extern "C" {
#include "hcall/powernv/host_dma.h"
}

#include <gtest/gtest.h>

namespace tcesim::test::unfixed_test {
namespace {

using Machine = EraMachine;

constexpr u64 hpa = Machine::ram_hpa;
constexpr u64 ua = Machine::ram_ua;
constexpr u64 block = Machine::block;
constexpr u64 window = Machine::window_bytes;
constexpr long to_user = Machine::to_user;

u64 live_entries(iommu_table *table, u64 first, u64 count) {
    u64 live = 0;
    for (u64 i = 0; i < count; i++)
        live += hardware_entry(table, first + i) & TCE_PERM ? 1 : 0;
    return live;
}

TEST(Unfixed, A_UnregisterOfMemoryThatIsMappedOrphansIt) {
    Machine machine;
    machine.pass_through();
    vfio_container *container = machine.containers[0];
    ASSERT_EQ(machine.put(0, 0x1003), H_SUCCESS);
    long busy = in_era<long>({-EBUSY, -EBUSY, -EBUSY, 0, 0, -EBUSY});
    EXPECT_EQ(machine.unregister_memory(container), busy);
    EXPECT_NE(machine.region(), nullptr) << "still pinned";
    ASSERT_EQ(machine.stuff(0, 0, 1), H_SUCCESS);
    EXPECT_EQ(machine.unregister_memory(container), busy ? 0 : -ENOENT) << "nobody's";
    u64 orphaned = busy ? 0 : Machine::ram_bytes >> PAGE_SHIFT;
    machine.close();
    EXPECT_EQ(machine.mm.locked_pages, orphaned);
    EXPECT_EQ(machine.world.memory.pins(), orphaned);
}

TEST(Unfixed, A_AnOrphanIsAdoptedByTheSameRangeOnly) {
    Machine machine;
    machine.pass_through();
    vfio_container *container = machine.containers[0];
    ASSERT_EQ(machine.put(0, 0x1003), H_SUCCESS);
    bool orphaned = !machine.unregister_memory(container);
    EXPECT_EQ(machine.register_memory(container, ua, block), -EINVAL) << "it overlaps";
    EXPECT_EQ(machine.register_memory(container), orphaned ? 0 : -EBUSY);
    machine.close();
    EXPECT_EQ(machine.mm.locked_pages, orphaned ? Machine::ram_bytes >> PAGE_SHIFT : 0U) << "one user too many";
}

/// A page of 16 MiB over 256 of 64 KiB that replaces another one and fails at its eleventh.
TEST(Unfixed, B_ClearAfterFailureLosesCountsAndSkipsTheKill) {
    Machine machine(false);
    vfio_container *container = machine.open_container();
    ASSERT_EQ(machine.unregister_memory(container), 0);
    ASSERT_EQ(machine.register_memory(container, ua, 10 * PAGE_SIZE), 0);
    ASSERT_EQ(machine.register_memory(container, ua + block, block), 0);
    iommu_table *table = machine.add_window(container, 16);
    machine.add_view(Machine::liobn, 24);
    if (kvm_tce_table_attach(machine.view(), machine.groups[0].get())) {
        EXPECT_TRUE(in_era<bool>({true, false, false, false, false, false})) << "v4.12 knows equal pages only";
        return;
    }
    ASSERT_EQ(machine.put(0, block | 3), H_SUCCESS);
    ASSERT_EQ(machine.mapped(ua + block), 256U);
    machine.world.trace.clear();
    EXPECT_EQ(machine.put(0, 3), to_user);
    EXPECT_EQ(live_entries(table, 0, 256), in_era<u64>({0, 256, 256, 0, 0, 256}));
    EXPECT_EQ(machine.mapped(ua), in_era<u64>({0, 10, 10, 10, 10, 0}));
    EXPECT_EQ(machine.mapped(ua + block), in_era<u64>({0, 246, 246, 246, 246, 256}));
    bool killed = true; // nothing changed after the last invalidation
    for (const auto &event : machine.world.trace) {
        if (event.event == PORT_EV_TCE_SET && event.c != event.d)
            killed = false;
        if (event.event == PORT_EV_TCE_KILL)
            killed = true;
    }
    EXPECT_EQ(killed, in_era<bool>({true, true, true, false, false, true}));
}

TEST(Unfixed, C_ListEntryWithoutPermissionsCountsForEver) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    ASSERT_EQ(machine.put_list(0, {0x1000}), H_SUCCESS);
    u64 bare = hpa + 0x1000;
    EXPECT_EQ(hardware_entry(table, 0), in_era<u64>({bare, bare, bare, bare, bare, 0}));
    ASSERT_EQ(machine.stuff(0, 0, 1), H_SUCCESS);
    EXPECT_EQ(hardware_entry(table, 0), 0U);
    EXPECT_EQ(machine.mapped(), in_era<u64>({1, 1, 1, 1, 1, 0}));
    EXPECT_EQ(machine.unregister_memory(machine.containers[0]), in_era<long>({-EBUSY, -EBUSY, -EBUSY, 0, 0, 0}));
    EXPECT_EQ(machine.region() == nullptr, fixed_era());
}

TEST(Unfixed, D_MisalignedListEntryWithoutPermissionsStopsTheHost) {
    Machine machine;
    machine.pass_through();
    machine.write_list({0x1800});
    hcall call{H_PUT_TCE_INDIRECT, Machine::liobn, 0, Machine::list_gpa, 1, 0};
    std::string assertion = "hpa_not_aligned";
    EXPECT_EQ(machine.stopped_by([&] { kvm_hcall(&machine.kvm, &call); }),
              in_era<std::string>({assertion, assertion, assertion, assertion, assertion, ""}));
}

TEST(Unfixed, D_ListThatChangesBetweenThePassesStopsTheHost) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    machine.write_list({0x1003, 0x2003});
    machine.world.at_next(Moment::Exchanged,
                          [&] { machine.world.memory.write64(Machine::list_hpa + sizeof(u64), big_endian(0x2803)); });
    hcall call{H_PUT_TCE_INDIRECT, Machine::liobn, 0, Machine::list_gpa, 2, 0};
    long rc = H_SUCCESS;
    std::string assertion = "hpa_not_aligned";
    EXPECT_EQ(machine.stopped_by([&] { rc = kvm_hcall(&machine.kvm, &call); }),
              in_era<std::string>({"", "", "", assertion, assertion, ""}));
    if (until_4_19() || fixed_era()) {
        EXPECT_EQ(rc, until_4_19() ? H_PARAMETER : H_SUCCESS) << "each entry is read once";
    }
    EXPECT_EQ(hardware_entry(table, 0), (hpa + 0x1000) | 3);
    EXPECT_EQ(hardware_entry(table, 1), fixed_era() ? (hpa + 0x2000) | 3 : 0U);
}

TEST(Unfixed, E_AttachingAgainKeepsTheTableForEver) {
    Machine machine;
    machine.pass_through();
    ASSERT_EQ(kvm_tce_table_attach(machine.view(), machine.groups[0].get()), 0);
    machine.close();
    EXPECT_EQ(machine.world.live_page_bytes() != 0, !fixed_era());
}

TEST(Unfixed, E_SiblingThatLeavesTakesTheTableAlong) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    iommu_group *sibling = machine.add_group(machine.containers[0]);
    kvm_detach_group(&machine.kvm, sibling);
    ASSERT_EQ(machine.put(0, 0x1003), H_SUCCESS);
    u64 live = (hpa + 0x1000) | 3;
    EXPECT_EQ(hardware_entry(table, 0), in_era<u64>({0, 0, 0, 0, 0, live}));
    machine.close();
}

TEST(Unfixed, E_WindowRemovedBeforeDelIsFilledOn) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    ASSERT_EQ(machine.remove_window(machine.containers[0], 0), 0);
    kvm_detach_group(&machine.kvm, machine.groups[0].get());
    bool orphaned = !list_empty(&machine.view()->links);
    EXPECT_EQ(orphaned, !fixed_era());
    ASSERT_EQ(machine.put(0, 0x1003), H_SUCCESS);
    EXPECT_EQ(machine.mapped(), orphaned ? 1U : 0U) << "busy for a window that is gone";
    if (orphaned) {
        EXPECT_EQ(hardware_entry(table, 0), (hpa + 0x1000) | 3);
    }
}

TEST(Unfixed, F_MapOfADyingRegionReportsSuccess) {
    Machine machine;
    vfio_container *container = machine.open_container();
    iommu_table *table = machine.add_window(container, 12);
    mm_region *dying = machine.region();
    dying->mapped = 0;
    EXPECT_EQ(machine.map(container, 0, ua, 0x3000) == 0, !fixed_era());
    dying->mapped = 1;
    EXPECT_EQ(live_entries(table, 0, 3), 0U);
}

TEST(Unfixed, F_FailedExchangeDropsTheWrongCount) {
    Machine machine;
    vfio_container *container = machine.open_container();
    machine.add_window(container, 12, window, 2);
    machine.world.fail_page_allocation(1);
    EXPECT_EQ(machine.map(container, 0, ua, 0x1000) != 0, in_era<bool>({false, true, true, true, true, true}));
    EXPECT_EQ(machine.mapped(), in_era<u64>({1, 1, 1, 1, 1, 0})) << "v4.12 needs no level, and has mapped it";
}

/// A container of version 1 with pages of 16 MiB over memory in pages of 64 KiB.
TEST(Unfixed, F_PageThatFailsItsCheckStaysPinned) {
    Machine machine;
    vfio_container *container = machine.open_container_v1(24);
    EXPECT_EQ(machine.map(container, 0, ua, block), -EPERM);
    machine.close();
    EXPECT_EQ(machine.world.memory.pins(), in_era<u64>({1, 1, 1, 1, 1, 0}));
}

/// A table of version 1 has no mirror: KVM cannot tell what page an entry holds, and clears it all the same.
TEST(Unfixed, ClearedEntryWithoutMirrorLeavesItsPagePinned) {
    Machine machine(false);
    vfio_container *container = machine.open_container_v1(12);
    machine.add_view(Machine::liobn, 12);
    ASSERT_EQ(kvm_tce_table_attach(machine.view(), machine.groups[0].get()), 0);
    ASSERT_EQ(machine.map(container, 0, ua, 0x1000), 0);
    EXPECT_EQ(machine.put(0, 0), in_era<long>({to_user, to_user, to_user, H_SUCCESS, H_SUCCESS, to_user}));
    machine.close();
    EXPECT_EQ(machine.world.memory.pins(), in_era<u64>({0, 0, 0, 1, 1, 0}));
}

/// 6.1 leaves a read section open here, which has no effect in kernels that are not preemptible, as those of POWER.
TEST(Unfixed, G_ReplacedDeviceMemoryLeavesNothingBehind) {
    if (until_4_19())
        return; // no device memory
    Machine machine(false);
    iommu_table *table = machine.pass_through();
    mm_region *device = nullptr;
    u64 device_ua = ua + 4 * block, device_hpa = u64(6) << 48;
    ASSERT_EQ(region_new_device(&machine.mm, device_ua, 16, device_hpa, &device), 0);
    kvm_memslot slots[] = {{0, Machine::ram_bytes >> PAGE_SHIFT, ua}, {u64(1) << 36, 16, device_ua}};
    kvm_set_memslots(&machine.kvm, slots, 2);
    ASSERT_EQ(machine.put(0, u64(1) << 36 | 3), H_SUCCESS);
    EXPECT_EQ(hardware_entry(table, 0), device_hpa | 3);
    ASSERT_EQ(machine.put(0, 0), H_SUCCESS);
    EXPECT_EQ(machine.world.memory.stray_dirty_marks(), 0U) << "it has no pages";
    u64 objects = machine.world.live_objects();
    EXPECT_EQ(region_put(device), 0);
    EXPECT_LT(machine.world.live_objects(), objects);
    machine.close();
}

/// A region that begins with a huge page and goes on with single ones.
TEST(Unfixed, H_MixedRegionTakesPagesThatItsMemoryHasNot) {
    Machine machine(false, 24);
    machine.world.memory.map(ua + block, block >> PAGE_SHIFT, hpa + block, PAGE_SHIFT, PageState::Young);
    iommu_table *table = machine.pass_through(24, 24);
    EXPECT_EQ(machine.region()->page_shift, in_era<u32>({16, 16, 16, 24, 24, 16}));
    machine.put(0, block | 3);
    u64 live = (hpa + block) | 3;
    EXPECT_EQ(hardware_entry(table, 0), in_era<u64>({live, 0, 0, live, live, 0})) << "v4.12 does not look at the shift";
    EXPECT_EQ(machine.map(machine.containers[0], block, ua + block, block),
              in_era<long>({-EPERM, -EINVAL, -EINVAL, -EPERM, -EPERM, -EINVAL}));
}

/// Kernels look at the first page alone and map past the table; in all eras here it is refused.
TEST(Unfixed, I_MapThatEndsAfterTheWindow) {
    Machine machine;
    vfio_container *container = machine.open_container();
    iommu_table *table = machine.add_window(container, 12);
    long plus_one = in_era<long>({1, 1, 1, 1, 1, -EINVAL});
    EXPECT_EQ(machine.map(container, window - 0x1000, ua, 0x2000), plus_one);
    EXPECT_EQ(machine.map(container, 0x800, ua, 0x1000), plus_one) << "misaligned";
    EXPECT_EQ(machine.unmap(container, 0x800, 0x1000), plus_one);
    EXPECT_EQ(machine.map(container, window, ua, 0x1000), -ENXIO) << "in no window";
    EXPECT_EQ(live_entries(table, (window >> 12) - 1, 1), 0U);
    machine.close();
}

TEST(Unfixed, J_HostClearThatStartsInTheMiddleOfAnAbsentLeaf) {
    PlainPort world;
    iommu_table *table = nullptr;
    ASSERT_EQ(iommu_table_create(12, 0, window, 2, false, &table), 0);
    ASSERT_EQ(host_dma_build(table, 8192, 3, hpa, DMA_BIDIRECTIONAL), 0);
    host_dma_clear(table, 4096, 12288);
    EXPECT_EQ(live_entries(table, 8192, 3), in_era<u64>({0, 3, 3, 3, 3, 0})) << "v4.12 has no absent leaf";
    iommu_table_put(table);
    EXPECT_EQ(world.live_page_bytes(), 0U);
}

/// Levels of 1 MiB. v4.12 would make all of them with the table: 128 GiB.
TEST(Unfixed, J_LevelThatComesSecondIsLostWhereItIsLargerThanAHostPage) {
    if (in_era<bool>({true, false, false, false, false, false}))
        return;
    PlainPort world;
    iommu_table *table = nullptr;
    ASSERT_EQ(iommu_table_create(16, 0, u64(1) << 50, 2, false, &table), 0);
    ASSERT_EQ(table->level_size, 131072U);
    world.at_next(Moment::MakesPage, [&] { *iommu_table_slot(table, 1, true) = big_endian(hpa | 3); });
    *iommu_table_slot(table, 0, true) = big_endian((hpa + PAGE_SIZE) | 3);
    EXPECT_EQ(hardware_entry(table, 0), (hpa + PAGE_SIZE) | 3);
    EXPECT_EQ(hardware_entry(table, 1), in_era<u64>({0, 0, 0, hpa | 3, hpa | 3, hpa | 3}));
    iommu_table_put(table);
    u64 level = u64(1) << 20;
    EXPECT_EQ(world.live_page_bytes(), in_era<u64>({0, level, level, level, level, 0}));
}

/// One store for each page of a range, absent leaves included. A window that goes is unset before it is
/// cleared, so that its pages cost none; from 6.12 on it is the other way round.
TEST(Unfixed, K_KillsOfAnEmptyWindow) {
    Machine machine;
    vfio_container *container = machine.open_container();
    vfio_detach(container, machine.groups[0].get());
    machine.add_group(container, PHB_PHB3);
    machine.add_window(container, 12, window, 2);
    machine.world.mmio_writes.clear();
    ASSERT_EQ(machine.unmap(container, 0, window), 0);
    EXPECT_EQ(machine.world.mmio_writes.size(), window >> 12);
    machine.world.mmio_writes.clear();
    ASSERT_EQ(machine.remove_window(container, 0), 0);
    EXPECT_EQ(machine.world.mmio_writes.size(), 1U) << "the whole PE";
    machine.close();
}

TEST(Unfixed, L_StuffOverTwoTablesLeavesThemDifferent) {
    Machine machine(false);
    iommu_table *tables[2];
    for (auto &table : tables) {
        vfio_container *container = machine.open_container();
        table = machine.add_window(container, 12);
        if (!machine.view())
            machine.add_view(Machine::liobn, 12);
        ASSERT_EQ(kvm_tce_table_attach(machine.view(), machine.groups.back().get()), 0);
    }
    ASSERT_EQ(machine.put_list(0, {0x1003, 0x2003, 0x3003}), H_SUCCESS);
    *iommu_table_mirror(tables[0], 1, false) = big_endian(u64(1) << 40); // in no region
    EXPECT_EQ(machine.stuff(0, 0, 3), in_era<long>({to_user, to_user, to_user, to_user, to_user, 0}));
    EXPECT_EQ(live_entries(tables[1], 0, 3), 0U) << "the newest first";
    EXPECT_EQ(live_entries(tables[0], 0, 3), fixed_era() ? 0U : 2U);
    EXPECT_EQ(machine.view_entry(0), fixed_era() ? 0U : 0x1003U);
}

} // namespace
} // namespace tcesim::test::unfixed_test
