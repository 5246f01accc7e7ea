// SPDX-License-Identifier: Apache-2.0
// What PCI Express forbids: a read request that passes a posted write of its traffic class.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "models/kernel/random_stream.h"
#include "tests/unit/phb_bench.h"

namespace tcesim {
namespace {

constexpr std::uint64_t far_page = 0x100000, near_page = 0x200000, memory_of_bench = 0x2000000;

TEST(PcieOrder, AReadFindsWhatAWriteThatWaitsForACreditBrings) {
    LinkParameters link = test_link();
    link.posted_credits = 1;
    PhbBench bench(bench_phb(), link);
    PhbBench::map(near_page, memory_of_bench, 1);
    bench.timed_read(near_page, 8); // the translation is cached
    bench.write64(near_page + 64, 1);
    bench.write64(near_page, 2); // no credit left
    const std::size_t read = bench.read(near_page, 8);
    bench.run();
    EXPECT_EQ(bench.word(read), 2u);
}

TEST(PcieOrder, AReadOfAnEngineApartIsNotBehindWritesThatWaitInTheDevice) {
    LinkParameters link = test_link();
    link.posted_credits = 1;
    PhbBench bench(bench_phb(), link);
    const unsigned apart =
        bench.requester.add_queue(bench, 0, DmaRequester::Handover::in_order, DmaRequester::Engine::apart);
    PhbBench::map(near_page, memory_of_bench, 1);
    bench.timed_read(near_page, 8);
    for (unsigned i = 0; i < 100; ++i)
        bench.write64(near_page + 64, i);
    const std::size_t behind = bench.read(near_page, 8), read = bench.read(near_page, 8, apart);
    bench.run();
    EXPECT_LT(bench.finished[&bench.reads[read]] + 10 * microsecond, bench.finished[&bench.reads[behind]]);
}

TEST(PcieOrder, AReadFindsWhatAWriteBehindAWalkBrings) {
    PhbParameters phb = bench_phb();
    phb.tce_fetch = 10 * phb.memory_read;
    PhbBench bench(phb);
    PhbBench::map(far_page, memory_of_bench + 4096);
    PhbBench::map(near_page, memory_of_bench);
    bench.timed_read(near_page, 8); // cached, the other one is not
    bench.write64(far_page, 1);     // walks
    bench.write64(near_page, 2);    // translated at once, performed after the one before
    const std::size_t read = bench.read(near_page, 8);
    bench.run();
    EXPECT_EQ(bench.word(read), 2u);
}

/// Two bus addresses of one page: the read needs no walk, the write does.
TEST(PcieOrder, AReadFindsWhatAWriteThroughAnotherMappingBrings) {
    PhbParameters phb = bench_phb();
    phb.tce_fetch = 10 * phb.memory_read;
    PhbBench bench(phb);
    PhbBench::map(far_page, memory_of_bench);
    PhbBench::map(near_page, memory_of_bench);
    bench.timed_read(near_page, 8);
    bench.write64(far_page, 2);
    const std::size_t read = bench.read(near_page, 8);
    bench.run();
    EXPECT_EQ(bench.word(read), 2u);
}

TEST(PcieOrder, AWriteThatIsRefusedHoldsNoReadForEver) {
    PhbBench bench;
    PhbBench::map(near_page, memory_of_bench);
    bench.timed_read(near_page, 8);
    bench.write64(far_page, 1); // not mapped: freezes the PE
    const std::size_t read = bench.read(near_page, 8);
    bench.run();
    EXPECT_TRUE(bench.phb.dma_frozen(bench_pe));
    EXPECT_TRUE(bench.finished.count(&bench.reads[read]));
}

TEST(PcieOrder, AReadBeforeAWriteMayFindEither) {
    PhbBench bench;
    PhbBench::map(near_page, memory_of_bench);
    const std::size_t read = bench.read(near_page, 8);
    bench.write64(near_page, 2); // posted writes may pass reads
    bench.run();
    EXPECT_TRUE(bench.word(read) == 0 || bench.word(read) == 2);
}

/// A write that is translated at once keeps a read behind it no longer than the way through the bridge.
TEST(PcieOrder, ReadsBehindWritesThatHitTakeAsLongAsAlone) {
    PhbBench bench;
    PhbBench::map(near_page, memory_of_bench, 1);
    bench.timed_read(near_page, 8);
    const ps_t alone = bench.timed_read(near_page, 8);
    bench.write64(near_page, 2);
    const ps_t serialisation = bench.link.rate().time(memory_write_overhead + 8);
    EXPECT_EQ(bench.timed_read(near_page, 8), alone + serialisation);
}

struct Bridge {
    bool ordered_reads, merged_walks;
};
class RandomOrder : public testing::TestWithParam<Bridge> {};
INSTANTIATE_TEST_SUITE_P(PcieOrder, RandomOrder,
                         testing::Values(Bridge{false, false}, Bridge{false, true}, Bridge{true, false},
                                         Bridge{true, true}));

/// Random reads and writes of words that the TCE cache holds and of more than it holds, with few credits.
TEST_P(RandomOrder, EachReadFindsTheLastWriteBeforeIt) {
    PhbParameters phb = bench_phb();
    phb.tce_fetch = 5 * phb.memory_read;
    phb.ordered_reads = GetParam().ordered_reads;
    phb.merged_walks = GetParam().merged_walks;
    LinkParameters link = test_link();
    link.posted_credits = 3;
    PhbBench bench(phb, link);
    constexpr std::uint32_t hot_words = 4, words = 200, pages_of_line = 16;
    PhbBench::map(0, memory_of_bench, words * pages_of_line);
    RandomStream random("pcie_order", 1);
    std::map<std::uint32_t, std::uint64_t> last;
    std::vector<std::pair<std::size_t, std::uint64_t>> expected;
    std::uint64_t value = 0;
    for (unsigned round = 0; round < 200; ++round) {
        std::set<std::uint32_t> reading; // these are not written: a write may pass a read
        for (unsigned i = 0; i < 16; ++i) {
            const std::uint32_t word = random.below(random.below(2) ? hot_words : words);
            const std::uint64_t ioba = std::uint64_t{word} * pages_of_line * 4096;
            if (random.below(2)) {
                reading.insert(word);
                expected.emplace_back(bench.read(ioba, 8), last[word]);
            } else if (!reading.count(word)) {
                bench.write64(ioba, last[word] = ++value);
            }
        }
        bench.run();
    }
    for (const auto &[read, content] : expected)
        EXPECT_EQ(bench.word(read), content);
}

} // namespace
} // namespace tcesim
