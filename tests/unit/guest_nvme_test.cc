// SPDX-License-Identifier: Apache-2.0
// The guest's nvme driver and the load above it on a vCPU, with the controller behind link and bridge.
#include "models/guest/block_load.h"

#include <cstring>
#include <gtest/gtest.h>
#include <set>

#include "models/device/nvme_engine.h"
#include "models/phb/phb.h"
#include "tests/unit/hardware_parameters.h"
#include "tests/unit/vcpu_bench.h"

namespace tcesim::guest_nvme_test {
namespace {

constexpr std::uint64_t page = 4096, seed = 0x5eed, table = 0x100000, table_entries = 1 << 14;
constexpr std::uint64_t rtt = 0x20000; // all zero: every RID is PE 0
constexpr std::uint64_t ram_hpa = 16 << 20, ram_bytes = 32 << 20;
constexpr std::uint64_t registers = 0x3fffe40000000, device_window = registers + 0x10000;
constexpr std::uint64_t capacity = 64 << 20;

/// A DMA API without a hypervisor: it writes the bridge's table itself. Pages on the bus are never used again, so that
/// a device that comes too late faults.
class Window {
public:
    Window() { current = this; }
    ~Window() { current = nullptr; }

    static struct hcall_object handlers() {
        struct hcall_object object = {};
        object.dma_map = [](dma_window *, u64 gpa, u64 size, dma_direction direction) {
            return current->map(gpa, size, direction);
        };
        object.dma_unmap = [](dma_window *, u64 address, u64 size) { current->unmap(address, size); };
        return object;
    }

    std::set<std::uint64_t> used; // pages on the bus
    std::vector<std::uint64_t> sizes;
    std::uint64_t refusals = 0; // maps that fail from now on
    std::uint64_t room = ~0ULL; // pages mapped at most
    ps_t map_cost = 0;          // interruptible
    bool mapping = false;

private:
    u64 map(u64 gpa, u64 size, dma_direction direction) {
        mapping = true;
        if (current_vcpu)
            current_vcpu->guest_work(Cost::guest_send, map_cost);
        mapping = false;
        const std::uint64_t pages = (gpa % page + size + page - 1) / page;
        if (used.size() + pages > room) {
            ++refusals;
            return DMA_MAPPING_ERROR;
        }
        sizes.push_back(size);
        const std::uint64_t first = next;
        next += pages;
        EXPECT_LE(next, table_entries);
        const std::uint64_t permission = direction == DMA_TO_DEVICE ? 1 : direction == DMA_FROM_DEVICE ? 2 : 3;
        for (std::uint64_t i = 0; i < pages; ++i) {
            used.insert(first + i);
            store(table + 8 * (first + i), (ram_hpa + gpa / page * page + i * page) | permission);
        }
        return first * page | gpa % page;
    }
    void unmap(u64 address, u64 size) {
        for (std::uint64_t i = 0; i < (address % page + size + page - 1) / page; ++i) {
            EXPECT_EQ(used.erase(address / page + i), 1u);
            store(table + 8 * (address / page + i), 0);
        }
    }
    static void store(std::uint64_t hpa, std::uint64_t value) {
        value = __builtin_bswap64(value);
        std::memcpy(HostMemory::at(hpa), &value, sizeof(value));
    }

