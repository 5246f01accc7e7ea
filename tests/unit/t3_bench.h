// SPDX-License-Identifier: Apache-2.0
/// \file
/// A T3 behind link and PHB, a wire and a peer, and a driver whose work takes no time.
#ifndef TCESIM_TESTS_UNIT_T3_BENCH_H
#define TCESIM_TESTS_UNIT_T3_BENCH_H

#include <cstring>
#include <vector>

#include "models/device/t3_engine.h"
#include "models/phb/phb.h"
#include "tests/unit/hardware_parameters.h"

namespace tcesim {

class T3Bench : public InterruptSink, public DmaObserver {
public:
    static constexpr std::uint64_t memory_bytes = 64ULL << 20;
    static constexpr std::uint64_t rtt = 0x20000 /* all zero: every RID is PE 0 */, table = 0x100000;
    static constexpr std::uint64_t transmit_ring = 0x200000, free_list = 0x220000, responses = 0x230000;
    static constexpr std::uint64_t receive_buffers = 0x400000, headers = 0x700000, chunks = 0x1000000;
    static constexpr std::uint64_t registers = 0x3fffe40000000ULL, device_window = registers + 0x10000;
    static constexpr std::uint64_t seed = 0x5eed;
    static constexpr std::uint32_t chunk_bytes = 65536, header_bytes = 66, chunk_places = 64;

    explicit T3Bench(const LinkParameters &link_parameters = test_link())
        : memory(memory_bytes), timeline(sc_core::sc_gen_unique_name("timeline"), false), actor_(0),
          link(sc_core::sc_gen_unique_name("link"), timeline, link_parameters),
          phb(sc_core::sc_gen_unique_name("phb"), timeline, memory, link, test_phb(registers, 0, rtt)),
          wire(sc_core::sc_gen_unique_name("wire"), test_wire()),
          peer(sc_core::sc_gen_unique_name("peer"), timeline, wire, test_peer(seed)),
          engine(sc_core::sc_gen_unique_name("t3"), timeline, link, wire, peer, test_t3()) {
        phb.set_interrupt_sink(this);
        phb.set_observer(this);
        phb.set_tve(0, (table >> 12 << 16) | 6 << 8 | 1); // 2^14 entries: the whole memory
        for (std::uint64_t page = 0; page < memory_bytes >> 12; ++page)
            store(table + 8 * page, page << 12 | 3);
        T3Rings rings;
        rings.transmit = transmit_ring;
        rings.free_list = free_list;
        rings.responses = responses;
        rings.msi_address = 1ULL << 60;
        rings.msi_data = 7;
        engine.configure(rings);
        for (std::uint32_t i = 0; i < t3_free_list_entries; ++i)
            refill();
        ring_doorbell(t3_register::free_list_doorbell, t3_free_list_entries);
        ring_doorbell(t3_register::response_consumed, t3_register::gts_arm);
    }

    static void store(std::uint64_t hpa, std::uint64_t value) {
        value = __builtin_bswap64(value);
        std::memcpy(HostMemory::at(hpa), &value, sizeof value);
    }
    static std::uint64_t load(std::uint64_t hpa) {
        std::uint64_t value = 0;
        std::memcpy(&value, HostMemory::at(hpa), sizeof value);
        return __builtin_bswap64(value);
    }

    void run_until(ps_t when) { timeline.sync(actor_, when); }
    /// Keeps \p in_flight chunks unacknowledged until \p count have been sent and acknowledged.
    void stream(std::uint64_t count, std::uint64_t in_flight) {
        target_ += count;
        in_flight_ = in_flight;
        submit();
        run_until(timeline.now() + 100'000'000'000'000);
    }

