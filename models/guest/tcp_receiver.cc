// SPDX-License-Identifier: Apache-2.0
#include "models/guest/tcp_receiver.h"

#include <cstring>

#include "models/net/frame.h"

namespace tcesim {

namespace {

constexpr std::uint32_t segments_per_ack = 2;

} // namespace

TcpReceiver::TcpReceiver(const TcpReceiverParameters &parameters, SimPort &port, Cxgb3Driver &driver)
    : parameters_(parameters), port_(port), driver_(driver), stamps_(parameters.pattern_seed, received_stamp_interval) {
    driver_.set_frame_handler([this](const ReceivedFrame &frame) { on_frame(frame); });
    driver_.set_round_handler([this] { on_round(); });
}

void TcpReceiver::run(Vcpu &vcpu) {
    vcpu.set_interrupt_handler([this] { driver_.interrupt(); });
    driver_.start();
    for (;;) {
        driver_.poll_if_scheduled();
        if (!driver_.poll_scheduled())
            vcpu.idle();
    }
}

void TcpReceiver::on_frame(const ReceivedFrame &frame) {
    std::uint32_t sequence;
    std::memcpy(&sequence, port_.guest_memory(frame.gpa + sequence_number_offset), sizeof(sequence));
    const std::uint32_t payload = frame.bytes - ack_frame_bytes;
    if (__builtin_bswap32(sequence) != static_cast<std::uint32_t>(expected_)) {
        hand_over();
        current_vcpu->spend(Cost::guest_receive);
        counters_.packets += measured();
        counters_.out_of_order += measured();
        if (!frame.copied)
            driver_.put(frame);
        acknowledge();
        return;
    }
    if (merged_ + payload > lro_max)
        hand_over();
    Unread unread{frame, {}};
    if (frame.copied) {
        unread.copy.resize(payload);
        std::memcpy(unread.copy.data(), port_.guest_memory(frame.gpa + ack_frame_bytes), payload);
    }
    unread_.push_back(std::move(unread));
    unread_bytes_ += payload;
    expected_ += payload;
    merged_ += payload;
    ++merged_segments_;
    if (!parameters_.lro)
        hand_over();
}

/// The packet merged so far goes through the stack.
void TcpReceiver::hand_over() {
    if (merged_segments_ == 0)
        return;
    current_vcpu->spend(Cost::guest_receive);
    counters_.packets += measured();
    unacknowledged_ += merged_segments_;
    merged_ = merged_segments_ = 0;
    if (unacknowledged_ >= segments_per_ack)
        acknowledge();
}

void TcpReceiver::acknowledge() {
    ack_due_ = !driver_.send_ack(static_cast<std::uint32_t>(expected_ - merged_));
    if (ack_due_)
        return;
    unacknowledged_ = 0;
    counters_.acks += measured();
}

void TcpReceiver::on_round() {
    hand_over();
    if (unacknowledged_ > 0 || ack_due_)
        acknowledge();
    read();
}

void TcpReceiver::read() {
    if (unread_bytes_ == 0)
        return;
    const std::uint64_t calls = (unread_bytes_ + parameters_.chunk - 1) / parameters_.chunk;
    current_vcpu->guest_work(Cost::guest_read,
                             calls * parameters_.read_call + unread_bytes_ * parameters_.read_64k / 65536);
    const std::uint64_t wrong_before = stamps_.wrong();
    for (const Unread &unread : unread_) {
        const ReceivedFrame &frame = unread.frame;
        const std::byte *payload =
            frame.copied ? unread.copy.data()
                         : reinterpret_cast<const std::byte *>(port_.guest_memory(frame.gpa)) + ack_frame_bytes;
        stamps_.take(payload, frame.bytes - ack_frame_bytes);
        if (!frame.copied)
            driver_.put(frame);
    }
    if (measured()) {
        counters_.bytes += unread_bytes_;
        counters_.wrong_stamps += stamps_.wrong() - wrong_before;
    }
    unread_.clear();
    unread_bytes_ = 0;
}

} // namespace tcesim