    static Window *current;
    std::uint64_t next = 1;
};
Window *Window::current = nullptr;

NvmeParameters device_parameters() {
    NvmeMediaParameters media{};
    media.capacity = capacity;
    media.channels = 8;
    media.stripe_bytes = 16384;
    media.read_latency = 20'000'000;
    media.write_latency = 5'000'000;
    media.read_bandwidth = media.write_bandwidth = 2'000'000'000;
    return {0x0100, 16, 500'000, 1ULL << 60, media, seed};
}

PhbParameters bridge() {
    PhbParameters phb = test_phb(registers, 0, rtt);
    phb.window_bytes = 0x10000;
    return phb;
}

class NvmeGuest : public testing::Test, public InterruptSink, public DmaObserver {
protected:
    NvmeGuest()
        : memory(64 << 20), port(memory, {0x3ffd00000000, ram_hpa, ram_bytes}),
          link("link", bench.timeline, test_link()), phb("phb", bench.timeline, memory, link, bridge()),
          engine("nvme", bench.timeline, link, device_parameters()), handlers(Window::handlers()),
          dma(handlers, nullptr) {
        phb.set_interrupt_sink(this);
        phb.set_observer(this);
        phb.set_tve(0, (table >> 12 << 16) | 6 << 8 | 1); // 2^14 entries
        load_parameters = {BlockOperation::read, true, 4096, 4096, 1, 4, capacity, 0, seed};
    }
    void on_interrupt(std::uint16_t, std::uint64_t, std::uint32_t data) override {
        vectors.insert(data);
        bench.vcpus[0]->raise_interrupt();
    }
    void on_access(const DmaAccess &access) override { faults += access.fault != DmaFault::none; }

    /// Runs the load for \p time.
    void run(ps_t time) {
        const NvmeDriverParameters driver_parameters{
            load_parameters.pairs, load_parameters.depth, load_parameters.io_bytes, page, device_window, 1 << 20};
        driver = std::make_unique<NvmeDriver>(driver_parameters, port, dma, phb);
        load_parameters.memory = (1 << 20) + NvmeDriver::memory_bytes(driver_parameters);
        EXPECT_LE(load_parameters.memory + BlockLoad::memory_bytes(load_parameters), ram_bytes);
        load = std::make_unique<BlockLoad>(load_parameters, port, *driver);
        const std::vector<NvmeQueuePair> pairs = driver->open();
        ASSERT_EQ(pairs.size(), load_parameters.pairs);
        engine.configure(pairs);
        set_up_pages = window.used.size();
        set_up_maps = window.sizes.size();
        bench.add([this](Vcpu &self) { load->run(self); });
        bench.run_until(time);
    }
    void expect_right() const {
        EXPECT_EQ(engine.failure(), nullptr);
        EXPECT_EQ(faults, 0u);
        EXPECT_EQ(load->errors(), 0u);
        EXPECT_EQ(load->wrong_stamps(), 0u);
        EXPECT_EQ(engine.wrong_stamps(), 0u);
    }

    VcpuBench bench;
    HostMemory memory;
    SimPort port;
    Link link;
    Phb phb;
    NvmeEngine engine;
    Window window;
    const struct hcall_object handlers;
    GuestDma dma;
    std::unique_ptr<NvmeDriver> driver;
    std::unique_ptr<BlockLoad> load;
    BlockLoadParameters load_parameters;
    std::uint64_t set_up_pages = 0, set_up_maps = 0, faults = 0;
    std::set<std::uint32_t> vectors;
};

TEST_F(NvmeGuest, ReadsThroughQueuesThatWrapManyTimes) {
    run(15'000'000'000);
    expect_right();
    EXPECT_GT(load->counters().reads, 200u);
    EXPECT_EQ(load->counters().writes, 0u);
    EXPECT_NEAR(static_cast<double>(engine.counters().reads), static_cast<double>(load->counters().reads), 4);
    EXPECT_LE(window.used.size(), set_up_pages + 4);
    EXPECT_GT(load->counters().latency.percentile(1), 20'000'000u) << "the flash alone takes as long";
}

TEST_F(NvmeGuest, EveryPairHasItsInterrupt) {
    load_parameters.pairs = 3;
    load_parameters.depth = 2;
    run(2'000'000'000);
    expect_right();
    EXPECT_EQ(vectors, (std::set<std::uint32_t>{1, 2, 3}));
}

TEST_F(NvmeGuest, APieceOfABufferIsOneMapOfTheDmaApi) {
    load_parameters.operation = BlockOperation::write;
    load_parameters.io_bytes = 65536;
    load_parameters.segment_bytes = 16384;
    load_parameters.depth = 2;
    run(2'000'000'000);
    expect_right();
    ASSERT_GT(window.sizes.size(), set_up_maps);
    for (std::size_t i = set_up_maps; i < window.sizes.size(); ++i)
        EXPECT_EQ(window.sizes[i], 16384u);
    EXPECT_EQ((window.sizes.size() - set_up_maps) % 4, 0u);
    EXPECT_GT(engine.counters().writes, 10u);
}

TEST_F(NvmeGuest, MixedLoadReadsWhatItHasWritten) {
    load_parameters.operation = BlockOperation::mixed;
    load_parameters.capacity = 1 << 20; // every place many times
    run(15'000'000'000);
    expect_right();
    EXPECT_GT(load->counters().reads, 100u);
    EXPECT_GT(load->counters().writes, 100u);
}

TEST_F(NvmeGuest, InterruptsInTheMiddleOfAMapWait) {
    window.map_cost = 10'000'000;
    run(5'000'000'000);
    expect_right();
    EXPECT_GT(load->counters().reads, 50u);
}

TEST_F(NvmeGuest, AFullWindowDelaysAndLosesNothing) {
    load_parameters.io_bytes = 16384;
    load_parameters.segment_bytes = 4096;
    window.room = 14; // queues, lists, and one buffer
    load_parameters.depth = 8;
    run(3'000'000'000);
    expect_right();
    EXPECT_GT(window.refusals, 0u);
    EXPECT_GT(load->counters().reads, 20u);
    EXPECT_LE(window.used.size(), 14u);
}

TEST_F(NvmeGuest, ReadsThatBringOtherDataAreNoticed) {
    load_parameters.seed = seed + 1; // the device has other stamps
    run(1'000'000'000);
    EXPECT_EQ(load->wrong_stamps(), load->counters().reads);
}

} // namespace
} // namespace tcesim::guest_nvme_test
