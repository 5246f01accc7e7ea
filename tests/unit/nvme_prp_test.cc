// SPDX-License-Identifier: Apache-2.0
// Commands, completions and lists of memory pages: what a driver writes is what a controller finds.
#include "models/device/nvme_prp.h"

#include <cstring>
#include <gtest/gtest.h>
#include <map>

namespace tcesim::nvme_prp_test {
namespace {

constexpr std::uint64_t page = nvme_page;
constexpr std::uint64_t lists = 0x7000000;

/// Lists in a memory of their own.
class Lists {
public:
    NvmePrps build(const std::vector<NvmeSegment> &segments) {
        std::uint64_t bytes = 0;
        for (const NvmeSegment &segment : segments)
            bytes += segment.bytes;
        std::vector<std::uint64_t> pages(
            nvme_list_pages(static_cast<std::uint32_t>(segments.front().ioba % page), bytes));
        for (std::size_t i = 0; i < pages.size(); ++i)
            pages[i] = lists + i * 3 * page; // not in a row
        return nvme_build_prps(segments, pages, [&](std::uint32_t number, std::uint32_t place, std::uint64_t entry) {
            EXPECT_LT(place, page / 8);
            EXPECT_TRUE(memory.emplace(pages[number] + 8 * place, entry).second);
        });
    }
    /// What a controller finds; reads of lists are counted.
    std::vector<NvmeSegment> walk(const NvmePrps &prps, std::uint32_t bytes) {
        NvmePrpWalk walk;
        walk.begin(prps, bytes);
        while (!walk.finished()) {
            const NvmeSegment list = walk.next_list();
            EXPECT_EQ(list.ioba / page, (list.ioba + list.bytes - 1) / page) << "a list does not leave its page";
            std::vector<std::uint64_t> entries;
            for (std::uint32_t at = 0; at < list.bytes; at += 8)
                entries.push_back(memory.at(list.ioba + at));
            reads.push_back(list.bytes / 8);
            walk.on_list(reinterpret_cast<const std::byte *>(entries.data()));
        }
        valid = walk.valid();
        return walk.pages();
    }

