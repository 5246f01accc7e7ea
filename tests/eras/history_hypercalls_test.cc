// SPDX-License-Identifier: Apache-2.0
/// Bugs in the history of the TCE hypercalls: what each era did, and that "fixed" does not.
/// docs/behaviour.md numbers them. Memory corruption is not reproduced: its scenario is here, refused or harmless.
#include "tests/eras/era_machine.h"

#include <gtest/gtest.h>

namespace tcesim::test::history_hypercalls_test {
namespace {

using Machine = EraMachine;

constexpr u64 hpa = Machine::ram_hpa;
constexpr u64 ua = Machine::ram_ua;
constexpr long to_user = Machine::to_user;

/// The first 8192 entries have their place in the view: real mode need not ask for it.
void touch_view(Machine *machine) {
    ASSERT_NE(kvm_tce_table_slot_alloc(machine->view(), 0), nullptr);
}

u64 live_entries(iommu_table *table, u64 first, u64 count) {
    u64 live = 0;
    for (u64 i = 0; i < count; i++)
        live += hardware_entry(table, first + i) & TCE_PERM ? 1 : 0;
    return live;
}

TEST(History, Item01_FirstRequestOfAFreshWindowNeedsUserSpaceOnce) {
    Machine machine;
    vfio_container *container = machine.open_container();
    iommu_table *table = machine.create_window(container, 12);
    machine.add_view(Machine::liobn, 12);
    ASSERT_EQ(kvm_tce_table_attach(machine.view(), machine.groups[0].get()), 0);
    machine.put(7, 0x3003);
    EXPECT_EQ(machine.handled_by(), in_era<port_level>({PORT_HOST_USER, PORT_REAL_MODE, PORT_REAL_MODE,
                                                        PORT_HOST_KERNEL, PORT_HOST_KERNEL, PORT_HOST_KERNEL}));
    if (machine.user_calls()) {
        ASSERT_EQ(machine.map(container, 0x7000, ua + 0x3000, 0x1000), 0);
    }
    EXPECT_EQ(hardware_entry(table, 7), (hpa + 0x3000) | 3);
    EXPECT_EQ(machine.put(8, 0x4003), H_SUCCESS);
    EXPECT_EQ(machine.handled_by(), in_era<port_level>({PORT_REAL_MODE, PORT_REAL_MODE, PORT_REAL_MODE, PORT_REAL_MODE,
                                                        PORT_HOST_KERNEL, PORT_REAL_MODE}));
    machine.close();
}

TEST(History, Item03_ListEntryOutsideRamLeavesTheListPageLocked) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    touch_view(&machine);
    EXPECT_EQ(machine.put_list(0, {Machine::nowhere | 3}),
              in_era<long>({H_PARAMETER, H_PARAMETER, H_PARAMETER, to_user, to_user, to_user}));
    machine.write_list({0x1003});
    hcall again{H_PUT_TCE_INDIRECT, Machine::liobn, 0, Machine::list_gpa, 1, 0};
    EXPECT_EQ(machine.stopped_by([&] { kvm_hcall(&machine.kvm, &again); }),
              in_era<std::string>({"list_page_locked_for_ever", "", "", "", "", ""}));
    if (in_era<bool>({false, true, true, true, true, true})) {
        EXPECT_EQ(hardware_entry(table, 0), (hpa + 0x1000) | 3);
        machine.close();
    }
}

/// In virtual mode the same call does not leave its read section: nothing is freed any more.
TEST(History, Item03_ListEntryOutsideRamKeepsReadersOfVirtualMode) {
    Machine machine(false);
    machine.pass_through();
    machine.put_list(0, {Machine::nowhere | 3});
    u64 before = machine.world.live_objects();
    kvm_tce_table_close(machine.add_view(2, 12));
    EXPECT_EQ(machine.world.live_objects() > before, in_era<bool>({true, false, false, false, false, false}));
}

TEST(History, Item04_StuffInTheMiddleOfAViewWithLargerPages) {
    Machine machine;
    vfio_container *container = machine.open_container();
    iommu_table *table = machine.add_window(container, 12);
    machine.add_view(Machine::liobn, 16);
    EXPECT_EQ(kvm_tce_table_attach(machine.view(), machine.groups[0].get()), in_era<long>({-EINVAL, 0, 0, 0, 0, 0}))
        << "v4.12 counted entries of such a table wrongly, and did not take it";
    if (list_empty(&machine.view()->links))
        return;
    for (u64 entry = 4; entry < 8; entry++)
        ASSERT_EQ(machine.put(entry, entry << 16 | 3), H_SUCCESS);
    EXPECT_EQ(machine.stuff(5, 0, 2), H_SUCCESS);
    EXPECT_EQ(live_entries(table, 4 * 16, 16), 16U);
    EXPECT_EQ(live_entries(table, 5 * 16, 32), 0U);
    EXPECT_EQ(live_entries(table, 7 * 16, 16), 16U);
    EXPECT_EQ(machine.mapped(), 32U);
    machine.close();
}

TEST(History, Item05_SixteenSubpagesPerEntry) {
    Machine machine;
    vfio_container *container = machine.open_container();
    iommu_table *table = machine.add_window(container, 12);
    machine.add_view(Machine::liobn, 16);
    if (kvm_tce_table_attach(machine.view(), machine.groups[0].get())) {
        EXPECT_TRUE(in_era<bool>({true, false, false, false, false, false}));
        return;
    }
    ASSERT_EQ(machine.put(2, 0x50003), H_SUCCESS);
    for (u64 i = 0; i < 16; i++)
        EXPECT_EQ(hardware_entry(table, 32 + i), (hpa + 0x50000 + (i << 12)) | 3) << i;
    EXPECT_EQ(machine.mapped(), 16U);
    machine.close();
}

/// A guest page of 16 MiB whose eleventh host page is not registered.
TEST(History, Item05_FailingAtASubpage) {
    Machine machine(false);
    vfio_container *container = machine.open_container();
    ASSERT_EQ(machine.unregister_memory(container), 0);
    ASSERT_EQ(machine.register_memory(container, ua, 10 * PAGE_SIZE), 0);
    iommu_table *table = machine.add_window(container, 16);
    machine.add_view(Machine::liobn, 24);
    if (kvm_tce_table_attach(machine.view(), machine.groups[0].get()))
        return; // v4.12, as above
    EXPECT_EQ(machine.put(0, 3), to_user);
    EXPECT_EQ(live_entries(table, 0, 256), in_era<u64>({0, 10, 10, 0, 0, 0}));
    EXPECT_EQ(machine.mapped(), in_era<u64>({0, 10, 10, 10, 10, 0})) << "v5.10 and v6.1 lose these counts";
    EXPECT_EQ(machine.view_entry(0), 0U);
}

TEST(History, Item08_PageWrittenByTheDeviceIsDirtyInTheEnd) {
    Machine machine;
    machine.pass_through();
    touch_view(&machine);
    ASSERT_EQ(machine.put(0, 0x10003), H_SUCCESS);
    ASSERT_EQ(machine.put(1, 0x20001), H_SUCCESS);
    ASSERT_EQ(machine.stuff(0, 0, 2), H_SUCCESS);
    EXPECT_EQ(machine.world.memory.dirty_pages().size(), in_era<u64>({1, 0, 0, 0, 1, 0}))
        << "real mode may not touch struct page, and did in v4.12";
    machine.close();
    EXPECT_EQ(machine.world.memory.dirty_pages(), std::vector<u64>{hpa + 0x10000});
}

TEST(History, Item09_IndirectWithBadEntry300ChangesNothing) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    touch_view(&machine);
    std::vector<u64> list(512);
    for (u64 i = 0; i < list.size(); i++)
        list[i] = i << 12 | 3;
    list[300] |= 0x800; // misaligned
    EXPECT_EQ(machine.put_list(0, list),
              in_era<long>({H_PARAMETER, H_PARAMETER, H_PARAMETER, H_PARAMETER, to_user, H_PARAMETER}));
    u64 changed = in_era<u64>({300, 300, 300, 0, 0, 0});
    EXPECT_EQ(live_entries(table, 0, 512), changed);
    EXPECT_EQ(machine.mapped(), changed);
    EXPECT_EQ(machine.view_entry(299), changed ? list[299] : 0);
    EXPECT_EQ(machine.view_entry(300), 0U);
    machine.close();
}

