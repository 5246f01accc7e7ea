// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/phb_bench.h"

namespace tcesim {
namespace {

constexpr std::uint64_t data = 0x800000;

/// Time of a read of up to MPS bytes but for the translation.
ps_t read_time(const PhbBench &bench, std::uint32_t bytes) {
    const PhbParameters &phb = bench.phb.parameters();
    return bench.link.rate().time(24) + bench.link.parameters().flight + phb.pipeline + phb.memory_read + phb.pipeline +
           bench.link.rate().time(20 + bytes) + bench.link.parameters().flight;
}

/// Looks the PE up, which costs the first access of a device one memory read more.
void warm_up_pe(PhbBench &bench) {
    PhbBench::map(0x1ff00000, data);
    bench.timed_read(0x1ff00000, 8);
}

TEST(Phb, MissHitAndFirstAccessTakeTheTimesOfTheirFormulas) {
    PhbBench bench;
    const ps_t memory_read = bench.phb.parameters().memory_read;
    PhbBench::map(0x5000, data);
    EXPECT_EQ(bench.timed_read(0x5000, 64), read_time(bench, 64) + 2 * memory_read); // RTT, TCE
    EXPECT_EQ(bench.timed_read(0x5000, 64), read_time(bench, 64));
    PhbBench::map(0x100000, data);
    EXPECT_EQ(bench.timed_read(0x100000, 64), read_time(bench, 64) + memory_read);
}

class Levels : public testing::TestWithParam<unsigned> {};

/// Tables of 4 KiB (512 entries) on every level, mapping \p ioba to data.
std::uint64_t build_tables(unsigned levels, std::uint64_t ioba) {
    std::uint64_t table = 0x200000;
    const std::uint64_t top = table;
    for (unsigned left = levels; left-- > 0; table += 0x1000) {
        const std::uint64_t index = ioba >> (12 + 9 * left) & 511;
        poke64(table + 8 * index, (left ? table + 0x1000 : data) | 3);
    }
    return (top >> 12 << 16) | (levels - 1) << 13 | 1 << 8 | 1;
}

TEST_P(Levels, EachLevelCostsOneMemoryRead) {
    PhbBench bench;
    warm_up_pe(bench);
    const std::uint64_t ioba = 0x123456789000 & ((1ULL << (12 + 9 * GetParam())) - 1);
    bench.phb.set_tve(2 * bench_pe, build_tables(GetParam(), ioba));
    poke64(data, 0x1122334455667788);
    const std::uint64_t reads_before = bench.phb.counters().memory_reads;
    EXPECT_EQ(bench.timed_read(ioba, 64), read_time(bench, 64) + GetParam() * bench.phb.parameters().memory_read);
    EXPECT_EQ(bench.word(bench.reads.size() - 1), 0x1122334455667788u);
    EXPECT_EQ(bench.phb.counters().memory_reads - reads_before, GetParam());
    EXPECT_EQ(bench.timed_read(ioba, 64), read_time(bench, 64));
}

TEST_P(Levels, AnAddressBeyondTheTableFaults) {
    PhbBench bench;
    const std::uint64_t ioba = 0x5000;
    bench.phb.set_tve(2 * bench_pe, build_tables(GetParam(), ioba));
    bench.read(ioba | 1ULL << (12 + 9 * GetParam()), 8);
    bench.run();
    ASSERT_EQ(bench.accesses.size(), 1u);
    EXPECT_EQ(bench.accesses[0].fault, DmaFault::out_of_window);
}

TEST_P(Levels, AMissingDirectoryEntryFaults) {
    PhbBench bench;
    const std::uint64_t ioba = 0x5000;
    bench.phb.set_tve(2 * bench_pe, build_tables(GetParam(), ioba));
    poke64(0x200000 + 8 * (ioba >> (12 + 9 * (GetParam() - 1)) & 511), 0);
    bench.read(ioba, 8);
    bench.run();
    ASSERT_EQ(bench.accesses.size(), 1u);
    EXPECT_EQ(bench.accesses[0].fault, DmaFault::page_fault);
}

INSTANTIATE_TEST_SUITE_P(Phb, Levels, testing::Values(1u, 2u, 3u, 4u, 5u));

TEST(Phb, OneLineServesItsSixteenPages) {
    PhbBench bench;
    PhbBench::map(0, data, 64);
    for (std::uint64_t page = 0; page < 64; ++page)
        bench.timed_read(page * 4096, 8);
    EXPECT_EQ(bench.phb.counters().walks, 4u);
    EXPECT_EQ(bench.phb.counters().hits, 60u);
    EXPECT_EQ(bench.phb.counters().misses, 4u);
    EXPECT_EQ(bench.phb.counters().translations, 64u);
}

TEST(Phb, RequestsToALineBeingWalkedWaitForThatWalk) {
    PhbBench bench;
    warm_up_pe(bench);
    PhbBench::map(0, data, 16);
    const std::uint64_t walks = bench.phb.counters().walks;
    for (std::uint64_t page = 0; page < 16; ++page)
        bench.read(page * 4096, 8);
    bench.run();
    EXPECT_EQ(bench.phb.counters().walks - walks, 1u);
    for (const DmaAccess &access : bench.accesses)
        EXPECT_EQ(access.fault, DmaFault::none);
}

TEST(Phb, WithoutMergingEachRequestWalksForItself) {
    PhbParameters parameters = bench_phb();
    parameters.merged_walks = false;
    PhbBench bench(parameters);
    warm_up_pe(bench);
    PhbBench::map(0, data, 16);
    const std::uint64_t walks = bench.phb.counters().walks;
    for (unsigned n = 0; n < 5; ++n)
        bench.read(0x3000, 8);
    bench.run();
    EXPECT_EQ(bench.phb.counters().walks - walks, 5u);
    EXPECT_EQ(bench.timed_read(0x4000, 8), read_time(bench, 8)) << "they have left their line in the cache";
    for (const DmaAccess &access : bench.accesses)
        EXPECT_EQ(access.fault, DmaFault::none);
}

/// Walkers and tags that there are, and walks that go on at a time.
struct Limits {
    std::uint32_t walkers, tags, at_a_time;
};
class WalkLimits : public testing::TestWithParam<Limits> {};

TEST_P(WalkLimits, WalksBeyondThemWait) {
    PhbParameters parameters = bench_phb();
    parameters.tce_walkers = GetParam().walkers;
    parameters.tce_tags = GetParam().tags;
    PhbBench bench(parameters);
    warm_up_pe(bench);
    for (std::uint64_t line = 0; line < 8; ++line)
        PhbBench::map(line * 16 * 4096, data);
    const ps_t start = bench.timeline.now();
    for (std::uint64_t line = 0; line < 8; ++line)
        bench.read(line * 16 * 4096, 8);
    bench.run();
    const ps_t last = bench.finished[&bench.reads.back()];
    EXPECT_NEAR(static_cast<double>(last - start),
                static_cast<double>(read_time(bench, 8) + 8 / GetParam().at_a_time * parameters.tce_fetch), 100'000.0);
    for (const DmaRead &read : bench.reads)
        EXPECT_FALSE(read.failed);
}

INSTANTIATE_TEST_SUITE_P(Phb, WalkLimits,
                         testing::Values(Limits{2, 2, 2}, Limits{2, 32, 2}, Limits{32, 2, 2}, Limits{4, 1, 1},
                                         Limits{1, 4, 1}, Limits{32, 4, 4}));

/// A walk gives its tag back after each level: two walks of four levels share one tag level by level.
TEST(Phb, WalksShareATagLevelByLevel) {
    PhbParameters parameters = bench_phb();
    parameters.tce_tags = 1;
    PhbBench bench(parameters);
    warm_up_pe(bench);
    bench.phb.set_tve(2 * bench_pe, build_tables(4, 0x5000));
    poke64(0x203000 + 8 * 0x25, data | 3); // another line of the same table
    const ps_t start = bench.timeline.now();
    const std::size_t first = bench.read(0x5000, 8), second = bench.read(0x25000, 8);
    bench.run();
    const ps_t alone = read_time(bench, 8) + 4 * parameters.tce_fetch;
    EXPECT_EQ(bench.finished[&bench.reads[first]] - start, alone + 3 * parameters.tce_fetch);
    EXPECT_EQ(bench.finished[&bench.reads[second]] - start, alone + 4 * parameters.tce_fetch);
}

TEST(Phb, TablesAndDataAreReadAtTheirOwnSpeeds) {
    PhbParameters parameters = bench_phb();
    parameters.tce_fetch = 170'001;
    PhbBench bench(parameters);
    warm_up_pe(bench);
    bench.phb.set_tve(2 * bench_pe, build_tables(3, 0x5000));
    EXPECT_EQ(bench.timed_read(0x5000, 64), read_time(bench, 64) + 3 * parameters.tce_fetch);
    EXPECT_EQ(bench.timed_read(0x5000, 64), read_time(bench, 64));
}

TEST(Phb, AHitPassesAMissUnlessAnswersAreOrdered) {
    for (const bool ordered : {false, true}) {
        PhbParameters parameters = bench_phb();
        parameters.ordered_reads = ordered;
        PhbBench bench(parameters);
        warm_up_pe(bench);
        PhbBench::map(0x5000, data);
        PhbBench::map(0x100000, data);
        bench.timed_read(0x5000, 8);
        // The device hands data over in the order of its reads within a queue: the bridge's order shows in two.
        const unsigned other_queue = bench.requester.add_queue(bench, 0);
        const ps_t start = bench.timeline.now();
        const DmaRead &miss = bench.reads[bench.read(0x100000, 8)];
        const DmaRead &hit = bench.reads[bench.read(0x5000, 8, other_queue)];
        bench.run();
        EXPECT_EQ(bench.finished[&miss] - start, read_time(bench, 8) + parameters.tce_fetch);
        const ps_t request = bench.link.rate().time(24), completion = bench.link.rate().time(28);
        if (ordered)
            EXPECT_EQ(bench.finished[&hit], bench.finished[&miss] + completion);
        else
            EXPECT_EQ(bench.finished[&hit] - start, read_time(bench, 8) + request);
    }
}

/// Refused reads keep their place among the answers too.
TEST(Phb, OrderedAnswersIncludeFailures) {
    PhbParameters parameters = bench_phb();
    parameters.ordered_reads = true;
    PhbBench bench(parameters);
    warm_up_pe(bench);
    PhbBench::map(0x5000, data);
    const unsigned other_queue = bench.requester.add_queue(bench, 0);
    const DmaRead &good = bench.reads[bench.read(0x5000, 8)];
    const DmaRead &bad = bench.reads[bench.read(1ULL << 59, 8, other_queue)]; // no such window: known at once
    bench.run();
    EXPECT_FALSE(good.failed);
    EXPECT_TRUE(bad.failed);
    EXPECT_LT(bench.finished[&good], bench.finished[&bad]);
}

TEST(Phb, AWindowSwitchedOffWhileRequestsWaitRefusesThem) {
    PhbParameters parameters = bench_phb();
    parameters.tce_walkers = 1;
    PhbBench bench(parameters);
    warm_up_pe(bench);
    PhbBench::map(0, data, 64);
    for (std::uint64_t line = 0; line < 4; ++line)
        bench.read(line * 16 * 4096, 8);
    bench.run_until(bench.timeline.now() + 300'000); // the first walk has begun, three requests wait
    bench.phb.set_tve(2 * bench_pe, 0);
    bench.run();
    EXPECT_FALSE(bench.reads[1].failed);
    for (std::size_t waiting = 2; waiting <= 4; ++waiting)
        EXPECT_TRUE(bench.reads[waiting].failed);
    EXPECT_EQ(bench.freezes.size(), 1u);
    EXPECT_EQ(bench.freezes[0].fault, DmaFault::bad_tve);
}

TEST(Phb, AWalkOfTheTableOfBeforeIsNotCachedForTheTableAfter) {
    for (ps_t delay = 0; delay < 1'000'000; delay += 50'000) {
        PhbBench bench;
        warm_up_pe(bench);
        PhbBench::map(0x5000, data);
        bench.read(0x5000, 8);
        bench.run_until(bench.timeline.now() + delay);
        constexpr std::uint64_t other_table = 0x400000;
        poke64(other_table + 8 * 5, 0x900000 | 3);
        bench.phb.set_tve(2 * bench_pe, (other_table >> 12 << 16) | 9 << 8 | 1);
        bench.run();
        bench.timed_read(0x5000, 8);
        EXPECT_EQ(bench.accesses.back().hpa, 0x900000u) << delay;
    }
}

TEST(Phb, Bit59SelectsTheSecondWindow) {
    PhbBench bench;
    // 64 KiB pages, one level of 4 KiB at 0x300000.
    bench.phb.set_tve(2 * bench_pe + 1, (0x300ULL << 16) | 1 << 8 | 5);
    poke64(0x300000 + 8 * 2, 0x900000 | 3);
    poke64(0x900123 - 0x123 + 0x100, 77);
    const std::size_t number = bench.read((1ULL << 59) + 0x20100, 8);
    bench.run();
    EXPECT_FALSE(bench.reads[number].failed);
    EXPECT_EQ(bench.word(number), 77u);
    EXPECT_EQ(bench.accesses[0].hpa, 0x900100u);
}

TEST(Phb, Phb4SharesItsTvesOutAsAsked) {
    PhbParameters parameters = bench_phb();
    parameters.generation = PhbGeneration::phb4;
    for (unsigned mode = 0; mode < 4; ++mode) {
        PhbBench bench(parameters);
        const std::uint32_t tves = 2u << mode;
        bench.phb.mmio_write(bench_registers + phb_register::control,
                             std::uint64_t{mode} << phb_register::control_tves_shift);
        bench.run();
        for (std::uint64_t window = 0; window < tves; ++window) {
            const std::uint64_t table = 0x300000 + window * 0x1000;
            bench.phb.set_tve(static_cast<std::uint32_t>(bench_pe * tves + window), table >> 12 << 16 | 1 << 8 | 1);
            poke64(table + 8 * 2, (0x900000 + 0x1000 * window) | 3);
            bench.timed_read(window * ((1ULL << 60) / tves) + 0x2000, 8);
            EXPECT_EQ(bench.accesses.back().fault, DmaFault::none);
            EXPECT_EQ(bench.accesses.back().hpa, 0x900000 + 0x1000 * window);
        }
        bench.phb.kill(TceKillKind::pe, bench_pe, 12, 0, 0);
        const std::uint64_t misses = bench.phb.counters().misses;
        bench.timed_read((tves - 1) * ((1ULL << 60) / tves) + 0x2000, 8);
        EXPECT_EQ(bench.phb.counters().misses, misses + 1) << "the last window of the PE is killed too";
    }
}

TEST(Phb, PesBehindTheEndOfTheSharedOutTvesHaveNone) {
    PhbParameters parameters = bench_phb();
    parameters.generation = PhbGeneration::phb4;
    parameters.pe_count = 4;
    PhbBench bench(parameters); // 8 TVEs, bench_pe is 3
    PhbBench::map(0x5000, data);
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::none);
    bench.phb.mmio_write(bench_registers + phb_register::control, 1ULL << phb_register::control_tves_shift);
    bench.run();
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::bad_tve);
}

TEST(Phb, Phb4TakesTheSecondWindowFrom4GiBOnIfAsked) {
    PhbParameters parameters = bench_phb();
    parameters.generation = PhbGeneration::phb4;
    PhbBench bench(parameters);
    bench.phb.mmio_write(bench_registers + phb_register::control, phb_register::control_tve1_4gib);
    bench.run();
    PhbBench::map(0x5000, data);
    bench.phb.set_tve(2 * bench_pe + 1, 0x300ULL << 16 | 8 << 8 | 5); // 64 KiB pages, 2^16 of them: 4 GiB
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().hpa, data);
    bench.timed_read(0x100000000, 8); // the table ends there
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::out_of_window);
    bench.phb.clear_freeze(bench_pe);
    bench.phb.set_tve(2 * bench_pe + 1, 0x300ULL << 16 | 9 << 8 | 5);
    poke64(0x300000 + 8 * 0x10002, 0x900000 | 3);
    bench.timed_read(0x100020100, 8);
    EXPECT_EQ(bench.accesses.back().hpa, 0x900100u);
}

