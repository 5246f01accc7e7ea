// SPDX-License-Identifier: Apache-2.0
/// \file
/// Chelsio T3, one port and one queue set: what the chip does. The driver's side is elsewhere.
///
/// Every descriptor, payload byte, response and interrupt goes through the link and the PHB.
/// Layouts and registers: t3_descriptor.h.
///
/// - Transmit (t3_transmitter.h): doorbell, descriptor fetch, payload fetch, segmentation, wire.
/// - Receive (t3_receiver.h): frames into free-list buffers.
/// - Responses (t3_response_queue.h): packets and transmit credits, interrupt with hold-off.
///
/// A DMA read that is answered "unsupported request" (a frozen PE) stops the chip: it takes no more
/// work and says so in failed().
#ifndef TCESIM_MODELS_DEVICE_T3_ENGINE_H
#define TCESIM_MODELS_DEVICE_T3_ENGINE_H

#include <systemc>

#include "models/device/t3_receiver.h"
#include "models/device/t3_response_queue.h"
#include "models/device/t3_transmitter.h"

namespace tcesim {

struct T3Parameters {
    std::uint16_t requester_id;    ///< RID: bus << 8 | device and function
    std::uint32_t read_tags;       ///< outstanding reads, at least 1
    ps_t packet;                   ///< work per work request before its first payload read
    ps_t interrupt_holdoff;        ///< from a packet's response to the interrupt
    std::uint32_t transmit_buffer; ///< bytes of packets fetched or being fetched and not yet sent; one always goes in
};

class T3Engine : public sc_core::sc_module, public DeviceRegisters, public FrameSink {
public:
    T3Engine(sc_core::sc_module_name name, Timeline &timeline, Link &link, Wire &wire, TcpPeer &peer,
             const T3Parameters &parameters);

    /// Bus addresses of the rings, as firmware and driver set them up before the first doorbell.
    void configure(const T3Rings &rings);

    void set_observer(T3Observer &observer);

    void on_register_write(std::uint64_t offset, std::uint64_t value) override;
    void on_frame(const std::byte *frame, std::uint32_t bytes) override { receiver_.on_frame(frame, bytes); }

    bool failed() const { return failure_ != nullptr; }
    /// Why the chip has stopped, as half a sentence; nullptr while it works.
    const char *failure() const { return failure_; }

    const T3TransmitCounters &transmit_counters() const { return transmitter_.counters(); }
    const T3ReceiveCounters &receive_counters() const { return receiver_.counters(); }
    const T3ResponseCounters &response_counters() const { return responses_.counters(); }

private:
    const char *failure_ = nullptr;
    DmaRequester requester_;
    T3ResponseQueue responses_;
    T3Transmitter transmitter_;
    T3Receiver receiver_;
};

} // namespace tcesim

#endif