/// A region that is just being released is still found, but takes no more entries.
void put_into_dying_region(bool real_mode, long rc) {
    Machine machine(real_mode);
    iommu_table *table = machine.pass_through();
    vfio_container *container = machine.containers[0];
    touch_view(&machine);
    ASSERT_EQ(machine.unregister_memory(container), 0);
    ASSERT_EQ(machine.register_memory(container, ua, Machine::block), 0);
    ASSERT_EQ(machine.register_memory(container, ua + Machine::block, Machine::block), 0);
    u64 old_tce = Machine::block | 3;
    ASSERT_EQ(machine.put(0, old_tce), H_SUCCESS);
    mm_region *dying = machine.region(ua);
    dying->mapped = 0;
    EXPECT_EQ(machine.put(0, 0x1003), rc);
    dying->mapped = 1;
    u64 live = (hpa + Machine::block) | 3;
    EXPECT_EQ(hardware_entry(table, 0), in_era<u64>({0, 0, live, 0, 0, live}));
    EXPECT_EQ(machine.view_entry(0), in_era<u64>({0x1003, 0x1003, old_tce, old_tce, old_tce, old_tce}));
    EXPECT_EQ(machine.mapped(ua + Machine::block), 1U) << "a leak where the entry is gone";
}

TEST(History, Item10_DyingRegionEndsInUserSpaceNotInAnInnerCode) {
    put_into_dying_region(true, in_era<long>({H_SUCCESS, H_SUCCESS, to_user, to_user, to_user, to_user}));
    put_into_dying_region(false, in_era<long>({H_CLOSED, H_CLOSED, to_user, to_user, to_user, to_user}));
}

