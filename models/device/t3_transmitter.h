// SPDX-License-Identifier: Apache-2.0
/// \file
/// The T3's transmit side.
///
/// Descriptors are fetched up to four at a time, one read outstanding, into a store of 16; they go
/// before payload whenever a read tag is free. Both sizes are this model's choice. They do not limit
/// throughput: even packets of one frame and one descriptor leave back to back at 10 Gb/s on a link
/// that carries them, as four frames pass in 4.9 us and a read of their descriptors takes a fifth of
/// that. One work request after the other costs the packet time and then queues its payload reads,
/// while the payload of earlier ones is still coming and the wire still sending: packet time, fetch
/// and wire overlap. A frame goes to the wire when its last byte has arrived. A request waits as
/// long as the transmit buffer has no room for its packet. An immediate request has nothing to fetch and
/// leaves in its turn, behind what was requested before it. Once a packet has been read completely,
/// and its request wants it, the descriptors taken so far are reported as credits.
#ifndef TCESIM_MODELS_DEVICE_T3_TRANSMITTER_H
#define TCESIM_MODELS_DEVICE_T3_TRANSMITTER_H

#include <memory>
#include <vector>

#include "models/device/t3_response_queue.h"
#include "models/net/tcp_peer.h"

namespace tcesim {

struct T3TransmitCounters {
    std::uint64_t packets = 0; ///< work requests begun
    std::uint64_t frames = 0;  ///< handed to the wire
};

class T3Transmitter {
public:
    struct Limits {
        ps_t packet;
        std::uint32_t buffer;
    };

    /// \p failure is the engine's reason for having stopped; nullptr while it works.
    T3Transmitter(Timeline &timeline, DmaRequester &requester, T3ResponseQueue &responses, Wire &wire, TcpPeer &peer,
                  const Limits &limits, const char *&failure);

    void configure(std::uint64_t ring) { ring_ = ring; }
    void set_observer(T3Observer &observer) { observer_ = &observer; }
    /// \p descriptors more are in the ring.
    void doorbell(std::uint32_t descriptors);
    /// Writes the credits that wait for a response entry, if any.
    void report_credits();

    const T3TransmitCounters &counters() const { return counters_; }

private:
    static constexpr std::uint32_t store_entries = 16;
    static constexpr std::uint32_t fetch_max = 4;

    struct Packet {
        T3WorkRequest request;
        std::uint32_t descriptors = 0;
        std::uint32_t arrived = 0;
        std::uint32_t sent = 0; // payload handed to the wire
        bool complete = false;  // the last frame is handed to the wire
        std::array<DmaRead, t3_gather_max> reads;
        std::vector<std::byte> data;
    };

    void fetch_descriptors();
    void on_descriptors(DmaRead &read, std::uint32_t bytes);
    void consider_next();
    std::uint32_t next_request(std::uint32_t &bytes);
    void begin_packet();
    Packet &free_packet();
    void on_payload(DmaRead &read, std::uint32_t bytes);
    void send_frames(Packet &packet);
    void send_immediate(Packet &packet);
    void finish_read_packets();
    void on_sent(Packet *packet);
    const std::byte *stored(std::uint64_t descriptor) const {
        return store_.data() + descriptor % store_entries * t3_descriptor_bytes;
    }

    Timeline &timeline_;
    DmaRequester &requester_;
    T3ResponseQueue &responses_;
    Wire &wire_;
    TcpPeer &peer_;
    const Limits limits_;
    const char *&failure_;
    T3Observer *observer_ = nullptr;
    T3TransmitCounters counters_;
    std::uint64_t ring_ = 0;

    // Descriptors counted from the beginning: taken <= stored <= asked for <= announced.
    std::uint64_t announced_ = 0, asked_ = 0, stored_ = 0, taken_ = 0;
    std::array<std::byte, store_entries * t3_descriptor_bytes> store_{};
    DmaRead descriptor_read_;
    DmaReadHandler<T3Transmitter, &T3Transmitter::on_descriptors> descriptor_client_;
    DmaReadHandler<T3Transmitter, &T3Transmitter::on_payload> payload_client_;
    unsigned descriptor_queue_, payload_queue_;

    Event packet_event_;         // the packet time of the next request is over
    std::uint32_t buffered_ = 0; // bytes of the transmit buffer in use
    std::uint32_t credits_ = 0;  // descriptors read completely and not reported
    bool credits_wanted_ = false;
    std::vector<std::unique_ptr<Packet>> packets_;
    std::vector<Packet *> free_packets_;
    Ring<Packet *> fetching_; // in order of their payload reads
    DelayLine<T3Transmitter, Packet *, &T3Transmitter::on_sent> sending_;
};

} // namespace tcesim

#endif
