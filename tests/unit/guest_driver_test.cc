// SPDX-License-Identifier: Apache-2.0
#include "models/guest/cxgb3_driver.h"

#include <cstring>
#include <gtest/gtest.h>
#include <set>

#include "models/device/t3_engine.h"
#include "models/net/frame.h"
#include "models/phb/phb.h"
#include "tests/unit/hardware_parameters.h"
#include "tests/unit/vcpu_bench.h"

namespace tcesim::guest_driver_test {
namespace {

constexpr ps_t us = 1'000'000;
constexpr std::uint64_t page = 4096, seed = 0x5eed;
constexpr std::uint64_t rtt = 0x20000 /* all zero: every RID is PE 0 */, table = 0x100000, table_entries = 1 << 14;
constexpr std::uint64_t ram_hpa = 16 << 20, ram_bytes = 32 << 20;
constexpr std::uint64_t registers = 0x3fffe40000000, device_window = registers + 0x10000;
constexpr std::uint64_t driver_memory = 1 << 20, headers = 8 << 20, payloads = 16 << 20; // gpa
constexpr std::uint32_t header_bytes = ethernet_header + tcp_ip_headers, places = 128, place_bytes = 65536;

/// A DMA API without a hypervisor: it writes the bridge's table itself, and takes an entry back at
/// once, so that a device that comes too late faults.
class Window {
public:
    explicit Window(Phb &bridge) : phb(bridge) { current = this; }
    ~Window() { current = nullptr; }

    static struct hcall_object handlers() {
        struct hcall_object object = {};
        object.dma_map = [](dma_window *, u64 gpa, u64 size, dma_direction) { return current->map(gpa, size); };
        object.dma_unmap = [](dma_window *, u64 address, u64 size) { current->unmap(address, size); };
        return object;
    }

    std::uint64_t mapped() const { return used.size(); }
    /// From now on only \p mappings more succeed.
    void allow(std::uint64_t mappings) { left = mappings; }

    std::set<std::uint64_t> used; // pages on the bus
    Phb &phb;
    std::uint64_t maps = 0;
    ps_t map_cost = 0; // interruptible
    bool mapping = false;

private:
    u64 map(u64 gpa, u64 size) {
        if (!left)
            return DMA_MAPPING_ERROR;
        --left;
        ++maps;
        mapping = true;
        if (current_vcpu)
            current_vcpu->guest_work(Cost::guest_send, map_cost);
        mapping = false;
        const std::uint64_t pages = (gpa % page + size + page - 1) / page;
        if (next + pages > table_entries)
            next = 1;
        for (bool free = false; !free;) {
            free = true;
            for (std::uint64_t i = 0; i < pages; ++i)
                free = free && !used.count(next + i);
            next += !free;
        }
        const std::uint64_t first = next;
        next += pages;
        for (std::uint64_t i = 0; i < pages; ++i) {
            used.insert(first + i);
            store(table + 8 * (first + i), (ram_hpa + gpa / page * page + i * page) | TCE_PERM);
        }
        return first * page | gpa % page;
    }
    void unmap(u64 address, u64 size) {
        const std::uint64_t first = address / page;
        const std::uint64_t pages = (address % page + size + page - 1) / page;
        for (std::uint64_t i = 0; i < pages; ++i) {
            EXPECT_EQ(used.erase(first + i), 1u);
            store(table + 8 * (first + i), 0);
        }
        phb.kill(TceKillKind::one, 0, 12, first * page, pages);
    }
    static void store(std::uint64_t hpa, std::uint64_t value) {
        value = __builtin_bswap64(value);
        std::memcpy(HostMemory::at(hpa), &value, sizeof(value));
    }

