// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "hcall/abi.h"
#include "tests/unit/phb_bench.h"

namespace tcesim {
namespace {

static_assert(phb_register::kill_all == PHB3_KILL_ALL && phb_register::kill_pe == PHB3_KILL_PE &&
                  phb_register::kill_one == PHB3_KILL_ONE &&
                  phb_register::kill_by_tce_address == P7IOC_KILL_BY_ADDRESS &&
                  phb_register::tce_kill == PHB_TCE_KILL_OFFSET,
              "the handlers and the bridge mean the same register");

constexpr std::uint64_t old_page = 0x800000, new_page = 0xa00000;

/// A bench whose page 0x5000 is cached as old_page and points to new_page in memory.
class Kill : public testing::Test {
protected:
    void SetUp() override { prepare(bench); }
    static void prepare(PhbBench &bench) {
        poke64(old_page, 1);
        poke64(new_page, 2);
        PhbBench::map(0x5000, old_page);
        bench.timed_read(0x5000, 8);
        PhbBench::map(0x5000, new_page);
    }
    static std::uint64_t seen(PhbBench &bench, std::uint64_t ioba = 0x5000) {
        bench.timed_read(ioba, 8);
        return bench.word(bench.reads.size() - 1);
    }
    PhbBench bench;
};

TEST_F(Kill, WithoutOneTheOldTranslationIsUsed) {
    EXPECT_EQ(seen(bench), 1u);
    EXPECT_TRUE(bench.accesses.back().from_cache);
    EXPECT_LT(bench.accesses.back().sampled_at, bench.accesses.back().arrived_at);
}

TEST_F(Kill, OneDropsTheLineOfItsPage) {
    bench.kill_one(0x5000);
    bench.run();
    EXPECT_EQ(seen(bench), 2u);
    EXPECT_EQ(bench.phb.counters().kills_one, 1u);
    ASSERT_EQ(bench.kills.size(), 1u);
    EXPECT_EQ(bench.kills[0].address, 0x5000u);
    EXPECT_EQ(bench.kills[0].pe, bench_pe);
}

TEST_F(Kill, OneOfAnotherLineOrPeLeavesIt) {
    bench.kill_one(0x5000 + 16 * 4096);
    bench.kill_store(phb_register::kill_one | 0x5000 | (bench_pe + 1));
    bench.kill_store(phb_register::kill_pe | (bench_pe + 1));
    bench.run();
    EXPECT_EQ(seen(bench), 1u);
}

TEST_F(Kill, Pe) {
    bench.kill_store(phb_register::kill_pe | bench_pe);
    bench.run();
    EXPECT_EQ(seen(bench), 2u);
    EXPECT_EQ(bench.phb.counters().kills_pe, 1u);
}

TEST_F(Kill, All) {
    bench.kill_store(phb_register::kill_all);
    bench.run();
    EXPECT_EQ(seen(bench), 2u);
    EXPECT_EQ(bench.phb.counters().kills_all, 1u);
}

TEST_F(Kill, ReprogrammingTheTveForgetsItsTable) {
    bench.phb.set_tve(2 * bench_pe, bench_tve);
    EXPECT_EQ(seen(bench), 2u);
}

TEST(KillP7ioc, ByTheAddressOfTheTce) {
    PhbParameters parameters = bench_phb();
    parameters.generation = PhbGeneration::p7ioc;
    parameters.pe_count = 128;
    PhbBench bench(parameters);
    PhbBench::map(0x4000, old_page, 2);
    bench.timed_read(0x4000, 8);
    PhbBench::map(0x4000, new_page, 2);
    bench.kill_store(phb_register::kill_by_tce_address | (bench_table + 16 * 8)); // another line
    bench.run();
    bench.timed_read(0x4000, 8);
    EXPECT_EQ(bench.accesses.back().hpa, old_page);
    bench.kill_store(phb_register::kill_by_tce_address | (bench_table + 5 * 8));
    bench.run();
    bench.timed_read(0x4000, 8);
    EXPECT_EQ(bench.accesses.back().hpa, new_page);
}

TEST(KillPhb4, FirmwareWaitsForTheServiceOfEveryPage) {
    PhbParameters parameters = bench_phb();
    parameters.generation = PhbGeneration::phb4;
    PhbBench bench(parameters);
    PhbBench::map(0, old_page, 64);
    for (std::uint64_t page = 0; page < 64; page += 16)
        bench.timed_read(page * 4096, 8);
    PhbBench::map(0, new_page, 64);
    const ps_t now = bench.timeline.now();
    EXPECT_EQ(bench.phb.kill(TceKillKind::one, bench_pe, 12, 16 * 4096, 32), now + 32 * parameters.kill_service);
    for (std::uint64_t page = 0; page < 64; page += 16) {
        bench.timed_read(page * 4096, 8);
        EXPECT_EQ(bench.accesses.back().hpa, (page == 16 || page == 32 ? new_page : old_page) + page * 4096);
    }
    bench.phb.kill(TceKillKind::pe, bench_pe, 12, 0, 0);
    bench.timed_read(0, 8);
    EXPECT_EQ(bench.accesses.back().hpa, new_page);
}

/// Kills arriving at every instant around a walk: the walk's own read may use either mapping, as
/// the sample decides; a read that arrives after the kill never uses the old one.
TEST(KillDuringWalk, NoRequestAfterTheKillUsesWhatItKilled) {
    const PhbParameters parameters = bench_phb();
    bool old_seen = false, new_seen = false;
    for (ps_t delay = 0; delay < 1'000'000; delay += 10'000) {
        PhbBench bench;
        PhbBench::map(0x1ff00000, old_page);
        bench.timed_read(0x1ff00000, 8); // the PE is known
        PhbBench::map(0x5000, old_page);
        const std::size_t first = bench.read(0x5000, 8);
        bench.run_until(bench.timeline.now() + delay);
        PhbBench::map(0x5000, new_page);
        bench.kill_one(0x5000);
        const ps_t accepted = bench.timeline.now() + parameters.mmio_flight;
        bench.run_until(accepted + 1000);
        bench.read(0x5000, 8);
        bench.run();
        ASSERT_FALSE(bench.reads[first].failed);
        for (const DmaAccess &access : bench.accesses) {
            if (access.ioba != 0x5000)
                continue;
            old_seen |= access.hpa == old_page;
            new_seen |= access.hpa == new_page && access.arrived_at < accepted;
            if (access.arrived_at >= accepted) {
                EXPECT_EQ(access.hpa, new_page) << "delay " << delay;
            }
        }
    }
    EXPECT_TRUE(old_seen);
    EXPECT_TRUE(new_seen);
}

TEST(KillDuringWalk, BetweenSampleAndFillTheReadFinishesAndNothingIsCached) {
    PhbBench bench;
    const PhbParameters &phb = bench.phb.parameters();
    PhbBench::map(0x1ff00000, old_page);
    bench.timed_read(0x1ff00000, 8);
    PhbBench::map(0x5000, old_page);
    const std::size_t first = bench.read(0x5000, 8);
    const ps_t arrival = bench.timeline.now() + bench.link.rate().time(24) + bench.link.parameters().flight;
    const ps_t sample = arrival + phb.pipeline + phb.memory_read / 2;
    bench.run_until(sample + 50'000 - phb.mmio_flight);
    bench.kill_one(0x5000);
    bench.run_until(sample + 10'000);
    PhbBench::map(0x5000, new_page);
    const std::uint64_t walks = bench.phb.counters().walks;
    bench.run();
    EXPECT_FALSE(bench.reads[first].failed);
    EXPECT_EQ(bench.accesses.back().hpa, old_page);
    EXPECT_EQ(bench.accesses.back().sampled_at, sample);
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().hpa, new_page);
    EXPECT_EQ(bench.phb.counters().walks, walks + 1);
}

TEST(KillDuringWalk, AMappingMadeAfterTheSampleDoesNotFault) {
    PhbBench bench;
    PhbBench::map(0x1ff00000, old_page);
    bench.timed_read(0x1ff00000, 8);
    PhbBench::map(0x5000, old_page);
    bench.timed_read(0x5000, 8);     // caches the line while 0x6000 is unmapped
    PhbBench::map(0x6000, new_page); // and nobody kills
    bench.timed_read(0x6000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::none);
    EXPECT_EQ(bench.accesses.back().hpa, new_page);
    PhbBench::unmap(0x7000);
    bench.timed_read(0x7000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::page_fault);
}

TEST(KillQueue, HoldsTheStoreWhileItIsFull) {
    PhbParameters parameters = bench_phb();
    parameters.kill_queue = 4;
    PhbBench bench(parameters);
    for (unsigned n = 0; n < 4; ++n)
        EXPECT_EQ(bench.kill_store(phb_register::kill_one | bench_pe), 0u);
    // The fifth finds four places taken; the first is free again after one service time.
    EXPECT_EQ(bench.kill_store(phb_register::kill_one | bench_pe), parameters.kill_service);
    EXPECT_EQ(bench.kill_store(phb_register::kill_one | bench_pe), 2 * parameters.kill_service);
    EXPECT_EQ(bench.phb.counters().kill_stalls, 2u);
    bench.run();
    ASSERT_EQ(bench.kills.size(), 6u);
    EXPECT_EQ(bench.kills[3].accepted_at, parameters.mmio_flight);
    EXPECT_EQ(bench.kills[5].accepted_at, parameters.mmio_flight + 2 * parameters.kill_service);
}

TEST(KillQueue, SustainsOneKillPerServiceTime) {
    KillQueue queue(16, 40'000);
    ps_t accepted = 0;
    for (unsigned n = 0; n < 1016; ++n)
        accepted = queue.accept(accepted);
    EXPECT_EQ(accepted, 1000u * 40'000);
}

TEST(KillQueue, IsNeverFullAtALowerRate) {
    KillQueue queue(1, 40'000);
    for (ps_t when = 0; when < 10'000'000; when += 40'000)
        EXPECT_EQ(queue.accept(when), when);
}

} // namespace
} // namespace tcesim
