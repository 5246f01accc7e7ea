// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/tcp_stream.h"

#include "sim/machine_parameters.h"
#include "sim/story.h"
#include "sim/workload/rates.h"

namespace tcesim {

TcpStream::TcpStream(const MachineParts &parts)
    : timeline_(parts.timeline), duration_(parts.config.traffic.duration),
      wire_("wire", wire_parameters(parts.config.machine)),
      peer_("peer", parts.timeline, wire_, peer_parameters(parts.config.machine, parts.seed)),
      engine_("t3", parts.timeline, parts.link, wire_, peer_, t3_parameters(parts.config.machine)),
      driver_({parts.config.guest.page, address_map::device_window, address_map::driver_memory + PAGE_SIZE,
               address_map::msi},
              parts.port, parts.dma, parts.phb),
      sender_(sender_parameters(parts.config, parts.seed), parts.port, driver_) {}

std::string TcpStream::open() {
    const auto [rings, mapped] = driver_.open();
    if (!mapped)
        return "iommu.windows[0] has no room for the rings and receive buffers of the device";
    engine_.configure(rings);
    return "";
}

TcpStream::Counters TcpStream::count() const {
    return {peer_.counters(), sender_.counters(), wire_.frames(Wire::Direction::to_peer),
            wire_.busy(Wire::Direction::to_peer, timeline_.now())};
}

void TcpStream::fill(VariantResult &result) const {
    const auto set = [&result](const char *metric, std::uint64_t value) {
        result.set(metric, static_cast<std::int64_t>(value));
    };
    const std::uint64_t bytes = after_.sender.acked_bytes - before_.sender.acked_bytes;
    if (bytes) {
        set("throughput", per_second(bytes, duration_));
        set("payload_bytes", bytes);
    }
    if (after_.sender.chunks == before_.sender.chunks)
        return;
    set("chunks_sent", after_.sender.chunks - before_.sender.chunks);
    set("acks", after_.sender.acks - before_.sender.acks);
    set("wire_frames", after_.frames - before_.frames);
    set("wire_busy", parts_per_million(after_.wire_busy - before_.wire_busy, duration_));
}

void TcpStream::judge(VariantResult &result, bool faults_injected) const {
    const PeerCounters &peer = peer_.counters();
    if (peer.wrong_stamps)
        result.violations.push_back("the peer received wrong data at stream offset " +
                                    std::to_string(peer.first_wrong_offset));
    if (faults_injected)
        result.quirks["wrong_payload"] = after_.peer.wrong_stamps - before_.peer.wrong_stamps;
    else
        result.invariants["payload_intact"] = peer.wrong_stamps == 0;
}

std::string TcpStream::standstill() const {
    std::string text = "the guest waits for room in its ring or window, and the device for work";
    if (engine_.failed())
        text += "; the device has stopped, " + std::string(engine_.failure());
    return text;
}

void TcpStream::watch(Story &story) {
    sender_.set_observer(story);
    engine_.set_observer(story);
    peer_.set_observer(story);
}

} // namespace tcesim
