// SPDX-License-Identifier: Apache-2.0
/// \file
/// TCP receive in the guest: from the driver's frames to a process that reads one stream.
///
/// With large receive offload (LRO) the driver merges segments that follow each other into one packet
/// of up to 64 KiB, and hands over what it has at the end of a poll round; without, each segment is a
/// packet. Each packet costs guest_receive. An ACK is sent when two segments are unacknowledged, and
/// for what is left at the end of a round: there is no delayed-ACK timer. Then the process reads all
/// there is, chunk bytes per system call; the stamps are verified and the buffers go back.
///
/// Segments behind a hole are not kept: they are answered with a duplicate ACK, and the peer sends
/// them again (tcp_peer_sender.h).
#ifndef TCESIM_MODELS_GUEST_TCP_RECEIVER_H
#define TCESIM_MODELS_GUEST_TCP_RECEIVER_H

#include <vector>

#include "models/guest/cxgb3_driver.h"
#include "models/net/stamp_check.h"

namespace tcesim {

struct TcpReceiverParameters {
    bool lro;
    std::uint64_t chunk;        ///< bytes of a read, at least 1
    ps_t read_call;             ///< of one read, whatever its size
    ps_t read_64k;              ///< and for 64 KiB of it
    std::uint64_t pattern_seed; ///< of the stamps in the stream
};

/// Counted in the measured phase.
struct TcpReceiverCounters {
    std::uint64_t bytes = 0;        ///< read by the process
    std::uint64_t packets = 0;      ///< handed to the stack
    std::uint64_t out_of_order = 0; ///< segments that were not the next one
    std::uint64_t acks = 0;         ///< sent
    std::uint64_t wrong_stamps = 0; ///< in what was read
};

class TcpReceiver {
public:
    static constexpr std::uint32_t lro_max = 65536;

    TcpReceiver(const TcpReceiverParameters &parameters, SimPort &port, Cxgb3Driver &driver);

    /// Receives for ever, on the vCPU whose thread calls it; for a guest that does nothing else.
    void run(Vcpu &vcpu);

    const TcpReceiverCounters &counters() const { return counters_; }
    /// Of the whole run.
    const StampCheck &stamps() const { return stamps_; }

private:
    struct Unread {
        ReceivedFrame frame;
        std::vector<std::byte> copy; // of the payload, when the frame was copied
    };

    void on_frame(const ReceivedFrame &frame);
    void on_round();
    void hand_over();
    void acknowledge();
    void read();
    bool measured() const { return current_vcpu->phase() == Phase::measured; }

    const TcpReceiverParameters parameters_;
    SimPort &port_;
    Cxgb3Driver &driver_;
    std::uint64_t expected_ = 0;        // stream offset
    std::uint32_t merged_ = 0;          // bytes of the packet being merged
    std::uint32_t merged_segments_ = 0; // and of how many segments
    std::uint32_t unacknowledged_ = 0;  // segments
    bool ack_due_ = false;              // one could not be sent
    std::vector<Unread> unread_;        // in order
    std::uint64_t unread_bytes_ = 0;
    StampCheck stamps_;
    TcpReceiverCounters counters_;
};

} // namespace tcesim

#endif
