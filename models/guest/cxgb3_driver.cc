// SPDX-License-Identifier: Apache-2.0
#include "models/guest/cxgb3_driver.h"

#include <cstring>

#include "models/kernel/check.h"
#include "models/net/frame.h"

namespace tcesim {

namespace {

constexpr unsigned completion_every = 8; // descriptors
constexpr unsigned reclaim_at_once = 16; // packets
constexpr unsigned poll_budget = 64;     // packets
constexpr unsigned refill_at_once = 16;  // buffers
constexpr unsigned drop_threshold = 16;  // buffers
constexpr unsigned copy_threshold = 256; // bytes

constexpr std::uint64_t transmit_bytes = t3_transmit_entries * t3_descriptor_bytes;
constexpr std::uint64_t free_list_bytes = t3_free_list_entries * t3_free_descriptor_bytes;
constexpr std::uint64_t response_bytes = t3_response_entries * t3_response_bytes;
constexpr std::uint64_t jumbo_list_bytes = t3_jumbo_list_entries * t3_free_descriptor_bytes;
// A whole list, and what the stack holds of one poll round and of pages with a chunk in use.
constexpr std::uint64_t buffer_bytes = t3_free_list_entries * t3_free_buffer_bytes + (1 << 20);
constexpr std::uint64_t jumbo_buffer_memory = t3_jumbo_list_entries * t3_jumbo_buffer_bytes + (2 << 20);

constexpr std::uint64_t align(std::uint64_t value) {
    return (value + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

/// Generation bit of entry \p count of a ring, counted from the beginning.
bool generation(std::uint64_t count, std::uint64_t entries) {
    return count / entries % 2 == 0;
}

} // namespace

Cxgb3Driver::Cxgb3Driver(const Cxgb3DriverParameters &parameters, SimPort &port, GuestDma &dma, MmioTarget &mmio)
    : parameters_(parameters), port_(port), dma_(dma), mmio_(mmio), transmit_ring_(parameters.memory),
      free_list_(align(transmit_ring_ + transmit_bytes)), responses_(align(free_list_ + free_list_bytes)),
      buffers_(align(responses_ + response_bytes)), jumbo_ring_(align(buffers_ + buffer_bytes)),
      jumbo_buffers_(align(jumbo_ring_ + jumbo_list_bytes)),
      small_chunks_(dma, parameters.guest_page, t3_free_buffer_bytes, buffers_, buffer_bytes),
      jumbo_chunks_(dma, parameters.guest_page, jumbo_buffer_bytes(parameters.guest_page), jumbo_buffers_,
                    jumbo_buffer_memory),
      small_list_(port, small_chunks_, free_list_, t3_free_list_entries),
      jumbo_list_(port, jumbo_chunks_, jumbo_ring_, t3_jumbo_list_entries) {
    TCESIM_CHECK(jumbo_buffers_ + jumbo_buffer_memory <= parameters.memory + memory_bytes, "rings and buffers fit");
}

void Cxgb3Driver::store_flit(std::uint64_t gpa, std::uint64_t value) const {
    const std::uint64_t big_endian = __builtin_bswap64(value);
    std::memcpy(port_.guest_memory(gpa), &big_endian, sizeof(big_endian));
}

std::uint64_t Cxgb3Driver::load_flit(std::uint64_t gpa) const {
    std::uint64_t big_endian;
    std::memcpy(&big_endian, port_.guest_memory(gpa), sizeof(big_endian));
    return __builtin_bswap64(big_endian);
}

std::pair<T3Rings, bool> Cxgb3Driver::open() {
    const DmaMapping transmit = dma_.map(transmit_ring_, transmit_bytes, DMA_BIDIRECTIONAL);
    const DmaMapping free_list = dma_.map(free_list_, free_list_bytes, DMA_BIDIRECTIONAL);
    const DmaMapping responses = dma_.map(responses_, response_bytes, DMA_BIDIRECTIONAL);
    bool mapped = transmit.valid() && free_list.valid() && responses.valid();

    const auto fill = [](ReceiveList &list) {
        list.refill(list.missing());
        return list.missing() == 0 && list.take_spare();
    };
    mapped = mapped && fill(small_list_);
    DmaMapping jumbo_list;
    if (mapped && parameters_.jumbo) {
        jumbo_list = dma_.map(jumbo_ring_, jumbo_list_bytes, DMA_BIDIRECTIONAL);
        mapped = jumbo_list.valid() && fill(jumbo_list_);
    }
    T3Rings rings;
    rings.transmit = transmit.bus_address;
    rings.free_list = free_list.bus_address;
    rings.jumbo_list = jumbo_list.bus_address;
    rings.responses = responses.bus_address;
    rings.msi_address = parameters_.msi_address;
    return {rings, mapped};
}

void Cxgb3Driver::start() {
    announce(false);
    if (parameters_.jumbo)
        announce(true);
    device_write(t3_register::response_consumed, t3_register::gts_arm);
}

void Cxgb3Driver::device_write(std::uint64_t offset, std::uint64_t value) {
    current_vcpu->fold();
    current_vcpu->spend(Cost::mmio_store);
    current_vcpu->sync();
    mmio_.mmio_write(parameters_.device_window + offset, value);
}

// ---- transmit ----

bool Cxgb3Driver::map_packet(const TransmitPacket &packet, Sent &sent, T3WorkRequest &request) {
    request.bytes = packet.header_bytes + packet.payload_bytes;
    request.mss = packet.mss;
    request.header_bytes = static_cast<std::uint16_t>(packet.header_bytes);
    const auto add = [&](std::uint64_t gpa, std::uint32_t bytes) {
        const DmaMapping mapping = dma_.map(gpa, bytes, DMA_TO_DEVICE);
        if (mapping.valid()) {
            sent.mapping[sent.mappings++] = mapping;
            request.gather[request.gather_count++] = {mapping.bus_address, bytes};
        }
        return mapping.valid();
    };
    bool mapped = add(packet.header, packet.header_bytes);
    for (std::uint32_t done = 0; mapped && done < packet.payload_bytes;) {
        const auto bytes =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(parameters_.guest_page, packet.payload_bytes - done));
        mapped = add(packet.payload + done, bytes);
        done += bytes;
    }
    if (!mapped)
        for (std::uint32_t i = 0; i < sent.mappings; ++i)
            dma_.unmap(sent.mapping[i]);
    return mapped;
}

void Cxgb3Driver::write_request(const T3WorkRequest &request) {
    std::array<std::uint64_t, t3_descriptors_max * t3_descriptor_flits> flits{};
    const auto first = static_cast<std::uint32_t>(produced_ % t3_transmit_entries);
    const std::uint32_t count = t3_encode(request, first, generation(produced_, t3_transmit_entries), flits);
    for (std::uint32_t flit = 0; flit < count * t3_descriptor_flits; ++flit) {
        const std::uint32_t descriptor = (first + flit / t3_descriptor_flits) % t3_transmit_entries;
        store_flit(transmit_ring_ + std::uint64_t{descriptor} * t3_descriptor_bytes + flit % t3_descriptor_flits * 8,
                   flits[flit]);
    }
    produced_ += count;
    in_ring_ += count;
}

bool Cxgb3Driver::transmit(const TransmitPacket &packet) {
    transmitting_ = true;
    reclaim();
    Sent sent{packet.number, false, 0, 0, {}};
    T3WorkRequest request;
    const bool mapped = map_packet(packet, sent, request);
    if (mapped) {
        enqueue(request, sent);
        on_sent_(packet.number);
    } else {
        ++map_failures_;
    }
    transmitting_ = false;
    // Who receives and sends polls between two packets; but what waits for room must hear of it.
    if (!parameters_.receive || !mapped)
        poll_if_scheduled();
    return mapped;
}

void Cxgb3Driver::enqueue(T3WorkRequest &request, Sent &sent) {
    sent.descriptors = t3_descriptors(request.gather_count);
    since_completion_ += sent.descriptors;
    if (since_completion_ >= completion_every) {
        request.completion = true;
        since_completion_ = 0;
    }
    write_request(request);
    sent_.push_back(sent);
    device_write(t3_register::transmit_doorbell, sent.descriptors);
}

bool Cxgb3Driver::send_ack(std::uint32_t number) {
    reclaim();
    if (!can_transmit())
        return false;
    current_vcpu->spend(Cost::guest_ack_send);
    T3WorkRequest request;
    request.immediate = true;
    request.bytes = ack_frame_bytes;
    request.header_bytes = ack_frame_bytes;
    const std::uint32_t big_endian = __builtin_bswap32(number);
    std::memcpy(request.data.data() + ack_number_offset, &big_endian, sizeof(big_endian));
    Sent sent{0, true, 0, 0, {}};
    enqueue(request, sent);
    return true;
}

unsigned Cxgb3Driver::reclaim() {
    unsigned packets = 0;
    for (; packets < reclaim_at_once && !sent_.empty(); ++packets) {
        const Sent done = sent_.front();
        if (done.descriptors > completed_)
            break;
        sent_.pop_front();
        completed_ -= done.descriptors;
        in_ring_ -= done.descriptors;
        for (std::uint32_t i = 0; i < done.mappings; ++i)
            dma_.unmap(done.mapping[i]);
        if (!done.ack)
            on_done_(done.number);
    }
    return packets;
}

// ---- receive ----

void Cxgb3Driver::announce(bool jumbo) {
    ReceiveList &given = list(jumbo);
    device_write(jumbo ? t3_register::jumbo_list_doorbell : t3_register::free_list_doorbell, given.unannounced());
    given.announced();
}

/// \p chunk goes back into the ring as it is.
void Cxgb3Driver::recycle(ReceiveList &list, const PageChunk &chunk) {
    list.reuse(chunk);
    list.refill(1);
}

T3Response Cxgb3Driver::next_response() const {
    const std::uint64_t entry = responses_ + consumed_ % t3_response_entries * t3_response_bytes;
    std::array<std::uint64_t, t3_response_flits> flits{};
    for (std::size_t flit = 0; flit < flits.size(); ++flit)
        flits[flit] = load_flit(entry + flit * 8);
    return t3_decode_response(flits, generation(consumed_, t3_response_entries));
}

void Cxgb3Driver::receive(const T3Response &response) {
    const PageChunk chunk = list(response.jumbo).filled(response.buffer);
    if (response.value > ack_frame_bytes)
        receive_frame(response, chunk);
    else
        receive_ack(chunk);
    const ReceiveList &given = list(response.jumbo);
    if (parameters_.receive && given.unannounced() > 0 && given.unannounced() >= given.credits() / 4)
        announce(response.jumbo);
}

void Cxgb3Driver::receive_ack(const PageChunk &chunk) {
    current_vcpu->spend(Cost::guest_ack);
    std::uint32_t number;
    std::memcpy(&number, port_.guest_memory(chunk.gpa + ack_number_offset), sizeof(number));
    recycle(small_list_, chunk);
    on_ack_(__builtin_bswap32(number));
}

void Cxgb3Driver::receive_frame(const T3Response &response, const PageChunk &chunk) {
    current_vcpu->spend(Cost::guest_receive_frame);
    ++receive_counters_.frames;
    ReceiveList &from = list(response.jumbo);
    ReceivedFrame frame{chunk.gpa, response.value, response.value <= copy_threshold, response.jumbo, chunk};
    if (from.missing() >= refill_at_once)
        from.refill(refill_at_once);
    if (!frame.copied && from.credits() < drop_threshold) {
        ++receive_counters_.dropped;
        recycle(from, chunk);
        return;
    }
    on_frame_(frame);
    if (frame.copied)
        recycle(from, chunk);
}

/// Handles what the device has written. \returns the number of packets.
unsigned Cxgb3Driver::poll_round() {
    unsigned packets = 0;
    std::uint64_t entries = 0;
    current_vcpu->fold();
    current_vcpu->spend(Cost::guest_poll);
    current_vcpu->sync();
    while (packets < poll_budget) {
        const T3Response response = next_response();
        if (response.kind == T3ResponseKind::none)
            break;
        ++consumed_;
        ++entries;
        if (response.kind == T3ResponseKind::credits) {
            completed_ += response.value;
        } else {
            ++packets;
            receive(response);
            current_vcpu->sync();
        }
    }
    if (!parameters_.receive && small_list_.unannounced() >= refill_at_once)
        announce(false);
    // The stack sees what the round has brought before the interrupt is armed again.
    if (parameters_.receive)
        on_round_();
    device_write(t3_register::response_consumed, entries | (packets < poll_budget ? t3_register::gts_arm : 0));
    return packets;
}

void Cxgb3Driver::poll() {
    if (parameters_.receive) {
        poll_scheduled_ = poll_round() >= poll_budget;
        return;
    }
    while (poll_round() >= poll_budget) {
    }
}

void Cxgb3Driver::interrupt() {
    poll_scheduled_ = true;
    if (!transmitting_ && !parameters_.receive)
        poll_if_scheduled();
}

void Cxgb3Driver::poll_if_scheduled() {
    if (!poll_scheduled_)
        return;
    poll_scheduled_ = false;
    poll();
}

} // namespace tcesim
