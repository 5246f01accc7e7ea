// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/tcp_stream.h"

#include "sim/machine_parameters.h"
#include "sim/story.h"
#include "sim/workload/rates.h"

namespace tcesim {

TcpStream::TcpStream(const MachineParts &parts)
    : timeline_(parts.timeline), duration_(parts.config.traffic.duration),
      wire_("wire", wire_parameters(parts.config.machine)),
      peer_("peer", parts.timeline, wire_, peer_parameters(parts.config, parts.seed)),
      engine_("t3", parts.timeline, parts.link, wire_, peer_, t3_parameters(parts.config.machine)),
      driver_(driver_parameters(parts.config), parts.port, parts.dma, parts.phb) {
    if (sends(parts.config.traffic))
        sender_.emplace(sender_parameters(parts.config, parts.seed), parts.port, driver_);
    if (!receives(parts.config.traffic))
        return;
    receiver_.emplace(receiver_parameters(parts.config, parts.seed), parts.port, driver_);
    peer_sender_.emplace(parts.timeline, wire_, engine_, peer_sender_parameters(parts.config, parts.seed));
    peer_.set_sender(*peer_sender_);
}

std::string TcpStream::open() {
    const auto [rings, mapped] = driver_.open();
    if (!mapped)
        return "the DMA window has no room for the rings and receive buffers of the device";
    engine_.configure(rings);
    return "";
}

void TcpStream::run(Vcpu &vcpu) {
    if (peer_sender_)
        peer_sender_->start();
    if (sender_)
        sender_->run(vcpu);
    else
        receiver_->run(vcpu);
}

TcpStream::Counters TcpStream::count() const {
    Counters counters;
    counters.peer = peer_.counters();
    counters.frames = wire_.frames(Wire::Direction::to_peer);
    counters.sent_busy = wire_.busy(Wire::Direction::to_peer, timeline_.now());
    if (sender_)
        counters.sender = sender_->counters();
    if (!receiver_)
        return counters;
    counters.received_busy = wire_.busy(Wire::Direction::to_device, timeline_.now());
    counters.receiver = receiver_->counters();
    counters.peer_sender = peer_sender_->counters();
    counters.device = engine_.receive_counters();
    counters.dropped = counters.device.dropped + driver_.receive_counters().dropped;
    return counters;
}

void TcpStream::fill_throughput(VariantResult &result) const {
    const std::uint64_t sent = after_.sender.acked_bytes - before_.sender.acked_bytes;
    const std::uint64_t received = after_.receiver.bytes - before_.receiver.bytes;
    const std::uint64_t bytes = sent + received;
    if (!bytes)
        return;
    result.set("throughput", per_second(bytes, duration_));
    result.set("payload_bytes", bytes);
    if (!sender_ || !receiver_)
        return;
    result.set("throughput_tx", per_second(sent, duration_));
    result.set("throughput_rx", per_second(received, duration_));
}

void TcpStream::fill_sent(VariantResult &result) const {
    result.set("chunks_sent", after_.sender.chunks - before_.sender.chunks);
    result.set("acks", after_.sender.acks - before_.sender.acks);
}

void TcpStream::fill_received(VariantResult &result) const {
    const TcpReceiverCounters &a = after_.receiver, &b = before_.receiver;
    result.set("frames_received", after_.device.frames - before_.device.frames);
    result.set("frames_dropped", after_.dropped - before_.dropped);
    result.set("packets_received", a.packets - b.packets);
    result.set("segments_out_of_order", a.out_of_order - b.out_of_order);
    result.set("segments_retransmitted", after_.peer_sender.retransmitted - before_.peer_sender.retransmitted);
    result.set("acks_sent", a.acks - b.acks);
}

void TcpStream::fill(VariantResult &result) const {
    fill_throughput(result);
    const bool sent = after_.sender.chunks != before_.sender.chunks;
    const bool received = after_.device.frames != before_.device.frames;
    if (sent)
        fill_sent(result);
    if (received)
        fill_received(result);
    if (!sent && !received)
        return;
    result.set("wire_frames", after_.frames - before_.frames);
    const std::uint64_t sent_busy = sender_ ? after_.sent_busy - before_.sent_busy : 0;
    const std::uint64_t received_busy = after_.received_busy - before_.received_busy;
    result.set("wire_busy",
               parts_per_million(sent_busy + received_busy, sender_ && receiver_ ? 2 * duration_ : duration_));
}

void TcpStream::judge(VariantResult &result, bool faults_injected) const {
    const PeerCounters &peer = peer_.counters();
    if (peer.wrong_stamps)
        result.violations.push_back("the peer received wrong data at stream offset " +
                                    std::to_string(peer.first_wrong_offset));
    const bool received_wrong = receiver_ && receiver_->stamps().wrong() != 0;
    if (received_wrong)
        result.violations.push_back("the guest received wrong data at stream offset " +
                                    std::to_string(receiver_->stamps().first_wrong_offset()));
    if (faults_injected)
        result.quirks["wrong_payload"] = after_.peer.wrong_stamps - before_.peer.wrong_stamps +
                                         after_.receiver.wrong_stamps - before_.receiver.wrong_stamps;
    else
        result.invariants["payload_intact"] = peer.wrong_stamps == 0 && !received_wrong;
}

std::string TcpStream::standstill() const {
    std::string text = "the guest waits for room in its ring or window, and the device for work";
    if (engine_.failed())
        text += "; the device has stopped, " + std::string(engine_.failure());
    return text;
}

void TcpStream::watch(Story &story) {
    if (sender_)
        sender_->set_observer(story);
    engine_.set_observer(story);
    peer_.set_observer(story);
}

} // namespace tcesim
