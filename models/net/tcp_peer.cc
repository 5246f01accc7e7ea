// SPDX-License-Identifier: Apache-2.0
#include "models/net/tcp_peer.h"

#include <algorithm>
#include <cstring>

#include "models/kernel/check.h"

namespace tcesim {

TcpPeer::TcpPeer(sc_core::sc_module_name name, Timeline &timeline, Wire &wire, const PeerParameters &parameters)
    : sc_module(name), timeline_(timeline), wire_(wire), parameters_(parameters),
      acks_(timeline, EventClass::wire, this) {
    TCESIM_CHECK(parameters.ack_every > 0, "an ACK answers at least one segment");
}

void TcpPeer::receive(const Segment &segment, ps_t arrives_at) {
    verify(segment);
    if (observer_)
        observer_->on_segment(counters_.bytes, segment.bytes, timeline_.now(), arrives_at);
    ++counters_.segments;
    counters_.bytes += segment.bytes;
    ++unacknowledged_;
    if (unacknowledged_ >= parameters_.ack_every || segment.push)
        acknowledge(arrives_at + parameters_.turnaround);
}

/// Collects the stamps that begin, continue or end in \p segment.
void TcpPeer::verify(const Segment &segment) {
    const std::uint64_t first = counters_.bytes;
    const std::uint64_t last = first + segment.bytes;
    while (next_stamp_ < last) {
        const std::uint64_t from = std::max(first, next_stamp_);
        const std::uint64_t to = std::min(last, next_stamp_ + stamp_bytes);
        std::memcpy(stamp_.data() + (from - next_stamp_), segment.payload + (from - first), to - from);
        if (to < next_stamp_ + stamp_bytes)
            return;
        compare_stamp(next_stamp_);
        next_stamp_ += stamp_interval;
    }
}

void TcpPeer::compare_stamp(std::uint64_t offset) {
    std::uint64_t stamp = 0;
    std::memcpy(&stamp, stamp_.data(), sizeof stamp);
    ++counters_.stamps;
    if (__builtin_bswap64(stamp) == stream_stamp(offset, parameters_.pattern_seed))
        return;
    if (counters_.wrong_stamps == 0)
        counters_.first_wrong_offset = offset;
    ++counters_.wrong_stamps;
}

void TcpPeer::acknowledge(ps_t when) {
    unacknowledged_ = 0;
    ++counters_.acks;
    const Wire::Passage passage = wire_.send(Wire::Direction::to_device, bytes_on_wire(0), when);
    if (observer_)
        observer_->on_ack(counters_.bytes, when, passage.arrived);
    acks_.push(passage.arrived, counters_.bytes);
}

void TcpPeer::deliver(std::uint64_t acknowledged) {
    std::array<std::byte, ack_frame_bytes> frame{};
    const std::uint32_t number = __builtin_bswap32(static_cast<std::uint32_t>(acknowledged));
    std::memcpy(frame.data() + ack_number_offset, &number, sizeof number);
    device_->on_frame(frame.data(), ack_frame_bytes);
}

} // namespace tcesim
