// SPDX-License-Identifier: Apache-2.0
/// Containers: mapping by version 1 and 2, what is accounted, what is passed over, what is left.
#include "tests/support/plain_port.h"

#include <gtest/gtest.h>

namespace tcesim::test::hcall_container_test {
namespace {

constexpr u64 ua = 0x7f0000000000;
constexpr u64 hpa = 0x4000000000;
constexpr u64 page = PAGE_SIZE;
constexpr u64 mib = 1 << 20, gib = mib << 10;

class Container : public testing::Test {
protected:
    Container() {
        world.memory.map(ua, 64, hpa, PAGE_SHIFT, PageState::Young);
        mm_context_init(&mm, 100000);
        group.phb = &bridge;
        group.pe = 3;
        group.dma32_size = gib;
        group.page_sizes = 1 << 12 | 1 << 16 | 1 << 24;
    }

    void open(u32 version) {
        group.dynamic_windows = version == 2;
        if (version == 1) {
            ASSERT_EQ(window_set_default(&group), 0);
        }
        ASSERT_EQ(vfio_container_open(version == 2 ? VFIO_SPAPR_TCE_v2_IOMMU : VFIO_SPAPR_TCE_IOMMU, &mm, &container),
                  0);
        ASSERT_EQ(vfio_attach(container, &group), 0);
    }
    void close() {
        vfio_close(container);
        window_unset(&group, 0);
        EXPECT_EQ(mm.locked_pages, 0U);
        EXPECT_EQ(world.memory.pins(), 0U);
        EXPECT_EQ(world.live_objects(), 0U);
    }
    long enable() { return vfio_ioctl(container, VFIO_IOMMU_ENABLE, nullptr); }
    long register_memory(u64 from, u64 size) {
        vfio_register_memory memory{sizeof(memory), 0, from, size};
        return vfio_ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory);
    }
    long unregister_memory(u64 from, u64 size) {
        vfio_register_memory memory{sizeof(memory), 0, from, size};
        return vfio_ioctl(container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &memory);
    }
    long map(u64 iova, u64 from, u64 size, u32 flags = VFIO_DMA_MAP_READ | VFIO_DMA_MAP_WRITE) {
        vfio_dma_map map{sizeof(map), flags, from, iova, size};
        return vfio_ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
    }
    long unmap(u64 iova, u64 size) {
        vfio_dma_unmap unmap{sizeof(unmap), 0, iova, size};
        return vfio_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
    }
    long create(u32 page_shift, u64 size, u32 levels, u64 *start = nullptr) {
        vfio_tce_create create{sizeof(create), 0, page_shift, 0, size, levels, 0, 0};
        long rc = vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create);
        if (start)
            *start = create.start_addr;
        return rc;
    }
    long remove(u64 start) {
        vfio_tce_remove remove{sizeof(remove), 0, start};
        return vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove);
    }
    u64 hardware(u64 entry) const {
        const u64 *slot = iommu_table_slot(group.tables[0], entry, false);
        return slot ? big_endian(*slot) : 0;
    }

    PlainPort world;
    mm_context mm{};
    phb bridge{0, PHB_PHB4, 0};
    iommu_group group{};
    vfio_container *container = nullptr;
};

TEST_F(Container, Version1AccountsItsWholeWindowAndPinsWhatIsMapped) {
    open(1);
    EXPECT_EQ(map(0, ua, page), -EPERM) << "not enabled";
    ASSERT_EQ(enable(), 0);
    EXPECT_EQ(mm.locked_pages, gib / page);
    EXPECT_EQ(enable(), -EBUSY);
    ASSERT_EQ(map(0x10000, ua + page, page), 0);
    EXPECT_EQ(world.memory.pins(), 16U) << "one pin for each 4 KiB entry";
    for (u64 i = 0; i < 16; i++)
        EXPECT_EQ(hardware(16 + i), (hpa + page + (i << 12)) | TCE_PERM);
    ASSERT_EQ(map(0x10000, ua + 2 * page, page), 0);
    EXPECT_EQ(world.memory.pins(), 16U) << "replacing unpins what was there";
    ASSERT_EQ(unmap(0x10000, page / 2), 0);
    EXPECT_EQ(world.memory.pins(), 8U);
    EXPECT_EQ(unmap(0x10000, page), 0);
    EXPECT_EQ(world.memory.pins(), 0U);
    ASSERT_EQ(map(0, ua, 4 * page), 0);
    close();
}

