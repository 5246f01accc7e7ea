// SPDX-License-Identifier: Apache-2.0
/// The ways of clearing a range of a window: what they leave behind, and what they tell the bridge.
#include "tests/support/plain_port.h"

#include <gtest/gtest.h>
#include <map>
#include <random>

namespace tcesim::test::hcall_clear_test {
namespace {

constexpr u64 ua = 0x7f0000000000;
constexpr u64 leaf = 8192; // entries

class ClearWays : public testing::TestWithParam<clear_way> {
protected:
    ClearWays() {
        world.memory.map(ua, 64, 0x4000000000, PAGE_SHIFT, PageState::Young);
        mm_context_init(&mm, u64(1) << 40);
        group.phb = &bridge;
        group.dynamic_windows = true;
        group.dma32_size = 1 << 30;
        group.page_sizes = 1 << 12 | 1 << 16 | 1 << 24;
        EXPECT_EQ(vfio_container_open(VFIO_SPAPR_TCE_v2_IOMMU, &mm, &container), 0);
        EXPECT_EQ(vfio_attach(container, &group), 0);
        vfio_register_memory memory{sizeof(memory), 0, ua, 64 * PAGE_SIZE};
        EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory), 0);
        vfio_tce_remove remove{sizeof(remove), 0, 0};
        EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove), 0);
        // 4 KiB pages: 3 levels of at least 13 bits over 12 stay below 55.
        vfio_tce_create create{sizeof(create), 0, 12, 0, 1ULL << 51, 3, 0, 0};
        EXPECT_EQ(vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create), 0);
        table = group.tables[0];
    }
    ~ClearWays() override {
        vfio_close(container);
        EXPECT_EQ(mm.locked_pages, 0U);
        EXPECT_EQ(world.live_objects(), 0U);
    }

    void map(u64 entry, u64 pages) {
        vfio_dma_map map{sizeof(map), VFIO_DMA_MAP_READ | VFIO_DMA_MAP_WRITE, ua, entry << 12, pages << 12};
        ASSERT_EQ(vfio_ioctl(container, VFIO_IOMMU_MAP_DMA, &map), 0);
    }
    void unmap(u64 entry, u64 pages, clear_way way) {
        container->clear = way;
        vfio_dma_unmap unmap{sizeof(unmap), 0, entry << 12, pages << 12};
        ASSERT_EQ(vfio_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap), 0);
    }
    /// What is mapped of the first \p entries, by entry: the TCE, and the user address that the mirror keeps.
    std::map<u64, std::pair<u64, u64>> mapped(u64 entries) const {
        std::map<u64, std::pair<u64, u64>> all;
        for (u64 entry = 0; entry < entries; ++entry) {
            const u64 *slot = iommu_table_slot(table, entry, false);
            if (!slot) {
                entry |= leaf - 1;
                continue;
            }
            const u64 *mirror = iommu_table_mirror(table, entry, false);
            if (*slot || (mirror && *mirror))
                all[entry] = {*slot, mirror ? *mirror : 0};
        }
        return all;
    }
    std::vector<std::pair<u64, u64>> kills() const {
        std::vector<std::pair<u64, u64>> all;
        for (const auto &event : world.trace)
            if (event.event == PORT_EV_TCE_KILL)
                all.emplace_back(event.b >> 12, event.c);
        return all;
    }

    PlainPort world;
    mm_context mm{};
    phb bridge{0, PHB_PHB4, 0};
    iommu_group group{};
    vfio_container *container = nullptr;
    iommu_table *table = nullptr;
};

TEST_P(ClearWays, LeavesWhatTheWalkLeaves) {
    std::mt19937_64 random(41);
    for (unsigned round = 0; round < 12; ++round) {
        const std::uint64_t seed = random(), first = random() % (3 * leaf), pages = 1 + random() % (3 * leaf);
        std::map<u64, std::pair<u64, u64>> left[2];
        u64 counted[2];
        for (const clear_way way : {CLEAR_WALK, GetParam()}) {
            std::mt19937_64 same(seed);
            for (unsigned i = 0; i < 8; ++i)
                map(same() % (6 * leaf), 1 + same() % 40);
            unmap(first, pages, way);
            left[way == GetParam()] = mapped(7 * leaf);
            counted[way == GetParam()] = region_lookup(&mm, ua, PAGE_SIZE)->mapped;
            unmap(0, 7 * leaf, CLEAR_SUBTREE);
        }
        ASSERT_EQ(left[0], left[1]) << "round " << round;
        ASSERT_EQ(counted[0], counted[1]) << "round " << round;
        ASSERT_TRUE(mapped(7 * leaf).empty());
    }
}

INSTANTIATE_TEST_SUITE_P(All, ClearWays, testing::Values(CLEAR_AS_RELEASED, CLEAR_SKIP_LEAF, CLEAR_SUBTREE));

using Clearing = ClearWays;

TEST_F(Clearing, SubtreesAreInvalidatedWhereSomethingWas) {
    map(10, 5);
    map(100, 1);
    map(3 * leaf - 1, 2); // two leaves, one stretch
    map(1ULL << 30, 3);
    world.trace.clear();
    unmap(0, 1ULL << 39, CLEAR_SUBTREE);
    EXPECT_EQ(kills(), (std::vector<std::pair<u64, u64>>{{10, 5}, {100, 1}, {3 * leaf - 1, 2}, {1ULL << 30, 3}}));
    EXPECT_TRUE(mapped(4 * leaf).empty());
}

TEST_F(Clearing, SubtreesKeepToTheirRange) {
    map(0, 40);
    world.trace.clear();
    unmap(10, 20, CLEAR_SUBTREE);
    EXPECT_EQ(mapped(leaf).size(), 20U);
    EXPECT_EQ(kills(), (std::vector<std::pair<u64, u64>>{{10, 20}}));
}

TEST_F(Clearing, WhatWasFirstPostedJumpsIntoTheNextLeaf) {
    map(5 * leaf, 40);
    unmap(4 * leaf + 30, 2 * leaf, CLEAR_SKIP_LEAF_POSTED);
    EXPECT_EQ(mapped(8 * leaf).size(), 30U) << "the first part of the leaf stays mapped";
    unmap(4 * leaf + 30, 2 * leaf, CLEAR_SKIP_LEAF);
    EXPECT_TRUE(mapped(8 * leaf).empty());
    map(5 * leaf, 40);
    unmap(4 * leaf, 2 * leaf, CLEAR_SKIP_LEAF_POSTED);
    EXPECT_TRUE(mapped(8 * leaf).empty()) << "right where the range begins with a leaf";
}

} // namespace
} // namespace tcesim::test::hcall_clear_test