    /// Queues the next \p bytes of the stream as one work request.
    void send(std::uint32_t bytes, std::uint16_t mss, bool completion) {
        const std::uint64_t place = chunks + submitted_bytes_ % (chunk_places * chunk_bytes);
        for (std::uint64_t at = 0; at < bytes; at += stamp_interval)
            store(place + at, stream_stamp(submitted_bytes_ + at, seed));
        T3WorkRequest request;
        request.bytes = header_bytes + bytes;
        request.mss = mss;
        request.header_bytes = header_bytes;
        request.completion = completion;
        request.gather_count = 2;
        request.gather[0] = {headers, header_bytes};
        request.gather[1] = {place, bytes};
        std::array<std::uint64_t, t3_descriptors_max * t3_descriptor_flits> flits{};
        const std::uint32_t count =
            t3_encode(request, descriptors_ % t3_transmit_entries, descriptors_ / t3_transmit_entries % 2 == 0, flits);
        for (std::uint32_t i = 0; i < count * t3_descriptor_flits; ++i)
            store(transmit_ring +
                      (descriptors_ * t3_descriptor_bytes + 8ULL * i) % (t3_transmit_entries * t3_descriptor_bytes),
                  flits[i]);
        descriptors_ += count;
        submitted_bytes_ += bytes;
        ring_doorbell(t3_register::transmit_doorbell, count);
    }

    void on_interrupt(std::uint16_t, std::uint64_t, std::uint32_t data) override {
        interrupts.push_back(data);
        poll();
    }
    void on_access(const DmaAccess &access) override {
        if (access.fault != DmaFault::none)
            faults.push_back(access);
    }

    /// Consumes the responses that are there and arms the interrupt.
    void poll() {
        std::uint32_t consumed = 0;
        std::uint32_t refilled = 0;
        for (;;) {
            std::array<std::uint64_t, t3_response_flits> flits{};
            const std::uint64_t place = consumed_ % t3_response_entries;
            for (std::uint32_t i = 0; i < t3_response_flits; ++i)
                flits[i] = load(responses + place * t3_response_bytes + 8ULL * i);
            const T3Response response = t3_decode_response(flits, consumed_ / t3_response_entries % 2 == 0);
            if (response.kind == T3ResponseKind::none)
                break;
            ++consumed_;
            ++consumed;
            if (response.kind == T3ResponseKind::credits) {
                credits += response.value;
                continue;
            }
            const std::uint64_t number =
                load(receive_buffers + response.buffer * t3_free_buffer_bytes + ack_number_offset) >> 32;
            acknowledged += static_cast<std::uint32_t>(number - acknowledged);
            last_ack = timeline.now();
            refill();
            ++refilled;
        }
        if (refilled)
            ring_doorbell(t3_register::free_list_doorbell, refilled);
        ring_doorbell(t3_register::response_consumed, consumed | t3_register::gts_arm);
        submit();
    }

    HostMemory memory;
    Timeline timeline;

private:
    void ring_doorbell(std::uint64_t offset, std::uint64_t value) { phb.mmio_write(device_window + offset, value); }
    void refill() {
        const std::uint64_t place = refills_ % t3_free_list_entries;
        store(free_list + 16 * place, receive_buffers + place * t3_free_buffer_bytes);
        store(free_list + 16 * place + 8, refills_ / t3_free_list_entries % 2 == 0);
        ++refills_;
    }
    void submit() {
        while (submitted_ < target_ && submitted_ < acknowledged / chunk_bytes + in_flight_) {
            ++submitted_;
            send(chunk_bytes, 1448, submitted_ % 8 == 0);
        }
    }

    Actor actor_;
    std::uint64_t submitted_ = 0, target_ = 0, in_flight_ = 0, submitted_bytes_ = 0, descriptors_ = 0;
    std::uint64_t refills_ = 0, consumed_ = 0;

public:
    Link link;
    Phb phb;
    Wire wire;
    TcpPeer peer;
    T3Engine engine;
    std::vector<std::uint32_t> interrupts;
    std::vector<DmaAccess> faults;
    std::uint64_t credits = 0, acknowledged = 0;
    ps_t last_ack = 0;
};

} // namespace tcesim

#endif
