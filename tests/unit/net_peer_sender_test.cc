// SPDX-License-Identifier: Apache-2.0
#include "models/net/tcp_peer_sender.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "tests/unit/hardware_parameters.h"

namespace tcesim {
namespace {

constexpr ps_t us = 1'000'000, ms = 1000 * us;
constexpr std::uint64_t seed = 0x5eed;
constexpr std::uint32_t segment = 1448;

/// A receiver that acknowledges every segment some time after it has come, and keeps none behind a hole.
class PeerSender : public testing::Test, public FrameSink {
protected:
    PeerSender()
        : timeline(sc_core::sc_gen_unique_name("timeline"), false), actor(0),
          wire(sc_core::sc_gen_unique_name("wire"), test_wire()), stamps(seed, received_stamp_interval) {}

    TcpPeerSender make(std::uint64_t window, std::uint32_t payload = segment) {
        bytes_per_frame = payload;
        return {timeline, wire, *this, {payload, window, 20 * us, 10 * ms, seed}};
    }
    void on_frame(const std::byte *frame, std::uint32_t bytes) override {
        EXPECT_EQ(bytes, ack_frame_bytes + bytes_per_frame);
        std::uint32_t sequence = 0;
        std::memcpy(&sequence, frame + sequence_number_offset, sizeof sequence);
        sequence = __builtin_bswap32(sequence);
        ++frames;
        if (lost && lost(frames))
            return;
        if (sequence == static_cast<std::uint32_t>(stamps.bytes()))
            stamps.take(frame + ack_frame_bytes, bytes_per_frame);
        most_ahead = std::max(most_ahead, sender->counters().segments - sender->counters().acks);
        sender->on_ack(static_cast<std::uint32_t>(stamps.bytes()), timeline.now() + 5 * us);
    }
    void run(TcpPeerSender &who, ps_t until) {
        sender = &who;
        who.start();
        timeline.sync(actor, until);
    }

    Timeline timeline;
    Actor actor;
    Wire wire;
    StampCheck stamps;
    TcpPeerSender *sender = nullptr;
    std::function<bool(std::uint64_t)> lost;
    std::uint32_t bytes_per_frame = segment;
    std::uint64_t frames = 0, most_ahead = 0; // segments sent and not acknowledged
};

TEST_F(PeerSender, FillsTheWire) {
    TcpPeerSender peer = make(1 << 20);
    run(peer, 10 * ms);
    EXPECT_NEAR(static_cast<double>(stamps.bytes()) / 10'000, 1177, 2); // MB/s
    EXPECT_GT(stamps.verified(), stamps.bytes() / received_stamp_interval - 2);
    EXPECT_EQ(stamps.wrong(), 0u);
    EXPECT_EQ(peer.counters().retransmitted, 0u);
    EXPECT_EQ(peer.counters().timeouts, 0u);
}

TEST_F(PeerSender, KeepsToTheWindow) {
    TcpPeerSender peer = make(10 * segment);
    run(peer, 10 * ms);
    EXPECT_EQ(most_ahead, 10u);
    // Ten segments for each round trip: the wire twice, the receiver and the peer.
    const double round = 10 * 1.2304 + 3 + 5 + 20;
    EXPECT_GT(static_cast<double>(stamps.bytes()), 0.7 * 10 * segment * 10'000 / round);
    EXPECT_EQ(peer.counters().retransmitted, 0u);
}

TEST_F(PeerSender, AWindowSmallerThanASegmentIsOne) {
    TcpPeerSender peer = make(1);
    run(peer, 10 * ms);
    EXPECT_GT(stamps.bytes(), 100u * segment);
    EXPECT_EQ(most_ahead, 1u);
}

TEST_F(PeerSender, GoesBackAfterThreeDuplicateAcks) {
    TcpPeerSender peer = make(1 << 20);
    lost = [](std::uint64_t frame) { return frame == 100; };
    run(peer, 9 * ms); // less than the timer
    EXPECT_EQ(peer.counters().timeouts, 0u);
    EXPECT_GT(peer.counters().retransmitted, 0u);
    EXPECT_GT(stamps.bytes(), 3000u * segment);
    EXPECT_EQ(stamps.wrong(), 0u);
}

TEST_F(PeerSender, GoesBackAgainWhenMoreIsLostAfterThat) {
    TcpPeerSender peer = make(1 << 20);
    lost = [](std::uint64_t frame) { return frame % 1500 == 100; };
    run(peer, 9 * ms);
    EXPECT_EQ(peer.counters().timeouts, 0u);
    EXPECT_GT(stamps.bytes(), 2000u * segment);
}

TEST_F(PeerSender, TheTimerHelpsWhenNothingComesBack) {
    TcpPeerSender peer = make(1 << 20);
    lost = [this](std::uint64_t) { return timeline.now() > 2 * ms && timeline.now() < 15 * ms; };
    run(peer, 14 * ms);
    const std::uint64_t before = stamps.bytes();
    timeline.sync(actor, 60 * ms);
    EXPECT_GE(peer.counters().timeouts, 1u);
    EXPECT_GT(stamps.bytes(), before + 10'000u * segment);
    EXPECT_EQ(stamps.wrong(), 0u);
}

TEST_F(PeerSender, GoesOnPastFourGigabytes) {
    TcpPeerSender peer = make(1 << 20, 60000);
    run(peer, 4000 * ms);
    EXPECT_GT(stamps.bytes(), 1ULL << 32);
    EXPECT_EQ(stamps.wrong(), 0u);
    EXPECT_EQ(peer.counters().retransmitted, 0u);
}

} // namespace
} // namespace tcesim