TEST_F(Container, Version1UndoesAMapThatFails) {
    open(1);
    ASSERT_EQ(enable(), 0);
    world.memory.set_state(ua + 2 * page, 1, PageState::Hole);
    EXPECT_EQ(map(0, ua, 4 * page), -EFAULT);
    EXPECT_EQ(world.memory.pins(), 0U);
    EXPECT_EQ(hardware(0), 0U);
    EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_DISABLE, nullptr), 0);
    EXPECT_EQ(mm.locked_pages, 0U);
    close();
}

TEST_F(Container, Version2MapsRegisteredMemoryOnlyAndPinsNothingMore) {
    open(2);
    EXPECT_EQ(map(0, ua, page), -EPERM) << "nothing registered yet";
    ASSERT_EQ(register_memory(ua, 32 * page), 0);
    ASSERT_EQ(map(0, ua, 2 * page), 0);
    EXPECT_EQ(world.memory.pins(), 32U);
    EXPECT_EQ(map(0, ua + 31 * page, 2 * page), -EINVAL) << "the second page is in no region";
    EXPECT_EQ(hardware(0), 0U) << "and the failing map clears what stood there before, as recorded";
    EXPECT_EQ(map(0, ua, page, 0), -EINVAL);
    EXPECT_EQ(map(0, ua, page, 4), -EINVAL);
    EXPECT_EQ(map(0x800, ua, page), 1) << "a bad iova answers +1, as recorded";
    EXPECT_EQ(map(gib, ua, page), -ENXIO);
    EXPECT_EQ(map(gib - 0x1000, ua, page), 1) << "past the end is refused";
    EXPECT_EQ(unmap(gib - 0x1000, page), 1);
    close();
}

TEST_F(Container, ItsDefaultWindowAppearsWithTheFirstUse) {
    open(2);
    EXPECT_TRUE(world.tve_writes.empty());
    ASSERT_EQ(register_memory(ua, page), 0);
    u64 registered = mm.locked_pages;
    ASSERT_EQ(map(0, ua, page), 0);
    EXPECT_EQ(mm.locked_pages - registered, iommu_table_charge(12, gib, 1) / page);
    ASSERT_EQ(world.tve_writes.size(), 1U);
    EXPECT_EQ(world.tve_writes[0].index, group.pe * 2);
    EXPECT_EQ(world.tve_writes[0].tve >> 16 << 12, port_to_hpa(group.tables[0]->base));
    EXPECT_EQ(remove(0), 0);
    EXPECT_EQ(mm.locked_pages, registered);
    EXPECT_EQ(world.tve_writes.back().tve, 0U);
    close();
}

TEST_F(Container, TwoWindowsAtTheirPlaces) {
    open(2);
    ASSERT_EQ(remove(0), 0) << "cancels the default window";
    u64 start = 1;
    ASSERT_EQ(create(12, gib, 1, &start), 0);
    EXPECT_EQ(start, 0U);
    ASSERT_EQ(create(16, 64 * gib, 2, &start), 0);
    EXPECT_EQ(start, IOMMU_WINDOW1_BASE);
    EXPECT_EQ(create(12, gib, 1), -ENOSPC);
    EXPECT_EQ(remove(2 * gib), -EINVAL);
    EXPECT_EQ(remove(IOMMU_WINDOW1_BASE + 5), 0) << "any address inside";
    EXPECT_EQ(create(13, gib, 1), -EINVAL) << "page size not offered";
    EXPECT_EQ(create(12, 3 * gib, 1), -EINVAL);
    close();
}

TEST_F(Container, UnregisteringBusyMemoryOrphansItAsRecorded) {
    open(2);
    ASSERT_EQ(register_memory(ua, 4 * page), 0);
    EXPECT_EQ(register_memory(ua, 4 * page), -EBUSY);
    ASSERT_EQ(map(0, ua, page), 0);
    EXPECT_EQ(unregister_memory(ua, 4 * page), 0);
    EXPECT_EQ(unregister_memory(ua, 4 * page), -ENOENT);
    EXPECT_EQ(world.memory.pins(), 4U) << "still pinned, owned by nobody";
    ASSERT_EQ(register_memory(ua, 4 * page), 0) << "the same range can be registered again";
    ASSERT_EQ(unmap(0, page), 0);
    vfio_close(container);
    EXPECT_EQ(world.memory.pins(), 4U) << "but nobody ever gives up the orphan's own reference";
    EXPECT_EQ(mm.locked_pages, 4U);
}

