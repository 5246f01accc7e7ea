// SPDX-License-Identifier: Apache-2.0
/// \file
/// The guest's cxgb3 driver: what it maps, writes and reads. Its own instructions are part of the
/// machine's constants guest_send, guest_ack, guest_poll, guest_receive_frame and guest_ack_send.
///
/// Transmit: header and each page fragment are mapped one by one; one doorbell per packet; a
/// completion is asked for every eight descriptors; what is completed is unmapped, at most 16
/// packets at a time, when the next packet is sent. An ACK travels in its descriptor: nothing is mapped.
///
/// Receive: buffers are chunks of whole guest pages, one mapping per page (page_chunks.h). Packets up
/// to the copy threshold, and so all ACKs, are copied out and the buffer goes back to the free list as
/// it is. Larger ones keep their buffer until they are put(); whenever 16 are missing, 16 are added.
/// With fewer than 16 left and none to be had, packets are dropped and their buffers used again.
///
/// A driver that only transmits polls in its interrupt; one that receives streams polls when the
/// guest's software calls it, one round at a time, so that a poll that never runs dry leaves the vCPU
/// to others. The former also tells the device of every 16 buffers, the latter of a quarter of the
/// list, as the real one does.
#ifndef TCESIM_MODELS_GUEST_CXGB3_DRIVER_H
#define TCESIM_MODELS_GUEST_CXGB3_DRIVER_H

#include <deque>
#include <functional>

#include "models/cpu/sim_port.h"
#include "models/device/t3_response_queue.h"
#include "models/guest/receive_list.h"

namespace tcesim {

struct Cxgb3DriverParameters {
    std::uint64_t guest_page;    ///< bytes
    std::uint64_t device_window; ///< host real address of the device's registers
    std::uint64_t memory;        ///< gpa of memory_bytes for rings and buffers, 64 KiB aligned
    std::uint64_t msi_address;   ///< bus address of the interrupt
    bool receive = false;        ///< streams come, not only ACKs
    bool jumbo = false;          ///< frames come that need the jumbo free list
};

/// A frame with payload in a buffer of the guest's, mapped still.
struct ReceivedFrame {
    std::uint64_t gpa = 0;
    std::uint32_t bytes = 0;
    bool copied = false; ///< the buffer is valid during the call only; not to be put()
    bool jumbo = false;
    PageChunk chunk;
};

struct ReceiveCounters {
    std::uint64_t frames = 0;  ///< with payload, dropped ones included
    std::uint64_t dropped = 0; ///< for want of buffers
};

/// A TSO packet: header_bytes at header, payload_bytes at payload (guest page aligned).
struct TransmitPacket {
    std::uint64_t number;
    std::uint64_t header, payload; ///< gpa
    std::uint32_t header_bytes, payload_bytes;
    std::uint16_t mss;
};

class Cxgb3Driver {
public:
    static constexpr std::uint64_t memory_bytes = 14 << 20;
    /// Largest frame that a buffer holds.
    static constexpr std::uint32_t largest_frame(std::uint64_t guest_page) { return jumbo_buffer_bytes(guest_page); }

    Cxgb3Driver(const Cxgb3DriverParameters &parameters, SimPort &port, GuestDma &dma, MmioTarget &mmio);

    /// Maps rings and buffers, before the first vCPU runs. \returns where the device finds them; false
    /// in `second` when the window has no room for them.
    std::pair<T3Rings, bool> open();
    /// Hands the free list to the device and arms its interrupt; on a vCPU.
    void start();

    /// Called with the acknowledgement number of each ACK.
    void set_ack_handler(std::function<void(std::uint32_t)> handler) { on_ack_ = std::move(handler); }
    /// Called when the doorbell of a packet has been rung.
    void set_sent_handler(std::function<void(std::uint64_t number)> handler) { on_sent_ = std::move(handler); }
    /// Called with each frame that has payload; afterwards it is the handler's, who puts it back.
    void set_frame_handler(std::function<void(const ReceivedFrame &)> handler) { on_frame_ = std::move(handler); }
    /// Called behind the frames of a poll round.
    void set_round_handler(std::function<void()> handler) { on_round_ = std::move(handler); }
    /// Called when a packet is unmapped.
    void set_done_handler(std::function<void(std::uint64_t number)> handler) { on_done_ = std::move(handler); }

