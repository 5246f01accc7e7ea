// SPDX-License-Identifier: Apache-2.0
/// The guest's allocator of I/O addresses.
#include "tests/support/plain_port.h"

#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>

namespace tcesim::test::guest_iova_test {
namespace {

class Space {
public:
    Space(u64 offset, u64 pages, u32 page_shift) {
        if (iova_init(&space, offset, pages, page_shift))
            port_bug("no memory for the bitmap");
    }
    ~Space() { iova_destroy(&space); }
    Space(const Space &) = delete;
    Space &operator=(const Space &) = delete;

    u64 alloc(u64 pages, u32 align_order = 0) { return iova_alloc(&space, pages, align_order); }
    void free(u64 page, u64 pages) { iova_free(&space, page, pages); }

    iova_space space{};
};

constexpr u64 gib_of_4k = u64(1) << 18;

struct Shape {
    u64 offset, pages;
    u32 page_shift;
};

class IovaProperties : public testing::TestWithParam<Shape> {};

TEST_P(IovaProperties, NothingOverlapsLeavesTheWindowOrCrossesTheBoundary) {
    const Shape &shape = GetParam();
    PlainPort world;
    Space space(shape.offset, shape.pages, shape.page_shift);
    std::map<u64, u64> used; // first page -> pages
    std::mt19937_64 random(shape.pages);
    u64 boundary = (u64(1) << 32) >> shape.page_shift, failures = 0;
    for (u64 i = 0; i < 20000; i++) {
        world.cpu = random() % 8;
        if (!used.empty() && random() % 100 < (i % 4000 < 2500 ? 35 : 65)) {
            auto victim = used.lower_bound(shape.offset + random() % shape.pages);
            if (victim == used.end())
                victim = used.begin();
            space.free(victim->first, victim->second);
            used.erase(victim);
            continue;
        }
        u64 pages = random() % 4 ? random() % 16 + 1 : random() % (shape.pages / 64) + 1;
        u32 order = random() % 5;
        u64 page = space.alloc(pages, order);
        if (page == IOVA_NONE) {
            failures++;
            continue;
        }
        ASSERT_GE(page, std::max<u64>(shape.offset, 1)) << "page 0 of the bus is never given out";
        ASSERT_LE(page + pages, shape.offset + shape.pages);
        ASSERT_EQ(page % (u64(1) << order), 0U);
        ASSERT_EQ(page / boundary, (page + pages - 1) / boundary);
        auto next = used.lower_bound(page);
        ASSERT_TRUE(next == used.end() || page + pages <= next->first);
        ASSERT_TRUE(next == used.begin() || std::prev(next)->first + std::prev(next)->second <= page);
        used[page] = pages;
    }
    EXPECT_GT(failures, 0U) << "the window filled up";
    for (auto [page, pages] : used)
        space.free(page, pages);
    for (u64 i = 0; i < (shape.pages + 63) / 64; i++)
        ASSERT_EQ(space.space.bitmap[i], i == 0 && !shape.offset ? 1U : 0U) << "all is free again";
}

INSTANTIATE_TEST_SUITE_P(Shapes, IovaProperties,
                         testing::Values(Shape{0, 4096, 12}, Shape{0, 4000, 12}, Shape{gib_of_4k, gib_of_4k / 16, 12},
                                         Shape{0, 16384, 16}, Shape{IOMMU_WINDOW1_BASE >> 24, 4096, 24}));

TEST(Iova, AWindowOfOneGibOrMoreHasFourPoolsAndALargeOne) {
    PlainPort world;
    Space small(0, gib_of_4k - 64, 12), big(0, gib_of_4k, 12);
    EXPECT_EQ(small.space.pool_count, 1U);
    EXPECT_EQ(big.space.pool_count, 4U);
    EXPECT_EQ(big.space.large.start, gib_of_4k * 3 / 4);
    EXPECT_EQ(big.space.large.end, gib_of_4k);
    for (u32 i = 0; i < 4; i++) {
        EXPECT_EQ(big.space.pools[i].start, i * gib_of_4k * 3 / 16);
        EXPECT_EQ(big.space.pools[i].end, (i + 1) * gib_of_4k * 3 / 16);
    }
}

TEST(Iova, CpusSpreadOverThePoolsAndLargeRequestsHaveTheirOwn) {
    PlainPort world;
    Space space(0, gib_of_4k, 12);
    std::set<u64> pools;
    for (world.cpu = 0; world.cpu < 8; world.cpu++) {
        u64 page = space.alloc(15);
        u64 pool = page / (gib_of_4k * 3 / 16);
        EXPECT_LT(pool, 4U);
        pools.insert(pool);
        EXPECT_GE(space.alloc(16), gib_of_4k * 3 / 4) << "more than 15 pages are large";
    }
    EXPECT_EQ(pools.size(), 4U);
}

TEST(Iova, SmallRequestsGoOnAtTheNextBlockLargeOnesWhereTheLastEnded) {
    PlainPort world;
    Space space(0, 4096, 12);
    EXPECT_EQ(space.alloc(1), 1U);
    EXPECT_EQ(space.alloc(1), 16U);
    EXPECT_EQ(space.alloc(3), 32U);
    EXPECT_EQ(space.alloc(15), 48U);
    EXPECT_EQ(space.alloc(1), 64U);
    u64 large = space.alloc(17);
    EXPECT_EQ(large, 3072U);
    EXPECT_EQ(space.alloc(20), large + 17);
    space.free(16, 1);
    EXPECT_EQ(space.alloc(1), 80U) << "what was freed behind the hint waits for the wrap-around";
}

TEST(Iova, WrapsAroundToWhatWasFreed) {
    PlainPort world;
    Space space(0, 4096, 12);
    for (u64 block = 0; block < 3072 / 16; block++)
        ASSERT_EQ(space.alloc(1), block ? block * 16 : 1);
    space.free(160, 1);
    EXPECT_EQ(space.alloc(1), 2U) << "the pool's end is reached, the search starts over";
}

TEST(Iova, ExhaustionEndsWithTheFirstFree) {
    PlainPort world;
    Space space(0, gib_of_4k, 12);
    std::set<u64> pages;
    for (u64 page = space.alloc(1); page != IOVA_NONE; page = space.alloc(1))
        ASSERT_TRUE(pages.insert(page).second);
    EXPECT_EQ(pages.size(), gib_of_4k * 3 / 4 - 1) << "one CPU fills all small pools, the large one stays";
    EXPECT_EQ(*pages.rbegin(), gib_of_4k * 3 / 4 - 1);
    EXPECT_NE(space.alloc(16), IOVA_NONE);
    space.free(1000, 1);
    EXPECT_EQ(space.alloc(2), IOVA_NONE);
    EXPECT_EQ(space.alloc(1), 1000U);
    EXPECT_EQ(space.alloc(1), IOVA_NONE);
}

TEST(Iova, ALargeRequestFallsBackToTheSmallPools) {
    PlainPort world;
    Space space(0, 4096, 12);
    ASSERT_EQ(space.alloc(1024), 3072U);
    u64 page = space.alloc(100);
    EXPECT_LT(page, 3072U);
    EXPECT_EQ(space.alloc(4096), IOVA_NONE);
}

TEST(IovaDeathTest, FreeingWhatIsFreeIsABug) {
    PlainPort world;
    Space space(0, 4096, 12);
    u64 page = space.alloc(1);
    space.free(page, 1);
    EXPECT_DEATH(space.free(page, 1), "bit_is_set");
    EXPECT_DEATH(space.free(4090, 10), "pages");
}

} // namespace
} // namespace tcesim::test::guest_iova_test