TEST_F(Container, SharesARegionWithAnother) {
    open(2);
    vfio_container *other = nullptr;
    ASSERT_EQ(vfio_container_open(VFIO_SPAPR_TCE_v2_IOMMU, &mm, &other), 0);
    vfio_register_memory memory{sizeof(memory), 0, ua, 4 * page};
    ASSERT_EQ(vfio_ioctl(other, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, &memory), -EPERM) << "not bound to a process yet";
    ASSERT_EQ(vfio_ioctl(other, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory), 0);
    ASSERT_EQ(register_memory(ua, 4 * page), 0);
    EXPECT_EQ(mm.locked_pages, 4U) << "accounted once";
    EXPECT_EQ(unregister_memory(ua, 4 * page), 0);
    EXPECT_EQ(world.memory.pins(), 4U);
    vfio_close(other);
    close();
}

TEST_F(Container, AttachRules) {
    vfio_container *none = nullptr;
    EXPECT_EQ(vfio_container_open(VFIO_EEH, &mm, &none), -EINVAL);
    open(2);
    EXPECT_EQ(vfio_attach(container, &group), -EBUSY);
    iommu_group fixed{};
    fixed.phb = &bridge;
    EXPECT_EQ(vfio_attach(container, &fixed), -EPERM) << "no dynamic windows";
    ASSERT_EQ(register_memory(ua, page), 0);
    ASSERT_EQ(map(0, ua, page), 0);
    iommu_group second{};
    second.phb = &bridge;
    second.pe = 4;
    second.dynamic_windows = true;
    ASSERT_EQ(vfio_attach(container, &second), 0);
    EXPECT_EQ(second.tables[0], group.tables[0]) << "it gets the windows that are there";
    world.opal_kills.clear();
    ASSERT_EQ(unmap(0, page), 0);
    EXPECT_EQ(world.opal_kills.size(), 2U) << "each group is told";
    vfio_detach(container, &second);
    EXPECT_EQ(second.tables[0], nullptr);
    close();
}

TEST_F(Container, WrongCommandsForItsVersion) {
    open(2);
    EXPECT_EQ(enable(), -ENOTTY);
    EXPECT_EQ(vfio_ioctl(container, 0x20003b00, nullptr), -ENOTTY);
    vfio_dma_map short_header{8, 0, 0, 0, 0};
    ASSERT_EQ(register_memory(ua, page), 0);
    EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_MAP_DMA, &short_header), -EINVAL);
    close();
}

/// Clearing a huge sparse window touches mapped entries and the other entries of their leaves, no
/// more: absent leaves are passed over whole, from any start inside them.
TEST_F(Container, ClearsASparseWindowLeafByLeaf) {
    open(2);
    ASSERT_EQ(remove(0), 0);
    ASSERT_EQ(create(16, u64(1) << 42, 2), 0); // 64 Mi entries in leaves of 8192
    ASSERT_EQ(register_memory(ua, 64 * page), 0);
    u64 leaf = group.tables[0]->level_size;
    ASSERT_EQ(leaf, 8192U);
    for (u64 entry : {u64(0), 5 * leaf + 100, 777 * leaf, 8191 * leaf + leaf - 1})
        ASSERT_EQ(map(entry << 16, ua, page), 0);
    world.exchanges = 0;
    u64 bytes = world.live_page_bytes();
    u64 start = 4 * leaf + leaf / 2; // in the middle of an absent leaf, before a populated one
    ASSERT_EQ(unmap(start << 16, (8192 * leaf - start) << 16), 0);
    EXPECT_EQ(world.exchanges, 3 * leaf);
    EXPECT_EQ(world.live_page_bytes(), bytes) << "no level came or went";
    EXPECT_EQ(hardware(5 * leaf + 100), 0U);
    EXPECT_EQ(hardware(8191 * leaf + leaf - 1), 0U);
    EXPECT_EQ(hardware(0), hpa | TCE_PERM);
    ASSERT_EQ(world.opal_kills.back().pages, 8192 * leaf - start) << "one kill over the whole range";
    close();
}