TEST(Phb, APageSizeThatTheBridgeDoesNotHaveFaults) {
    PhbBench bench;
    bench.phb.set_tve(2 * bench_pe, (bench_table >> 12 << 16) | 9 << 8 | 10); // 2 MiB, which a PHB4 has
    poke64(bench_table, 3);
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::bad_tve);
}

TEST(Phb, BypassTranslatesNothingAndChecksItsBounds) {
    PhbBench bench;
    bench.phb.set_tve(2 * bench_pe + 1, 0x10000ULL * 2 | 1 << 12); // 0 .. 32 MiB
    poke64(data, 99);
    const std::size_t number = bench.read((1ULL << 59) + data, 8);
    bench.run();
    EXPECT_EQ(bench.word(number), 99u);
    EXPECT_EQ(bench.phb.counters().translations, 0u);
    bench.read((1ULL << 59) + (32 << 20), 8);
    bench.run();
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::out_of_window);
}

TEST(Phb, WritesStoreTheirBytes) {
    PhbBench bench;
    PhbBench::map(0x7000, data);
    bench.write64(0x7010, 0xabcdef0123456789);
    bench.run();
    EXPECT_EQ(PhbBench::peek64(data + 0x10), 0xabcdef0123456789u);
    EXPECT_TRUE(bench.accesses[0].write);
    EXPECT_EQ(bench.accesses[0].pe, bench_pe);
    EXPECT_EQ(bench.accesses[0].requester_id, bench_rid);
}

