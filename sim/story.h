// SPDX-License-Identifier: Apache-2.0
/// \file
/// The story of one packet, told from what happened (--follow).
///
/// What repeats is told once and then counted: one hypercall and one DMA read in full, the rest of
/// each group as a sum.
#ifndef TCESIM_SIM_STORY_H
#define TCESIM_SIM_STORY_H

#include <string>
#include <vector>

#include "models/cpu/sim_port.h"
#include "models/device/t3_observer.h"
#include "models/guest/guest_dma.h"
#include "models/guest/tcp_sender.h"
#include "models/net/tcp_peer.h"
#include "models/phb/observer.h"
#include "sim/results.h"

namespace tcesim {

class Story : public TraceObserver,
              public DmaObserver,
              public MappingObserver,
              public PacketObserver,
              public T3Observer,
              public PeerObserver {
public:
    /// \p packet: counted from 1 in the measured phase.
    explicit Story(std::uint64_t packet) : packet_(packet) {}

    void on_trace(const Trace &trace) override;
    void on_access(const DmaAccess &access) override;
    void on_mapped(std::uint64_t bus_address, std::uint64_t bytes, std::uint64_t gpa) override;
    void on_unmapped(std::uint64_t bus_address, std::uint64_t bytes) override;
    void on_packet(std::uint64_t number, const TransmitPacket &packet) override;
    void on_packet_sent(std::uint64_t number) override;
    void on_packet_acked(std::uint64_t number) override;
    void on_packet_unmapped(std::uint64_t number) override;
    void on_work_request(const T3WorkRequest &request, ps_t now) override;
    void on_packet_read(const T3WorkRequest &request, ps_t now) override;
    void on_credits(std::uint32_t descriptors, ps_t now) override;
    void on_frame_written(const std::byte *frame, std::uint32_t bytes, std::uint64_t ioba, ps_t now) override;
    void on_interrupt(ps_t now) override;
    void on_segment(std::uint64_t offset, std::uint32_t bytes, ps_t now, ps_t arrives_at) override;
    void on_ack(std::uint64_t end, ps_t leaves_at, ps_t arrives_at) override;

    /// In order of time; empty when the run had no such packet.
    std::vector<StoryStep> steps() const;

private:
    struct Range {
        std::uint64_t first, last; ///< bus addresses
        bool told = false;         ///< a read of it has been told in full
        std::uint64_t reads = 0, bytes = 0, hits = 0;
        ps_t last_read = 0;
    };

    Range *range_of(std::uint64_t bus_address);
    bool on_page_of_packet(std::uint64_t ioba) const;
    bool concerns_packet(const Trace &trace);
    void tell(ps_t time, const char *actor, std::string text);
    void tell_hypercall(const Trace &trace);
    void close_group();
    void end_if_finished();

    const std::uint64_t packet_;
    std::vector<StoryStep> steps_;
    std::vector<Range> ranges_;
    std::uint64_t stream_first_ = 0, stream_end_ = 0; // stream offsets of the packet last taken on
    std::uint64_t frames_ = 0;
    std::uint64_t others_unmapped_ = 0; // mappings of earlier packets, before the first of this one
    ps_t others_unmapped_at_ = 0;
    bool mapping_ = false; // between the driver's start and the doorbell
    bool following_ = false;
    bool done_ = false;
    bool read_ = false, credited_ = false; // by the device
    bool peer_acked_ = false, ack_written_ = false, interrupted_ = false;
    bool acked_ = false, unmapped_ = false; // in the guest; after both the story ends

    // Hypercalls of the packet: the first of a group is told in full, the others are counted.
    std::uint64_t opcode_ = 0;
    bool in_full_ = false, in_call_ = false, set_group_ = false;
    std::uint64_t group_calls_ = 0;
    ps_t group_first_ = 0, group_last_ = 0, call_began_ = 0;
};

} // namespace tcesim

#endif
