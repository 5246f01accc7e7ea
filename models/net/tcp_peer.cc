// SPDX-License-Identifier: Apache-2.0
#include "models/net/tcp_peer.h"

#include <cstring>

#include "models/kernel/check.h"

namespace tcesim {

TcpPeer::TcpPeer(sc_core::sc_module_name name, Timeline &timeline, Wire &wire, const PeerParameters &parameters)
    : sc_module(name), timeline_(timeline), wire_(wire), parameters_(parameters),
      stamps_(parameters.pattern_seed, stamp_interval), leaving_(timeline, EventClass::wire, this),
      acks_(timeline, EventClass::wire, this) {
    TCESIM_CHECK(parameters.ack_every > 0, "an ACK answers at least one segment");
}

void TcpPeer::receive(const Segment &segment, ps_t arrives_at) {
    stamps_.take(segment.payload, segment.bytes);
    counters_.stamps = stamps_.verified();
    counters_.wrong_stamps = stamps_.wrong();
    counters_.first_wrong_offset = stamps_.first_wrong_offset();
    if (observer_)
        observer_->on_segment(counters_.bytes, segment.bytes, timeline_.now(), arrives_at);
    ++counters_.segments;
    counters_.bytes += segment.bytes;
    ++unacknowledged_;
    if (unacknowledged_ >= parameters_.ack_every || segment.push)
        acknowledge(arrives_at + parameters_.turnaround);
}

void TcpPeer::receive_ack(const std::byte *frame, ps_t arrives_at) {
    TCESIM_CHECK(sender_ != nullptr, "who is acknowledged sends");
    std::uint32_t number = 0;
    std::memcpy(&number, frame + ack_number_offset, sizeof number);
    sender_->on_ack(__builtin_bswap32(number), arrives_at);
}

void TcpPeer::acknowledge(ps_t when) {
    unacknowledged_ = 0;
    ++counters_.acks;
    if (parameters_.shares_lane) {
        leaving_.push(when, counters_.bytes);
        return;
    }
    const Wire::Passage passage = wire_.send(Wire::Direction::to_device, bytes_on_wire(0), when);
    if (observer_)
        observer_->on_ack(counters_.bytes, when, passage.arrived);
    acks_.push(passage.arrived, counters_.bytes);
}

void TcpPeer::leave(std::uint64_t acknowledged) {
    const ps_t now = timeline_.now();
    const Wire::Passage passage = wire_.send(Wire::Direction::to_device, bytes_on_wire(0), now);
    if (observer_)
        observer_->on_ack(acknowledged, now, passage.arrived);
    acks_.push(passage.arrived, acknowledged);
}

void TcpPeer::deliver(std::uint64_t acknowledged) {
    std::array<std::byte, ack_frame_bytes> frame{};
    const std::uint32_t number = __builtin_bswap32(static_cast<std::uint32_t>(acknowledged));
    std::memcpy(frame.data() + ack_number_offset, &number, sizeof number);
    device_->on_frame(frame.data(), ack_frame_bytes);
}

} // namespace tcesim