TEST_F(Container, KnowsItsTypesAndNoErrorRecovery) {
    open(2);
    auto known = [this](u64 extension) {
        return vfio_ioctl(container, VFIO_CHECK_EXTENSION, reinterpret_cast<void *>(extension));
    };
    EXPECT_EQ(known(VFIO_SPAPR_TCE_IOMMU), 1);
    EXPECT_EQ(known(VFIO_SPAPR_TCE_v2_IOMMU), 1);
    EXPECT_EQ(known(VFIO_EEH), 0);
    EXPECT_EQ(known(1), 0);
    u32 operation[6] = {sizeof(operation)};
    EXPECT_EQ(vfio_ioctl(container, VFIO_EEH_PE_OP, operation), -ENOTTY);
    close();
}

TEST_F(Container, DescribesItsWindows) {
    open(2);
    vfio_tce_info info{};
    info.argsz = sizeof(info);
    EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
    EXPECT_EQ(info.flags, VFIO_SPAPR_INFO_DDW);
    EXPECT_EQ(info.dma32_window_start, 0U);
    EXPECT_EQ(info.dma32_window_size, gib);
    EXPECT_EQ(info.page_sizes, group.page_sizes);
    EXPECT_EQ(info.windows, 2U);
    EXPECT_EQ(info.levels, 5U);
    close();
}

TEST_F(Container, DescribesAFixedWindowWithoutDynamicOnes) {
    open(1);
    vfio_tce_info info{};
    info.argsz = sizeof(info);
    info.page_sizes = info.windows = info.levels = 9;
    EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
    EXPECT_EQ(info.flags, 0U);
    EXPECT_EQ(info.dma32_window_size, gib);
    EXPECT_EQ(info.page_sizes | info.windows | info.levels, 0U);
    close();
}

TEST_F(Container, DescriptionChecksGroupThenAddressThenSize) {
    open(2);
    vfio_tce_info info{};
    EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, nullptr), -EFAULT);
    info.argsz = 15;
    EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), -EINVAL);
    info.argsz = 16;
    EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info), 0);
    EXPECT_EQ(info.dma32_window_size, gib);
    EXPECT_EQ(info.windows, 0U) << "argsz does not cover it";
    vfio_detach(container, &group);
    EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, nullptr), -ENXIO);
    close();
}

TEST_F(Container, AnAddressThatCannotBeReadIsAFault) {
    open(2);
    for (u32 command : {VFIO_IOMMU_SPAPR_REGISTER_MEMORY, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY,
                        VFIO_IOMMU_SPAPR_TCE_CREATE, VFIO_IOMMU_SPAPR_TCE_REMOVE})
        EXPECT_EQ(vfio_ioctl(container, command, nullptr), -EFAULT) << std::hex << command;
    EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_MAP_DMA, nullptr), -EPERM) << "not enabled comes first";
    ASSERT_EQ(register_memory(ua, page), 0);
    EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_MAP_DMA, nullptr), -EFAULT);
    EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_UNMAP_DMA, nullptr), -EFAULT);
    close();
}

TEST_F(Container, AWindowThatFirmwareRefusesIsUndone) {
    open(2);
    ASSERT_EQ(create(16, gib, 1), 0) << "makes the default window first";
    ASSERT_EQ(remove(IOMMU_WINDOW1_BASE), 0);
    u64 locked = mm.locked_pages, objects = world.live_objects();
    world.fail_window();
    EXPECT_EQ(create(16, gib, 1), -EBUSY);
    EXPECT_EQ(mm.locked_pages, locked);
    EXPECT_EQ(world.live_objects(), objects);
    EXPECT_EQ(group.tables[1], nullptr);
    EXPECT_EQ(create(16, gib, 1), 0);
    close();
}

TEST_F(Container, AGroupWhoseWindowFirmwareRefusesStaysOutside) {
    open(2);
    ASSERT_EQ(create(16, gib, 1), 0);
    iommu_group second = group;
    second.tables[0] = second.tables[1] = nullptr;
    second.in_use = false;
    world.fail_window();
    EXPECT_EQ(vfio_attach(container, &second), -EBUSY);
    EXPECT_FALSE(second.in_use);
    EXPECT_EQ(second.tables[0], nullptr);
    close();
}

TEST_F(Container, AGroupWithoutTablesCannotBeAttached) {
    open(2);
    iommu_group none{};
    EXPECT_EQ(vfio_attach(container, &none), -ENODEV);
    vfio_detach(container, &none);
    close();
}

} // namespace
} // namespace tcesim::test::hcall_container_test
