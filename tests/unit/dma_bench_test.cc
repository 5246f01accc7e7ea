// SPDX-License-Identifier: Apache-2.0
// The measuring device on a real link and bridge: how many DMAs when, and whether their data are checked.
#include "models/device/dma_bench.h"

#include <gtest/gtest.h>
#include <set>

#include "tests/unit/phb_bench.h"

namespace tcesim {
namespace {

constexpr std::uint64_t buffer = 0x800000; // hpa
constexpr std::uint64_t piece = 4096;
constexpr std::uint64_t seed = 7;

DmaBenchParameters reads(std::uint32_t size, std::uint64_t window, std::uint32_t outstanding) {
    return {bench_rid, 64, DmaBenchOperation::read, true, size, window, outstanding, 0, 0, seed};
}

/// A device instead of the bench's own, its window mapped page by page in reverse order.
class Device : public testing::Test {
protected:
    void build(const DmaBenchParameters &parameters) {
        device = std::make_unique<DmaBench>(sc_core::sc_gen_unique_name("dma_bench"), bench.timeline, bench.link,
                                            parameters);
        const std::uint64_t pages = (parameters.window + piece - 1) / piece;
        std::vector<std::uint64_t> pieces;
        for (std::uint64_t page = 0; page < pages; ++page) {
            pieces.push_back((pages - page) * piece);
            PhbBench::map(pieces.back(), buffer + page * piece);
        }
        for (std::uint64_t offset = 0; offset < parameters.window; offset += DmaBench::stamp_interval)
            poke64(buffer + offset, DmaBench::host_stamp(offset, seed));
        device->configure(std::move(pieces), piece);
    }
    /// Counts for \p time after some warm-up.
    void measure(ps_t time, ps_t warmup = 20 * microsecond) {
        device->on_register_write(DmaBench::start_register, 1);
        bench.run_until(bench.timeline.now() + warmup);
        device->count(true);
        bench.run_until(bench.timeline.now() + time);
        device->count(false);
    }
    bool window_is_right(std::uint64_t window) const {
        for (std::uint64_t offset = 0; offset < window; offset += DmaBench::stamp_interval)
            if (!device->may_stand(offset, PhbBench::peek64(buffer + offset)))
                return false;
        return true;
    }

