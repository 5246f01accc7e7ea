// SPDX-License-Identifier: Apache-2.0
/// \file
/// A full-duplex Ethernet wire: when a frame has left and when it has arrived.
///
/// A frame's fate is known when it is handed over, so the wire needs no events of its own.
#ifndef TCESIM_MODELS_NET_WIRE_H
#define TCESIM_MODELS_NET_WIRE_H

#include <algorithm>
#include <systemc>

#include "models/kernel/timeline.h"

namespace tcesim {

struct WireParameters {
    std::uint64_t rate = 10'000'000'000; ///< bits per second, 1 .. 8 x 10^12
    ps_t latency = 3'000'000;            ///< cable, switch and both MACs, one way
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
        lane.free = std::max(lane.free, ready) + (bytes * ps_per_byte_q24_ >> 24);
        ++lane.frames;
        return {lane.free, lane.free + parameters_.latency};
    }

    std::uint64_t frames(Direction direction) const { return lanes_[static_cast<unsigned>(direction)].frames; }

private:
    struct Lane {
        ps_t free = 0;
        std::uint64_t frames = 0;
    };

    const WireParameters parameters_;
    const std::uint64_t ps_per_byte_q24_;
    Lane lanes_[2];
};

} // namespace tcesim

#endif