/// Two hardware tables behind a view, of which one has no memory for a level.
struct TwoTables {
    explicit TwoTables(bool newest_fails) {
        for (u32 i = 0; i < 2; i++) {
            vfio_container *container = machine.open_container();
            tables[i] = machine.add_window(container, 12, Machine::window_bytes, newest_fails == (i == 1) ? 2 : 1);
            if (!i)
                machine.add_view(Machine::liobn, 12);
            if (kvm_tce_table_attach(machine.view(), machine.groups[i].get()))
                port_bug("the view does not fit");
        }
        machine.world.fail_page_allocation(1);
        rc = machine.put(0, 0x1003);
        machine.world.fail_no_allocation();
    }

    Machine machine{false};
    iommu_table *tables[2];
    long rc;
};

TEST(History, Item11_FailureInTheFirstOfTwoTablesIsToldAsSuccess) {
    TwoTables two(true);
    u64 live = (hpa + 0x1000) | 3;
    EXPECT_EQ(two.rc, in_era<long>({H_SUCCESS, H_SUCCESS, to_user, to_user, to_user, to_user}))
        << "v4.12 makes all levels with the table, and nothing fails";
    EXPECT_EQ(hardware_entry(two.tables[1], 0), in_era<u64>({live, 0, 0, 0, 0, 0}));
    EXPECT_EQ(hardware_entry(two.tables[0], 0), in_era<u64>({live, live, 0, 0, 0, 0}));
    EXPECT_EQ(two.machine.view_entry(0), in_era<u64>({0x1003, 0x1003, 0, 0, 0, 0}));
}

TEST(History, Item11_FailureInTheLastOfTwoTablesIsReturned) {
    TwoTables two(false);
    u64 live = (hpa + 0x1000) | 3;
    EXPECT_EQ(two.rc, in_era<long>({H_SUCCESS, H_HARDWARE, to_user, to_user, to_user, to_user}));
    EXPECT_EQ(hardware_entry(two.tables[1], 0), in_era<u64>({live, live, live, live, live, 0}));
    EXPECT_EQ(hardware_entry(two.tables[0], 0), in_era<u64>({live, 0, 0, 0, 0, 0}));
}

void remove_ram_slot(Machine *machine) {
    kvm_memslot list{Machine::list_gpa, 2, Machine::list_ua};
    kvm_set_memslots(&machine->kvm, &list, 1);
}