    static Window *current;
    std::uint64_t next = 1;
    std::uint64_t left = ~std::uint64_t{0};
};
Window *Window::current = nullptr;

/// The driver on a vCPU, and everything from bridge to peer.
class DriverTest : public testing::Test, public InterruptSink, public DmaObserver {
protected:
    explicit DriverTest(std::uint64_t guest_page = 65536)
        : memory(64 << 20), port(memory, {0x3ffd00000000, ram_hpa, ram_bytes}),
          link("link", bench.timeline, test_link()),
          phb("phb", bench.timeline, memory, link, test_phb(registers, 0, rtt)), wire("wire", test_wire()),
          peer("peer", bench.timeline, wire, test_peer(seed)),
          engine("t3", bench.timeline, link, wire, peer, test_t3()), window(phb), handlers(Window::handlers()),
          dma(handlers, nullptr), driver({guest_page, device_window, driver_memory, 1ULL << 60}, port, dma, phb) {
        phb.set_interrupt_sink(this);
        phb.set_observer(this);
        phb.set_tve(0, (table >> 12 << 16) | 6 << 8 | 1); // 2^14 entries
        const auto [rings, mapped] = driver.open();
        EXPECT_TRUE(mapped);
        engine.configure(rings);
        set_up_pages = window.mapped();
        driver.set_sent_handler([this](std::uint64_t) { ++sent; });
        driver.set_done_handler([this](std::uint64_t number) {
            EXPECT_EQ(number, done); // in order, each once
            ++done;
        });
        driver.set_ack_handler([this](std::uint32_t number) {
            acked += static_cast<std::uint32_t>(number - static_cast<std::uint32_t>(acked));
            acked_in_transmit += transmitting;
            acked_in_map += window.mapping;
        });
    }

    void on_interrupt(std::uint16_t, std::uint64_t, std::uint32_t) override { bench.vcpus[0]->raise_interrupt(); }
    void on_access(const DmaAccess &access) override { faults += access.fault != DmaFault::none; }

    /// Packet \p number with the stamps of the stream in its payload.
    TransmitPacket packet(std::uint64_t number, std::uint32_t bytes) {
        const std::uint64_t payload = payloads + number % places * place_bytes;
        for (std::uint64_t at = 0; at < bytes; at += stamp_interval) {
            const std::uint64_t stamp = __builtin_bswap64(stream_stamp(number * bytes + at, seed));
            std::memcpy(port.guest_memory(payload + at), &stamp, sizeof(stamp));
        }
        return {number, headers + number % places * 256, payload, header_bytes, bytes, 1448};
    }

    /// Sends \p packets of \p bytes (a multiple of 4 KiB) and stays until they are acknowledged and unmapped.
    void stream(std::uint64_t packets, std::uint32_t bytes) {
        bench.add([this, packets, bytes](Vcpu &self) {
            self.set_interrupt_handler([this] { driver.interrupt(); });
            driver.start();
            while (done < packets || acked < packets * bytes) {
                driver.poll_if_scheduled();
                const bool room = sent - done < places && sent * bytes - acked < 16ULL * place_bytes;
                if (sent < packets && room && driver.can_transmit()) {
                    const TransmitPacket next = packet(sent, bytes);
                    transmitting = true;
                    EXPECT_TRUE(driver.transmit(next));
                    transmitting = false;
                    continue;
                }
                const std::uint64_t before = done;
                driver.reclaim();
                if (done == before && acked < packets * bytes)
                    self.idle();
                else if (done == before)
                    break; // nobody will report more
            }
            finished = true;
        });
        bench.run();
    }
    void expect_everything_arrived(std::uint64_t packets, std::uint32_t bytes) {
        EXPECT_TRUE(finished);
        EXPECT_EQ(engine.failure(), nullptr);
        EXPECT_EQ(faults, 0u);
        EXPECT_EQ(done, packets);
        EXPECT_EQ(acked, packets * bytes);
        EXPECT_EQ(peer.counters().bytes, packets * bytes);
        EXPECT_EQ(peer.counters().stamps, packets * bytes / stamp_interval);
        EXPECT_EQ(peer.counters().wrong_stamps, 0u);
        EXPECT_EQ(engine.receive_counters().dropped, 0u);
        EXPECT_EQ(window.mapped(), set_up_pages); // as before the first packet
    }

