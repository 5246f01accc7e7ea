// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/t3_bench.h"

namespace tcesim {
namespace {

constexpr ps_t us = 1'000'000;

/// A bench with a jumbo free list of its own, which nobody has filled.
class T3Receive : public testing::Test {
protected:
    static constexpr std::uint64_t jumbo_list = 0x240000, jumbo_buffers = 0x2000000;

    T3Receive() {
        T3Rings rings;
        rings.transmit = T3Bench::transmit_ring;
        rings.free_list = T3Bench::free_list;
        rings.jumbo_list = jumbo_list;
        rings.responses = T3Bench::responses;
        rings.msi_address = 1ULL << 60;
        bench.engine.configure(rings);
        bench.run_until(100 * us);
    }
    void give_jumbo(std::uint32_t buffers) {
        for (std::uint32_t i = 0; i < buffers; ++i, ++given) {
            T3Bench::store(jumbo_list + 16 * given, jumbo_buffers + given * t3_jumbo_buffer_bytes);
            T3Bench::store(jumbo_list + 16 * given + 8, 1);
        }
        bench.phb.mmio_write(T3Bench::device_window + t3_register::jumbo_list_doorbell, buffers);
    }
    void frame(std::uint32_t bytes, std::uint8_t content) {
        const std::vector<std::byte> data(bytes, std::byte{content});
        bench.engine.on_frame(data.data(), bytes);
    }
    void run() { bench.run_until(bench.timeline.now() + 100 * us); }

    T3Bench bench;
    std::uint32_t given = 0;
};

TEST_F(T3Receive, AFrameThatFitsTakesABufferOfTheFreeList) {
    frame(2048, 0xaa);
    run();
    EXPECT_EQ(bench.engine.receive_counters().frames, 1u);
    EXPECT_EQ(T3Bench::load(T3Bench::receive_buffers + 2040), 0xaaaaaaaaaaaaaaaa);
}

TEST_F(T3Receive, ALargerOneWaitsForABufferOfTheJumboList) {
    frame(9014, 0xbb);
    run();
    EXPECT_EQ(bench.engine.receive_counters().frames, 0u);
    give_jumbo(1);
    run();
    EXPECT_EQ(bench.engine.receive_counters().frames, 1u);
    EXPECT_EQ(T3Bench::load(jumbo_buffers + 9000), 0xbbbbbbbbbbbbbbbb);
    EXPECT_EQ(bench.engine.receive_counters().dropped, 0u);
    EXPECT_EQ(bench.engine.failure(), nullptr);
}

TEST_F(T3Receive, FramesKeepTheirOrderAcrossTheLists) {
    frame(9014, 1);
    frame(100, 2);
    run();
    EXPECT_EQ(bench.engine.receive_counters().frames, 0u); // the small one waits behind the large one
    give_jumbo(1);
    run();
    EXPECT_EQ(bench.engine.receive_counters().frames, 2u);
}

TEST_F(T3Receive, WithoutBuffersItHoldsSomeFramesAndDropsTheRest) {
    for (std::uint32_t i = 0; i < T3Receiver::waiting_max + 10; ++i)
        frame(9014, 3);
    run();
    EXPECT_EQ(bench.engine.receive_counters().dropped, 10u);
    give_jumbo(100);
    // Buffers are fetched behind the frames written before: 577 kB take the link more than 300 us.
    bench.run_until(bench.timeline.now() + 400 * us);
    EXPECT_EQ(bench.engine.receive_counters().frames, T3Receiver::waiting_max);
    EXPECT_EQ(bench.engine.failure(), nullptr);
}

} // namespace
} // namespace tcesim