    std::map<std::uint64_t, std::uint64_t> memory;
    std::vector<std::uint32_t> reads; // entries of each
    bool valid = true;
};

/// The pages of a buffer that begins at \p first and has \p bytes, contiguous on the bus.
std::vector<NvmeSegment> expected(std::uint64_t first, std::uint32_t bytes) {
    std::vector<NvmeSegment> pages;
    for (std::uint64_t at = first; at < first + bytes; at = (at / page + 1) * page)
        pages.push_back({at, static_cast<std::uint32_t>(std::min((at / page + 1) * page, first + bytes) - at)});
    return pages;
}

bool operator==(const NvmeSegment &a, const NvmeSegment &b) {
    return a.ioba == b.ioba && a.bytes == b.bytes;
}

void expect_same(const std::vector<NvmeSegment> &found, const std::vector<NvmeSegment> &right) {
    ASSERT_EQ(found.size(), right.size());
    for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_TRUE(found[i] == right[i]) << i;
}

TEST(NvmePrp, OnePageStandsInPrp1) {
    Lists memory;
    const NvmePrps prps = memory.build({{0x10000, 4096}});
    EXPECT_EQ(prps.prp1, 0x10000u);
    EXPECT_EQ(prps.prp2, 0u);
    expect_same(memory.walk(prps, 4096), expected(0x10000, 4096));
    EXPECT_TRUE(memory.reads.empty());
}

TEST(NvmePrp, ASecondPageStandsInPrp2) {
    for (const std::uint32_t offset : {0u, 0x200u, 0xe00u}) {
        Lists memory;
        const std::uint32_t bytes = 8192 - offset;
        const NvmePrps prps = memory.build({{0x10000 + offset, bytes}});
        EXPECT_EQ(prps.prp1, 0x10000u + offset);
        EXPECT_EQ(prps.prp2, 0x11000u);
        expect_same(memory.walk(prps, bytes), expected(0x10000 + offset, bytes));
        EXPECT_TRUE(memory.memory.empty());
    }
}

TEST(NvmePrp, AnOffsetCanNeedOnePageMore) {
    Lists memory;
    const NvmePrps prps = memory.build({{0x10200, 8192}});
    EXPECT_EQ(prps.prp2, lists);
    expect_same(memory.walk(prps, 8192), expected(0x10200, 8192));
    EXPECT_EQ(memory.reads, (std::vector<std::uint32_t>{2}));
}

TEST(NvmePrp, AMebibyteTakesOneList) {
    Lists memory;
    const NvmePrps prps = memory.build({{0x100000, 1 << 20}});
    EXPECT_EQ(memory.memory.size(), 255u);
    expect_same(memory.walk(prps, 1 << 20), expected(0x100000, 1 << 20));
    EXPECT_EQ(memory.reads, (std::vector<std::uint32_t>{255}));
}

TEST(NvmePrp, ListsAreLinkedByTheirLastEntry) {
    // Pages of data, entries that the controller reads at a time.
    const std::pair<std::uint32_t, std::vector<std::uint32_t>> cases[] = {
        {513, {512}}, {514, {512, 2}}, {1024, {512, 512}}, {1025, {512, 512, 2}}};
    for (const auto &[pages, reads] : cases) {
        Lists memory;
        const std::uint32_t bytes = pages * 4096;
        const NvmePrps prps = memory.build({{0x1000000, bytes}});
        expect_same(memory.walk(prps, bytes), expected(0x1000000, bytes));
        EXPECT_EQ(memory.reads, reads) << pages;
        EXPECT_EQ(nvme_list_pages(0, bytes), reads.size()) << pages;
    }
}

TEST(NvmePrp, EveryNumberOfPagesAndEveryOffsetComesBack) {
    for (std::uint32_t pages = 1; pages <= 1600; pages += pages < 600 ? 1 : 37)
        for (const std::uint32_t offset : {0u, 512u, 4092u}) {
            Lists memory;
            const std::uint32_t bytes = pages * 4096 - 512;
            const NvmePrps prps = memory.build({{0x4000000 + offset, bytes}});
            expect_same(memory.walk(prps, bytes), expected(0x4000000 + offset, bytes));
            EXPECT_EQ(memory.reads.size(), nvme_list_pages(offset, bytes));
        }
}

TEST(NvmePrp, PiecesOfABufferLieAnywhere) {
    Lists memory;
    const NvmePrps prps = memory.build({{0x30800, 0x800}, {0x90000, 0x2000}, {0x10000, 0x1800}});
    expect_same(memory.walk(prps, 0x4000),
                {{0x30800, 0x800}, {0x90000, 0x1000}, {0x91000, 0x1000}, {0x10000, 0x1000}, {0x11000, 0x800}});
}

TEST(NvmePrp, AListMayBeginInsideItsPage) {
    Lists memory;
    // The two last entries of a page: one page of data, then the link.
    memory.memory[lists + 0xff0] = 0x21000;
    memory.memory[lists + 0xff8] = lists + 0x5000;
    memory.memory[lists + 0x5000] = 0x99000;
    memory.memory[lists + 0x5008] = 0x55000;
    expect_same(memory.walk({0x20000, lists + 0xff0}, 4 * 4096),
                {{0x20000, 4096}, {0x21000, 4096}, {0x99000, 4096}, {0x55000, 4096}});
    EXPECT_EQ(memory.reads, (std::vector<std::uint32_t>{2, 2}));
    EXPECT_TRUE(memory.valid);
}

TEST(NvmePrp, OffsetsWhereNoneMayBeAreFound) {
    Lists memory;
    memory.walk({0x20002, 0}, 512);
    EXPECT_FALSE(memory.valid) << "PRP1 is not aligned to four bytes";
    memory.walk({0x20000, 0x21200}, 8192);
    EXPECT_FALSE(memory.valid) << "the second page has an offset";
    memory.walk({0x20000, lists + 4}, 4 * 4096);
    EXPECT_FALSE(memory.valid) << "the list is not aligned to eight bytes";
    memory.memory = {{lists, 0x30000}, {lists + 8, 0x31008}, {lists + 16, 0x32000}};
    memory.walk({0x20000, lists}, 4 * 4096);
    EXPECT_FALSE(memory.valid) << "an entry has an offset";
    memory.memory = {{lists + 0xff8, lists + 0x108}};
    memory.walk({0x20000, lists + 0xff8}, 4 * 4096);
    EXPECT_FALSE(memory.valid) << "a linked list has an offset";
}

TEST(NvmeCommand, ComesBack) {
    NvmeCommand command;
    command.opcode = static_cast<std::uint8_t>(NvmeOpcode::write);
    command.identifier = 0xabcd;
    command.prp1 = 0x123456789000;
    command.prp2 = 0xfedcba987000;
    command.first_block = 0x1122334455;
    command.blocks = 65536;
    const NvmeCommandBytes bytes = nvme_encode(command);
    const NvmeCommand back = nvme_decode_command(bytes.data());
    EXPECT_EQ(back.opcode, 1);
    EXPECT_EQ(back.identifier, 0xabcd);
    EXPECT_EQ(back.name_space, 1u);
    EXPECT_EQ(back.prp1, command.prp1);
    EXPECT_EQ(back.prp2, command.prp2);
    EXPECT_EQ(back.first_block, command.first_block);
    EXPECT_EQ(back.blocks, 65536u);
    // Places of the specification.
    EXPECT_EQ(bytes[0], std::byte{1});
    EXPECT_EQ(bytes[2], std::byte{0xcd});
    EXPECT_EQ(bytes[25], std::byte{0x90});
    EXPECT_EQ(bytes[40], std::byte{0x55});
    EXPECT_EQ(bytes[48], std::byte{0xff});
    EXPECT_EQ(bytes[50], std::byte{0});
}

TEST(NvmeCompletion, CarriesPhaseAndStatus) {
    for (const bool phase : {true, false}) {
        const NvmeCompletionBytes bytes = nvme_encode({7, 3, 0x1234, NvmeStatus::lba_out_of_range}, phase);
        EXPECT_EQ(nvme_phase(bytes.data()), phase);
        const NvmeCompletion back = nvme_decode_completion(bytes.data());
        EXPECT_EQ(back.head, 7);
        EXPECT_EQ(back.queue, 3);
        EXPECT_EQ(back.identifier, 0x1234);
        EXPECT_EQ(back.status, NvmeStatus::lba_out_of_range);
        EXPECT_EQ(bytes[14], std::byte{phase});
        EXPECT_EQ(bytes[15], std::byte{1}) << "80h in bits 31:17";
    }
}

TEST(NvmeDoorbell, StandsOnEightBytes) {
    EXPECT_EQ(nvme_tail_doorbell(1), 0x1010u);
    EXPECT_EQ(nvme_head_doorbell(1), 0x1018u);
    EXPECT_EQ(nvme_tail_doorbell(16), 0x1100u);
}

} // namespace
} // namespace tcesim::nvme_prp_test
