// SPDX-License-Identifier: Apache-2.0
/// Machines as the program describes them: which pages the hardware's window gets.
#include "tests/support/plain_port.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace tcesim::test::hcall_machine_test {
namespace {

constexpr u64 GiB = u64(1) << 30;
constexpr u64 ram_ua = 0x3ffd00000000, ram_hpa = 0x4000000000, ram_bytes = u64(64) << 20;

struct Pages {
    phb_model phb;
    u32 ram, window, hardware; // log2
};

/// A machine with one device, whose window has been opened.
class Described {
public:
    explicit Described(const Pages &pages, u32 backing) {
        world.memory.map(ram_ua, ram_bytes >> PAGE_SHIFT, ram_hpa, backing, PageState::Young);
        hcall_setup setup = {};
        setup.ram_ua = ram_ua;
        setup.ram_size = ram_bytes;
        setup.ram_page_shift = pages.ram;
        setup.page_shift = PAGE_SHIFT;
        setup.container = 2;
        setup.phb = pages.phb;
        setup.phb_registers = 0x3fffe40000000;
        setup.pe = 1;
        setup.window = {0x80000000, 0, GiB, pages.window, 1, true};
        if (machine_new(&setup, &machine) == 0)
            rc = machine_add_device(&setup, &machine);
        if (rc == 0)
            rc = machine_open_window(&setup, &machine);
    }
    table_state table() const {
        table_state state = {};
        hcall_inspection.table(machine.process, 0, &state);
        return state;
    }
    region_state region() const {
        region_state state = {};
        hcall_inspection.region(machine.process, 0, &state);
        return state;
    }

    PlainPort world;
    hcall_machine machine = {};
    long rc = -1;
};

TEST(DescribedMachine, HardwarePagesAreTheLargestOfTheBridgeThatWindowAndMemoryHave) {
    for (const Pages &pages : {Pages{PHB_PHB3, 16, 12, 12}, Pages{PHB_PHB3, 16, 16, 16}, Pages{PHB_PHB3, 16, 24, 16},
                               Pages{PHB_PHB3, 24, 16, 16}, Pages{PHB_PHB3, 24, 21, 16}, Pages{PHB_PHB3, 24, 24, 24},
                               Pages{PHB_PHB4, 16, 21, 16}, Pages{PHB_PHB4, 21, 21, 21}, Pages{PHB_PHB4, 21, 24, 21},
                               Pages{PHB_PHB4, 24, 24, 21}}) {
        const Described described(pages, pages.ram);
        ASSERT_EQ(described.rc, 0) << pages.phb << " " << pages.ram << " " << pages.window;
        EXPECT_EQ(described.table().page_shift, pages.hardware) << pages.phb << " " << pages.ram << " " << pages.window;
        EXPECT_EQ(described.table().size, std::max<u64>(GiB >> pages.hardware, TCES_PER_PAGE));
    }
}

TEST(DescribedMachine, RegisteredMemoryKnowsTheSmallestPageBehindIt) {
    for (const u32 backing : {16U, 21U, 24U}) {
        const Described described({PHB_PHB4, backing, 21, 0}, backing);
        EXPECT_EQ(described.region().page_shift, backing);
    }
}

TEST(DescribedMachine, AWindowOfPagesThatNoGuestIsOfferedIsRefused) {
    for (const u32 shift : {28U, 30U, 63U, 64U})
        EXPECT_EQ(Described({PHB_PHB4, 16, shift, 0}, 16).rc, -EINVAL) << shift;
}

// Who promises larger pages than the memory has opens the window, and then maps nothing.
TEST(DescribedMachine, ATceLargerThanThePageBehindItIsNotMapped) {
    const Described described({PHB_PHB3, 24, 24, 24}, PAGE_SHIFT);
    ASSERT_EQ(described.rc, 0);
    EXPECT_EQ(described.table().page_shift, 24U);
    EXPECT_EQ(described.region().page_shift, PAGE_SHIFT);
    dma_hypercall(described.machine.window, H_PUT_TCE, 0, TCE_PERM, 0);
    EXPECT_EQ(described.region().mapped, 1);
}

// ---- the end of the process ----

struct Shape {
    const char *name;
    u32 container, levels, page_shift;
    bool in_kernel, two_groups;
};

/// A guest with some of everything, which is killed.
class Killed {
public:
    explicit Killed(const Shape &shape) {
        world.memory.map(ram_ua, ram_bytes >> PAGE_SHIFT, ram_hpa, PAGE_SHIFT, PageState::Young);
        setup_.ram_ua = ram_ua;
        setup_.ram_size = ram_bytes;
        setup_.ram_page_shift = setup_.page_shift = PAGE_SHIFT;
        setup_.container = shape.container;
        setup_.vio_devices = 2;
        setup_.eeh = true;
        setup_.multi_tce = true;
        setup_.phb = PHB_PHB3;
        setup_.phb_registers = 0x3fffe40000000;
        setup_.pe = 1;
        setup_.second_bridge = shape.two_groups;
        setup_.window = {0x80000000, 0, GiB, shape.page_shift, shape.levels, shape.in_kernel};
        if (machine_new(&setup_, &machine) || machine_default_window(&setup_, &machine))
            port_bug("no machine");
        world.guest = memory_of(machine.process->kvm);
        objects_ = world.live_objects();
        bytes_ = world.live_page_bytes();
        if (machine_add_device(&setup_, &machine) || machine_add_vio_devices(&setup_, &machine) ||
            machine_open_window(&setup_, &machine))
            port_bug("no device");
    }
    void reset() {
        if (machine_reset(&setup_, &machine))
            port_bug("no reset");
    }
    void kill() {
        machine_end(&machine);
        machine_count_remains(&machine, &remains);
    }
    u64 objects() const { return world.live_objects() - objects_; }
    u64 page_bytes() const { return world.live_page_bytes() - bytes_; }

