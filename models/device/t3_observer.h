// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a T3 tells about its work. Everything is told at the instant at which it happens.
#ifndef TCESIM_MODELS_DEVICE_T3_OBSERVER_H
#define TCESIM_MODELS_DEVICE_T3_OBSERVER_H

#include <cstddef>

#include "models/device/t3_descriptor.h"
#include "models/kernel/timeline.h"

namespace tcesim {

class T3Observer {
public:
    virtual ~T3Observer() = default;
    /// The payload reads of \p request are queued.
    virtual void on_work_request(const T3WorkRequest &request, ps_t now) = 0;
    /// The last completion of these reads has arrived.
    virtual void on_packet_read(const T3WorkRequest &request, ps_t now) = 0;
    /// A response entry is written that returns the descriptors of all packets read so far.
    virtual void on_credits(std::uint32_t descriptors, ps_t now) = 0;
    /// A received frame is written to the buffer at bus address \p ioba, a response entry behind it.
    virtual void on_frame_written(const std::byte *frame, std::uint32_t bytes, std::uint64_t ioba, ps_t now) = 0;
    /// The interrupt message is written.
    virtual void on_interrupt(ps_t now) = 0;
};

} // namespace tcesim

#endif
