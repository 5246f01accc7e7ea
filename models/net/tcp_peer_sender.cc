// SPDX-License-Identifier: Apache-2.0
#include "models/net/tcp_peer_sender.h"

#include <algorithm>
#include <cstring>

#include "models/kernel/check.h"

namespace tcesim {

TcpPeerSender::TcpPeerSender(Timeline &timeline, Wire &wire, FrameSink &device, const PeerSenderParameters &parameters)
    : timeline_(timeline), wire_(wire), device_(device), parameters_(parameters),
      window_(std::max<std::uint64_t>(parameters.window, parameters.segment)), threshold_(window_),
      frame_(ack_frame_bytes + parameters.segment),
      lane_free_(Event::member<&TcpPeerSender::send>(EventClass::wire, this)),
      timer_(Event::member<&TcpPeerSender::expire>(EventClass::wire, this)),
      arriving_(timeline, EventClass::wire, this), acks_(timeline, EventClass::wire, this) {
    TCESIM_CHECK(parameters.segment > 0 && parameters.timeout > 0, "a segment has bytes, and the timer a time");
}

/// Hands the next segment to the wire, and comes again when that has left.
void TcpPeerSender::send() {
    if (lane_free_.pending() || next_ + parameters_.segment > acknowledged_ + window_)
        return;
    const Wire::Passage passage =
        wire_.send(Wire::Direction::to_device, bytes_on_wire(parameters_.segment), timeline_.now());
    arriving_.push(passage.arrived, next_);
    ++counters_.segments;
    counters_.retransmitted += next_ < highest_;
    if (next_ == acknowledged_)
        progress_ = timeline_.now();
    next_ += parameters_.segment;
    highest_ = std::max(highest_, next_);
    if (!timer_.pending())
        timeline_.schedule(timer_, progress_ + parameters_.timeout);
    timeline_.schedule(lane_free_, passage.sent);
}

void TcpPeerSender::deliver(std::uint64_t offset) {
    const std::uint32_t sequence = __builtin_bswap32(static_cast<std::uint32_t>(offset));
    std::memcpy(frame_.data() + sequence_number_offset, &sequence, sizeof sequence);
    std::byte *const payload = frame_.data() + ack_frame_bytes;
    std::memset(payload, 0, parameters_.segment);
    const std::uint64_t end = offset + parameters_.segment;
    for (std::uint64_t at = offset / received_stamp_interval * received_stamp_interval; at < end;
         at += received_stamp_interval) {
        const std::uint64_t stamp = __builtin_bswap64(stream_stamp(at, parameters_.pattern_seed));
        // A stamp may have begun in the segment before, and may end in the next.
        const std::uint64_t first = std::max(at, offset), last = std::min(at + stamp_bytes, end);
        if (first < last)
            std::memcpy(payload + (first - offset), reinterpret_cast<const std::byte *>(&stamp) + (first - at),
                        last - first);
    }
    device_.on_frame(frame_.data(), static_cast<std::uint32_t>(frame_.size()));
}

void TcpPeerSender::on_ack(std::uint32_t acknowledged, ps_t arrives_at) {
    acks_.push(arrives_at + parameters_.turnaround, acknowledged);
}

void TcpPeerSender::take_ack(std::uint32_t acknowledged) {
    ++counters_.acks;
    const std::uint64_t newly = static_cast<std::uint32_t>(acknowledged - static_cast<std::uint32_t>(acknowledged_));
    if (newly == 0) {
        if (++duplicates_ == duplicates_for_loss && !gone_back_)
            go_back();
    } else if (newly <= highest_ - acknowledged_) {
        acknowledged_ += newly;
        next_ = std::max(next_, acknowledged_);
        duplicates_ = 0;
        gone_back_ = false;
        progress_ = timeline_.now();
        grow(newly);
    } // else it is older than the last one
    send();
}

void TcpPeerSender::grow(std::uint64_t newly) {
    const std::uint64_t most = std::max<std::uint64_t>(parameters_.window, parameters_.segment);
    // A segment per segment below the threshold, a segment per window above it.
    window_ += window_ < threshold_ ? newly : std::max<std::uint64_t>(1, newly * parameters_.segment / window_);
    window_ = std::min(window_, most);
}

/// Everything that is not acknowledged is sent again.
void TcpPeerSender::go_back() {
    threshold_ = std::max<std::uint64_t>(window_ / 2, 2ULL * parameters_.segment);
    window_ = parameters_.segment;
    gone_back_ = true;
    next_ = acknowledged_;
    duplicates_ = 0;
}

/// The timer: set again while there has been progress since it was set.
void TcpPeerSender::expire() {
    if (highest_ == acknowledged_)
        return;
    const ps_t due = progress_ + parameters_.timeout;
    if (due > timeline_.now()) {
        timeline_.schedule(timer_, due);
        return;
    }
    ++counters_.timeouts;
    go_back();
    progress_ = timeline_.now();
    timeline_.schedule(timer_, progress_ + parameters_.timeout);
    send();
}

} // namespace tcesim