    PlainPort world;
    hcall_machine machine = {};
    struct machine_remains remains = {};

private:
    hcall_setup setup_ = {};
    u64 objects_ = 0, bytes_ = 0;
};

TEST(KilledProcess, GivesBackWhatItHas) {
    for (const Shape &shape :
         {Shape{"version 2", 2, 1, 12, true, false}, Shape{"its own tables", 2, 2, 16, false, false},
          Shape{"version 1", 1, 1, 12, false, false}, Shape{"three levels", 2, 3, 12, true, false},
          Shape{"two groups", 2, 1, 12, false, true}}) {
        SCOPED_TRACE(shape.name);
        Killed killed(shape);
        for (u64 page = 1; page < 9; page++)
            dma_map(killed.machine.window, page << PAGE_SHIFT, PAGE_SIZE, DMA_BIDIRECTIONAL);
        EXPECT_GT(killed.world.memory.pins(), 0U);
        EXPECT_GT(killed.objects(), 0U);
        killed.kill();
        EXPECT_EQ(killed.remains.locked_pages, 0U);
        EXPECT_EQ(killed.remains.regions, 0U);
        EXPECT_EQ(killed.remains.lost_tables, 0U);
        EXPECT_EQ(killed.world.memory.pins(), 0U);
        EXPECT_EQ(killed.objects(), 0U);
        EXPECT_EQ(killed.page_bytes(), 0U);
    }
}

// A reset opens the window anew, and asks KVM for each group to follow it: the second time keeps a reference for ever.
TEST(KilledProcess, ATableThatWasAttachedTwiceIsLostAndNamed) {
    Killed killed({"two groups", 2, 1, 12, true, true});
    killed.reset();
    killed.kill();
    EXPECT_EQ(killed.remains.locked_pages, 0U);
    EXPECT_EQ(killed.remains.lost_tables, 1U);
    EXPECT_EQ(killed.objects(), 0U);
    EXPECT_EQ(killed.page_bytes(), 0U);
}

// A reference that no known bug has lost is not explained away.
TEST(KilledProcess, WhatElseIsLeftIsSeen) {
    Killed killed({"leak", 2, 1, 12, true, false});
    iommu_table *table = killed.machine.group->tables[0];
    iommu_table_get(table);
    killed.kill();
    EXPECT_EQ(killed.remains.lost_tables, 0U);
    EXPECT_GT(killed.objects(), 0U);
    EXPECT_GT(killed.page_bytes(), 0U);
    iommu_table_put(table);
    EXPECT_EQ(killed.objects(), 0U);
}

} // namespace
} // namespace tcesim::test::hcall_machine_test
