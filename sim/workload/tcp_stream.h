// SPDX-License-Identifier: Apache-2.0
/// \file
/// A TCP stream through a Chelsio T3, from the guest, to it, or one each way.
///
///     TcpSender, TcpReceiver -> Cxgb3Driver -> GuestDma (handlers), Phb
///     TcpPeer, TcpPeerSender <-> Wire <-> T3Engine <- Link
#ifndef TCESIM_SIM_WORKLOAD_TCP_STREAM_H
#define TCESIM_SIM_WORKLOAD_TCP_STREAM_H

#include "models/device/t3_engine.h"
#include "models/guest/tcp_receiver.h"
#include "models/guest/tcp_sender.h"
#include "models/net/tcp_peer_sender.h"
#include "sim/workload/workload.h"

#include <optional>

namespace tcesim {

class TcpStream : public Workload {
public:
    explicit TcpStream(const MachineParts &parts);

    std::string open() override;
    void run(Vcpu &vcpu) override;
    void begin_measured() override { before_ = count(); }
    void end_measured() override { after_ = count(); }
    void fill(VariantResult &result) const override;
    void judge(VariantResult &result, bool faults_injected) const override;
    std::string standstill() const override;
    void watch(Story &story) override;

private:
    /// Everything that is counted from the start, at one instant.
    struct Counters {
        PeerCounters peer;
        TcpSenderCounters sender;
        std::uint64_t frames = 0; // handed to the wire by the device
        ps_t sent_busy = 0;       // in which it carried them
        ps_t received_busy = 0;   // in which it carried those of the peer; where it sends a stream
        TcpReceiverCounters receiver;
        PeerSenderCounters peer_sender;
        T3ReceiveCounters device;
        std::uint64_t dropped = 0; // by device and driver
    };
    Counters count() const;
    void fill_sent(VariantResult &result) const;
    void fill_received(VariantResult &result) const;
    void fill_throughput(VariantResult &result) const;

    Timeline &timeline_;
    const std::uint64_t duration_;
    Wire wire_;
    TcpPeer peer_;
    T3Engine engine_;
    Cxgb3Driver driver_;
    std::optional<TcpSender> sender_;
    std::optional<TcpReceiver> receiver_;
    std::optional<TcpPeerSender> peer_sender_;
    Counters before_, after_;
};

} // namespace tcesim

#endif
