// SPDX-License-Identifier: Apache-2.0
#include "models/device/t3_free_list.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tcesim {

T3FreeList::T3FreeList(DmaRequester &requester, std::uint32_t entries, const char *&failure,
                       std::function<void()> on_buffers)
    : requester_(requester), entries_(entries), failure_(failure), on_buffers_(std::move(on_buffers)), client_(*this),
      queue_(requester.add_queue(client_, 0)) {}

void T3FreeList::doorbell(std::uint32_t buffers) {
    announced_ += buffers;
    fetch();
}

T3FreeBuffer T3FreeList::take() {
    return buffers_.pop();
}

void T3FreeList::fetch() {
    if (failure_ || reading_ || asked_ == announced_ || buffers_.size() >= fetch_max)
        return;
    const std::uint64_t place = asked_ % entries_;
    const std::uint64_t count = std::min({announced_ - asked_, entries_ - place, std::uint64_t{fetch_max}});
    read_.ioba = ring_ + place * t3_free_descriptor_bytes;
    read_.to = fetched_.data();
    read_.bytes = static_cast<std::uint32_t>(count * t3_free_descriptor_bytes);
    reading_ = true;
    requester_.read(queue_, read_);
}

void T3FreeList::on_data(DmaRead &read, std::uint32_t) {
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
        const bool generation = asked_ / entries_ % 2 == 0;
        if ((__builtin_bswap64(flits[1]) & 1) != generation) {
            failure_ = "a free-list descriptor is of an old generation";
            return;
        }
        buffers_.push({__builtin_bswap64(flits[0]), static_cast<std::uint32_t>(asked_ % entries_)});
        ++asked_;
    }
    fetch();
    on_buffers_();
}

} // namespace tcesim
