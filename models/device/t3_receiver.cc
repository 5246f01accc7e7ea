// SPDX-License-Identifier: Apache-2.0
#include "models/device/t3_receiver.h"

#include <algorithm>
#include <cstring>

#include "models/kernel/check.h"

namespace tcesim {

T3Receiver::T3Receiver(Timeline &timeline, DmaRequester &requester, T3ResponseQueue &responses, const char *&failure)
    : timeline_(timeline), requester_(requester), responses_(responses), failure_(failure), client_(*this),
      queue_(requester.add_queue(client_, 0)) {}

void T3Receiver::doorbell(std::uint32_t buffers) {
    announced_ += buffers;
    fetch_buffers();
}

void T3Receiver::fetch_buffers() {
    if (failure_ || reading_ || asked_ == announced_ || buffers_.size() >= fetch_max)
        return;
    const std::uint64_t place = asked_ % t3_free_list_entries;
    const std::uint64_t count = std::min({announced_ - asked_, t3_free_list_entries - place, std::uint64_t{fetch_max}});
    read_.ioba = free_list_ + place * t3_free_descriptor_bytes;
    read_.to = fetched_.data();
    read_.bytes = static_cast<std::uint32_t>(count * t3_free_descriptor_bytes);
    reading_ = true;
    requester_.read(queue_, read_);
}

void T3Receiver::on_buffers(DmaRead &read, std::uint32_t) {
    if (read.arrived < read.bytes)
        return;
    reading_ = false;
    if (read.failed) {
        failure_ = "the read of a free-list descriptor failed";
        return;
    }
    for (std::uint32_t at = 0; at < read.bytes; at += t3_free_descriptor_bytes) {
        std::array<std::uint64_t, 2> flits{};
        std::memcpy(flits.data(), fetched_.data() + at, sizeof flits);
        const bool generation = asked_ / t3_free_list_entries % 2 == 0;
        if ((__builtin_bswap64(flits[1]) & 1) != generation) {
            failure_ = "a free-list descriptor is of an old generation";
            return;
        }
        buffers_.push({__builtin_bswap64(flits[0]), static_cast<std::uint32_t>(asked_ % t3_free_list_entries)});
        ++asked_;
    }
    fetch_buffers();
    deliver();
}

void T3Receiver::on_frame(const std::byte *frame, std::uint32_t bytes) {
    TCESIM_CHECK(bytes <= t3_free_buffer_bytes, "a frame fits into a free-list buffer");
    if (waiting_.empty() && possible()) {
        write(frame, bytes);
        return;
    }
    if (waiting_.size() == waiting_max || failure_) {
        ++counters_.dropped;
        return;
    }
    Frame held;
    held.bytes = bytes;
    std::memcpy(held.data.data(), frame, bytes);
    waiting_.push(held);
}

void T3Receiver::deliver() {
    while (!waiting_.empty() && possible()) {
        const Frame &frame = waiting_.front();
        write(frame.data.data(), frame.bytes);
        waiting_.pop();
    }
}

void T3Receiver::write(const std::byte *frame, std::uint32_t bytes) {
    const Buffer buffer = buffers_.pop();
    requester_.write(buffer.ioba, frame, bytes);
    ++counters_.frames;
    if (observer_)
        observer_->on_frame_written(frame, bytes, buffer.ioba, timeline_.now());
    responses_.post({T3ResponseKind::packet, bytes, buffer.place});
    fetch_buffers();
}

} // namespace tcesim
