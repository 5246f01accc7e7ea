// SPDX-License-Identifier: Apache-2.0
#include "models/device/t3_response_queue.h"

#include <cstring>

#include "models/kernel/check.h"

namespace tcesim {

T3ResponseQueue::T3ResponseQueue(Timeline &timeline, DmaRequester &requester, ps_t interrupt_holdoff)
    : timeline_(timeline), requester_(requester), interrupt_holdoff_(interrupt_holdoff),
      interrupt_event_(Event::member<&T3ResponseQueue::interrupt>(EventClass::device, this)) {}

void T3ResponseQueue::post(const T3Response &response) {
    TCESIM_CHECK(room(), "a response is written to a free entry");
    const std::uint64_t place = produced_ % t3_response_entries;
    const bool generation = produced_ / t3_response_entries % 2 == 0;
    ++produced_;
    std::array<std::uint64_t, t3_response_flits> flits = t3_encode(response, generation);
    for (std::uint64_t &flit : flits)
        flit = __builtin_bswap64(flit);
    std::array<std::byte, t3_response_bytes> entry{};
    std::memcpy(entry.data(), flits.data(), entry.size());
    requester_.write(rings_.responses + place * t3_response_bytes, entry.data(), t3_response_bytes);
    if (response.kind != T3ResponseKind::packet) {
        ++counters_.credits;
        if (observer_)
            observer_->on_credits(response.value, timeline_.now());
        return;
    }
    ++counters_.packets;
    behind_last_packet_ = produced_;
    request_interrupt();
}

void T3ResponseQueue::consumed(std::uint64_t value) {
    consumed_ += value & (t3_register::gts_arm - 1);
    TCESIM_CHECK(consumed_ <= produced_, "the driver consumes only responses that exist");
    armed_ = armed_ || (value & t3_register::gts_arm);
    if (behind_last_packet_ > consumed_)
        request_interrupt();
}

void T3ResponseQueue::request_interrupt() {
    if (armed_ && !interrupt_event_.pending())
        timeline_.schedule(interrupt_event_, timeline_.now() + interrupt_holdoff_);
}

void T3ResponseQueue::interrupt() {
    if (behind_last_packet_ <= consumed_)
        return;
    armed_ = false;
    ++counters_.interrupts;
    if (observer_)
        observer_->on_interrupt(timeline_.now());
    const std::uint32_t data = __builtin_bswap32(rings_.msi_data);
    requester_.write(rings_.msi_address, reinterpret_cast<const std::byte *>(&data), sizeof data);
}

} // namespace tcesim
