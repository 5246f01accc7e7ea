// SPDX-License-Identifier: Apache-2.0
#include "models/device/t3_engine.h"

#include "models/kernel/check.h"

namespace tcesim {

T3Engine::T3Engine(sc_core::sc_module_name name, Timeline &timeline, Link &link, Wire &wire, TcpPeer &peer,
                   const T3Parameters &parameters)
    : sc_module(name), requester_(link, parameters.requester_id, parameters.read_tags),
      responses_(timeline, requester_, parameters.interrupt_holdoff),
      transmitter_(timeline, requester_, responses_, wire, peer, {parameters.packet, parameters.transmit_buffer},
                   failure_),
      receiver_(timeline, requester_, responses_, failure_) {
    link.connect_device(requester_, *this);
    peer.connect(*this);
}

void T3Engine::configure(const T3Rings &rings) {
    responses_.configure(rings);
    transmitter_.configure(rings.transmit);
    receiver_.configure(rings.free_list, rings.jumbo_list);
}

void T3Engine::set_observer(T3Observer &observer) {
    responses_.set_observer(observer);
    transmitter_.set_observer(observer);
    receiver_.set_observer(observer);
}

void T3Engine::on_register_write(std::uint64_t offset, std::uint64_t value) {
    switch (offset) {
    case t3_register::transmit_doorbell:
        transmitter_.doorbell(static_cast<std::uint32_t>(value));
        break;
    case t3_register::free_list_doorbell:
        receiver_.doorbell(false, static_cast<std::uint32_t>(value));
        break;
    case t3_register::jumbo_list_doorbell:
        receiver_.doorbell(true, static_cast<std::uint32_t>(value));
        break;
    case t3_register::response_consumed:
        responses_.consumed(value);
        // There may be room now for what had to wait.
        transmitter_.report_credits();
        receiver_.deliver();
        break;
    default:
        TCESIM_CHECK(false, "the driver stores only to registers that the T3 has");
    }
}

} // namespace tcesim
