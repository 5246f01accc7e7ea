// SPDX-License-Identifier: Apache-2.0
/// \file
/// The driver's side of one free list: which chunk stands at which place, and what the device is told.
#ifndef TCESIM_MODELS_GUEST_RECEIVE_LIST_H
#define TCESIM_MODELS_GUEST_RECEIVE_LIST_H

#include <deque>

#include "models/cpu/sim_port.h"
#include "models/guest/page_chunks.h"

namespace tcesim {

class ReceiveList {
public:
    /// One place stays empty, so that a full ring differs from an empty one.
    /// \p ring: gpa of \p entries descriptors. \p chunks outlives the list.
    ReceiveList(SimPort &port, PageChunks &chunks, std::uint64_t ring, std::uint32_t entries);

    /// Adds chunks until the ring is full or \p most have been added: those that came back unused first.
    /// \returns how many were added.
    std::uint32_t refill(std::uint32_t most);
    /// Takes one chunk in store, beyond those in the ring. False when there is none.
    bool take_spare();
    /// The device has filled the buffer at \p place; it is the guest's now.
    PageChunk filled(std::uint32_t place);
    /// \p chunk is still empty: it goes back into the ring with the next refill.
    void reuse(const PageChunk &chunk) { spare_.push_back(chunk); }
    /// \p chunk has been read: it goes back to its page.
    void put(const PageChunk &chunk) { chunks_.put(chunk); }

    std::uint32_t entries() const { return static_cast<std::uint32_t>(at_.size()); }
    /// Buffers in the ring.
    std::uint32_t credits() const { return credits_; }
    std::uint32_t missing() const { return entries() - 1 - credits_; }
    /// Buffers that the device has not been told of.
    std::uint32_t unannounced() const { return unannounced_; }
    void announced() { unannounced_ = 0; }

private:
    void give(const PageChunk &chunk);

    SimPort &port_;
    PageChunks &chunks_;
    const std::uint64_t ring_;
    std::vector<PageChunk> at_; // by place
    std::deque<PageChunk> spare_;
    std::uint64_t given_ = 0;
    std::uint32_t credits_ = 0, unannounced_ = 0;
};

} // namespace tcesim

#endif
