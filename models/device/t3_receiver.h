// SPDX-License-Identifier: Apache-2.0
/// \file
/// The T3's receive side: frames into the buffers of the free list, one response each.
///
/// Free-list descriptors are fetched eight at a time, one read outstanding, as soon as fewer than
/// eight are in store. A frame waits in the chip until a buffer and a response entry are there; the
/// chip holds waiting_max frames and drops what comes beyond. These sizes are this model's choice.
/// They do not limit throughput: what comes is ACKs, at most one for each full frame sent, and eight
/// of these take far longer than a read of eight descriptors.
#ifndef TCESIM_MODELS_DEVICE_T3_RECEIVER_H
#define TCESIM_MODELS_DEVICE_T3_RECEIVER_H

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

    void configure(std::uint64_t free_list) { free_list_ = free_list; }
    void set_observer(T3Observer &observer) { observer_ = &observer; }
    /// \p buffers more are in the free list.
    void doorbell(std::uint32_t buffers);
    /// The last byte of a frame of at most t3_free_buffer_bytes has arrived.
    void on_frame(const std::byte *frame, std::uint32_t bytes);
    /// Writes the frames that wait, as far as there are buffers and response entries.
    void deliver();

    const T3ReceiveCounters &counters() const { return counters_; }

private:
    static constexpr std::uint32_t fetch_max = 8;

    struct Buffer {
        std::uint64_t ioba;
        std::uint32_t place; // in the free list
    };
    struct Frame {
        std::uint32_t bytes;
        std::array<std::byte, t3_free_buffer_bytes> data;
    };

    void fetch_buffers();
    void on_buffers(DmaRead &read, std::uint32_t bytes);
    bool possible() const { return !failure_ && !buffers_.empty() && responses_.room(); }
    void write(const std::byte *frame, std::uint32_t bytes);

    Timeline &timeline_;
    DmaRequester &requester_;
    T3ResponseQueue &responses_;
    const char *&failure_;
    T3Observer *observer_ = nullptr;
    T3ReceiveCounters counters_;
    std::uint64_t free_list_ = 0;
    std::uint64_t announced_ = 0, asked_ = 0; // descriptors, counted from the beginning
    std::array<std::byte, fetch_max * t3_free_descriptor_bytes> fetched_{};
    DmaRead read_;
    bool reading_ = false;
    DmaReadHandler<T3Receiver, &T3Receiver::on_buffers> client_;
    unsigned queue_;
    Ring<Buffer> buffers_;
    Ring<Frame> waiting_;
};

} // namespace tcesim

#endif
