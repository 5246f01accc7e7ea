// SPDX-License-Identifier: Apache-2.0
#include "models/guest/receive_list.h"

#include <cstring>

#include "models/device/t3_descriptor.h"

namespace tcesim {

ReceiveList::ReceiveList(SimPort &port, PageChunks &chunks, std::uint64_t ring, std::uint32_t entries)
    : port_(port), chunks_(chunks), ring_(ring), at_(entries) {}

void ReceiveList::give(const PageChunk &chunk) {
    const std::uint64_t place = given_ % at_.size();
    const bool generation = given_ / at_.size() % 2 == 0;
    const std::uint64_t flits[2] = {__builtin_bswap64(chunk.bus_address), __builtin_bswap64(generation ? 1 : 0)};
    std::memcpy(port_.guest_memory(ring_ + place * t3_free_descriptor_bytes), flits, sizeof flits);
    at_[place] = chunk;
    ++given_;
    ++credits_;
    ++unannounced_;
}

std::uint32_t ReceiveList::refill(std::uint32_t most) {
    std::uint32_t added = 0;
    for (; added < most && missing() > 0; ++added) {
        if (spare_.empty() && !take_spare())
            break;
        const PageChunk chunk = spare_.front();
        spare_.pop_front();
        give(chunk);
    }
    return added;
}

bool ReceiveList::take_spare() {
    const std::optional<PageChunk> chunk = chunks_.take();
    if (chunk)
        spare_.push_back(*chunk);
    return chunk.has_value();
}

PageChunk ReceiveList::filled(std::uint32_t place) {
    --credits_;
    return at_[place];
}

} // namespace tcesim
