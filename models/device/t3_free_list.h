// SPDX-License-Identifier: Apache-2.0
/// \file
/// One free list of the T3: the chip's store of buffers that the driver has given.
///
/// Descriptors are fetched eight at a time, one read outstanding, as soon as fewer than eight are in
/// store; both sizes are this model's choice.
#ifndef TCESIM_MODELS_DEVICE_T3_FREE_LIST_H
#define TCESIM_MODELS_DEVICE_T3_FREE_LIST_H

#include <functional>

#include "models/device/t3_descriptor.h"
#include "models/kernel/ring.h"
#include "models/pcie/requester.h"

namespace tcesim {

struct T3FreeBuffer {
    std::uint64_t ioba;
    std::uint32_t place; ///< in the free list
};

class T3FreeList {
public:
    /// \p entries of the ring. \p failure: the engine's reason for having stopped; nullptr while it works.
    /// \p on_buffers is called when buffers have come.
    T3FreeList(DmaRequester &requester, std::uint32_t entries, const char *&failure, std::function<void()> on_buffers);

    void configure(std::uint64_t ring) { ring_ = ring; }
    /// \p buffers more are in the ring.
    void doorbell(std::uint32_t buffers);

    bool empty() const { return buffers_.empty(); }
    /// The oldest buffer; the list must not be empty().
    T3FreeBuffer take();
    /// Refills the store if it runs low.
    void fetch();

private:
    static constexpr std::uint32_t fetch_max = 8;

    void on_data(DmaRead &read, std::uint32_t bytes);

    DmaRequester &requester_;
    const std::uint32_t entries_;
    const char *&failure_;
    const std::function<void()> on_buffers_;
    std::uint64_t ring_ = 0;
    std::uint64_t announced_ = 0, asked_ = 0; // descriptors, counted from the beginning
    std::array<std::byte, fetch_max * t3_free_descriptor_bytes> fetched_{};
    DmaRead read_;
    bool reading_ = false;
    DmaReadHandler<T3FreeList, &T3FreeList::on_data> client_;
    unsigned queue_;
    Ring<T3FreeBuffer> buffers_;
};

} // namespace tcesim

#endif
