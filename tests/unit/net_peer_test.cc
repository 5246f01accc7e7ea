// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "models/net/tcp_peer.h"
#include "tests/unit/hardware_parameters.h"

namespace tcesim {
namespace {

TEST(Frame, GoodputOfTenGigabitEthernet) {
    EXPECT_EQ(maximum_segment(1500), 1448u);
    EXPECT_EQ(bytes_on_wire(1448), 1538u);
    EXPECT_EQ(bytes_on_wire(maximum_segment(9000)), 9038u);
    EXPECT_NEAR(10.0 * 1448 / bytes_on_wire(1448), 9.41, 0.005); // Gb/s
}

TEST(Frame, ShortFramesArePadded) {
    EXPECT_EQ(bytes_on_wire(0), 90u); // an ACK with time stamps is longer than the shortest frame
    EXPECT_GE(bytes_on_wire(0), shortest_on_wire);
}

TEST(Wire, SerialisesPerDirection) {
    Wire wire(sc_core::sc_gen_unique_name("wire"), test_wire());
    const Wire::Passage first = wire.send(Wire::Direction::to_peer, 1538, 1000);
    EXPECT_EQ(first.sent, 1000u + 1538 * 800);
    EXPECT_EQ(first.arrived, first.sent + 3'000'000);
    EXPECT_EQ(wire.send(Wire::Direction::to_peer, 90, 0).sent, first.sent + 90 * 800);
    EXPECT_EQ(wire.send(Wire::Direction::to_device, 90, 0).sent, 90u * 800);
}

/// Books frames at random instants and compares with a lane that is watched picosecond by picosecond, in
/// effect: it keeps every frame.
TEST(Wire, IsBusyExactlyWhileFramesPass) {
    std::mt19937 random(1);
    for (const ps_t spread : {0u, 200'000u, 2'000'000u}) {
        Wire wire(sc_core::sc_gen_unique_name("wire"), test_wire());
        std::vector<std::pair<ps_t, ps_t>> frames; // from, to
        ps_t now = 5000;
        for (unsigned n = 0; n < 300; ++n) {
            const std::uint32_t bytes = 84 + random() % 1455;
            const Wire::Passage passage = wire.send(Wire::Direction::to_peer, bytes, now);
            frames.emplace_back(passage.sent - ps_t{bytes} * 800, passage.sent);
            now += spread ? random() % spread : 0;
            ps_t expected = 0;
            for (const auto &[from, to] : frames)
                expected += std::min(to, now) - std::min(from, now);
            ASSERT_EQ(wire.busy(Wire::Direction::to_peer, now), expected);
            ASSERT_LE(expected, now);
        }
        EXPECT_EQ(wire.busy(Wire::Direction::to_device, now), 0u);
    }
}

class Peer : public testing::Test, public FrameSink {
protected:
    Peer()
        : timeline(sc_core::sc_gen_unique_name("timeline"), false), actor(0),
          wire(sc_core::sc_gen_unique_name("wire"), test_wire()),
          peer(sc_core::sc_gen_unique_name("peer"), timeline, wire, {4, 20'000'000, seed}), stream(1u << 20) {
        peer.connect(*this);
        for (std::uint64_t offset = 0; offset < stream.size(); offset += stamp_interval) {
            const std::uint64_t stamp = __builtin_bswap64(stream_stamp(offset, seed));
            std::memcpy(stream.data() + offset, &stamp, sizeof stamp);
        }
    }
    void on_frame(const std::byte *frame, std::uint32_t bytes) override {
        EXPECT_EQ(bytes, 66u);
        std::uint32_t number = 0;
        std::memcpy(&number, frame + ack_number_offset, sizeof number);
        acks.push_back({timeline.now(), __builtin_bswap32(number)});
    }
    void send(std::uint32_t bytes, std::uint32_t segment) {
        for (std::uint32_t at = 0; at < bytes; at += segment) {
            const std::uint32_t part = std::min(segment, bytes - at);
            peer.receive({stream.data() + at, part, at + part == bytes}, at);
        }
    }
    void run() { timeline.sync(actor, 1'000'000'000'000); }

    static constexpr std::uint64_t seed = 0x1234;
    struct Ack {
        ps_t when;
        std::uint32_t number;
    };
    Timeline timeline;
    Actor actor;
    Wire wire;
    TcpPeer peer;
    std::vector<std::byte> stream;
    std::vector<Ack> acks;
};

TEST_F(Peer, AcknowledgesEveryFewSegmentsAndTheEndOfABurst) {
    send(10 * 1448, 1448);
    run();
    ASSERT_EQ(acks.size(), 3u);
    EXPECT_EQ(acks[0].number, 4u * 1448);
    EXPECT_EQ(acks[1].number, 8u * 1448);
    EXPECT_EQ(acks[2].number, 10u * 1448);
    EXPECT_EQ(acks[0].when, 3u * 1448 + 20'000'000 + 90 * 800 + 3'000'000);
}

TEST_F(Peer, FindsEveryStampWhereverSegmentsEnd) {
    for (const std::uint32_t segment : {1448u, 4u, 4096u, 4099u, 65536u}) {
        TcpPeer other(sc_core::sc_gen_unique_name("peer"), timeline, wire, {1000, 0, seed});
        other.connect(*this);
        for (std::uint32_t at = 0; at < 65536; at += segment)
            other.receive({stream.data() + at, std::min(segment, 65536 - at), false}, 0);
        EXPECT_EQ(other.counters().stamps, 16u) << segment;
        EXPECT_EQ(other.counters().wrong_stamps, 0u) << segment;
    }
}

TEST_F(Peer, NoticesAPageOfAnotherPlace) {
    std::memcpy(stream.data() + 8192, stream.data() + 4096, 4096);
    send(65536, 1448);
    EXPECT_EQ(peer.counters().wrong_stamps, 1u);
    EXPECT_EQ(peer.counters().first_wrong_offset, 8192u);
}

} // namespace
} // namespace tcesim
