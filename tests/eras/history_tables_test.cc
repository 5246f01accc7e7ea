// SPDX-License-Identifier: Apache-2.0
/// Bugs in the history of hardware tables and views: levels, geometry, attaching, invalidation.
#include "tests/eras/era_machine.h"

#include <gtest/gtest.h>

namespace tcesim::test::history_tables_test {
namespace {

using Machine = EraMachine;

constexpr u64 hpa = Machine::ram_hpa;
constexpr u64 ua = Machine::ram_ua;
constexpr long to_user = Machine::to_user;
constexpr u64 window = Machine::window_bytes;
constexpr u64 pages_of_window = window >> 12;

TEST(History, Item02_TwoThreadsCreateTheSameView) {
    Machine machine;
    kvm_create_spapr_tce_64 args{7, 12, 0, 0, pages_of_window};
    kvm_tce_table *view = nullptr, *other = nullptr;
    long other_rc = -1;
    machine.world.at_next(Moment::Locks, [&] { other_rc = kvm_tce_table_create(&machine.kvm, &args, &other); });
    long rc = kvm_tce_table_create(&machine.kvm, &args, &view);
    EXPECT_EQ(other_rc, 0);
    EXPECT_EQ(rc, in_era<long>({0, -EBUSY, -EBUSY, -EBUSY, -EBUSY, -EBUSY}));
    kvm_tce_table_close(other);
    if (view)
        kvm_tce_table_close(view);
    EXPECT_EQ(machine.world.live_objects(), 0U);
    EXPECT_EQ(machine.mm.locked_pages, 0U);
}

struct Fit {
    const char *what;
    u32 table_shift;
    u64 table_bytes;
    u32 view_shift;
    u64 view_bytes, view_bus;
    long v4_12, later;
};

TEST(History, Item06_WhichTablesFitAView) {
    const Fit fits[] = {
        {"the same", 12, window, 12, window, 0, 0, 0},
        {"smaller pages, same bytes", 12, window, 16, window, 0, -EINVAL, 0},
        {"larger window", 12, 2 * window, 12, window, 0, -EINVAL, 0},
        {"smaller window", 12, window / 2, 12, window, 0, -EINVAL, -EINVAL},
        {"other offset", 12, 2 * window, 12, window, window, -EINVAL, -EINVAL},
        {"larger pages", 16, u64(1) << 32, 12, window, 0, -EINVAL, -EINVAL},
        {"larger pages, same number of pages", 16, window << 4, 12, window, 0, -EINVAL, -EINVAL},
    };
    for (const Fit &fit : fits) {
        Machine machine;
        vfio_container *container = machine.open_container();
        machine.add_window(container, fit.table_shift, fit.table_bytes);
        machine.add_view(Machine::liobn, fit.view_shift, fit.view_bytes, fit.view_bus);
        EXPECT_EQ(kvm_tce_table_attach(machine.view(), machine.groups[0].get()),
                  in_era<long>({fit.v4_12, fit.later, fit.later, fit.later, fit.later, fit.later}))
            << fit.what;
        machine.close();
    }
}

TEST(History, Item06_OffsetsAreComparedInBytes) {
    Machine machine;
    vfio_container *container = machine.open_container();
    machine.add_window(container, 12);
    machine.add_window(container, 12);
    machine.add_view(Machine::liobn, 16, window, IOMMU_WINDOW1_BASE);
    EXPECT_EQ(kvm_tce_table_attach(machine.view(), machine.groups[0].get()), in_era<long>({-EINVAL, 0, 0, 0, 0, 0}));
    machine.close();
}

/// An IOMMU page of 16 MiB over single pages, of which the second is somewhere else.
void put_a_page_larger_than_memorys(bool real_mode, long rc) {
    Machine machine(real_mode);
    machine.world.memory.map(ua + PAGE_SIZE, 1, hpa + 8 * Machine::ram_bytes, PAGE_SHIFT, PageState::Young);
    iommu_table *table = machine.pass_through(24, 24);
    ASSERT_NE(kvm_tce_table_slot_alloc(machine.view(), 0), nullptr);
    EXPECT_EQ(machine.put(0, 3), rc);
    EXPECT_EQ(hardware_entry(table, 0), in_era<u64>({hpa | 3, 0, 0, 0, 0, 0})) << "v4.12 gives memory of others away";
    EXPECT_EQ(machine.map(machine.containers[0], Machine::block, ua, Machine::block),
              in_era<long>({-EPERM, -EINVAL, -EINVAL, -EINVAL, -EINVAL, -EINVAL}));
}

TEST(History, Item07_IommuPageLargerThanTheMemorysPages) {
    put_a_page_larger_than_memorys(true, in_era<long>({0, 0, to_user, to_user, to_user, to_user}));
    put_a_page_larger_than_memorys(false, in_era<long>({0, H_HARDWARE, to_user, to_user, to_user, to_user}));
}

TEST(History, Item15_LargeViewCostsItsArrayUntilItIsTouched) {
    Machine machine;
    machine.add_view(Machine::liobn, 12, u64(1) << 37);
    EXPECT_EQ(machine.world.live_page_bytes(), in_era<u64>({u64(1) << 28, u64(1) << 28, u64(1) << 28, 0, 0, 0}));
    EXPECT_EQ(machine.mm.locked_pages, 4097U) << "accounted as a whole all the same";
    ASSERT_EQ(machine.put(1000000, 0x1003), H_SUCCESS);
    if (!until_4_19()) {
        EXPECT_EQ(machine.world.live_page_bytes(), PAGE_SIZE);
    }
    machine.close();
    EXPECT_EQ(machine.world.live_page_bytes(), 0U);
}

/// Two CPUs find a leaf absent; the second has its level in place before the first comes with its own.
struct TwoCpus {
    explicit TwoCpus(u64 level) {
        table = machine.pass_through(12, 12, 2);
        if (!kvm_tce_table_slot_alloc(machine.view(), 0))
            port_bug("no view");
        bool done = false;
        auto second = [&] {
            done = true;
            if (machine.put(1, 0x2003) != H_SUCCESS)
                port_bug("the second CPU cannot map");
        };
        machine.world.at_next(Moment::MakesPage, second, level);
        if (machine.put(0, 0x1003) != H_SUCCESS)
            port_bug("the first CPU cannot map");
        if (!done)
            second(); // v4.12 has all levels already
    }

