// SPDX-License-Identifier: Apache-2.0
#include "models/device/t3_receiver.h"

#include "models/kernel/check.h"

namespace tcesim {

T3Receiver::T3Receiver(Timeline &timeline, DmaRequester &requester, T3ResponseQueue &responses, const char *&failure)
    : timeline_(timeline), requester_(requester), responses_(responses), failure_(failure),
      small_(requester, t3_free_list_entries, failure, [this] { deliver(); }),
      jumbo_(requester, t3_jumbo_list_entries, failure, [this] { deliver(); }) {}

void T3Receiver::configure(std::uint64_t free_list, std::uint64_t jumbo_list) {
    small_.configure(free_list);
    jumbo_.configure(jumbo_list);
}

void T3Receiver::doorbell(bool jumbo, std::uint32_t buffers) {
    (jumbo ? jumbo_ : small_).doorbell(buffers);
}

void T3Receiver::on_frame(const std::byte *frame, std::uint32_t bytes) {
    TCESIM_CHECK(bytes <= t3_jumbo_buffer_bytes, "a frame fits into a free-list buffer");
    if (waiting_.empty() && possible(bytes)) {
        write(frame, bytes);
        return;
    }
    if (waiting_.size() == waiting_max || failure_) {
        ++counters_.dropped;
        return;
    }
    waiting_.emplace_back(frame, frame + bytes);
}

void T3Receiver::deliver() {
    while (!waiting_.empty() && possible(waiting_.front().size())) {
        const std::vector<std::byte> frame = std::move(waiting_.front());
        waiting_.pop_front();
        write(frame.data(), static_cast<std::uint32_t>(frame.size()));
    }
}

void T3Receiver::write(const std::byte *frame, std::uint32_t bytes) {
    const T3FreeBuffer buffer = list_for(bytes).take();
    requester_.write(buffer.ioba, frame, bytes);
    ++counters_.frames;
    if (observer_)
        observer_->on_frame_written(frame, bytes, buffer.ioba, timeline_.now());
    responses_.post({T3ResponseKind::packet, bytes, buffer.place, is_jumbo(bytes)});
    list_for(bytes).fetch();
}

} // namespace tcesim
