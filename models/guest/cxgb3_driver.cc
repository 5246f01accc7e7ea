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

constexpr std::uint64_t transmit_bytes = t3_transmit_entries * t3_descriptor_bytes;
constexpr std::uint64_t free_list_bytes = t3_free_list_entries * t3_free_descriptor_bytes;
constexpr std::uint64_t response_bytes = t3_response_entries * t3_response_bytes;
constexpr std::uint64_t buffer_bytes = t3_free_list_entries * t3_free_buffer_bytes;

constexpr std::uint64_t align(std::uint64_t value) { return (value + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1); }

/// Generation bit of entry \p count of a ring, counted from the beginning.
bool generation(std::uint64_t count, std::uint64_t entries) { return count / entries % 2 == 0; }

} // namespace

Cxgb3Driver::Cxgb3Driver(const Cxgb3DriverParameters &parameters, SimPort &port, GuestDma &dma, MmioTarget &mmio)
    : parameters_(parameters), port_(port), dma_(dma), mmio_(mmio), transmit_ring_(parameters.memory),
      free_list_(align(transmit_ring_ + transmit_bytes)), responses_(align(free_list_ + free_list_bytes)),
      buffers_(align(responses_ + response_bytes)) {
    TCESIM_CHECK(buffers_ + buffer_bytes <= parameters.memory + memory_bytes, "rings and buffers fit");
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

    const auto buffers_per_page = static_cast<std::uint32_t>(parameters_.guest_page / t3_free_buffer_bytes);
    for (std::uint32_t first = 0; mapped && first < t3_free_list_entries; first += buffers_per_page) {
        const DmaMapping page = dma_.map(buffers_ + std::uint64_t{first} * t3_free_buffer_bytes,
                                         static_cast<std::uint32_t>(parameters_.guest_page), DMA_FROM_DEVICE);
        mapped = page.valid();
        for (std::uint32_t i = 0; i < buffers_per_page; ++i)
            buffer_bus_[first + i] = page.bus_address + std::uint64_t{i} * t3_free_buffer_bytes;
    }
    T3Rings rings;
    rings.transmit = transmit.bus_address;
    rings.free_list = free_list.bus_address;
    rings.responses = responses.bus_address;
    rings.msi_address = parameters_.msi_address;
    return {rings, mapped};
}

void Cxgb3Driver::start() {
    // One entry stays empty, so that a full ring differs from an empty one.
    while (buffers_given_ < t3_free_list_entries - 1)
        give_buffer();
    device_write(t3_register::free_list_doorbell, buffers_unannounced_);
    buffers_unannounced_ = 0;
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
        const auto bytes = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(parameters_.guest_page, packet.payload_bytes - done));
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
    Sent sent{packet.number, 0, 0, {}};
    T3WorkRequest request;
    const bool mapped = map_packet(packet, sent, request);
    if (mapped) {
        sent.descriptors = t3_descriptors(request.gather_count);
        since_completion_ += sent.descriptors;
        if (since_completion_ >= completion_every) {
            request.completion = true;
            since_completion_ = 0;
        }
        write_request(request);
        sent_.push_back(sent);
        device_write(t3_register::transmit_doorbell, sent.descriptors);
        on_sent_(packet.number);
    } else {
        ++map_failures_;
    }
    transmitting_ = false;
    poll_if_scheduled();
    return mapped;
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
        on_done_(done.number);
    }
    return packets;
}

// ---- receive ----

/// Every place of the free list keeps its buffer; the device takes them in order.
void Cxgb3Driver::give_buffer() {
    const std::uint64_t place = buffers_given_ % t3_free_list_entries;
    const std::uint64_t descriptor = free_list_ + place * t3_free_descriptor_bytes;
    store_flit(descriptor, buffer_bus_[place]);
    store_flit(descriptor + 8, generation(buffers_given_, t3_free_list_entries) ? 1 : 0);
    ++buffers_given_;
    ++buffers_unannounced_;
}

T3Response Cxgb3Driver::next_response() const {
    const std::uint64_t entry = responses_ + consumed_ % t3_response_entries * t3_response_bytes;
    std::array<std::uint64_t, t3_response_flits> flits{};
    for (std::size_t flit = 0; flit < flits.size(); ++flit)
        flits[flit] = load_flit(entry + flit * 8);
    return t3_decode_response(flits, generation(consumed_, t3_response_entries));
}

void Cxgb3Driver::receive(const T3Response &response) {
    current_vcpu->spend(Cost::guest_ack);
    const std::uint64_t frame = buffers_ + std::uint64_t{response.buffer} * t3_free_buffer_bytes;
    std::uint32_t number;
    std::memcpy(&number, port_.guest_memory(frame + ack_number_offset), sizeof(number));
    give_buffer();
    on_ack_(__builtin_bswap32(number));
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
    if (buffers_unannounced_ >= refill_at_once) {
        device_write(t3_register::free_list_doorbell, buffers_unannounced_);
        buffers_unannounced_ = 0;
    }
    device_write(t3_register::response_consumed, entries | (packets < poll_budget ? t3_register::gts_arm : 0));
    return packets;
}

void Cxgb3Driver::poll() {
    while (poll_round() >= poll_budget) {
    }
}

void Cxgb3Driver::interrupt() {
    poll_scheduled_ = true;
    if (!transmitting_)
        poll_if_scheduled();
}

void Cxgb3Driver::poll_if_scheduled() {
    if (!poll_scheduled_)
        return;
    poll_scheduled_ = false;
    poll();
}

} // namespace tcesim
