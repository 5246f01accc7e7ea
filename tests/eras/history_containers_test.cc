// SPDX-License-Identifier: Apache-2.0
/// Bugs in the history of containers and registered memory.
#include "tests/eras/era_machine.h"

extern "C" {
#include "hcall/powernv/host_dma.h"
}

#include <gtest/gtest.h>

namespace tcesim::test::history_containers_test {
namespace {

using Machine = EraMachine;

constexpr u64 hpa = Machine::ram_hpa;
constexpr u64 ua = Machine::ram_ua;
constexpr u64 window = Machine::window_bytes;

/// Whole leaves that are absent are passed over, from wherever the range begins. 4.19 and before look at each entry.
TEST(History, Item12_UnmapThatStartsInTheMiddleOfAnAbsentLeaf) {
    Machine machine;
    vfio_container *container = machine.open_container();
    iommu_table *table = machine.add_window(container, 12, window, 2);
    u64 leaf = table->level_size;
    ASSERT_EQ(leaf, 8192U);
    ASSERT_EQ(machine.map(container, leaf << 12, ua, 0x3000), 0);
    machine.world.exchanges = 0;
    machine.world.trace.clear();
    ASSERT_EQ(machine.unmap(container, (leaf / 2) << 12, (leaf + leaf / 2) << 12), 0);
    for (u64 i = 0; i < 3; i++)
        EXPECT_EQ(hardware_entry(table, leaf + i), 0U) << i;
    EXPECT_EQ(machine.mapped(), 0U);
    EXPECT_EQ(machine.world.exchanges, in_era<u64>({12288, 8192, 8192, 8192, 8192, 8192}))
        << "v4.12 has all leaves from the beginning";
    EXPECT_EQ(machine.kills().size(), in_era<u64>({12288, 12288, 12288, 1, 1, 1}));
    machine.close();
}

/// The host's own window went away with its table; the pointer that was left led to freed memory.
TEST(History, Item18_AfterVfioTheHostUsesATableOfItsOwn) {
    Machine machine;
    vfio_container *container = machine.open_container();
    machine.add_window(container, 12);
    iommu_group *group = machine.groups[0].get();
    vfio_detach(container, group);
    EXPECT_EQ(group->tables[0], nullptr);
    ASSERT_EQ(window_set_default(group), 0);
    ASSERT_EQ(host_dma_build(group->tables[0], 3, 1, hpa, DMA_BIDIRECTIONAL), 0);
    EXPECT_EQ(hardware_entry(group->tables[0], 3), hpa | 3);
    EXPECT_EQ(hardware_entry(container->tables[0], 3), 0U) << "the container's is another";
    host_dma_clear(group->tables[0], 3, 1);
    window_unset(group, 0);
    machine.close();
    EXPECT_EQ(machine.world.live_page_bytes(), 0U);
}

/// Attaching a group twice freed the wrong object until 5.3; in all eras here it is refused and harmless.
TEST(History, Item19_FailedAttachLeavesTheGroupsThatAreThere) {
    Machine machine;
    vfio_container *container = machine.open_container();
    iommu_table *table = machine.add_window(container, 12);
    u64 objects = machine.world.live_objects();
    EXPECT_EQ(vfio_attach(container, machine.groups[0].get()), -EBUSY);
    iommu_group late{};
    phb bridge{9, PHB_PHB4, 0};
    late.phb = &bridge;
    late.dynamic_windows = true;
    machine.world.fail_window();
    EXPECT_LT(vfio_attach(container, &late), 0) << "firmware refuses its window";
    EXPECT_EQ(machine.world.live_objects(), objects);
    EXPECT_EQ(late.tables[0], nullptr);
    EXPECT_EQ(machine.groups[0]->tables[0], table);
    EXPECT_EQ(machine.map(container, 0, ua, PAGE_SIZE), 0);
    machine.close();
}

TEST(History, Item21_RegionOfWhichAPageCannotBePinned) {
    for (u64 bad : {u64(0), u64(5), (Machine::ram_bytes >> PAGE_SHIFT) - 1}) {
        Machine machine;
        vfio_container *container = machine.open_container();
        ASSERT_EQ(machine.unregister_memory(container), 0);
        machine.world.memory.set_state(ua + (bad << PAGE_SHIFT), 1, PageState::Hole);
        u64 objects = machine.world.live_objects();
        long pinned = bad ? static_cast<long>(bad) : -EFAULT;
        EXPECT_EQ(machine.register_memory(container),
                  in_era<long>({-EFAULT, -EFAULT, -EFAULT, pinned, pinned, -EFAULT}));
        EXPECT_EQ(machine.world.memory.pins(), 0U);
        EXPECT_EQ(machine.mm.locked_pages, 0U);
        EXPECT_EQ(machine.world.live_objects(), objects);
    }
}

TEST(History, Item23_MapWithoutMemoryForALevelGivesAnErrno) {
    for (u64 level : {0, 1}) {
        Machine machine;
        vfio_container *container = machine.open_container();
        machine.add_window(container, 12, window, 2);
        machine.world.fail_page_allocation(level);
        long rc = machine.map(container, 0, ua, 0x1000);
        machine.world.fail_no_allocation();
        if (level)
            EXPECT_EQ(rc, in_era<long>({0, H_HARDWARE, H_HARDWARE, -ENOMEM, -ENOMEM, -ENOMEM}));
        else
            EXPECT_EQ(rc, in_era<long>({0, -ENOMEM, -ENOMEM, -ENOMEM, -ENOMEM, -ENOMEM}))
                << "no mirror: kernels dereference NULL, here it is refused";
    }
}

/// The count of a region has 64 bits. Which kernels before November 2020 compared fewer is not known.
TEST(History, Item24_CountsOfMoreThan32Bits) {
    for (s64 mapped : {s64(1), s64(2), (s64(1) << 32) + 1}) {
        PlainPort world;
        mm_context mm{};
        mm_context_init(&mm, 100);
        world.memory.map(ua, 1, hpa, PAGE_SHIFT, PageState::Young);
        mm_region *region = nullptr;
        ASSERT_EQ(region_new(&mm, ua, 1, &region), 0);
        region->mapped = mapped;
        EXPECT_EQ(region_put(region), mapped == 1 ? 0 : -EBUSY) << mapped;
        EXPECT_EQ(world.memory.pins(), mapped == 1 ? 0U : 1U) << mapped;
    }
}

/// Up to 6.1 the bridge forgets the window before its entries are cleared; nobody sees them afterwards.
TEST(History, Item35_WindowThatIsMadeAgainIsEmpty) {
    Machine machine;
    vfio_container *container = machine.open_container();
    iommu_table *table = machine.add_window(container, 12);
    ASSERT_EQ(machine.map(container, 0, ua, 0x10000), 0);
    ASSERT_EQ(machine.mapped(), 16U);
    u64 live_at_unset = 0;
    machine.world.on_set_tve = [&](const TveWrite &) { live_at_unset += hardware_entry(table, 0) ? 1 : 0; };
    ASSERT_EQ(machine.remove_window(container, 0), 0);
    machine.world.on_set_tve = nullptr;
    EXPECT_EQ(live_at_unset, 1U);
    EXPECT_EQ(machine.mapped(), 0U);
    table = machine.add_window(container, 12);
    for (u64 entry = 0; entry < 16; entry++) {
        EXPECT_EQ(hardware_entry(table, entry), 0U);
        EXPECT_EQ(mirror_entry(table, entry), 0U);
    }
    machine.close();
    EXPECT_EQ(machine.mm.locked_pages, 0U);
}

TEST(History, Item36_UnsettingAWindowThatWasNeverSet) {
    Machine machine;
    vfio_container *container = machine.open_container();
    machine.world.tve_writes.clear();
    window_unset(machine.groups[0].get(), 1);
    EXPECT_TRUE(machine.world.tve_writes.empty());
    EXPECT_EQ(machine.remove_window(container, IOMMU_WINDOW1_BASE), -EINVAL);
    machine.close();
}

} // namespace
} // namespace tcesim::test::history_containers_test