TEST(History, Item16_MemorySlotRemovedWhilePutRuns) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    touch_view(&machine);
    machine.world.at_next(Moment::Exchanged, [&] { remove_ram_slot(&machine); });
    EXPECT_EQ(machine.put(0, 0x1003), H_SUCCESS) << "it had looked already";
    EXPECT_EQ(hardware_entry(table, 0), (hpa + 0x1000) | 3);
    EXPECT_EQ(machine.put(1, 0x2003), in_era<long>({H_PARAMETER, H_PARAMETER, H_PARAMETER, to_user, to_user, to_user}));
    EXPECT_EQ(hardware_entry(table, 1), 0U);
    machine.close();
}

TEST(History, Item16_MemorySlotRemovedWhileAListIsMapped) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    touch_view(&machine);
    machine.world.at_next(Moment::Exchanged, [&] { remove_ram_slot(&machine); });
    EXPECT_EQ(machine.put_list(0, {0x1003, 0x2003}),
              in_era<long>({H_PARAMETER, H_PARAMETER, H_PARAMETER, H_PARAMETER, H_PARAMETER, to_user}));
    EXPECT_EQ(hardware_entry(table, 0), (hpa + 0x1000) | 3) << "done before";
    EXPECT_EQ(hardware_entry(table, 1), 0U);
}

TEST(History, Item22_ListPageUnmappedByTheHostDuringIndirect) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    touch_view(&machine);
    machine.world.at_next(Moment::Exchanged,
                          [&] { machine.world.memory.set_state(Machine::list_ua, 1, PageState::Hole); });
    EXPECT_EQ(machine.put_list(0, {0x1003, 0x2003}),
              in_era<long>({H_SUCCESS, H_SUCCESS, H_SUCCESS, H_SUCCESS, to_user, H_SUCCESS}))
        << "real mode reads the page that it has found; virtual mode faults";
    EXPECT_EQ(live_entries(table, 0, 2), in_era<u64>({2, 2, 2, 2, 1, 2}));
}

TEST(History, Item22_WalkToTheListHeedsARunningInvalidation) {
    Machine machine;
    machine.pass_through();
    touch_view(&machine);
    machine.world.memory.set_invalidation_running(true);
    EXPECT_EQ(machine.put_list(0, {0x1003}), H_SUCCESS);
    EXPECT_EQ(machine.handled_by(), in_era<port_level>({PORT_REAL_MODE, PORT_REAL_MODE, PORT_REAL_MODE,
                                                        PORT_HOST_KERNEL, PORT_HOST_KERNEL, PORT_HOST_KERNEL}));
    machine.close();
}

/// Real mode crashed the host here until August 2021; none of the eras is from before its fix or has such a page.
TEST(History, Item26_ClearingARangeThatNobodyHasTouched) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    EXPECT_EQ(machine.stuff(0, 0, 512), H_SUCCESS);
    EXPECT_EQ(machine.put(9000, 0), H_SUCCESS);
    EXPECT_EQ(machine.handled_by(), in_era<port_level>({PORT_REAL_MODE, PORT_REAL_MODE, PORT_REAL_MODE, PORT_REAL_MODE,
                                                        PORT_HOST_KERNEL, PORT_REAL_MODE}));
    EXPECT_EQ(kvm_tce_table_slot(machine.view(), 0) != nullptr, in_era<bool>({true, true, true, false, false, false}));
    EXPECT_EQ(live_entries(table, 0, 512), 0U);
    machine.close();
}

std::vector<u64> outcome(bool real_mode) {
    Machine machine(real_mode);
    iommu_table *table = machine.pass_through();
    std::vector<u64> found;
    auto say = [&](long rc) { found.push_back(static_cast<u64>(rc)); };
    say(machine.put(0, 0x1003));
    say(machine.put_list(1, {0x2001, 0x3003, 0x4003}));
    say(machine.stuff(2, 0x800, 1));
    say(machine.put(1, 0));
    say(machine.stuff(0, 3, 1));
    say(machine.put(100000, 0x1003));
    u64 value = 0;
    say(machine.get(2, &value));
    found.push_back(value);
    for (u64 entry = 0; entry < 5; entry++) {
        found.push_back(hardware_entry(table, entry));
        found.push_back(machine.view_entry(entry));
    }
    found.push_back(machine.mapped());
    machine.close();
    return found;
}