TEST(Phb, AnInterruptComesAfterTheWritesBeforeIt) {
    PhbBench bench;
    warm_up_pe(bench);
    PhbBench::map(0x7000, data); // the write must walk, the interrupt need not
    bench.write64(0x7000, 1);
    const std::uint32_t message = __builtin_bswap32(5);
    bench.requester.write(1ULL << 60, reinterpret_cast<const std::byte *>(&message), 4);
    while (bench.interrupts.empty())
        bench.run_until(bench.timeline.now() + 1000);
    EXPECT_EQ(PhbBench::peek64(data), 1u);
    EXPECT_EQ(bench.interrupts[0].value, 5u);
    EXPECT_EQ(bench.interrupts.size(), 1u);
}

struct Permission {
    std::uint64_t bits;
    bool write;
    DmaFault fault;
};
class Permissions : public testing::TestWithParam<Permission> {};

TEST_P(Permissions, AreChecked) {
    PhbBench bench;
    PhbBench::map(0x5000, data, 1, GetParam().bits);
    poke64(data, 1);
    if (GetParam().write)
        bench.write64(0x5000, 2);
    else
        bench.read(0x5000, 8);
    bench.run();
    ASSERT_EQ(bench.accesses.size(), 1u);
    EXPECT_EQ(bench.accesses[0].fault, GetParam().fault);
    EXPECT_EQ(bench.phb.dma_frozen(bench_pe), GetParam().fault != DmaFault::none);
    if (GetParam().write && GetParam().fault != DmaFault::none) {
        EXPECT_EQ(PhbBench::peek64(data), 1u);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Phb, Permissions,
    testing::Values(Permission{0, false, DmaFault::page_fault}, Permission{0, true, DmaFault::page_fault},
                    Permission{1, false, DmaFault::none}, Permission{1, true, DmaFault::access_fault},
                    Permission{2, false, DmaFault::access_fault}, Permission{2, true, DmaFault::none},
                    Permission{3, false, DmaFault::none}, Permission{3, true, DmaFault::none}));

TEST(Phb, AFaultFreezesThePeUntilItIsCleared) {
    PhbBench bench;
    PhbBench::map(0x5000, data);
    const std::size_t good = bench.read(0x5000, 8);
    const std::size_t bad = bench.read(0x900000, 8);
    bench.run();
    EXPECT_FALSE(bench.reads[good].failed);
    EXPECT_TRUE(bench.reads[bad].failed);
    EXPECT_TRUE(bench.phb.mmio_frozen(bench_pe));
    EXPECT_EQ(bench.phb.freeze_cause(bench_pe), DmaFault::page_fault);
    ASSERT_EQ(bench.freezes.size(), 1u);
    EXPECT_EQ(bench.freezes[0].ioba, 0x900000u);

    const std::size_t frozen = bench.read(0x5000, 8);
    bench.write64(0x5000, 3);
    bench.phb.mmio_write(bench.phb.parameters().window_base, 1);
    bench.run();
    EXPECT_TRUE(bench.reads[frozen].failed);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::frozen);
    EXPECT_EQ(PhbBench::peek64(data), 0u);
    EXPECT_TRUE(bench.stores.empty());
    EXPECT_EQ(bench.freezes.size(), 1u);

    bench.phb.clear_freeze(bench_pe);
    const std::size_t again = bench.read(0x5000, 8);
    bench.run();
    EXPECT_FALSE(bench.reads[again].failed);
}