    /// Whether the ring has room for the largest packet.
    bool can_transmit() const { return in_ring_ + t3_descriptors_max <= t3_transmit_entries; }
    /// Maps and sends \p packet. False, with nothing sent, when the window is full.
    bool transmit(const TransmitPacket &packet);
    /// Unmaps completed packets, at most 16. \returns how many.
    unsigned reclaim();
    /// Sends an ACK with \p number. False, with nothing sent, when the ring is full.
    bool send_ack(std::uint32_t number);
    /// Takes the buffer of \p frame back.
    void put(const ReceivedFrame &frame) { list(frame.jumbo).put(frame.chunk); }
    /// The device's interrupt: polls now, or at the end of the transmit that it interrupted; a driver that
    /// receives is only scheduled.
    void interrupt();
    /// Polls if an interrupt asked for it, or an earlier poll that did not come to an end.
    void poll_if_scheduled();
    bool poll_scheduled() const { return poll_scheduled_; }

    std::uint64_t map_failures() const { return map_failures_; }
    const ReceiveCounters &receive_counters() const { return receive_counters_; }

private:
    struct Sent {
        std::uint64_t number; // of the packet
        bool ack;             // none: an ACK
        std::uint32_t descriptors;
        std::uint32_t mappings;
        std::array<DmaMapping, t3_gather_max> mapping;
    };

    bool map_packet(const TransmitPacket &packet, Sent &sent, T3WorkRequest &request);
    static constexpr std::uint32_t jumbo_buffer_bytes(std::uint64_t guest_page) {
        return guest_page > 8192 ? t3_jumbo_buffer_bytes : 8192;
    }
    ReceiveList &list(bool jumbo) { return jumbo ? jumbo_list_ : small_list_; }
    void enqueue(T3WorkRequest &request, Sent &sent);
    void write_request(const T3WorkRequest &request);
    void store_flit(std::uint64_t gpa, std::uint64_t value) const;
    std::uint64_t load_flit(std::uint64_t gpa) const;
    T3Response next_response() const;
    void poll();
    void announce(bool jumbo);
    void recycle(ReceiveList &list, const PageChunk &chunk);
    void receive_ack(const PageChunk &chunk);
    void receive_frame(const T3Response &response, const PageChunk &chunk);
    unsigned poll_round();
    void receive(const T3Response &response);
    void device_write(std::uint64_t offset, std::uint64_t value);

    const Cxgb3DriverParameters parameters_;
    SimPort &port_;
    GuestDma &dma_;
    MmioTarget &mmio_;
    std::function<void(std::uint32_t)> on_ack_;
    std::function<void(std::uint64_t)> on_sent_, on_done_;
    std::function<void(const ReceivedFrame &)> on_frame_;
    std::function<void()> on_round_;

    std::uint64_t transmit_ring_, free_list_, responses_, buffers_, jumbo_ring_, jumbo_buffers_; // gpa
    PageChunks small_chunks_, jumbo_chunks_;
    ReceiveList small_list_, jumbo_list_;
    ReceiveCounters receive_counters_;
    std::deque<Sent> sent_;
    std::uint64_t produced_ = 0;  // descriptors, counted from the beginning
    std::uint32_t in_ring_ = 0;   // descriptors not reclaimed
    std::uint32_t completed_ = 0; // of these: completed
    std::uint32_t since_completion_ = 0;
    std::uint64_t consumed_ = 0; // responses
    bool transmitting_ = false;
    bool poll_scheduled_ = false;
    std::uint64_t map_failures_ = 0;
};

} // namespace tcesim

#endif
