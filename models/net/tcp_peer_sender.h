// SPDX-License-Identifier: Apache-2.0
/// \file
/// A TCP stream from the machine at the other end of the wire to the device, as fast as wire and window allow.
///
/// Segments are full. The window is what the receiver offers, and less after a loss, which three
/// duplicate acknowledgements or the retransmission timer tell of: everything from the hole on is sent
/// again (the receiver keeps nothing behind a hole), through a window of one segment that doubles with
/// each window acknowledged up to half of what it was, and then grows by a segment (RFC 5681 without its
/// fast recovery). It begins as large as the receiver's: the stream is long, and how it began is not
/// what is looked at.
#ifndef TCESIM_MODELS_NET_TCP_PEER_SENDER_H
#define TCESIM_MODELS_NET_TCP_PEER_SENDER_H

#include <vector>

#include "models/net/tcp_peer.h"

namespace tcesim {

struct PeerSenderParameters {
    std::uint32_t segment;      ///< payload bytes of a frame
    std::uint64_t window;       ///< bytes in flight at most, at least 1; less than a segment counts as one
    ps_t turnaround;            ///< from an ACK's arrival until what it allows leaves
    ps_t timeout;               ///< of retransmission, since the last progress; not 0
    std::uint64_t pattern_seed; ///< of the stamps, at every received_stamp_interval
};

struct PeerSenderCounters {
    std::uint64_t segments = 0;      ///< sent, retransmissions included
    std::uint64_t retransmitted = 0; ///< of these
    std::uint64_t timeouts = 0;      ///< expiries of the timer
    std::uint64_t acks = 0;          ///< received
};

class TcpPeerSender : public AckSink {
public:
    TcpPeerSender(Timeline &timeline, Wire &wire, FrameSink &device, const PeerSenderParameters &parameters);

    /// Sends from now on. Once.
    void start() { send(); }
    void on_ack(std::uint32_t acknowledged, ps_t arrives_at) override;

    const PeerSenderCounters &counters() const { return counters_; }

private:
    static constexpr unsigned duplicates_for_loss = 3;

    void send();
    void take_ack(std::uint32_t acknowledged);
    void grow(std::uint64_t newly);
    void go_back();
    void expire();
    void deliver(std::uint64_t offset);

    Timeline &timeline_;
    Wire &wire_;
    FrameSink &device_;
    const PeerSenderParameters parameters_;
    PeerSenderCounters counters_;
    // Stream offsets: acknowledged <= next <= highest sent.
    std::uint64_t acknowledged_ = 0, next_ = 0, highest_ = 0;
    bool gone_back_ = false;  // duplicates answer what was sent before that, until there is progress
    std::uint64_t window_;    // bytes; at most that of the parameters
    std::uint64_t threshold_; // of window_: below it doubles
    unsigned duplicates_ = 0;
    ps_t progress_ = 0; // when the timer was last started anew
    std::vector<std::byte> frame_;
    Event lane_free_;
    Event timer_;
    DelayLine<TcpPeerSender, std::uint64_t, &TcpPeerSender::deliver> arriving_;
    DelayLine<TcpPeerSender, std::uint32_t, &TcpPeerSender::take_ack> acks_;
};

} // namespace tcesim

#endif