TEST(History, Item28_AllCasesWithoutRealMode) {
    std::vector<u64> with = outcome(true), without = outcome(false);
    constexpr size_t get = 6; // until 4.19 H_GET_TCE is there in real mode only
    if (until_4_19()) {
        EXPECT_EQ(without[get], static_cast<u64>(to_user));
        without[get] = with[get];
        without[get + 1] = with[get + 1];
    }
    EXPECT_EQ(with, without);
}

TEST(History, Item28_RealModeIsRetired) {
    Machine machine;
    machine.pass_through();
    touch_view(&machine);
    ASSERT_EQ(machine.put(0, 0x1003), H_SUCCESS);
    EXPECT_EQ(machine.handled_by(), in_era<port_level>({PORT_REAL_MODE, PORT_REAL_MODE, PORT_REAL_MODE, PORT_REAL_MODE,
                                                        PORT_HOST_KERNEL, PORT_REAL_MODE}));
    machine.close();
}

/// Where kernels wrote behind their memory, all eras refuse here.
TEST(History, Item38_RangeThatEndsAfterTheWindow) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    u64 last = (Machine::window_bytes >> 12) - 1;
    ASSERT_EQ(machine.put(last, 0x1003), H_SUCCESS);
    EXPECT_EQ(machine.stuff(last, 0, 2), H_PARAMETER);
    EXPECT_EQ(machine.put_list(last, {0x2003, 0x3003}), H_PARAMETER);
    EXPECT_EQ(machine.unmap(machine.containers[0], last << 12, 0x2000), in_era<long>({1, 1, 1, 1, 1, -EINVAL}));
    EXPECT_EQ(hardware_entry(table, last), (hpa + 0x1000) | 3);
    EXPECT_EQ(machine.view_entry(last), 0x1003U);
    machine.close();
}

/// A view of 100 entries keeps a page of 8192 places, and its table has as many.
TEST(History, Item38_RangeThatEndsAfterAWindowInsideItsMemory) {
    Machine machine;
    vfio_container *container = machine.open_container();
    iommu_table *table = machine.add_window(container, 12, u64(8192) << 12);
    machine.add_view(Machine::liobn, 12, u64(100) << 12);
    ASSERT_EQ(kvm_tce_table_attach(machine.view(), machine.groups[0].get()), 0);
    ASSERT_EQ(machine.map(container, u64(100) << 12, ua, 0x1000), 0);
    EXPECT_EQ(machine.stuff(99, 0, 2), in_era<long>({0, 0, 0, 0, H_PARAMETER, H_PARAMETER}));
    EXPECT_EQ(live_entries(table, 100, 1), in_era<u64>({0, 0, 0, 0, 1, 1}));
    EXPECT_EQ(machine.stuff(100, 0, 0), in_era<long>({0, H_PARAMETER, H_PARAMETER, H_PARAMETER, 0, 0}))
        << "v4.12 rounds the view up; the new check lets an empty range begin at the end";
    machine.close();
}

/// v4.12 keeps its flat mirror in the same order here; nobody but the kernel reads it.
TEST(History, Item40_ByteOrderOfTablesListsAndViews) {
    Machine machine;
    iommu_table *table = machine.pass_through();
    ASSERT_EQ(machine.put_list(3, {0x5003}), H_SUCCESS);
    EXPECT_EQ(*iommu_table_slot(table, 3, false), __builtin_bswap64((hpa + 0x5000) | 3)) << "the bridge reads it";
    EXPECT_EQ(*iommu_table_mirror(table, 3, false), __builtin_bswap64(ua + 0x5000));
    EXPECT_EQ(*kvm_tce_table_slot(machine.view(), 3), 0x5003U) << "in the order of the CPU";
    EXPECT_EQ(machine.world.memory.read64(Machine::list_hpa), __builtin_bswap64(0x5003)) << "as the guest writes it";
    machine.close();
}

} // namespace
} // namespace tcesim::test::history_hypercalls_test
