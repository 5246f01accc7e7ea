// SPDX-License-Identifier: Apache-2.0
/// Preregistered memory: pins, accounting, page sizes, counters.
#include "tests/support/plain_port.h"

#include <gtest/gtest.h>
#include <random>

namespace tcesim::test::hcall_region_test {
namespace {

constexpr u64 ua = 0x7f0000000000;
constexpr u64 hpa = 0x4000000000;
constexpr u64 huge_ua = 0x7f0010000000;
constexpr u64 huge_hpa = 0x5000000000;
constexpr u64 page = PAGE_SIZE;

class Regions : public testing::Test {
protected:
    Regions() {
        world.memory.map(ua, 64, hpa, PAGE_SHIFT, PageState::Young);
        world.memory.map(huge_ua, 512, huge_hpa, 24, PageState::Young);
        mm_context_init(&mm, 1000);
    }
    long register_pages(u64 from, u64 count) { return region_new(&mm, from, count, &region); }
    void expect_nothing_left() const {
        EXPECT_EQ(mm.locked_pages, 0U);
        EXPECT_EQ(world.memory.pins(), 0U);
        EXPECT_EQ(world.live_objects(), 0U);
    }

    PlainPort world;
    mm_context mm{};
    mm_region *region = nullptr;
};

TEST_F(Regions, PinAndAccountEveryPageOnce) {
    ASSERT_EQ(register_pages(ua, 64), 0);
    EXPECT_EQ(mm.locked_pages, 64U);
    EXPECT_EQ(world.memory.pins(), 64U);
    EXPECT_EQ(region_put(region), 0);
    expect_nothing_left();
}

TEST_F(Regions, EachStepThatFailsUndoesTheOnesBefore) {
    mm.locked_limit = 63;
    EXPECT_EQ(register_pages(ua, 64), -ENOMEM);
    mm.locked_limit = 64;
    for (u64 after : {0, 1}) {
        world.fail_small_allocation(after);
        EXPECT_EQ(register_pages(ua, 64), -ENOMEM);
        expect_nothing_left();
    }
    EXPECT_EQ(register_pages(ua, 0), -ENOMEM);
    world.memory.set_state(ua, 1, PageState::Hole);
    EXPECT_EQ(register_pages(ua, 64), -EFAULT);
    expect_nothing_left();
    world.memory.set_state(ua, 1, PageState::Absent);
    world.memory.set_state(ua + 5 * page, 1, PageState::Hole);
    EXPECT_EQ(register_pages(ua, 64), 5) << "the number of pages that could be pinned, as recorded";
    expect_nothing_left();
}

TEST_F(Regions, MayNotOverlapButMayTouch) {
    ASSERT_EQ(register_pages(ua + 16 * page, 16), 0);
    mm_region *middle = region;
    std::mt19937_64 random(1);
    for (int i = 0; i < 500; i++) {
        u64 start = random() % 48, count = random() % 16 + 1;
        bool overlaps = start < 32 && start + count > 16;
        ASSERT_EQ(register_pages(ua + start * page, count), overlaps ? -EINVAL : 0);
        EXPECT_EQ(world.memory.pins(), mm.locked_pages);
        if (!overlaps) {
            ASSERT_EQ(region_put(region), 0);
        }
    }
    EXPECT_EQ(region_put(middle), 0);
    expect_nothing_left();
}

TEST_F(Regions, LookupFindsWhatLiesInsideWhole) {
    ASSERT_EQ(register_pages(ua, 16), 0);
    EXPECT_EQ(region_lookup(&mm, ua, 16 * page), region);
    EXPECT_EQ(region_lookup(&mm, ua + 15 * page, page), region);
    EXPECT_EQ(region_lookup(&mm, ua + 15 * page + 1, page), nullptr);
    EXPECT_EQ(region_lookup(&mm, ua, 16 * page + 1), nullptr);
    EXPECT_EQ(region_lookup(&mm, ua - 1, 2), nullptr);
    EXPECT_EQ(region_put(region), 0);
}

TEST_F(Regions, TranslateInsideOnlyAndForPagesThatFit) {
    ASSERT_EQ(register_pages(ua, 16), 0);
    u64 found = 0;
    EXPECT_EQ(region_ua_to_hpa(region, ua + 3 * page + 0x1234, 12, &found), 0);
    EXPECT_EQ(found, hpa + 3 * page + 0x1234);
    EXPECT_EQ(region_ua_to_hpa(region, ua + 16 * page, 12, &found), -EFAULT);
    EXPECT_EQ(region_ua_to_hpa(region, ua, 24, &found), -EFAULT);
    EXPECT_EQ(region_put(region), 0);
}

/// The largest IOMMU page: alignment of start and length, capped by the memory's own pages.
TEST_F(Regions, PageShift) {
    struct {
        u64 ua, pages;
        u32 shift;
    } rows[] = {
        {ua, 64, 16},
        {ua + page, 1, 16},
        {huge_ua, 256, 24},
        {huge_ua, 128, 23},
        {huge_ua, 512, 24},
        {huge_ua + 16 * page, 16, 20},
        {huge_ua + page, 1, 16},
    };
    for (const auto &row : rows) {
        ASSERT_EQ(register_pages(row.ua, row.pages), 0);
        EXPECT_EQ(region->page_shift, row.shift) << std::hex << row.ua << ' ' << row.pages;
        EXPECT_EQ(region_put(region), 0);
    }
    world.memory.map(huge_ua + 256 * page, 256, huge_hpa + 256 * page, PAGE_SHIFT, PageState::Young);
    ASSERT_EQ(register_pages(huge_ua, 512), 0);
    EXPECT_EQ(region->page_shift, 24U) << "the shift of a leading huge page sticks, as recorded";
    EXPECT_EQ(region_put(region), 0);
}

TEST_F(Regions, AreHeldByUsersAndByEntries) {
    ASSERT_EQ(register_pages(ua, 16), 0);
    EXPECT_EQ(region_get(&mm, ua, 15), nullptr) << "exactly this range";
    EXPECT_EQ(region_get(&mm, ua, 16), region);
    EXPECT_EQ(region_mapped_inc(region), 0);
    EXPECT_EQ(region_put(region), 0) << "not the last user";
    EXPECT_EQ(region_put(region), -EBUSY);
    EXPECT_EQ(region_put(region), -EBUSY) << "nothing has changed";
    region_mapped_dec(region);
    region_mapped_dec(region);
    EXPECT_EQ(region->mapped, 1) << "never below one";
    EXPECT_EQ(region_put(region), 0);
    expect_nothing_left();
}

TEST_F(Regions, DieAfterTheLastReader) {
    ASSERT_EQ(register_pages(ua, 16), 0);
    port_rcu_read_lock();
    EXPECT_EQ(region_put(region), 0);
    EXPECT_EQ(region_lookup(&mm, ua, page), nullptr);
    EXPECT_EQ(region_mapped_inc(region), -ENXIO) << "a reader still sees it dying";
    EXPECT_EQ(world.memory.pins(), 16U);
    EXPECT_EQ(mm.locked_pages, 0U) << "accounting does not wait";
    port_rcu_read_unlock();
    expect_nothing_left();
}

TEST_F(Regions, RememberDirtyPagesUntilTheyAreUnpinned) {
    ASSERT_EQ(register_pages(ua, 16), 0);
    region_mark_dirty(&mm, ua + 2 * page, 12);
    region_mark_dirty(&mm, ua + 4 * page + 0x1000, 12);
    region_mark_dirty(&mm, ua + 15 * page + 0x1000, 12); // lost, as recorded: no region holds [ua, ua + 64 KiB)
    u64 found = 0;
    ASSERT_EQ(region_ua_to_hpa(region, ua + 2 * page, 16, &found), 0);
    EXPECT_EQ(found, hpa + 2 * page) << "the mark is no part of the address";
    EXPECT_TRUE(world.memory.dirty_pages().empty());
    EXPECT_EQ(region_put(region), 0);
    EXPECT_EQ(world.memory.dirty_pages(), (std::vector<u64>{hpa + 2 * page, hpa + 4 * page}));
}

TEST_F(Regions, DeviceMemoryIsNeitherPinnedNorAccounted) {
    constexpr u64 device = 0x6000000100000;
    ASSERT_EQ(region_new_device(&mm, ua, 16, device, &region), 0);
    EXPECT_EQ(world.memory.pins() + mm.locked_pages, 0U);
    EXPECT_EQ(region->page_shift, 20U) << "natural alignment only";
    u64 found = 0;
    EXPECT_EQ(region_ua_to_hpa(region, ua + 0x51234, 12, &found), 0);
    EXPECT_EQ(found, device + 0x51234);
    EXPECT_TRUE(region_holds_device_memory(&mm, device + 0xfffff));
    EXPECT_FALSE(region_holds_device_memory(&mm, device + 0x100000));
    mm_region *other = nullptr;
    EXPECT_EQ(region_new_device(&mm, ua + 8 * page, 16, device, &other), -EINVAL);
    region_mark_dirty(&mm, ua, 12);
    EXPECT_EQ(region_put(region), 0);
    expect_nothing_left();
    EXPECT_TRUE(world.memory.dirty_pages().empty());
}

} // namespace
} // namespace tcesim::test::hcall_region_test
