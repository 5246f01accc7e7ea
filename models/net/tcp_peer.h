// SPDX-License-Identifier: Apache-2.0
/// \file
/// The machine at the other end of the wire: receives one TCP stream, verifies and acknowledges it.
///
/// It acknowledges every ack_every segments and every segment that is pushed (the last one of a
/// burst); the ACK leaves turnaround after the segment has arrived. There is no delayed-ACK timer,
/// as nothing stays unacknowledged behind a pushed segment. Nothing is ever lost on this wire.
#ifndef TCESIM_MODELS_NET_TCP_PEER_H
#define TCESIM_MODELS_NET_TCP_PEER_H

#include <array>
#include <cstddef>
#include <systemc>

#include "models/kernel/delay_line.h"
#include "models/net/frame.h"
#include "models/net/stamp_check.h"
#include "models/net/wire.h"

namespace tcesim {

struct PeerParameters {
    std::uint32_t ack_every;    ///< segments per ACK, at least 1
    ps_t turnaround;            ///< interrupt and TCP receive until the ACK leaves
    std::uint64_t pattern_seed; ///< of the stream's stamps (stream_pattern.h)
    /// Others send on the peer's lane, too: an ACK is handed to the wire when it leaves, not ahead of its time.
    bool shares_lane = false;
};

/// TCP payload of one frame.
struct Segment {
    const std::byte *payload;
    std::uint32_t bytes;
    bool push; ///< last one of a burst
};

/// Takes the frames that arrive at a device.
class FrameSink {
public:
    virtual ~FrameSink() = default;
    /// The last byte of a frame, without its check sequence, has arrived now. Copies what it needs.
    virtual void on_frame(const std::byte *frame, std::uint32_t bytes) = 0;
};

/// Takes the acknowledgements of a stream that the peer's machine sends.
class AckSink {
public:
    virtual ~AckSink() = default;
    /// An ACK with the number \p acknowledged (the low half of a stream offset) comes to the peer at \p arrives_at.
    virtual void on_ack(std::uint32_t acknowledged, ps_t arrives_at) = 0;
};

/// Hears about the stream as the peer sees it.
class PeerObserver {
public:
    virtual ~PeerObserver() = default;
    /// \p bytes of the stream from \p offset on leave the device in one frame now and arrive later.
    virtual void on_segment(std::uint64_t offset, std::uint32_t bytes, ps_t now, ps_t arrives_at) = 0;
    /// An ACK for everything before stream offset \p end; both instants lie ahead.
    virtual void on_ack(std::uint64_t end, ps_t leaves_at, ps_t arrives_at) = 0;
};

struct PeerCounters {
    std::uint64_t segments = 0;
    std::uint64_t bytes = 0; ///< payload, what is still on the wire included
    std::uint64_t acks = 0;
    std::uint64_t stamps = 0;       ///< verified
    std::uint64_t wrong_stamps = 0; ///< of these: not what the stream has at that offset
    std::uint64_t first_wrong_offset = 0;
};

class TcpPeer : public sc_core::sc_module {
public:
    TcpPeer(sc_core::sc_module_name name, Timeline &timeline, Wire &wire, const PeerParameters &parameters);

    void connect(FrameSink &device) { device_ = &device; }
    void set_observer(PeerObserver &observer) { observer_ = &observer; }
    /// Who sends a stream to the device. Its acknowledgements come without payload and go there.
    void set_sender(AckSink &sender) { sender_ = &sender; }

    /// The next segment of the stream, which arrives at \p arrives_at. Called when it is sent.
    void receive(const Segment &segment, ps_t arrives_at);
    /// A frame of ack_frame_bytes without payload, likewise.
    void receive_ack(const std::byte *frame, ps_t arrives_at);

    const PeerCounters &counters() const { return counters_; }

private:
    void acknowledge(ps_t when);
    void leave(std::uint64_t acknowledged);
    void deliver(std::uint64_t acknowledged);

    Timeline &timeline_;
    Wire &wire_;
    const PeerParameters parameters_;
    FrameSink *device_ = nullptr;
    PeerObserver *observer_ = nullptr;
    PeerCounters counters_;
    AckSink *sender_ = nullptr;
    StampCheck stamps_;
    std::uint32_t unacknowledged_ = 0;
    DelayLine<TcpPeer, std::uint64_t, &TcpPeer::leave> leaving_; // when the lane is shared
    DelayLine<TcpPeer, std::uint64_t, &TcpPeer::deliver> acks_;
};

} // namespace tcesim

#endif
