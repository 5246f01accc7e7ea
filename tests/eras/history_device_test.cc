// SPDX-License-Identifier: Apache-2.0
/// Bugs in the history of the KVM-VFIO device and of the guest's own side.
#include "tests/eras/era_machine.h"
#include "tests/support/kvm_process.h"

#include <gtest/gtest.h>

namespace tcesim::test::history_device_test {
namespace {

using Machine = EraMachine;

TEST(History, Item14_GroupWithTwoWindowsLeavesWithBoth) {
    KvmProcess process;
    TestGroup group;
    group.add_window(0, 12, 0, KvmProcess::window);
    group.add_window(1, 12, IOMMU_WINDOW1_BASE, KvmProcess::window);
    auto low = static_cast<s32>(process.create_table(1));
    auto high = static_cast<s32>(process.create_table({2, 12, 0, IOMMU_WINDOW1_BASE >> 12, KvmProcess::window >> 12}));
    auto device = static_cast<s32>(process.create_device());
    auto fd = static_cast<s32>(process.open_group(&group));
    ASSERT_EQ(process.add(device, fd), 0);
    ASSERT_EQ(process.set_spapr_tce(device, fd, low), 0);
    ASSERT_EQ(process.set_spapr_tce(device, fd, high), 0);
    ASSERT_EQ(process.del(device, fd), 0);
    EXPECT_EQ(process.links(1).size() + process.links(2).size(), in_era<size_t>({1, 1, 0, 0, 0, 0}));
    process.close(low);
    process.close(high);
    EXPECT_EQ(group.iommu.tables[0]->references, 1U);
    EXPECT_EQ(group.iommu.tables[1]->references, 1U);
}

/// Before June 2024 the view was freed under the call. In all eras here its file is held.
TEST(History, Item34_TableDescriptorClosedDuringSetSpaprTce) {
    KvmProcess process;
    TestGroup group;
    group.add_window(0, 12, 0, KvmProcess::window);
    auto table = static_cast<s32>(process.create_table());
    auto device = static_cast<s32>(process.create_device());
    auto fd = static_cast<s32>(process.open_group(&group));
    ASSERT_EQ(process.add(device, fd), 0);
    process.world.at_next(Moment::Allocates, [&] { process.close(table); });
    EXPECT_EQ(process.set_spapr_tce(device, fd, table), 0);
    EXPECT_EQ(kvm_tce_table_find(&process.kvm, KvmProcess::liobn), nullptr);
    EXPECT_EQ(group.iommu.tables[0]->references, 1U);
    EXPECT_EQ(process.set_spapr_tce(device, fd, table), -EBADF);
    EXPECT_EQ(process.del(device, fd), 0);
}

TEST(History, Item34_TableDescriptorClosedBeforeItIsLookedUp) {
    KvmProcess process;
    TestGroup group;
    group.add_window(0, 12, 0, KvmProcess::window);
    auto table = static_cast<s32>(process.create_table());
    auto device = static_cast<s32>(process.create_device());
    auto fd = static_cast<s32>(process.open_group(&group));
    ASSERT_EQ(process.add(device, fd), 0);
    u64 locks = 1; // the descriptors' own, for the group's; then the device's
    process.world.at_next(
        Moment::Locks, [&] { process.close(table); }, locks);
    EXPECT_EQ(process.set_spapr_tce(device, fd, table), -EBADF);
}

struct Guest {
    explicit Guest(u64 bytes = Machine::window_bytes, u32 page_shift = 12) {
        machine.pass_through(page_shift, page_shift, 1, bytes);
        open(bytes, page_shift);
    }
    ~Guest() { iova_destroy(&window.space); }
    Guest(const Guest &) = delete;
    Guest &operator=(const Guest &) = delete;

    void open(u64 bytes, u32 page_shift) {
        if (dma_window_init(&window, &machine.kvm, Machine::liobn, 0, bytes, page_shift, PAGE_SHIFT, true,
                            Machine::list_gpa))
            port_bug("no window");
    }
    /// Counts of the calls of this opcode since the trace was emptied.
    std::vector<u64> counts(u64 opcode) const {
        std::vector<u64> found;
        for (const auto &event : machine.world.trace) {
            if (event.event == PORT_EV_HCALL_ENTER && event.a == opcode)
                found.push_back(event.d);
        }
        return found;
    }

