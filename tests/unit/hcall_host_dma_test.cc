// SPDX-License-Identifier: Apache-2.0
/// Tables as the host uses them for devices of its own, and what a container says of its windows.
#include "tests/support/plain_port.h"

#include <gtest/gtest.h>

extern "C" {
#include "hcall/powernv/host_dma.h"
}

namespace tcesim::test::hcall_host_dma_test {
namespace {

constexpr u64 hpa = 0x4000000000;

class HostDma : public testing::Test {
protected:
    ~HostDma() override {
        if (table)
            iommu_table_put(table);
    }
    void make(u32 levels) { ASSERT_EQ(iommu_table_create(12, 0, u64(1) << 28, levels, false, &table), 0); }

    PlainPort world;
    iommu_table *table = nullptr;
};

TEST_F(HostDma, BuildsConsecutivePagesAndWritePermissionCarriesRead) {
    make(1);
    EXPECT_EQ(host_dma_build(table, 8, 2, hpa, DMA_FROM_DEVICE), 0);
    EXPECT_EQ(host_dma_get(table, 8), hpa | 3);
    EXPECT_EQ(host_dma_get(table, 9), (hpa + 0x1000) | 3);
    EXPECT_EQ(host_dma_build(table, 9, 1, hpa, DMA_NONE), 0);
    EXPECT_EQ(host_dma_get(table, 9), hpa) << "the bare address";
}

TEST_F(HostDma, BuildingMakesLevelsAndReadingDoesNot) {
    make(2);
    EXPECT_EQ(host_dma_get(table, 8192), 0U);
    EXPECT_EQ(iommu_table_slot(table, 8192, false), nullptr);
    EXPECT_EQ(host_dma_build(table, 8191, 2, hpa, DMA_TO_DEVICE), 0);
    EXPECT_EQ(host_dma_get(table, 8191), hpa | 1);
    EXPECT_EQ(host_dma_get(table, 8192), (hpa + 0x1000) | 1);
}

TEST_F(HostDma, BuildingWithoutMemoryForALevelKeepsWhatIsDone) {
    make(2);
    ASSERT_EQ(host_dma_build(table, 0, 1, hpa, DMA_TO_DEVICE), 0);
    world.fail_page_allocation(0);
    EXPECT_EQ(host_dma_build(table, 8191, 2, hpa, DMA_TO_DEVICE), -ENOMEM);
    EXPECT_EQ(host_dma_get(table, 8191), hpa | 1);
    EXPECT_EQ(host_dma_get(table, 8192), 0U);
}

TEST_F(HostDma, ClearingFromAnAlignedAbsentLeafReachesTheNext) {
    make(2);
    ASSERT_EQ(host_dma_build(table, 8192, 4, hpa, DMA_TO_DEVICE), 0);
    host_dma_clear(table, 0, 8194);
    EXPECT_EQ(host_dma_get(table, 8192), 0U);
    EXPECT_EQ(host_dma_get(table, 8193), 0U);
    EXPECT_EQ(host_dma_get(table, 8194), (hpa + 0x2000) | 1) << "not in the range";
}

TEST_F(HostDma, ClearingFromInsideAnAbsentLeafLeavesTheNextLeafsFirstEntries) {
    make(2);
    ASSERT_EQ(host_dma_build(table, 8192, 1, hpa, DMA_TO_DEVICE), 0);
    host_dma_clear(table, 4096, 8192);
    EXPECT_EQ(host_dma_get(table, 8192), hpa | 1) << "8192 entries are passed over, not the 4096 left of the leaf";
}

TEST_F(HostDma, PageSizesComeFromFirmwareOrAreTheUsualOnes) {
    const u32 listed[] = {12, 21};
    EXPECT_EQ(host_dma_page_sizes(listed, 2, true), 0x201000U);
    EXPECT_EQ(host_dma_page_sizes(nullptr, 0, false), 0x11000U);
    EXPECT_EQ(host_dma_page_sizes(nullptr, 0, true), 0x11011000U);
}

} // namespace
} // namespace tcesim::test::hcall_host_dma_test