    PhbBench bench{bench_phb(), {3, 8, 256, 512, 64, 64, 50'000}, 16};
    std::unique_ptr<DmaBench> device;
};

TEST_F(Device, OneAtATimeShowsTheLatencyOfARead) {
    build(reads(64, 4096, 1));
    measure(100 * microsecond);
    const DmaBenchCounters &counters = device->counters();
    // Request on the link, bridge, memory, bridge, completion on the link: the same each time.
    const ps_t latency =
        bench.link.rate().time(24) + 50'000 + 100'000 + 250'000 + 100'000 + bench.link.rate().time(20 + 64) + 50'000;
    EXPECT_EQ(counters.latency.max(), latency);
    EXPECT_EQ(counters.read_latency, counters.reads * latency);
    EXPECT_NEAR(static_cast<double>(counters.reads), 100e6 / static_cast<double>(latency), 1);
    EXPECT_EQ(counters.writes, 0u);
    EXPECT_EQ(device->wrong_reads(), 0u);
}

class DeviceDepth : public Device, public testing::WithParamInterface<std::uint32_t> {};

TEST_P(DeviceDepth, AsManyAsAllowedAreInFlight) {
    build(reads(64, 4096, GetParam()));
    device->on_register_write(DmaBench::start_register, 1);
    bench.run_until(800'000); // PE and TCE are read one after the other, so that none has been answered
    EXPECT_EQ(bench.accesses.size(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(DmaBench, DeviceDepth, testing::Values(1, 4, 9, 64));

TEST_F(Device, AGapIsKeptWhateverIsInFlight) {
    DmaBenchParameters parameters = reads(64, 4096, 32);
    parameters.read_gap = 40'000;
    build(parameters);
    measure(200 * microsecond);
    EXPECT_NEAR(static_cast<double>(device->counters().reads), 5000, 1);
}

TEST_F(Device, ReadsAndWritesAreIndependent) {
    DmaBenchParameters parameters = reads(64, 8192, 16);
    parameters.operation = DmaBenchOperation::read_write;
    parameters.read_gap = 40'000;
    parameters.write_gap = 100'000;
    build(parameters);
    measure(200 * microsecond);
    EXPECT_NEAR(static_cast<double>(device->counters().reads), 5000, 1);
    EXPECT_NEAR(static_cast<double>(device->counters().writes), 2000, 1);
    EXPECT_EQ(device->wrong_reads(), 0u);
    EXPECT_TRUE(window_is_right(8192));
}

TEST_F(Device, WritesReachTheirPlacesAndOnlyThese) {
    DmaBenchParameters parameters = reads(200, 16384, 4);
    parameters.operation = DmaBenchOperation::write;
    parameters.write_gap = 100'000;
    build(parameters);
    measure(2 * microsecond, 0); // about 20 of 64 units
    EXPECT_TRUE(window_is_right(16384));
    unsigned written = 0;
    for (std::uint64_t unit = 0; unit < 64; ++unit)
        written += PhbBench::peek64(buffer + unit * 256) == DmaBench::device_stamp(unit * 256, seed);
    EXPECT_GT(written, 10u);
    EXPECT_LT(written, 30u);
    poke64(buffer + 63 * 256, 1);
    EXPECT_FALSE(window_is_right(16384));
}

TEST_F(Device, AReadOfWhatWasJustWrittenFollowsTheWriteAndSeesIt) {
    DmaBenchParameters parameters = reads(64, 4096, 1);
    parameters.operation = DmaBenchOperation::write_then_read;
    build(parameters);
    measure(50 * microsecond);
    // The write occupies the link before the request of the read.
    EXPECT_EQ(device->counters().latency.max(), bench.link.rate().time(24 + 64) + bench.link.rate().time(24) + 50'000 +
                                                    100'000 + 250'000 + 100'000 + bench.link.rate().time(20 + 64) +
                                                    50'000);
    EXPECT_NEAR(static_cast<double>(device->counters().writes), static_cast<double>(device->counters().reads), 1);
    EXPECT_EQ(device->wrong_reads(), 0u);
    EXPECT_TRUE(window_is_right(4096));
}

TEST_F(Device, InOrderEachUnitComesOnce) {
    DmaBenchParameters parameters = reads(64, 4096, 1);
    parameters.random = false;
    build(parameters);
    device->on_register_write(DmaBench::start_register, 1);
    bench.run_until(100 * microsecond);
    ASSERT_GT(bench.accesses.size(), 65u);
    for (std::size_t i = 0; i < 65; ++i)
        EXPECT_EQ(bench.accesses[i].hpa, buffer + i % 64 * 64) << i;
}

TEST_F(Device, RandomUnitsReachAll) {
    build(reads(64, 4096, 1));
    device->on_register_write(DmaBench::start_register, 1);
    bench.run_until(bench.timeline.now() + 500 * microsecond);
    std::set<std::uint64_t> seen;
    for (const DmaAccess &access : bench.accesses)
        seen.insert(access.hpa);
    EXPECT_EQ(seen.size(), 64u);
}

TEST_F(Device, DataOfAnotherPlaceAreNoticed) {
    build(reads(512, 8192, 1));
    PhbBench::map(2 * piece, buffer + piece); // the first piece: now the memory of the second
    measure(50 * microsecond);
    EXPECT_GT(device->wrong_reads(), 0u);
    EXPECT_LT(device->first_wrong_offset(), piece);
}

TEST_F(Device, AReadThatFailsIsNoticed) {
    build(reads(64, 4096, 1));
    PhbBench::unmap(piece);
    measure(50 * microsecond);
    EXPECT_GT(device->refused_reads(), 0u);
    EXPECT_TRUE(device->failed());
}

TEST(DmaBenchUnits, AreAPowerOfTwoThatHoldsTheDma) {
    EXPECT_EQ(DmaBench::unit_bytes(8), 64u);
    EXPECT_EQ(DmaBench::unit_bytes(64), 64u);
    EXPECT_EQ(DmaBench::unit_bytes(65), 128u);
    EXPECT_EQ(DmaBench::unit_bytes(1520), 2048u);
    EXPECT_EQ(DmaBench::unit_bytes(4096), 4096u);
}

// ---- errors ----

TEST_F(Device, OneDmaIsLedAstray) {
    build(reads(64, 4096, 1));
    PhbBench::map(64 * piece, buffer);
    device->lead_astray(5, 64 * piece);
    measure(50 * microsecond, 0);
    ASSERT_GT(bench.accesses.size(), 10u);
    for (std::size_t i = 0; i < bench.accesses.size(); ++i)
        EXPECT_EQ(bench.accesses[i].ioba == 64 * piece, i == 4) << i;
}

TEST_F(Device, ARefusedReadStopsItAndAStartLetsItGoOn) {
    build(reads(64, 4096, 4));
    device->lead_astray(20, 64 * piece); // not mapped
    measure(50 * microsecond, 0);
    EXPECT_TRUE(device->failed());
    EXPECT_EQ(device->on_register_read(DmaBench::status_register), DmaBench::status_error);
    EXPECT_GT(device->refused_reads(), 0u);
    EXPECT_LE(device->refused_reads(), 4u) << "those in flight";
    const std::uint64_t before = device->counters().reads;
    EXPECT_LT(before, 20u);
    bench.phb.clear_freeze(bench_pe);
    const ps_t again = bench.timeline.now();
    measure(50 * microsecond, 0);
    EXPECT_FALSE(device->failed());
    EXPECT_GT(device->counters().reads, 2 * before);
    EXPECT_EQ(device->wrong_reads(), 0u);
    EXPECT_EQ(device->on_register_read(DmaBench::status_register),
              DmaBench::status_running | DmaBench::status_in_flight);
    EXPECT_GT(device->first_finished(), again);
    EXPECT_LT(device->first_finished(), again + 5 * microsecond);
}

TEST_F(Device, DroppedWritesAreNotNoticedAndNotExpected) {
    DmaBenchParameters writes = reads(64, 4096, 4);
    writes.operation = DmaBenchOperation::write;
    build(writes);
    device->lead_astray(20, 64 * piece);
    measure(50 * microsecond, 0);
    EXPECT_FALSE(device->failed());
    EXPECT_GE(device->counters().writes, 19u);
    EXPECT_LT(device->counters().writes, 19u + 4) << "others in flight may have been translated already";
    EXPECT_GT(device->dropped_writes(), 20u);
    EXPECT_TRUE(window_is_right(4096));
}

TEST_F(Device, StopsWhenItIsToldTo) {
    build(reads(64, 4096, 4));
    measure(20 * microsecond, 0);
    device->on_register_write(DmaBench::stop_register, 1);
    EXPECT_EQ(device->on_register_read(DmaBench::status_register), DmaBench::status_in_flight);
    bench.run_until(bench.timeline.now() + 20 * microsecond);
    EXPECT_EQ(device->on_register_read(DmaBench::status_register), 0u);
    const std::size_t seen = bench.accesses.size();
    bench.run_until(bench.timeline.now() + 20 * microsecond);
    EXPECT_EQ(bench.accesses.size(), seen);
}

TEST_F(Device, InResetItNeitherAnswersNorStarts) {
    build(reads(64, 4096, 4));
    device->lead_astray(20, 64 * piece);
    measure(20 * microsecond, 0);
    bench.link.reset_device(true);
    EXPECT_EQ(device->on_register_read(DmaBench::status_register), ~std::uint64_t{0});
    device->on_register_write(DmaBench::start_register, 1);
    bench.link.reset_device(false);
    EXPECT_EQ(device->on_register_read(DmaBench::status_register), 0u) << "it has forgotten its error";
}

} // namespace
} // namespace tcesim
