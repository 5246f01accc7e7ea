// SPDX-License-Identifier: Apache-2.0
/// \file
/// The guest's cxgb3 driver: what it maps, writes and reads. Its own instructions are part of the
/// machine's constants guest_send, guest_ack and guest_poll.
///
/// Transmit: header and each page fragment are mapped one by one; one doorbell per packet; a
/// completion is asked for every eight descriptors; what is completed is unmapped, at most 16
/// packets at a time, when the next packet is sent.
/// Receive: free-list buffers are mapped once, a guest page at a time. Packets up to the copy
/// threshold, and so all ACKs, are copied out and the buffer goes back to the free list as it is.
#ifndef TCESIM_MODELS_GUEST_CXGB3_DRIVER_H
#define TCESIM_MODELS_GUEST_CXGB3_DRIVER_H

#include <deque>
#include <functional>

#include "models/cpu/sim_port.h"
#include "models/device/t3_response_queue.h"
#include "models/guest/guest_dma.h"

namespace tcesim {

struct Cxgb3DriverParameters {
    std::uint64_t guest_page;     ///< bytes
    std::uint64_t device_window;  ///< host real address of the device's registers
    std::uint64_t memory;         ///< gpa of memory_bytes for rings and buffers, 64 KiB aligned
    std::uint64_t msi_address;    ///< bus address of the interrupt
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
    static constexpr std::uint64_t memory_bytes = 4 << 20;

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
    /// Called when a packet is unmapped.
    void set_done_handler(std::function<void(std::uint64_t number)> handler) { on_done_ = std::move(handler); }

    /// Whether the ring has room for the largest packet.
    bool can_transmit() const { return in_ring_ + t3_descriptors_max <= t3_transmit_entries; }
    /// Maps and sends \p packet. False, with nothing sent, when the window is full.
    bool transmit(const TransmitPacket &packet);
    /// Unmaps completed packets, at most 16. \returns how many.
    unsigned reclaim();
    /// The device's interrupt: polls now, or at the end of the transmit that it interrupted.
    void interrupt();
    /// Polls if an interrupt asked for it.
    void poll_if_scheduled();

    std::uint64_t map_failures() const { return map_failures_; }

private:
    struct Sent {
        std::uint64_t number;
        std::uint32_t descriptors;
        std::uint32_t mappings;
        std::array<DmaMapping, t3_gather_max> mapping;
    };

    bool map_packet(const TransmitPacket &packet, Sent &sent, T3WorkRequest &request);
    void write_request(const T3WorkRequest &request);
    void store_flit(std::uint64_t gpa, std::uint64_t value) const;
    std::uint64_t load_flit(std::uint64_t gpa) const;
    T3Response next_response() const;
    void give_buffer();
    void poll();
    unsigned poll_round();
    void receive(const T3Response &response);
    void device_write(std::uint64_t offset, std::uint64_t value);

    const Cxgb3DriverParameters parameters_;
    SimPort &port_;
    GuestDma &dma_;
    MmioTarget &mmio_;
    std::function<void(std::uint32_t)> on_ack_;
    std::function<void(std::uint64_t)> on_sent_, on_done_;

    std::uint64_t transmit_ring_, free_list_, responses_, buffers_; // gpa
    std::array<std::uint64_t, t3_free_list_entries> buffer_bus_{};
    std::deque<Sent> sent_;
    std::uint64_t produced_ = 0;        // descriptors, counted from the beginning
    std::uint32_t in_ring_ = 0;         // descriptors not reclaimed
    std::uint32_t completed_ = 0;       // of these: completed
    std::uint32_t since_completion_ = 0;
    std::uint64_t consumed_ = 0;        // responses
    std::uint64_t buffers_given_ = 0;   // free-list descriptors written
    std::uint32_t buffers_unannounced_ = 0;
    bool transmitting_ = false;
    bool poll_scheduled_ = false;
    std::uint64_t map_failures_ = 0;
};

} // namespace tcesim

#endif
