// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/t3_bench.h"

namespace tcesim {
namespace {

TEST(T3, StreamsAtLineRate) {
    T3Bench bench;
    constexpr std::uint64_t count = 3000;
    bench.stream(count, 16);
    EXPECT_EQ(bench.engine.failure(), nullptr);
    EXPECT_EQ(bench.acknowledged, count * T3Bench::chunk_bytes);
    const double rate = static_cast<double>(bench.acknowledged) / static_cast<double>(bench.last_ack) * 1e6; // MB/s
    EXPECT_NEAR(rate, 1177, 11.77);
    EXPECT_EQ(bench.peer.counters().stamps, count * 16);
    EXPECT_EQ(bench.peer.counters().wrong_stamps, 0u);
    EXPECT_TRUE(bench.faults.empty());
}

/// Neither the store of descriptors nor that of receive buffers is what limits the rate.
TEST(T3, PacketsOfOneFrameLeaveBackToBack) {
    LinkParameters link = test_link();
    link.generation = 2; // of the first generation, the link would limit it
    T3Bench bench(link);
    constexpr std::uint64_t count = 500;
    for (std::uint64_t i = 0; i < count; ++i)
        bench.send(1448, 1448, i % 8 == 7);
    const ps_t from = 20'000'000; // all doorbells have arrived
    const ps_t to = count * bytes_on_wire(1448) * 800;
    bench.run_until(from);
    const ps_t busy = bench.wire.busy(Wire::Direction::to_peer, from);
    bench.run_until(to);
    EXPECT_EQ(bench.wire.busy(Wire::Direction::to_peer, to) - busy, to - from);
    bench.run_until(100'000'000'000);
    EXPECT_EQ(bench.acknowledged, count * 1448);
    EXPECT_EQ(bench.engine.receive_counters().frames, count); // one ACK each
    EXPECT_EQ(bench.engine.receive_counters().dropped, 0u);
}

TEST(T3, ReturnsEveryCreditThatItWasAskedFor) {
    T3Bench bench;
    bench.stream(2000, 16); // twice through the rings
    EXPECT_EQ(bench.credits, 2000u);
    EXPECT_EQ(bench.engine.response_counters().credits, 250u);
    EXPECT_EQ(bench.engine.transmit_counters().frames, 2000u * 46);
    EXPECT_EQ(bench.engine.receive_counters().dropped, 0u);
    EXPECT_EQ(bench.engine.receive_counters().frames, bench.peer.counters().acks);
}

TEST(T3, CutsAPacketIntoFrames) {
    T3Bench bench;
    bench.send(3 * 1448 + 1, 1448, false);
    bench.run_until(100'000'000'000);
    EXPECT_EQ(bench.engine.transmit_counters().frames, 4u);
    EXPECT_EQ(bench.acknowledged, 3u * 1448 + 1);
}

TEST(T3, SendsAPacketWithoutMssAsOneFrame) {
    T3Bench bench;
    bench.send(1000, 0, false);
    bench.run_until(100'000'000'000);
    EXPECT_EQ(bench.engine.transmit_counters().frames, 1u);
    EXPECT_EQ(bench.acknowledged, 1000u);
}

TEST(T3, InterruptsOneHoldoffAfterTheFirstPacketAndNotBeforeItIsArmedAgain) {
    T3Bench bench;
    bench.stream(20, 20); // ACKs come in bursts
    EXPECT_FALSE(bench.interrupts.empty());
    EXPECT_EQ(bench.interrupts.front(), 7u);
    EXPECT_LE(bench.interrupts.size(), bench.peer.counters().acks);
    EXPECT_EQ(bench.engine.response_counters().interrupts, bench.interrupts.size());
}

TEST(T3, WithOneChunkAtATimeThePeriodIsTheRoundTrip) {
    ps_t last[2];
    for (const std::uint64_t count : {1, 11}) {
        T3Bench bench;
        bench.stream(count, 1);
        last[count > 1] = bench.last_ack;
    }
    const ps_t period = (last[1] - last[0]) / 10;
    // Wire, latency both ways, turnaround and hold-off; fetches and doorbells in front of the wire.
    const ps_t floor = (45 * 1538 + 466) * 800 + 2 * 3'000'000 + 20'000'000 + 5'000'000;
    EXPECT_GT(period, floor);
    EXPECT_LT(period, floor + 8'000'000);
}

TEST(T3, AFaultStopsIt) {
    T3Bench bench;
    T3Bench::store(T3Bench::table + 8 * ((T3Bench::chunks >> 12) + 3), 0); // a page of the first chunk
    bench.stream(4, 4);
    ASSERT_FALSE(bench.faults.empty());
    EXPECT_EQ(bench.faults[0].fault, DmaFault::page_fault);
    EXPECT_NE(bench.engine.failure(), nullptr);
    EXPECT_EQ(bench.acknowledged, 0u);
    EXPECT_TRUE(bench.phb.dma_frozen(0));
}

TEST(T3, APageReadThroughAWrongTranslationIsNoticed) {
    T3Bench bench;
    T3Bench::store(T3Bench::table + 8 * ((T3Bench::chunks >> 12) + 3), (T3Bench::chunks + 0x9000) | 3);
    bench.stream(1, 1);
    EXPECT_EQ(bench.peer.counters().wrong_stamps, 1u);
    EXPECT_EQ(bench.peer.counters().first_wrong_offset, 3u * 4096);
}

TEST(T3, AMalformedRequestStopsIt) {
    T3Bench bench;
    bench.phb.mmio_write(T3Bench::device_window + t3_register::transmit_doorbell, 1); // the ring is all zero
    bench.run_until(1'000'000'000);
    EXPECT_NE(bench.engine.failure(), nullptr);
}

TEST(T3, TheSameRunTwiceIsTheSameRun) {
    const auto run = [] {
        T3Bench bench;
        bench.stream(200, 8);
        return std::vector<std::uint64_t>{bench.last_ack, bench.timeline.fired(), bench.phb.counters().hits,
                                          bench.link.counters().completions, bench.interrupts.size()};
    };
    EXPECT_EQ(run(), run());
}

} // namespace
} // namespace tcesim
