// SPDX-License-Identifier: Apache-2.0
#include "models/guest/tcp_sender.h"

#include <cstring>

#include "models/net/frame.h"
#include "models/net/stream_pattern.h"

namespace tcesim {

namespace {

constexpr std::uint64_t header_stride = 256;
// Buffers beyond the window: packets that are acknowledged and not unmapped yet, because the device
// reports completions for groups of them.
constexpr std::uint64_t spare_buffers = 64;

constexpr std::uint64_t align_to_page(std::uint64_t value) {
    return (value + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

std::uint64_t buffer_count(std::uint64_t chunk, std::uint64_t window) {
    return window / chunk + spare_buffers;
}

} // namespace

std::uint64_t TcpSender::memory_bytes(std::uint64_t chunk, std::uint64_t window) {
    const std::uint64_t buffers = buffer_count(chunk, window);
    return align_to_page(buffers * header_stride) + buffers * align_to_page(chunk);
}

TcpSender::TcpSender(const TcpSenderParameters &parameters, SimPort &port, Cxgb3Driver &driver)
    : parameters_(parameters), port_(port), driver_(driver),
      buffers_(buffer_count(parameters.chunk, parameters.window)), payload_stride_(align_to_page(parameters.chunk)),
      headers_(parameters.memory), payloads_(parameters.memory + align_to_page(buffers_.size() * header_stride)) {
    driver_.set_ack_handler([this](std::uint32_t number) { on_ack(number); });
    driver_.set_sent_handler([this](std::uint64_t packet) {
        if (observer_)
            observer_->on_packet_sent(buffer_of(packet).number);
    });
    driver_.set_done_handler([this](std::uint64_t packet) { on_unmapped(packet); });
}

bool TcpSender::can_send() const {
    return sent_ + parameters_.chunk - acked_ <= parameters_.window && driver_.can_transmit() &&
           !buffers_[next_packet_ % buffers_.size()].in_use;
}

void TcpSender::run(Vcpu &vcpu) {
    vcpu_ = &vcpu;
    vcpu.set_interrupt_handler([this] { driver_.interrupt(); });
    driver_.start();
    for (;;) {
        if (poll_is_next())
            poll(vcpu);
        else if (can_send())
            send_in_turn(vcpu);
        else if (!driver_.reclaim()) // a full ring or no free buffer: what is completed makes room
            vcpu.idle();
    }
}

bool TcpSender::poll_is_next() const {
    return driver_.poll_scheduled() && (owed_ <= 0 || !can_send());
}

void TcpSender::poll(Vcpu &vcpu) {
    const ps_t before = vcpu.now();
    driver_.poll_if_scheduled();
    owed_ = driver_.poll_scheduled() ? owed_ + static_cast<std::int64_t>(vcpu.now() - before) : 0;
}

void TcpSender::send_in_turn(Vcpu &vcpu) {
    const ps_t before = vcpu.now();
    send(vcpu);
    owed_ = driver_.poll_scheduled() ? owed_ - static_cast<std::int64_t>(vcpu.now() - before) : 0;
}

/// Puts the stamps of the stream into the payload of the next packet.
void TcpSender::stamp(std::uint64_t payload) const {
    const std::uint64_t end = sent_ + parameters_.chunk;
    std::uint64_t offset = (sent_ + stamp_interval - 1) / stamp_interval * stamp_interval;
    for (; offset < end; offset += stamp_interval) {
        const std::uint64_t value = __builtin_bswap64(stream_stamp(offset, parameters_.pattern_seed));
        std::memcpy(port_.guest_memory(payload + (offset - sent_)), &value,
                    std::min<std::uint64_t>(sizeof(value), end - offset));
    }
    // A stamp that began in the packet before ends in this one.
    const std::uint64_t before = sent_ / stamp_interval * stamp_interval;
    if (before != sent_ && sent_ - before < stamp_bytes) {
        const std::uint64_t value = __builtin_bswap64(stream_stamp(before, parameters_.pattern_seed));
        std::memcpy(port_.guest_memory(payload), reinterpret_cast<const char *>(&value) + (sent_ - before),
                    stamp_bytes - (sent_ - before));
    }
}

void TcpSender::send(Vcpu &vcpu) {
    Buffer &buffer = buffer_of(next_packet_);
    const bool measured = vcpu.phase() == Phase::measured;
    const std::uint64_t slot = next_packet_ % buffers_.size();
    const TransmitPacket packet{next_packet_,
                                headers_ + slot * header_stride,
                                payloads_ + slot * payload_stride_,
                                ethernet_header + tcp_ip_headers,
                                parameters_.chunk,
                                static_cast<std::uint16_t>(maximum_segment(parameters_.mtu))};
    counters_.chunks += measured;
    buffer = {measured ? counters_.chunks : 0, true, true, sent_ + parameters_.chunk};
    if (observer_)
        observer_->on_packet(buffer.number, packet);
    stamp(packet.payload);
    vcpu.guest_work(Cost::guest_send, parameters_.send_cost);
    ++next_packet_;
    sent_ += parameters_.chunk;
    // A full window gives room when earlier packets are completed and unmapped.
    while (!driver_.transmit(packet))
        if (!driver_.poll_scheduled())
            vcpu.idle();
}

void TcpSender::on_ack(std::uint32_t number) {
    ++counters_.acks;
    const std::uint64_t newly = static_cast<std::uint32_t>(number - static_cast<std::uint32_t>(acked_));
    acked_ += newly;
    if (vcpu_->phase() == Phase::measured)
        counters_.acked_bytes += newly;
    while (oldest_unacked_ < next_packet_ && buffer_of(oldest_unacked_).end <= acked_) {
        Buffer &buffer = buffer_of(oldest_unacked_++);
        buffer.in_use = buffer.mapped;
        if (observer_)
            observer_->on_packet_acked(buffer.number);
    }
}

void TcpSender::on_unmapped(std::uint64_t packet) {
    Buffer &buffer = buffer_of(packet);
    buffer.mapped = false;
    buffer.in_use = buffer.end > acked_;
    if (observer_)
        observer_->on_packet_unmapped(buffer.number);
}

} // namespace tcesim
