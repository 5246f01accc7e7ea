// SPDX-License-Identifier: Apache-2.0
/// \file
/// The T3's receive side: frames into the buffers of the free lists, one response each.
///
/// A frame goes into a buffer of the free list, or of the jumbo one when it does not fit. It waits in
/// the chip until a buffer and a response entry are there; the chip holds waiting_max frames, which
/// leave in the order in which they came, and drops what comes beyond. These sizes and those of the
/// fetch (t3_free_list.h) are this model's choice. They do not limit throughput: eight of the smallest
/// full frames take 10 us on a wire of 10 Gb/s, far longer than a read of eight descriptors.
#ifndef TCESIM_MODELS_DEVICE_T3_RECEIVER_H
#define TCESIM_MODELS_DEVICE_T3_RECEIVER_H

#include <deque>
#include <vector>

#include "models/device/t3_free_list.h"
#include "models/device/t3_response_queue.h"

namespace tcesim {

struct T3ReceiveCounters {
    std::uint64_t frames = 0; ///< written to memory
    std::uint64_t dropped = 0;
};

class T3Receiver {
public:
    static constexpr std::uint32_t waiting_max = 64;

    /// \p failure is the engine's reason for having stopped; nullptr while it works.
    T3Receiver(Timeline &timeline, DmaRequester &requester, T3ResponseQueue &responses, const char *&failure);

    void configure(std::uint64_t free_list, std::uint64_t jumbo_list);
    void set_observer(T3Observer &observer) { observer_ = &observer; }
    /// \p buffers more are in the free list, or in the jumbo one.
    void doorbell(bool jumbo, std::uint32_t buffers);
    /// The last byte of a frame of at most t3_jumbo_buffer_bytes has arrived.
    void on_frame(const std::byte *frame, std::uint32_t bytes);
    /// Writes the frames that wait, as far as there are buffers and response entries.
    void deliver();

    const T3ReceiveCounters &counters() const { return counters_; }

private:
    static bool is_jumbo(std::size_t bytes) { return bytes > t3_free_buffer_bytes; }
    T3FreeList &list_for(std::size_t bytes) { return is_jumbo(bytes) ? jumbo_ : small_; }
    bool possible(std::size_t bytes) { return !failure_ && !list_for(bytes).empty() && responses_.room(); }
    void write(const std::byte *frame, std::uint32_t bytes);

    Timeline &timeline_;
    DmaRequester &requester_;
    T3ResponseQueue &responses_;
    const char *&failure_;
    T3Observer *observer_ = nullptr;
    T3ReceiveCounters counters_;
    T3FreeList small_, jumbo_;
    std::deque<std::vector<std::byte>> waiting_;
};

} // namespace tcesim

#endif
