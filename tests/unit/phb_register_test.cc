// SPDX-License-Identifier: Apache-2.0
// What a CPU sees of the bridge: registers that it loads and stores.
#include <gtest/gtest.h>

#include "tests/unit/phb_bench.h"

namespace tcesim::phb_register_test {
namespace {

using namespace phb_register;

PhbParameters phb4() {
    PhbParameters parameters = bench_phb();
    parameters.generation = PhbGeneration::phb4;
    parameters.pe_count = 512;
    return parameters;
}

TEST(PhbRegister, VersionTellsTheGeneration) {
    const std::pair<PhbGeneration, std::uint64_t> versions[] = {
        {PhbGeneration::phb3, 0xa300000005}, {PhbGeneration::phb4, 0xa400000002}, {PhbGeneration::phb5, 0xa500000002}};
    for (const auto &[generation, value] : versions) {
        PhbParameters parameters = bench_phb();
        parameters.generation = generation;
        PhbBench bench(parameters);
        EXPECT_EQ(bench.load(version), value);
    }
}

TEST(PhbRegister, TheKillRegisterIsIdleWhileThereIsRoom) {
    PhbParameters parameters = phb4();
    parameters.kill_queue = 2;
    parameters.kill_service = 1'000'000;
    PhbBench bench(parameters);
    EXPECT_EQ(bench.load(tce_kill) & kill_commands, 0u);
    EXPECT_EQ(bench.load(quiesce), 0u);
    bench.store(tce_kill, kill_one | 0x5000 | bench_pe);
    EXPECT_EQ(bench.load(tce_kill) & kill_commands, 0u);
    EXPECT_EQ(bench.load(quiesce), quiesce_kill_busy);
    bench.store(tce_kill, kill_one | 0x6000 | bench_pe);
    EXPECT_EQ(bench.load(tce_kill) & kill_commands, kill_one) << "both places are taken";
    bench.run_until(bench.timeline.now() + 1'000'000);
    EXPECT_EQ(bench.load(tce_kill) & kill_commands, 0u);
    EXPECT_EQ(bench.load(quiesce), quiesce_kill_busy);
    bench.run_until(bench.timeline.now() + 1'000'000);
    EXPECT_EQ(bench.load(quiesce), 0u);
}

TEST(PhbRegister, AReadSynchronisationWaitsForTheReadsBeforeItAlone) {
    PhbBench bench(phb4());
    PhbBench::map(0, 0x800000, 64);
    bench.timed_read(0, 8);
    EXPECT_EQ(bench.load(dma_read_sync), dma_read_sync_complete);
    bench.read(0x20000, 8); // a miss
    bench.run_until(bench.timeline.now() + 200'000);
    bench.store(dma_read_sync, dma_read_sync_start);
    EXPECT_EQ(bench.load(dma_read_sync), 0u);
    ps_t end = 0;
    while (!end) { // new reads come all the time
        bench.read(0, 8);
        if (bench.load(dma_read_sync) == dma_read_sync_complete)
            end = bench.timeline.now();
        ASSERT_LT(bench.timeline.now(), 100'000 * microsecond);
    }
    bench.run();
    const ps_t answered = bench.finished[&bench.reads[1]];
    EXPECT_LT(end, answered + 200'000);
    EXPECT_GT(end + 200'000, answered);
}

/// Bench of a PHB4 with a page of each size of the window cached, all of whose entries then change.
class Phb4Kill : public testing::Test {
protected:
    void cache(PhbBench &bench, std::uint32_t page_shift, std::uint64_t pages) {
        bench.phb.set_tve(2 * bench_pe, (bench_table >> 12 << 16) | 9 << 8 | (page_shift - 11));
        for (std::uint64_t page = 0; page < pages; ++page)
            poke64(bench_table + 8 * page, 0 << page_shift | 3);
        for (std::uint64_t page = 0; page < pages; ++page)
            bench.timed_read(page << page_shift, 8);
    }
    static bool hits(PhbBench &bench, std::uint64_t ioba) {
        bench.timed_read(ioba, 8);
        return bench.accesses.back().from_cache;
    }
    static PhbParameters single() {
        PhbParameters parameters = phb4();
        parameters.tce_line_bytes = 8;
        return parameters;
    }
};

TEST_F(Phb4Kill, NamesThePageSize) {
    const std::pair<std::uint32_t, std::uint64_t> sizes[] = {
        {12, 0}, {16, kill_page_size | 0x1000}, {21, kill_page_size | 0x2000}, {30, kill_page_size | 0x3000}};
    for (const auto &[shift, size] : sizes) {
        PhbBench bench(single());
        cache(bench, shift, 4);
        bench.store(tce_kill, kill_one | 2ULL << shift | size | bench_pe);
        bench.run();
        ASSERT_EQ(bench.kills.size(), 1u);
        EXPECT_EQ(bench.kills[0].address, 2ULL << shift);
        EXPECT_EQ(bench.kills[0].pe, bench_pe);
        for (const std::uint64_t page : {0, 1, 3})
            EXPECT_TRUE(hits(bench, page << shift)) << shift << " " << page;
        EXPECT_FALSE(hits(bench, 2ULL << shift)) << shift;
    }
}

TEST_F(Phb4Kill, ALargePageIsAllPagesOfTheTableInIt) {
    PhbBench bench(single());
    cache(bench, 12, 48);
    bench.store(tce_kill, kill_one | kill_page_size | 0x1000 | 0x10000 | bench_pe);
    bench.run();
    for (std::uint64_t page = 0; page < 48; ++page)
        EXPECT_EQ(hits(bench, page << 12), page < 16 || page >= 32) << page;
}

TEST_F(Phb4Kill, PesHaveNineBits) {
    PhbBench bench(single());
    cache(bench, 12, 1);
    bench.store(tce_kill, kill_pe | 0x100 | bench_pe);
    bench.run();
    EXPECT_EQ(bench.kills.at(0).pe, 0x100 | bench_pe);
    EXPECT_TRUE(hits(bench, 0));
    bench.store(tce_kill, kill_pe | bench_pe);
    bench.run();
    EXPECT_FALSE(hits(bench, 0));
}

} // namespace
} // namespace tcesim::phb_register_test
