// SPDX-License-Identifier: Apache-2.0
#include "models/guest/page_chunks.h"

#include <gtest/gtest.h>

#include <vector>

namespace tcesim {
namespace {

constexpr std::uint64_t memory = 1 << 20; // gpa

/// Counts what is mapped; bus addresses are guest addresses moved, and never used twice.
class PageChunksTest : public testing::Test {
protected:
    PageChunksTest() : handlers(make_handlers()), dma(handlers, nullptr) { current = this; }
    ~PageChunksTest() override { current = nullptr; }

    static struct hcall_object make_handlers() {
        struct hcall_object object = {};
        object.dma_map = [](dma_window *, u64 gpa, u64 size, dma_direction direction) -> u64 {
            EXPECT_EQ(direction, DMA_FROM_DEVICE);
            if (current->maps.size() == current->room)
                return DMA_MAPPING_ERROR;
            current->maps.push_back({gpa, size});
            return gpa + 0x1000000 * current->maps.size();
        };
        object.dma_unmap = [](dma_window *, u64 address, u64 size) { current->unmaps.push_back({address, size}); };
        return object;
    }

    struct Range {
        u64 address, size;
    };
    static PageChunksTest *current;
    std::vector<Range> maps, unmaps;
    std::size_t room = ~std::size_t{0};
    const struct hcall_object handlers;
    GuestDma dma;
};
PageChunksTest *PageChunksTest::current = nullptr;

TEST_F(PageChunksTest, MapsEachPageOnceAndCutsItIntoChunks) {
    PageChunks chunks(dma, 65536, 2048, memory, 1 << 20);
    for (std::uint32_t i = 0; i < 64; ++i) {
        const auto chunk = chunks.take();
        ASSERT_TRUE(chunk);
        EXPECT_EQ(chunk->gpa, memory + 2048 * i);
        EXPECT_EQ(chunk->bus_address, chunk->gpa + 0x1000000 * (1 + i / 32));
        EXPECT_EQ(maps.size(), 1 + i / 32);
    }
    EXPECT_EQ(maps[0].size, 65536u);
    EXPECT_EQ(chunks.mapped_pages(), 2u);
}

TEST_F(PageChunksTest, UnmapsAPageWhenItsLastChunkComesBack) {
    PageChunks chunks(dma, 65536, 16384, memory, 1 << 20);
    std::vector<PageChunk> taken;
    for (unsigned i = 0; i < 4; ++i)
        taken.push_back(*chunks.take());
    for (const unsigned i : {2u, 0u, 3u}) {
        chunks.put(taken[i]);
        EXPECT_TRUE(unmaps.empty());
    }
    chunks.put(taken[1]);
    ASSERT_EQ(unmaps.size(), 1u);
    EXPECT_EQ(unmaps[0].address, taken[0].bus_address);
    EXPECT_EQ(unmaps[0].size, 65536u);
    EXPECT_EQ(chunks.mapped_pages(), 0u);
}

TEST_F(PageChunksTest, KeepsAPageOfWhichChunksAreStillToBeTaken) {
    PageChunks chunks(dma, 4096, 2048, memory, 1 << 16);
    chunks.put(*chunks.take());
    EXPECT_TRUE(unmaps.empty());
    chunks.put(*chunks.take());
    EXPECT_EQ(unmaps.size(), 1u);
    EXPECT_EQ(maps.size(), 1u);
}

TEST_F(PageChunksTest, MapsPagesTogetherForAChunkThatIsLarger) {
    PageChunks chunks(dma, 4096, 8192, memory, 1 << 16);
    chunks.put(*chunks.take());
    ASSERT_EQ(maps.size(), 1u);
    EXPECT_EQ(maps[0].size, 8192u);
    EXPECT_EQ(unmaps.size(), 1u);
}

TEST_F(PageChunksTest, HasNoChunkWithoutAPageOrAMapping) {
    PageChunks chunks(dma, 4096, 4096, memory, 3 * 4096);
    room = 2;
    const PageChunk first = *chunks.take();
    ASSERT_TRUE(chunks.take());
    EXPECT_FALSE(chunks.take()); // the window is full
    EXPECT_EQ(chunks.map_failures(), 1u);
    room = 100;
    ASSERT_TRUE(chunks.take());
    EXPECT_FALSE(chunks.take()); // every page is in use
    EXPECT_EQ(chunks.map_failures(), 1u);
    chunks.put(first);
    const auto again = chunks.take();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->gpa, first.gpa);
    EXPECT_NE(again->bus_address, first.bus_address);
}

} // namespace
} // namespace tcesim