TEST(Phb, RequestersWithoutPeAreRefusedByPhb3AndMaskedByPhb4) {
    for (const PhbGeneration generation : {PhbGeneration::phb3, PhbGeneration::phb4}) {
        PhbParameters parameters = bench_phb();
        parameters.generation = generation;
        PhbBench bench(parameters);
        PhbBench::map(0x5000, data);
        const std::uint16_t pe = __builtin_bswap16(parameters.pe_count + bench_pe);
        std::memcpy(HostMemory::at(bench_rtt + 2 * bench_rid), &pe, sizeof pe);
        bench.read(0x5000, 8);
        bench.run();
        EXPECT_EQ(bench.accesses[0].fault, generation == PhbGeneration::phb3 ? DmaFault::bad_pe : DmaFault::none);
    }
}

TEST(Phb, AnInvalidatedRidIsLookedUpAgain) {
    PhbBench bench;
    PhbBench::map(0x5000, data);
    bench.timed_read(0x5000, 8);
    const std::uint16_t none = 0xffff;
    std::memcpy(HostMemory::at(bench_rtt + 2 * bench_rid), &none, sizeof none);
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::none);
    bench.phb.mmio_write(bench_registers + phb_register::rtc_invalidate, std::uint64_t{bench_rid} << 32);
    bench.run();
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::bad_pe);
}

