// SPDX-License-Identifier: Apache-2.0
#include "models/device/t3_transmitter.h"

#include <algorithm>
#include <cstring>

namespace tcesim {

T3Transmitter::T3Transmitter(Timeline &timeline, DmaRequester &requester, T3ResponseQueue &responses, Wire &wire,
                             TcpPeer &peer, const Limits &limits, const char *&failure)
    : timeline_(timeline), requester_(requester), responses_(responses), wire_(wire), peer_(peer), limits_(limits),
      failure_(failure), descriptor_client_(*this), payload_client_(*this),
      descriptor_queue_(requester.add_queue(descriptor_client_, 0)),
      payload_queue_(requester.add_queue(payload_client_, 1)),
      packet_event_(Event::member<&T3Transmitter::begin_packet>(EventClass::device, this)),
      sending_(timeline, EventClass::device, this) {}

void T3Transmitter::doorbell(std::uint32_t descriptors) {
    announced_ += descriptors;
    fetch_descriptors();
}

void T3Transmitter::fetch_descriptors() {
    const std::uint64_t room = store_entries - (asked_ - taken_);
    if (failure_ || asked_ != stored_ || asked_ == announced_ || room == 0)
        return;
    // One read ends at the end of the ring and of the store; the store's size divides the ring's.
    const std::uint64_t to_end = store_entries - asked_ % store_entries;
    const std::uint64_t count = std::min({announced_ - asked_, room, to_end, std::uint64_t{fetch_max}});
    descriptor_read_.ioba = ring_ + asked_ % t3_transmit_entries * t3_descriptor_bytes;
    descriptor_read_.to = store_.data() + asked_ % store_entries * t3_descriptor_bytes;
    descriptor_read_.bytes = static_cast<std::uint32_t>(count * t3_descriptor_bytes);
    asked_ += count;
    requester_.read(descriptor_queue_, descriptor_read_);
}

void T3Transmitter::on_descriptors(DmaRead &read, std::uint32_t) {
    if (read.arrived < read.bytes)
        return;
    if (read.failed) {
        failure_ = "the read of a transmit descriptor failed";
        return;
    }
    stored_ = asked_;
    fetch_descriptors();
    consider_next();
}

/// Descriptors of the next work request in the store and \p bytes of its packet; 0 while it is not
/// all there.
std::uint32_t T3Transmitter::next_request(std::uint32_t &bytes) {
    if (taken_ == stored_)
        return 0;
    std::uint64_t header = 0;
    std::uint64_t lengths = 0;
    std::memcpy(&header, stored(taken_), sizeof header);
    std::memcpy(&lengths, stored(taken_) + 8, sizeof lengths);
    const std::uint32_t count = t3_descriptor_count(__builtin_bswap64(header));
    if (count == 0)
        failure_ = "a transmit descriptor has an unknown opcode";
    bytes = static_cast<std::uint32_t>(__builtin_bswap64(lengths) >> 32);
    return count <= stored_ - taken_ ? count : 0;
}

/// Starts the next work request if it is there, has room, and none is being started.
void T3Transmitter::consider_next() {
    std::uint32_t bytes = 0;
    if (failure_ || packet_event_.pending() || next_request(bytes) == 0)
        return;
    if (buffered_ > 0 && buffered_ + bytes > limits_.buffer)
        return;
    timeline_.schedule(packet_event_, timeline_.now() + limits_.packet);
}

T3Transmitter::Packet &T3Transmitter::free_packet() {
    if (free_packets_.empty()) {
        packets_.push_back(std::make_unique<Packet>());
        packets_.back()->data.resize(t3_packet_max);
        free_packets_.push_back(packets_.back().get());
    }
    Packet &packet = *free_packets_.back();
    free_packets_.pop_back();
    return packet;
}

void T3Transmitter::begin_packet() {
    std::uint32_t bytes = 0;
    const std::uint32_t count = next_request(bytes);
    std::array<std::byte, t3_descriptors_max * t3_descriptor_bytes> descriptors;
    for (std::uint32_t i = 0; i < count; ++i)
        std::memcpy(descriptors.data() + static_cast<std::size_t>(i) * t3_descriptor_bytes, stored(taken_ + i),
                    t3_descriptor_bytes);
    Packet &packet = free_packet();
    const auto place = static_cast<std::uint32_t>(taken_ % t3_transmit_entries);
    const bool generation = taken_ / t3_transmit_entries % 2 == 0;
    if (!t3_decode(descriptors.data(), count, place, generation, packet.request)) {
        failure_ = "a transmit work request is malformed";
        return;
    }
    taken_ += count;
    ++counters_.packets;
    packet.descriptors = count;
    packet.arrived = packet.sent = 0;
    packet.complete = false;
    buffered_ += packet.request.bytes;
    fetching_.push(&packet);
    std::byte *to = packet.data.data();
    for (std::uint32_t i = 0; i < packet.request.gather_count; ++i) {
        const T3Gather &gather = packet.request.gather[i];
        packet.reads[i].ioba = gather.ioba;
        packet.reads[i].bytes = gather.bytes;
        packet.reads[i].to = to;
        to += gather.bytes;
        requester_.read(payload_queue_, packet.reads[i]);
    }
    if (packet.request.immediate) {
        packet.arrived = packet.request.bytes;
        finish_read_packets();
    } else if (observer_) {
        observer_->on_work_request(packet.request, timeline_.now());
    }
    fetch_descriptors();
    consider_next();
}

/// Payload arrives in the order of the reads, so it belongs to the oldest packet being fetched.
void T3Transmitter::on_payload(DmaRead &read, std::uint32_t bytes) {
    if (read.failed)
        failure_ = "the read of transmit payload failed";
    if (failure_)
        return;
    Packet &packet = *fetching_.front();
    packet.arrived += bytes;
    const bool complete = packet.arrived == packet.request.bytes;
    if (complete && observer_)
        observer_->on_packet_read(packet.request, timeline_.now());
    send_frames(packet);
    if (complete)
        finish_read_packets();
}

/// Of what has been read completely everything up to the first packet that has not is done with.
void T3Transmitter::finish_read_packets() {
    while (!fetching_.empty() && fetching_.front()->arrived == fetching_.front()->request.bytes) {
        Packet &packet = *fetching_.pop();
        if (packet.request.immediate)
            send_immediate(packet);
        credits_ += packet.descriptors;
        credits_wanted_ |= packet.request.completion;
        report_credits();
    }
}

void T3Transmitter::send_immediate(Packet &packet) {
    const Wire::Passage passage = wire_.send(Wire::Direction::to_peer, bytes_on_wire(0), timeline_.now());
    peer_.receive_ack(packet.request.data.data(), passage.arrived);
    ++counters_.frames;
    packet.complete = true;
    sending_.push(passage.sent, &packet);
}

void T3Transmitter::report_credits() {
    if (!credits_wanted_ || !responses_.room())
        return;
    responses_.post({T3ResponseKind::credits, credits_, 0});
    credits_ = 0;
    credits_wanted_ = false;
}

void T3Transmitter::send_frames(Packet &packet) {
    const std::uint32_t header = packet.request.header_bytes;
    const std::uint32_t payload = packet.request.bytes - header;
    const std::uint32_t mss = packet.request.mss ? packet.request.mss : payload;
    while (!packet.complete) {
        const std::uint32_t bytes = std::min(mss, payload - packet.sent);
        if (packet.arrived < header + packet.sent + bytes)
            return;
        const bool last = packet.sent + bytes == payload;
        const Wire::Passage passage = wire_.send(Wire::Direction::to_peer, bytes_on_wire(bytes), timeline_.now());
        peer_.receive({packet.data.data() + header + packet.sent, bytes, last}, passage.arrived);
        ++counters_.frames;
        packet.sent += bytes;
        packet.complete = last;
        if (last)
            sending_.push(passage.sent, &packet);
    }
}

/// The last frame of \p packet has left: its part of the buffer is free.
void T3Transmitter::on_sent(Packet *packet) {
    buffered_ -= packet->request.bytes;
    free_packets_.push_back(packet);
    consider_next();
}

} // namespace tcesim
