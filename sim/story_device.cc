// SPDX-License-Identifier: Apache-2.0
// The part of a packet's story that device, wire and peer tell.
#include <cstring>

#include "models/net/frame.h"
#include "sim/story.h"
#include "sim/story_text.h"

namespace tcesim {

void Story::on_work_request(const T3WorkRequest &request, ps_t now) {
    if (!following_ || !range_of(request.gather[0].ioba))
        return;
    tell(now, "device",
         "has fetched the descriptor: " + std::to_string(request.bytes) + " bytes in " +
             count_of(request.gather_count, "piece") + "; queues the reads of them");
}

void Story::on_packet_read(const T3WorkRequest &request, ps_t now) {
    if (!following_ || !range_of(request.gather[0].ioba))
        return;
    read_ = true;
    tell(now, "device", "the last completion has arrived: all " + std::to_string(request.bytes) + " bytes are read");
}

/// Credits cover every packet that has been read by then.
void Story::on_credits(std::uint32_t descriptors, ps_t now) {
    if (!following_ || !read_ || credited_)
        return;
    credited_ = true;
    tell(now, "device",
         "writes a response entry: " + count_of(descriptors, "descriptor") +
             " done with, those of earlier packets included");
}

void Story::on_segment(std::uint64_t offset, std::uint32_t bytes, ps_t now, ps_t arrives_at) {
    if (!following_ || offset < stream_first_ || offset >= stream_end_)
        return;
    ++frames_;
    if (offset == stream_first_) {
        tell(now, "device", "hands the first frame with " + std::to_string(bytes) + " bytes of payload to the wire");
        tell(arrives_at, "peer", "the first frame arrives");
    }
    if (offset + bytes == stream_end_) {
        tell(now, "device", "hands the last frame to the wire");
        tell(arrives_at, "peer", "the last of " + count_of(frames_, "frame") + " arrives");
    }
}

void Story::on_ack(std::uint64_t end, ps_t leaves_at, ps_t) {
    if (!following_ || peer_acked_ || end < stream_end_)
        return;
    peer_acked_ = true;
    tell(leaves_at, "peer",
         "its ACK leaves, for the stream up to offset " + std::to_string(end) + "; the packet ends at " +
             std::to_string(stream_end_));
}

void Story::on_frame_written(const std::byte *frame, std::uint32_t bytes, std::uint64_t ioba, ps_t now) {
    if (!following_ || !peer_acked_ || ack_written_)
        return;
    std::uint32_t number = 0;
    std::memcpy(&number, frame + ack_number_offset, sizeof number);
    // Numbers are the low halves of stream offsets.
    if (static_cast<std::int32_t>(__builtin_bswap32(number) - static_cast<std::uint32_t>(stream_end_)) < 0)
        return;
    ack_written_ = true;
    tell(now, "device",
         "writes the ACK, " + std::to_string(bytes) + " bytes, to the receive buffer at bus address " + hex(ioba) +
             " and a response entry");
}

void Story::on_interrupt(ps_t now) {
    if (!following_ || !ack_written_ || acked_ || interrupted_)
        return;
    interrupted_ = true;
    tell(now, "device", "requests an interrupt");
}

} // namespace tcesim