TEST(Phb, ATceThatPointsOutsideOfMemoryFaults) {
    PhbBench bench;
    PhbBench::map(0x5000, 1ULL << 40);
    bench.read(0x5000, 8);
    bench.run();
    EXPECT_EQ(bench.accesses[0].fault, DmaFault::bad_address);
}

TEST(Phb, P7iocTakesOneLevelAndOneWindow) {
    PhbParameters parameters = bench_phb();
    parameters.generation = PhbGeneration::p7ioc;
    parameters.pe_count = 128;
    PhbBench bench(parameters);
    PhbBench::map(0x5000, data);
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::none);
    bench.timed_read(1ULL << 59 | 0x5000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::bad_tve);
    bench.phb.clear_freeze(bench_pe);
    bench.phb.set_tve(bench_pe, bench_tve | 1 << 13);
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::bad_tve);
}

TEST(Phb, StoresToTheWindowReachTheDevice) {
    PhbBench bench;
    const ps_t held = bench.phb.mmio_write(bench.phb.parameters().window_base + 0x18, 42);
    EXPECT_EQ(held, 0u);
    bench.run();
    ASSERT_EQ(bench.stores.size(), 1u);
    EXPECT_EQ(bench.stores[0].where, 0x18u);
    EXPECT_EQ(bench.stores[0].value, 42u);
    const PhbParameters &phb = bench.phb.parameters();
    EXPECT_EQ(bench.stores[0].when,
              phb.mmio_flight + phb.pipeline + bench.link.rate().time(24 + 8) + bench.link.parameters().flight);
}

TEST(PhbParameters, SayWhatIsWrong) {
    PhbParameters parameters = bench_phb();
    EXPECT_EQ(parameters.problem(), nullptr);
    parameters.tce_cache_ways = 7;
    EXPECT_NE(parameters.problem(), nullptr);
    parameters = bench_phb();
    parameters.tce_walkers = 0;
    EXPECT_STREQ(parameters.problem(), "at least one walker is needed");
    for (const auto &[generation, pes] : {std::pair{PhbGeneration::p7ioc, 128u},
                                          {PhbGeneration::phb3, 256u},
                                          {PhbGeneration::phb4, 512u},
                                          {PhbGeneration::phb5, 512u}}) {
        parameters = bench_phb();
        parameters.generation = generation;
        parameters.pe_count = pes;
        EXPECT_EQ(parameters.problem(), nullptr);
        parameters.pe_count = pes + 1;
        EXPECT_NE(parameters.problem(), nullptr);
    }
}

} // namespace
} // namespace tcesim
