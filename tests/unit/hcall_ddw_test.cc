// SPDX-License-Identifier: Apache-2.0
/// The guest's second window: made through firmware, mapped whole or used like the default one, and given back.
#include "tests/support/plain_port.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace tcesim::test::hcall_ddw_test {
namespace {

constexpr u64 MiB = u64(1) << 20, GiB = u64(1) << 30;
constexpr u64 ram_ua = 0x3ffd00000000, ram_hpa = 0x4000000000, ram_bytes = 128 * MiB, more_bytes = 48 * MiB;
constexpr u64 window64 = u64(1) << 59;

struct Wanted {
    guest_ddw ddw = GUEST_DDW_DIRECT;
    u64 size = GiB;
    u32 page_shift = 16;
    u32 mask_bits = 64;
    bool multi_tce = true;
    bool in_kernel = true;
    u32 ram_page_shift = PAGE_SHIFT;
};

class Guest {
public:
    explicit Guest(const Wanted &wanted) {
        world.memory.map(ram_ua, (ram_bytes + more_bytes) >> PAGE_SHIFT, ram_hpa, wanted.ram_page_shift,
                         PageState::Young);
        setup.ram_ua = ram_ua;
        setup.ram_size = ram_bytes;
        setup.ram_page_shift = wanted.ram_page_shift;
        setup.page_shift = PAGE_SHIFT;
        setup.multi_tce = wanted.multi_tce;
        setup.list_gpa = MiB;
        setup.rtas_gpa = 2 * MiB;
        setup.container = 2;
        setup.phb = PHB_PHB3;
        setup.phb_registers = 0x3fffe40000000;
        setup.pe = 1;
        setup.window = {0x80000000, 0, GiB, 12, 1, wanted.in_kernel};
        setup.ddw = wanted.ddw;
        setup.dma_mask_bits = wanted.mask_bits;
        setup.dynamic_window = {wanted.size, wanted.page_shift, 1};
        EXPECT_EQ(machine_new(&setup, &machine), 0);
        world.guest = memory_of(machine.process->kvm);
        EXPECT_EQ(machine_add_device(&setup, &machine), 0);
        EXPECT_EQ(machine_open_window(&setup, &machine), 0);
    }

    long step(machine_ddw_step what, u64 gpa = 0, u64 size = 0) {
        return machine_ddw(&setup, &machine, what, gpa, size);
    }
    long create() { return step(MACHINE_DDW_CREATE); }
    long map_all() { return step(MACHINE_DDW_ADD_MEMORY, 0, ram_bytes); }
    u64 map(u64 gpa, u64 size) { return dma_map(machine.window, gpa, size, DMA_BIDIRECTIONAL); }
    void unmap(u64 bus, u64 size) { dma_unmap(machine.window, bus, size); }

    /// TCE hypercalls since forget().
    u64 calls() const {
        return static_cast<u64>(std::count_if(world.trace.begin(), world.trace.end(), [](const TraceEvent &event) {
            return event.event == PORT_EV_HCALL_ENTER && event.a != H_RTAS;
        }));
    }
    void forget() { world.trace.clear(); }
    /// Entries made from the region that begins at @p ua; -1 where there is none.
    s64 mapped(u64 ua = ram_ua) const {
        region_state state = {};
        for (u32 i = 0; hcall_inspection.region(machine.process, i, &state); i++) {
            if (state.ua == ua)
                return state.mapped - 1;
        }
        return -1;
    }
    u32 windows() const {
        table_state state = {};
        u32 count = 0;
        while (hcall_inspection.table(machine.process, count, &state))
            count++;
        return count;
    }

