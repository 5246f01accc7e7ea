// SPDX-License-Identifier: Apache-2.0
/// \file
/// A guest process that sends one TCP stream as fast as it can.
///
/// Each chunk costs guest_send and goes to the driver as one TSO packet, as long as no more than
/// the TCP window is unacknowledged; otherwise the vCPU idles until an interrupt. A poll of the driver
/// that does not run dry and sending get as much time as each other.
#ifndef TCESIM_MODELS_GUEST_TCP_SENDER_H
#define TCESIM_MODELS_GUEST_TCP_SENDER_H

#include <vector>

#include "models/guest/cxgb3_driver.h"

namespace tcesim {

struct TcpSenderParameters {
    std::uint32_t chunk; ///< bytes, at most 64 KiB
    std::uint32_t mtu;
    std::uint64_t window;       ///< bytes, at least chunk
    std::uint64_t guest_page;   ///< bytes
    std::uint64_t memory;       ///< gpa of memory_bytes() for headers and payload, 64 KiB aligned
    ps_t send_cost;             ///< of one chunk
    std::uint64_t pattern_seed; ///< of the stamps in the stream
};

/// Hears about packets; numbers count from 1 in the measured phase, 0 before it.
class PacketObserver {
public:
    virtual ~PacketObserver() = default;
    virtual void on_packet(std::uint64_t number, const TransmitPacket &packet) = 0;
    virtual void on_packet_sent(std::uint64_t number) = 0;
    virtual void on_packet_acked(std::uint64_t number) = 0;
    virtual void on_packet_unmapped(std::uint64_t number) = 0;
};

struct TcpSenderCounters {
    std::uint64_t chunks = 0;      ///< handed to the driver in the measured phase
    std::uint64_t acked_bytes = 0; ///< acknowledged in the measured phase
    std::uint64_t acks = 0;
};

class TcpSender {
public:
    TcpSender(const TcpSenderParameters &parameters, SimPort &port, Cxgb3Driver &driver);

    static std::uint64_t memory_bytes(std::uint64_t chunk, std::uint64_t window);

    void set_observer(PacketObserver &observer) { observer_ = &observer; }
    /// Sends for ever, on the vCPU whose thread calls it.
    void run(Vcpu &vcpu);

    const TcpSenderCounters &counters() const { return counters_; }

private:
    struct Buffer {
        std::uint64_t number = 0; // of the packet in the measured phase
        bool in_use = false;      // mapped, or not acknowledged
        bool mapped = false;
        std::uint64_t end = 0; // stream offset behind its last byte
    };

    bool can_send() const;
    bool poll_is_next() const;
    void poll(Vcpu &vcpu);
    void send_in_turn(Vcpu &vcpu);
    void send(Vcpu &vcpu);
    void stamp(std::uint64_t payload) const;
    void on_ack(std::uint32_t number);
    void on_unmapped(std::uint64_t packet);
    Buffer &buffer_of(std::uint64_t packet) { return buffers_[packet % buffers_.size()]; }

    const TcpSenderParameters parameters_;
    SimPort &port_;
    Cxgb3Driver &driver_;
    PacketObserver *observer_ = nullptr;
    std::vector<Buffer> buffers_;
    std::uint64_t payload_stride_, headers_, payloads_; // bytes, gpa, gpa
    std::uint64_t next_packet_ = 0;
    std::uint64_t oldest_unacked_ = 0;   // packet
    std::uint64_t sent_ = 0, acked_ = 0; // stream offsets
    std::int64_t owed_ = 0;              // ps by polls that do not run dry to sending
    Vcpu *vcpu_ = nullptr;
    TcpSenderCounters counters_;
};

} // namespace tcesim

#endif
