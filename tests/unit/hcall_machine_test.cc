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

} // namespace
} // namespace tcesim::test::hcall_machine_test