    PlainPort world;
    hcall_setup setup = {};
    hcall_machine machine = {};
};

// ---- direct mode ----

TEST(Ddw, DirectModeMapsAllOfMemoryInListsOf512) {
    for (const u32 shift : {12U, 16U, 24U}) {
        Guest guest({GUEST_DDW_DIRECT, GiB, shift, 64, true, true, shift == 24 ? 24U : PAGE_SHIFT});
        guest.forget();
        ASSERT_EQ(guest.create(), 0);
        EXPECT_EQ(guest.calls(), 0U) << "firmware makes the window";
        ASSERT_EQ(guest.map_all(), 0);
        EXPECT_EQ(guest.calls(), ((ram_bytes >> shift) + 511) / 512);
        EXPECT_EQ(guest.mapped(), static_cast<s64>(ram_bytes >> std::max(shift, 12U)));
    }
}

TEST(Ddw, DirectModeMapsOneByOneWithoutMultiTce) {
    Guest guest({GUEST_DDW_DIRECT, GiB, 24, 64, false});
    ASSERT_EQ(guest.create(), 0);
    guest.forget();
    ASSERT_EQ(guest.map_all(), 0);
    EXPECT_EQ(guest.calls(), ram_bytes >> 24);
}

TEST(Ddw, DirectModeNeedsNoHypercallAnyMore) {
    Guest guest({});
    ASSERT_EQ(guest.create(), 0);
    ASSERT_EQ(guest.map_all(), 0);
    guest.forget();
    for (const u64 gpa : {u64(0), u64(0x12345), ram_bytes - 4096}) {
        EXPECT_EQ(guest.map(gpa, 4096), window64 + gpa);
        guest.unmap(window64 + gpa, 4096);
    }
    EXPECT_EQ(guest.calls(), 0U);
    EXPECT_EQ(guest.mapped(), static_cast<s64>(ram_bytes >> 16));
}

TEST(Ddw, TheProcessHandlesTheSecondWindowToo) {
    Guest guest({GUEST_DDW_DIRECT, GiB, 16, 64, true, false});
    ASSERT_EQ(guest.create(), 0);
    ASSERT_EQ(guest.map_all(), 0);
    EXPECT_EQ(guest.mapped(), static_cast<s64>(ram_bytes >> 16));
}

// ---- dynamic mode ----

TEST(Ddw, DynamicModeAllocatesInTheSecondWindow) {
    Guest guest({GUEST_DDW_DYNAMIC, 64 * MiB});
    ASSERT_EQ(guest.create(), 0);
    ASSERT_EQ(guest.map_all(), 0) << "nothing to do";
    EXPECT_EQ(guest.mapped(), 0);
    const u64 bus = guest.map(0x20000, 0x30000);
    EXPECT_GE(bus, window64);
    EXPECT_LT(bus, window64 + 64 * MiB);
    EXPECT_EQ(guest.mapped(), 3);
    guest.unmap(bus, 0x30000);
    EXPECT_EQ(guest.mapped(), 0);
}

TEST(Ddw, AWindowInUseIsNotRemoved) {
    Guest guest({GUEST_DDW_DYNAMIC, 64 * MiB});
    ASSERT_EQ(guest.create(), 0);
    const u64 bus = guest.map(0x20000, 0x10000);
    EXPECT_EQ(guest.step(MACHINE_DDW_REMOVE, 0, ram_bytes), -EBUSY);
    EXPECT_EQ(guest.windows(), 2U);
    guest.unmap(bus, 0x10000);
    EXPECT_EQ(guest.step(MACHINE_DDW_REMOVE, 0, ram_bytes), 0);
    EXPECT_EQ(guest.windows(), 1U);
    EXPECT_LT(guest.map(0x20000, 0x10000), GiB) << "the default window serves again";
}

// ---- when there is none ----

TEST(Ddw, ADriverThatAsksForFewerBitsStaysInTheDefaultWindow) {
    for (const u32 bits : {32U, 40U, 63U}) {
        Guest guest({GUEST_DDW_DIRECT, GiB, 16, bits});
        EXPECT_EQ(guest.create(), -EOPNOTSUPP);
        EXPECT_LT(guest.map(0x20000, 0x1000), GiB);
    }
    EXPECT_EQ(Guest({GUEST_DDW_NONE}).create(), -EOPNOTSUPP);
}

TEST(Ddw, NoThirdWindow) {
    Guest guest({});
    ASSERT_EQ(guest.create(), 0);
    dma_window other = {};
    EXPECT_EQ(guest_ddw_create(guest.machine.bridge, 30, true, guest.machine.default_window, &other), -ENOSPC);
    EXPECT_EQ(guest.create(), -EOPNOTSUPP) << "the device has its window";
}

TEST(Ddw, AWindowOfMorePagesThanFirmwareCountsIsRefused) {
    EXPECT_EQ(Guest({GUEST_DDW_DIRECT, u64(1) << 48, 16}).create(), -EIO) << "2^32 pages";
}

TEST(Ddw, TheLargestPageThatTheGuestKnowsIsTaken) {
    EXPECT_EQ(guest_ddw_page_shift(0x107), 24U);
    EXPECT_EQ(guest_ddw_page_shift(0x103), 21U) << "2 MiB has the highest bit";
    EXPECT_EQ(guest_ddw_page_shift(0x3), 16U);
    EXPECT_EQ(guest_ddw_page_shift(0x1ff), 34U);
    EXPECT_EQ(guest_ddw_page_shift(0), 0U);
}

// ---- memory that comes and goes ----

TEST(Ddw, MemoryThatComesIsRegisteredAndMapped) {
    Guest guest({});
    ASSERT_EQ(guest.create(), 0);
    ASSERT_EQ(guest.map_all(), 0);
    EXPECT_EQ(guest.step(MACHINE_DDW_ADD_MEMORY, ram_bytes, more_bytes), 0) << "the process only logs it";
    EXPECT_EQ(guest.mapped(), static_cast<s64>(ram_bytes >> 16)) << "what is not there yet is not mapped";
    ASSERT_EQ(machine_plug_memory(&guest.machine, more_bytes), 0);
    guest.forget();
    ASSERT_EQ(guest.step(MACHINE_DDW_ADD_MEMORY, ram_bytes, more_bytes), 0);
    EXPECT_EQ(guest.calls(), ((more_bytes >> 16) + 511) / 512);
    EXPECT_EQ(guest.mapped(ram_ua + ram_bytes), static_cast<s64>(more_bytes >> 16));
    EXPECT_EQ(guest.map(ram_bytes, 4096), window64 + ram_bytes);
}

TEST(Ddw, MemoryThatGoesIsClearedAndForgotten) {
    Guest guest({});
    ASSERT_EQ(guest.create(), 0);
    ASSERT_EQ(guest.map_all(), 0);
    EXPECT_EQ(machine_unplug_memory(&guest.machine), -EINVAL) << "all of it was there at the start";
    ASSERT_EQ(machine_plug_memory(&guest.machine, more_bytes), 0);
    ASSERT_EQ(guest.step(MACHINE_DDW_ADD_MEMORY, ram_bytes, more_bytes), 0);
    ASSERT_EQ(guest.step(MACHINE_DDW_REMOVE_MEMORY, ram_bytes, more_bytes), 0);
    EXPECT_EQ(guest.mapped(ram_ua + ram_bytes), 0);
    ASSERT_EQ(machine_unplug_memory(&guest.machine), 0);
    EXPECT_EQ(guest.mapped(ram_ua + ram_bytes), -1);
    EXPECT_EQ(guest.mapped(), static_cast<s64>(ram_bytes >> 16)) << "the rest stays";
}

TEST(Ddw, SectionsAreLimited) {
    Guest guest({});
    for (int i = 1; i < USER_SECTIONS_MAX; i++)
        ASSERT_EQ(machine_plug_memory(&guest.machine, MiB), 0);
    EXPECT_EQ(machine_plug_memory(&guest.machine, MiB), -ENOSPC);
}

TEST(Ddw, PartialPagesAtTheEndOfMemoryAreLeftOut) {
    Guest guest({GUEST_DDW_DIRECT, GiB, 24});
    ASSERT_EQ(guest.create(), 0);
    ASSERT_EQ(guest.step(MACHINE_DDW_ADD_MEMORY, 0, 24 * MiB), 0);
    EXPECT_EQ(guest.mapped(), static_cast<s64>(16 * MiB >> 16));
}

// ---- the end ----

TEST(Ddw, RemovingADirectWindowClearsItFirst) {
    Guest guest({});
    ASSERT_EQ(guest.create(), 0);
    ASSERT_EQ(guest.map_all(), 0);
    const u64 liobn = guest.machine.window->liobn;
    ASSERT_EQ(guest.step(MACHINE_DDW_REMOVE, 0, ram_bytes), 0);
    EXPECT_EQ(guest.mapped(), 0);
    EXPECT_EQ(guest.windows(), 1U);
    dma_window gone = *guest.machine.window;
    gone.liobn = liobn;
    EXPECT_EQ(dma_hypercall(&gone, H_PUT_TCE, window64, TCE_PERM, 0), H_PARAMETER);
    EXPECT_EQ(guest.step(MACHINE_DDW_REMOVE, 0, ram_bytes), -EINVAL);
    EXPECT_EQ(guest.create(), 0) << "and it can be made again";
}

TEST(Ddw, AResetLeavesTheEmptyDefaultWindow) {
    for (const guest_ddw mode : {GUEST_DDW_DIRECT, GUEST_DDW_DYNAMIC}) {
        Guest guest({mode});
        ASSERT_EQ(guest.create(), 0);
        ASSERT_EQ(guest.map_all(), 0);
        guest.map(0x20000, 0x10000);
        ASSERT_EQ(machine_reset(&guest.setup, &guest.machine), 0);
        EXPECT_EQ(guest.mapped(), 0);
        EXPECT_EQ(guest.windows(), 1U);
        EXPECT_LT(guest.map(0x20000, 0x1000), GiB);
        EXPECT_EQ(guest.mapped(), 1);
        EXPECT_EQ(guest.create(), 0) << "the next kernel makes its own";
    }
}

} // namespace
} // namespace tcesim::test::hcall_ddw_test
