// SPDX-License-Identifier: Apache-2.0
/// Hardware tables: geometry, accounting, the walk, levels on demand.
#include "tests/support/plain_port.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <random>

namespace tcesim::test::hcall_table_test {
namespace {

constexpr u64 kib = 1024, mib = kib * kib, gib = mib * kib, tib = gib * kib;

struct Owned {
    iommu_table *table = nullptr;
    Owned(u32 page_shift, u64 bus, u64 window, u32 levels, bool mirrored) {
        rc = iommu_table_create(page_shift, bus, window, levels, mirrored, &table);
    }
    ~Owned() {
        if (table)
            iommu_table_put(table);
    }
    Owned(const Owned &) = delete;
    Owned &operator=(const Owned &) = delete;
    int rc;
};

u32 ceil_log2(u64 value) {
    u32 bits = 0;
    while (u64(1) << bits < value)
        bits++;
    return bits;
}

/// The rule in its published form: equal levels, each at least one host page.
u64 level_entries(u32 page_shift, u64 window, u32 levels) {
    u32 entry_bits = ceil_log2(window >> page_shift);
    return std::max<u64>(u64(1) << ((entry_bits + levels - 1) / levels), PAGE_SIZE / 8);
}

u64 charge(u32 page_shift, u64 window, u32 levels) {
    u64 bytes = std::max<u64>((window >> page_shift) * 8, 4096);
    u64 level = level_entries(page_shift, window, levels) * 8, sum = 0;
    for (u32 i = 0; i < levels; i++) {
        sum += (bytes + level - 1) / level * level;
        bytes = std::max(bytes / level * 8, level);
    }
    return 2 * sum;
}

TEST(TableGeometry, FollowsTheRuleForEveryWindow) {
    PlainPort world;
    for (u32 page_shift : {12, 16, 21, 24, 28}) {
        for (u32 window_bits = page_shift; window_bits <= page_shift + 20; window_bits++) {
            for (u32 levels = 1; levels <= 5; levels++) {
                u64 window = u64(1) << window_bits, entries = level_entries(page_shift, window, levels);
                bool reachable = ceil_log2(entries) * levels + page_shift < 55;
                Owned owned(page_shift, 0, window, levels, false);
                ASSERT_EQ(owned.rc, reachable ? 0 : -EINVAL) << page_shift << ' ' << window_bits << ' ' << levels;
                EXPECT_EQ(iommu_table_charge(page_shift, window, levels), charge(page_shift, window, levels));
                if (!reachable)
                    continue;
                EXPECT_EQ(owned.table->level_size, entries);
                EXPECT_EQ(owned.table->size, std::max<u64>(window >> page_shift, PAGE_SIZE / 8));
                EXPECT_EQ(owned.table->allocated_size, charge(page_shift, window, levels));
                EXPECT_GE(std::pow(double(entries), levels), double(window >> page_shift));
            }
        }
    }
    EXPECT_EQ(world.live_objects(), 0U);
}

TEST(TableGeometry, WorkedSizes) {
    PlainPort world;
    struct {
        u64 window;
        u32 page_shift, levels;
        u64 level_size, full_table;
        u32 host_shift;
    } rows[] = {
        {2 * gib, 12, 1, 524288, 4 * mib, PAGE_SHIFT},
        {64 * gib, 16, 1, mib, 8 * mib, PAGE_SHIFT},
        {tib, 16, 2, 8192, 128 * mib + 64 * kib, 16},
        {tib, 16, 2, 4096, 128 * mib + 32 * kib, 12},
        {u64(1) << 50, 16, 2, 131072, 128 * gib + mib, PAGE_SHIFT},
        {256 * tib, 12, 4, 512, 512 * gib + gib + 2 * mib + 4 * kib, 12},
    };
    for (const auto &row : rows) {
        if (row.host_shift != PAGE_SHIFT)
            continue;
        Owned owned(row.page_shift, 0, row.window, row.levels, false);
        ASSERT_EQ(owned.rc, 0);
        EXPECT_EQ(owned.table->level_size, row.level_size);
        EXPECT_EQ(owned.table->allocated_size, 2 * row.full_table);
        EXPECT_EQ(world.live_page_bytes(), row.level_size * 8) << "only the top level exists";
    }
}

TEST(TableGeometry, RefusesWhatCannotBeAddressed) {
    PlainPort world;
    const int with_larger_levels = PAGE_SHIFT == 16 ? -EINVAL : 0;
    EXPECT_EQ(Owned(16, 0, tib, 3, false).rc, with_larger_levels) << "13 bits * 3 + 16 reach 55";
    EXPECT_EQ(Owned(12, 0, tib, 4, false).rc, with_larger_levels);
    EXPECT_EQ(Owned(24, 0, tib, 3, false).rc, with_larger_levels);
    EXPECT_EQ(Owned(12, 0, tib, 5, false).rc, -EINVAL) << "9 bits * 5 + 12 reach 55";
    EXPECT_EQ(Owned(24, 0, tib, 4, false).rc, -EINVAL) << "9 bits * 4 + 24 reach 55";
    EXPECT_EQ(Owned(12, 0, tib, 3, false).rc, 0);
    EXPECT_EQ(Owned(12, 0, 3 * gib, 1, false).rc, -EINVAL) << "not a power of two";
    EXPECT_EQ(Owned(16, 0, 0x246000000000, 1, false).rc, -EINVAL) << "4656 MiB of table";
    EXPECT_EQ(Owned(12, 0, 0, 1, false).rc, -EINVAL);
    EXPECT_EQ(Owned(12, 0, gib, 0, false).rc, -EINVAL);
    EXPECT_EQ(Owned(12, 0, gib, 6, false).rc, -EINVAL);
    EXPECT_EQ(Owned(24, 0, mib, 1, false).rc, -EINVAL) << "smaller than one page";
    EXPECT_EQ(world.live_objects(), 0U);
}

TEST(TableGeometry, EveryFailingAllocationLeavesNothing) {
    PlainPort world;
    world.fail_small_allocation(0);
    EXPECT_EQ(Owned(12, 0, gib, 1, true).rc, -ENOMEM);
    for (u64 after : {0, 1}) {
        world.fail_page_allocation(after);
        EXPECT_EQ(Owned(12, 0, gib, 1, true).rc, -ENOMEM);
    }
    EXPECT_EQ(world.live_objects(), 0U);
}

struct Shape {
    u32 page_shift;
    u64 bus, window;
    u32 levels;
};

class TableWalk : public testing::TestWithParam<Shape> {};

/// Whatever is stored at an entry is found there, and nowhere else; levels appear for stores only.
TEST_P(TableWalk, AgreesWithAMap) {
    const Shape &shape = GetParam();
    PlainPort world;
    Owned owned(shape.page_shift, shape.bus, shape.window, shape.levels, true);
    ASSERT_EQ(owned.rc, 0);
    std::map<u64, u64> oracle, mirror;
    std::map<u64, bool> leaves;
    std::mt19937_64 random(shape.window + shape.levels);
    u64 first = shape.bus >> shape.page_shift, entries = shape.window >> shape.page_shift;
    for (u64 i = 0; i < 3000; i++) {
        // Half of the entries crowd into a few leaves, the others are anywhere.
        u64 entry = first + (i & 1 ? random() % entries : random() % std::min<u64>(entries, 20000));
        u64 value = random();
        if (i % 3 == 0) {
            *iommu_table_slot(owned.table, entry, true) = value;
            oracle[entry] = value;
            *iommu_table_mirror(owned.table, entry, true) = ~value;
            mirror[entry] = ~value;
            leaves[(entry - first) / owned.table->level_size] = true;
            continue;
        }
        const u64 *slot = iommu_table_slot(owned.table, entry, false);
        const u64 *user = iommu_table_mirror(owned.table, entry, false);
        bool leaf = shape.levels == 1 || leaves.count((entry - first) / owned.table->level_size);
        ASSERT_EQ(slot != nullptr, leaf);
        ASSERT_EQ(user != nullptr, leaf);
        if (leaf) {
            ASSERT_EQ(*slot, oracle.count(entry) ? oracle[entry] : 0);
            ASSERT_EQ(*user, mirror.count(entry) ? mirror[entry] : 0);
        }
    }
    iommu_table_put(owned.table);
    owned.table = nullptr;
    EXPECT_EQ(world.live_objects(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Shapes, TableWalk,
                         testing::Values(Shape{12, 0, gib, 1}, Shape{16, 0, tib, 2},
                                         Shape{12, IOMMU_WINDOW1_BASE, 64 * gib, 3}, Shape{24, 0, u64(1) << 48, 2},
                                         Shape{16, IOMMU_WINDOW1_BASE, u64(1) << 46, 2}));

TEST(TableWalk, ClearingAnAbsentLevelNeedsNone) {
    PlainPort world;
    Owned owned(16, 0, tib, 2, true);
    u64 before = world.live_page_bytes(), hpa = 0;
    dma_direction direction = DMA_NONE;
    EXPECT_EQ(tce_exchange(owned.table, 12345, &hpa, &direction, true), 0);
    EXPECT_EQ(direction, DMA_NONE);
    EXPECT_EQ(world.live_page_bytes(), before);
    EXPECT_EQ(world.exchanges, 0U);
}

TEST(TableWalk, SettingAnAbsentLevelAllocatesItOrFails) {
    PlainPort world;
    Owned owned(16, 0, tib, 2, true);
    u64 hpa = 0x10000;
    dma_direction direction = DMA_BIDIRECTIONAL;
    EXPECT_EQ(tce_exchange(owned.table, 12345, &hpa, &direction, false), -ENOMEM) << "not allowed";
    world.fail_page_allocation(0);
    EXPECT_EQ(tce_exchange(owned.table, 12345, &hpa, &direction, true), -ENOMEM) << "not to be had";
    EXPECT_EQ(tce_exchange(owned.table, 12345, &hpa, &direction, true), 0);
    EXPECT_EQ(big_endian(*iommu_table_slot(owned.table, 12345, false)), 0x10003U);
}

TEST(TableExchange, GivesTheOldEntryBackAndStopsTheHostWhenMisaligned) {
    PlainPort world;
    Owned owned(16, 0, gib, 1, false);
    u64 hpa = 0x50000;
    dma_direction direction = DMA_FROM_DEVICE;
    ASSERT_EQ(tce_exchange(owned.table, 7, &hpa, &direction, true), 0);
    EXPECT_EQ(direction, DMA_NONE);
    EXPECT_EQ(big_endian(*iommu_table_slot(owned.table, 7, false)), 0x50003U) << "write carries read";
    hpa = 0x60000;
    direction = DMA_TO_DEVICE;
    ASSERT_EQ(tce_exchange(owned.table, 7, &hpa, &direction, true), 0);
    EXPECT_EQ(hpa, 0x50000U);
    EXPECT_EQ(direction, DMA_BIDIRECTIONAL);
    hpa = 0x61000;
    EXPECT_EQ(world.run([&] { tce_exchange(owned.table, 7, &hpa, &direction, true); }), "hpa_not_aligned");
    EXPECT_EQ(big_endian(*iommu_table_slot(owned.table, 7, false)), 0x60001U);
}

} // namespace
} // namespace tcesim::test::hcall_table_test
