// SPDX-License-Identifier: Apache-2.0
/// \file
/// A full-duplex Ethernet wire: when a frame has left and when it has arrived.
///
/// A frame's fate is known when it is handed over, so the wire needs no events of its own.
#ifndef TCESIM_MODELS_NET_WIRE_H
#define TCESIM_MODELS_NET_WIRE_H

#include <algorithm>
#include <systemc>

#include "models/kernel/check.h"
#include "models/kernel/timeline.h"

namespace tcesim {

struct WireParameters {
    std::uint64_t rate; ///< bits per second, 1 .. 8 x 10^12
    ps_t latency;       ///< cable, switch and both MACs, one way
};

class Wire : public sc_core::sc_module {
public:
    enum class Direction : std::uint8_t { to_peer, to_device };

    struct Passage {
        ps_t sent;    ///< the last byte and the gap behind it have left
        ps_t arrived; ///< at the other end
    };

    Wire(sc_core::sc_module_name name, const WireParameters &parameters)
        : sc_module(name), parameters_(parameters),
          ps_per_byte_q24_((8'000'000'000'000ULL << 20) / parameters.rate << 4) {}

    /// Sends a frame of \p bytes byte times, overheads included, as soon as it is \p ready and the
    /// frames before it have left. Per direction, frames are handed over in the order of sending.
    Passage send(Direction direction, std::uint32_t bytes, ps_t ready) {
        Lane &lane = lanes_[static_cast<unsigned>(direction)];
        const ps_t time = bytes * ps_per_byte_q24_ >> 24;
        if (ready > lane.free)
            lane.free = lane.run_began = ready;
        lane.free += time;
        lane.booked += time;
        ++lane.frames;
        return {lane.free, lane.free + parameters_.latency};
    }

    /// Frames handed over.
    std::uint64_t frames(Direction direction) const { return lanes_[static_cast<unsigned>(direction)].frames; }

    /// Time within [0, \p now] in which the lane carried frames, their overheads included.
    ///
    /// What is booked beyond \p now is subtracted, which is exact if it has no gap in it: \p now must
    /// not lie before the run of frames without a gap that was begun last. It never does where frames
    /// are handed over when they are ready, as the T3 does; an ACK is booked ahead of its time.
    ps_t busy(Direction direction, ps_t now) const {
        const Lane &lane = lanes_[static_cast<unsigned>(direction)];
        TCESIM_CHECK(now >= lane.run_began, "what lies ahead on a lane has no gap");
        return lane.booked - (lane.free > now ? lane.free - now : 0);
    }

private:
    struct Lane {
        ps_t free = 0;
        ps_t run_began = 0; // since then it has carried one frame after the other until free
        ps_t booked = 0;    // time of all frames
        std::uint64_t frames = 0;
    };

    const WireParameters parameters_;
    const std::uint64_t ps_per_byte_q24_;
    Lane lanes_[2];
};

} // namespace tcesim

#endif