    Machine machine{false};
    iommu_table *table;
};

TEST(History, Item17_TwoCpusMakeTheSameLevelOfATable) {
    TwoCpus two(1);
    EXPECT_EQ(hardware_entry(two.table, 0), (hpa + 0x1000) | 3);
    u64 live = (hpa + 0x2000) | 3;
    EXPECT_EQ(hardware_entry(two.table, 1), in_era<u64>({live, 0, 0, live, live, live}));
    EXPECT_EQ(two.machine.mapped(), 2U);
    two.machine.close();
    EXPECT_EQ(two.machine.world.live_page_bytes(), in_era<u64>({0, PAGE_SIZE, PAGE_SIZE, 0, 0, 0}));
}

TEST(History, Item17_TwoCpusMakeTheSameLevelOfAMirror) {
    TwoCpus two(0);
    EXPECT_EQ(hardware_entry(two.table, 1), (hpa + 0x2000) | 3);
    EXPECT_EQ(mirror_entry(two.table, 0), ua + 0x1000);
    u64 from = ua + 0x2000;
    EXPECT_EQ(mirror_entry(two.table, 1), in_era<u64>({from, 0, 0, from, from, from}));
    two.machine.close();
}

/// Addresses of the pages whose entries have changed, and of those invalidated.
void changed_and_killed(const Machine &machine, u32 shift, std::set<u64> *changed, std::set<u64> *killed) {
    for (const auto &event : machine.world.trace) {
        if (event.event == PORT_EV_TCE_SET && event.c != event.d)
            changed->insert(event.b << shift);
    }
    for (auto [address, pages] : machine.kills()) {
        for (u64 i = 0; i < pages; i++)
            killed->insert(address + (i << shift));
    }
}

TEST(History, Item20_KillsAreThePagesThatChangedInWindow1Too) {
    u32 view_shift = in_era<u32>({12, 16, 16, 16, 16, 16});
    for (u64 bus : {u64(0), u64(IOMMU_WINDOW1_BASE)}) {
        Machine machine;
        vfio_container *container = machine.open_container();
        machine.add_window(container, 12);
        machine.add_window(container, 12);
        machine.add_view(Machine::liobn, view_shift, window, bus);
        ASSERT_EQ(kvm_tce_table_attach(machine.view(), machine.groups[0].get()), 0);
        u64 first = bus >> view_shift, page = u64(1) << view_shift;
        auto expect_kills = [&](u64 entry, u64 count) {
            std::set<u64> changed, killed, expected;
            changed_and_killed(machine, 12, &changed, &killed);
            for (u64 i = 0; i < count * page >> 12; i++)
                expected.insert((entry << view_shift) + (i << 12));
            EXPECT_EQ(changed, expected);
            EXPECT_EQ(killed, expected);
            machine.world.trace.clear();
        };
        machine.world.trace.clear();
        ASSERT_EQ(machine.put(first + 5, page | 3), H_SUCCESS);
        expect_kills(first + 5, 1);
        ASSERT_EQ(machine.put_list(first + 5, {2 * page | 1, 3 * page | 3, 4 * page | 2}), H_SUCCESS);
        expect_kills(first + 5, 3);
        ASSERT_EQ(machine.stuff(first + 6, 0, 2), H_SUCCESS);
        expect_kills(first + 6, 2);
        machine.close();
    }
}

TEST(History, Item29_HugeViewFindsNoMemoryAndWarnsOfNothing) {
    Machine machine;
    kvm_create_spapr_tce_64 args{7, 12, 0, 0, u64(1) << 40};
    kvm_tce_table *view = nullptr;
    machine.world.fail_small_allocation(0);
    EXPECT_EQ(kvm_tce_table_create(&machine.kvm, &args, &view), -ENOMEM);
    EXPECT_TRUE(machine.warnings().empty());
    EXPECT_EQ(machine.mm.locked_pages, 0U);
}

/// A block that is freed twice, or with a wrong size, ends the program.
TEST(History, Item37_TableAndMirrorAreFreedOnce) {
    Machine machine(false);
    machine.pass_through(12, 12, 2);
    ASSERT_EQ(machine.put(0, 0x1003), H_SUCCESS);
    ASSERT_EQ(machine.put(8192, 0x2003), H_SUCCESS);
    ASSERT_EQ(machine.stuff(0, 0, 8193), H_SUCCESS);
    machine.close();
    EXPECT_EQ(machine.world.live_page_bytes(), 0U);
    EXPECT_EQ(machine.world.memory.pins(), 0U);
}

TEST(History, Item39_CreationOfAViewFailsAtEachStep) {
    Machine machine;
    machine.add_view(1, 12);
    u64 objects = machine.world.live_objects(), locked = machine.mm.locked_pages;
    kvm_create_spapr_tce_64 args{7, 12, 0, 0, pages_of_window};
    kvm_tce_table *view = nullptr;
    auto fails = [&](long rc, const char *where) {
        EXPECT_EQ(kvm_tce_table_create(&machine.kvm, &args, &view), rc) << where;
        EXPECT_EQ(machine.world.live_objects(), objects) << where;
        EXPECT_EQ(machine.mm.locked_pages, locked) << where;
        machine.world.fail_no_allocation();
    };
    machine.mm.locked_limit = locked;
    fails(-ENOMEM, "locked pages");
    machine.mm.locked_limit = u64(1) << 30;
    machine.world.fail_small_allocation(0);
    fails(-ENOMEM, "descriptor");
    for (u64 page = 0; until_4_19() && page < 2; page++) {
        machine.world.fail_page_allocation(page);
        fails(-ENOMEM, "a page of values");
    }
    args.liobn = 1;
    fails(-EBUSY, "number taken");
}

TEST(History, Item39_CreationOfATableFailsAtEachStep) {
    PlainPort world;
    iommu_table *table = nullptr;
    world.fail_small_allocation(0);
    EXPECT_EQ(iommu_table_create(12, 0, window, 2, true, &table), -ENOMEM);
    world.fail_no_allocation();
    u64 page = 0;
    for (int rc = -ENOMEM; rc; page++) {
        world.fail_page_allocation(page);
        rc = iommu_table_create(12, 0, window, 2, true, &table);
        EXPECT_EQ(world.live_objects() != 0, !rc) << page;
    }
    EXPECT_EQ(page - 1, in_era<u64>({3, 2, 2, 2, 2, 2}))
        << "v4.12: both leaves and no mirror yet; later two top levels";
    iommu_table_put(table);
    EXPECT_EQ(world.live_objects(), 0U);
}

} // namespace
} // namespace tcesim::test::history_tables_test