    VcpuBench bench;
    HostMemory memory;
    SimPort port;
    Link link;
    Phb phb;
    Wire wire;
    TcpPeer peer;
    T3Engine engine;
    Window window;
    const struct hcall_object handlers;
    GuestDma dma;
    Cxgb3Driver driver;
    std::uint64_t set_up_pages = 0, sent = 0, done = 0, acked = 0, faults = 0, acked_in_transmit = 0, acked_in_map = 0;
    bool transmitting = false, finished = false;
};

class DriverOnSmallPages : public DriverTest {
protected:
    DriverOnSmallPages() : DriverTest(4096) {}
};

TEST_F(DriverTest, SendsThroughRingsThatWrapManyTimes) {
    constexpr std::uint64_t packets = 3200; // one descriptor each
    stream(packets, 65536);
    expect_everything_arrived(packets, 65536);
    EXPECT_EQ(window.maps, 3 + 32 + 2 * packets); // rings, receive pages, header and payload
    EXPECT_EQ(engine.transmit_counters().packets, packets);
    EXPECT_GT(packets, 3u * t3_transmit_entries);
    // Every ACK takes a buffer of the free list and an entry of the response queue.
    EXPECT_GT(engine.response_counters().packets, 3u * t3_free_list_entries);
    EXPECT_EQ(engine.response_counters().packets, peer.counters().acks);
    EXPECT_EQ(engine.response_counters().credits, packets / 8);
}

TEST_F(DriverOnSmallPages, MapsPageByPageAndAsksForACompletionEveryEightDescriptors) {
    constexpr std::uint64_t packets = 1600;
    const std::uint32_t descriptors = t3_descriptors(17);
    ASSERT_GT(descriptors, 1u);
    stream(packets, 65536);
    expect_everything_arrived(packets, 65536);
    EXPECT_EQ(window.maps, 3 + 512 + 17 * packets);
    EXPECT_EQ(engine.response_counters().credits, packets / ((8 + descriptors - 1) / descriptors));
}

TEST_F(DriverTest, SmallPacketsWrapTheRingsToo) {
    constexpr std::uint64_t packets = 6400;
    stream(packets, 4096);
    expect_everything_arrived(packets, 4096);
}

TEST_F(DriverTest, KeepsUpToSevenCompletedPacketsUntilTheNextCompletion) {
    stream(20, 65536);
    EXPECT_EQ(acked, 20u * 65536);
    EXPECT_EQ(done, 16u);
    EXPECT_EQ(window.mapped(), set_up_pages + 4 * (1 + 16));
}

TEST_F(DriverTest, AnInterruptDuringATransmitIsPolledAtItsEnd) {
    window.map_cost = 30 * us; // most interrupts come while something is being mapped
    stream(400, 65536);
    expect_everything_arrived(400, 65536);
    EXPECT_GT(acked_in_transmit, 0u);
    EXPECT_EQ(acked_in_map, 0u);
}

TEST_F(DriverTest, APacketThatCannotBeMappedLeavesNothingBehind) {
    bench.add([this](Vcpu &self) {
        self.set_interrupt_handler([this] { driver.interrupt(); });
        driver.start();
        window.allow(1); // the header, and no payload
        EXPECT_FALSE(driver.transmit(packet(0, 65536)));
        EXPECT_EQ(window.mapped(), set_up_pages);
        EXPECT_EQ(sent, 0u);
        EXPECT_EQ(driver.map_failures(), 1u);
        window.allow(~std::uint64_t{0});
        EXPECT_TRUE(driver.transmit(packet(0, 65536)));
        while (acked < 65536)
            self.idle();
        finished = true;
    });
    bench.run();
    EXPECT_TRUE(finished);
    EXPECT_EQ(engine.transmit_counters().packets, 1u);
    EXPECT_EQ(peer.counters().wrong_stamps, 0u);
}

TEST_F(DriverTest, TakesNoMoreThanTheRingHolds) {
    std::uint64_t accepted = 0;
    bench.add([this, &accepted](Vcpu &) {
        driver.start();
        // Nobody polls, so nothing is ever completed as far as the driver knows.
        for (; driver.can_transmit(); ++accepted)
            EXPECT_TRUE(driver.transmit(packet(0, 4096)));
        finished = true;
    });
    bench.run_until(100'000 * us);
    EXPECT_TRUE(finished);
    EXPECT_LE(accepted, t3_transmit_entries);
    EXPECT_GT(accepted, t3_transmit_entries - t3_descriptors_max);
    EXPECT_EQ(engine.failure(), nullptr);
}

} // namespace
} // namespace tcesim::guest_driver_test