    Machine machine;
    dma_window window{};
};

TEST(History, Item25_WholeGuestPagesAreAlignedOnTheBus) {
    Guest guest;
    for (u32 i = 0; i < 5; i++) {
        u64 odd = dma_map(&guest.window, 0x1000, 0x1000, DMA_TO_DEVICE);
        EXPECT_NE(odd, DMA_MAPPING_ERROR);
        u64 whole = dma_map(&guest.window, 0x20000, PAGE_SIZE, DMA_BIDIRECTIONAL);
        EXPECT_EQ(whole % PAGE_SIZE, 0U) << i;
        EXPECT_EQ(dma_map(&guest.window, 0x40000, 4 * PAGE_SIZE, DMA_BIDIRECTIONAL) % PAGE_SIZE, 0U) << i;
    }
    guest.machine.close();
}

TEST(History, Item25_NoMemoryForTheBitmap) {
    Machine machine;
    machine.pass_through();
    machine.world.fail_small_allocation(0);
    dma_window window{};
    EXPECT_EQ(dma_window_init(&window, &machine.kvm, Machine::liobn, 0, Machine::window_bytes, 12, PAGE_SHIFT, true,
                              Machine::list_gpa),
              -ENOMEM);
}

TEST(History, Item32_GuestClearsAtMost512EntriesPerCall) {
    for (u64 pages : {u64(1), u64(512), u64(513), u64(1024)}) {
        Guest guest;
        u64 address = dma_map(&guest.window, 0, pages << 12, DMA_BIDIRECTIONAL);
        ASSERT_NE(address, DMA_MAPPING_ERROR);
        EXPECT_EQ(guest.machine.mapped(), pages);
        guest.machine.world.trace.clear();
        dma_unmap(&guest.window, address, pages << 12);
        std::vector<u64> expected(pages / 512, 512);
        if (pages % 512)
            expected.push_back(pages % 512);
        EXPECT_EQ(guest.counts(H_STUFF_TCE), expected);
        EXPECT_EQ(guest.machine.mapped(), 0U);
        EXPECT_EQ(guest.window.map_failures, 0U);
        guest.machine.close();
    }
}

TEST(History, Item32_GuestClearsAMillionEntries) {
    constexpr u64 bytes = u64(1) << 34, pages = u64(1) << 20;
    Machine machine;
    machine.add_view(Machine::liobn, 12, bytes);
    dma_window window{};
    ASSERT_EQ(dma_window_init(&window, &machine.kvm, Machine::liobn, 0, bytes, 12, PAGE_SHIFT, true, Machine::list_gpa),
              0);
    u64 page = iova_alloc(&window.space, pages, 0);
    ASSERT_NE(page, IOVA_NONE);
    machine.world.trace.clear();
    dma_unmap(&window, page << 12, pages << 12);
    u64 calls = 0;
    for (const auto &event : machine.world.trace) {
        if (event.event != PORT_EV_HCALL_ENTER)
            continue;
        calls++;
        ASSERT_EQ(event.d, 512U);
    }
    EXPECT_EQ(calls, pages / 512);
    EXPECT_EQ(window.map_failures, 0U);
    iova_destroy(&window.space);
    machine.close();
}

TEST(History, Item32_HostTakesAnyNumberInOneCall) {
    Machine machine;
    machine.pass_through();
    EXPECT_EQ(machine.stuff(0, 0, 513), H_SUCCESS);
    EXPECT_EQ(machine.stuff(0, 0, Machine::window_bytes >> 12), H_SUCCESS);
    machine.close();
}

/// The guest's driver is told of success for any failing code but one.
TEST(Unfixed, M_GuestIgnoresAllCodesButOne) {
    for (long code : {H_HARDWARE, H_PARAMETER, H_CLOSED, H_FUNCTION, 1L /* H_BUSY */}) {
        Guest guest;
        guest.machine.set_user_answer(code);
        iommu_table *table = guest.machine.containers[0]->tables[0];
        u64 address = dma_map(&guest.window, Machine::list_gpa, 0x1000, DMA_BIDIRECTIONAL);
        EXPECT_NE(address, DMA_MAPPING_ERROR) << code;
        EXPECT_EQ(hardware_entry(table, address >> 12), 0U) << "DMA to it will fail";
        EXPECT_EQ(guest.window.map_failures, 1U);
        guest.machine.close();
    }
    Guest guest;
    guest.machine.set_user_answer(H_NOT_ENOUGH_RESOURCES);
    EXPECT_EQ(dma_map(&guest.window, Machine::list_gpa, 0x1000, DMA_BIDIRECTIONAL), DMA_MAPPING_ERROR);
    EXPECT_EQ(dma_map(&guest.window, 0, 0x1000, DMA_BIDIRECTIONAL) >> 12, 16U) << "the address is free again";
    guest.machine.close();
}

/// What a failing list has done before stays, under addresses that the driver believes in.
TEST(Unfixed, M_ListsAfterAFailingOneAreNotAttempted) {
    Guest guest;
    iommu_table *table = guest.machine.containers[0]->tables[0];
    // The list of the second call reaches past the end of RAM.
    u64 gpa = Machine::ram_bytes - (u64(600) << 12);
    u64 address = dma_map(&guest.window, gpa, u64(1536) << 12, DMA_BIDIRECTIONAL);
    EXPECT_NE(address, DMA_MAPPING_ERROR);
    u64 live = 0;
    for (u64 i = 0; i < 1536; i++)
        live += hardware_entry(table, (address >> 12) + i) & TCE_PERM ? 1 : 0;
    EXPECT_EQ(live, in_era<u64>({600, 600, 600, 512, 512, 512}));
    EXPECT_EQ(guest.window.map_failures, 1U);
    EXPECT_EQ(guest.counts(H_PUT_TCE_INDIRECT).size(), 2U);
}

} // namespace
} // namespace tcesim::test::history_device_test
