// SPDX-License-Identifier: Apache-2.0
/// \file
/// A test bench: memory, link and PHB with one PE, and a device that reads and writes on command.
#ifndef TCESIM_TESTS_UNIT_PHB_BENCH_H
#define TCESIM_TESTS_UNIT_PHB_BENCH_H

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <map>
#include <vector>

#include "models/pcie/requester.h"
#include "models/phb/phb.h"
#include "tests/unit/hardware_parameters.h"

namespace tcesim {

constexpr std::uint16_t bench_rid = 0x0100;
constexpr std::uint32_t bench_pe = 3;
constexpr std::uint64_t bench_rtt = 0x20000;
constexpr std::uint64_t bench_table = 0x100000;
constexpr std::uint64_t bench_registers = 0x3fffe40000000ULL;
constexpr ps_t microsecond = 1'000'000;

inline void poke64(std::uint64_t hpa, std::uint64_t value) {
    value = __builtin_bswap64(value);
    std::memcpy(HostMemory::at(hpa), &value, sizeof value);
}

inline PhbParameters bench_phb() {
    return test_phb(bench_registers, bench_pe, bench_rtt);
}

/// One level, 4 KiB pages, 2^17 entries (512 MiB) at bench_table.
constexpr std::uint64_t bench_tve = (bench_table >> 12 << 16) | 9 << 8 | 1;

class PhbBench : public DmaReadClient, public DeviceRegisters, public DmaObserver, public InterruptSink {
public:
    explicit PhbBench(const PhbParameters &phb_parameters = bench_phb(),
                      const LinkParameters &link_parameters = test_link(), std::uint32_t tags = 16)
        : memory(64ULL << 20), timeline(sc_core::sc_gen_unique_name("timeline"), false), actor_(0),
          link(sc_core::sc_gen_unique_name("link"), timeline, link_parameters),
          phb(sc_core::sc_gen_unique_name("phb"), timeline, memory, link, phb_parameters),
          requester(link, bench_rid, tags) {
        requester.add_queue(*this, 0);
        link.connect_device(requester, *this);
        phb.set_observer(this);
        phb.set_interrupt_sink(this);
        const std::uint16_t pe = __builtin_bswap16(bench_pe);
        std::memcpy(HostMemory::at(bench_rtt + 2 * bench_rid), &pe, sizeof pe);
        phb.set_tve(bench_pe * phb_parameters.tves_per_pe(), bench_tve);
    }

    void run_until(ps_t when) { timeline.sync(actor_, when); }
    void run() { run_until(timeline.now() + 10'000 * microsecond); }

    /// Maps \p pages of 4 KiB from \p ioba to \p hpa on, in the one-level table.
    static void map(std::uint64_t ioba, std::uint64_t hpa, std::uint64_t pages = 1, std::uint64_t permissions = 3) {
        for (std::uint64_t i = 0; i < pages; ++i)
            poke64(bench_table + 8 * (ioba / 4096 + i), (hpa + 4096 * i) | permissions);
    }
    static void unmap(std::uint64_t ioba) { poke64(bench_table + 8 * (ioba / 4096), 0); }

    /// Starts a read of queue \p number; its outcome stands in reads when it is finished.
    std::size_t read(std::uint64_t ioba, std::uint32_t bytes, unsigned number = 0) {
        buffers.emplace_back(bytes, std::byte{0xee});
        reads.emplace_back();
        DmaRead &read = reads.back();
        read.ioba = ioba;
        read.bytes = bytes;
        read.to = buffers.back().data();
        started[&read] = timeline.now();
        requester.read(number, read);
        return reads.size() - 1;
    }
    /// Runs one read to its end and returns the time it took.
    ps_t timed_read(std::uint64_t ioba, std::uint32_t bytes) {
        const std::size_t number = read(ioba, bytes);
        run();
        return finished[&reads[number]] - started[&reads[number]];
    }
    /// The first 8 bytes that a finished read brought.
    std::uint64_t word(std::size_t number) const {
        std::uint64_t value = 0;
        std::memcpy(&value, buffers[number].data(), sizeof value);
        return __builtin_bswap64(value);
    }
    void write64(std::uint64_t ioba, std::uint64_t value) {
        value = __builtin_bswap64(value);
        requester.write(ioba, reinterpret_cast<const std::byte *>(&value), sizeof value);
    }
    static std::uint64_t peek64(std::uint64_t hpa) {
        std::uint64_t value = 0;
        std::memcpy(&value, HostMemory::at(hpa), sizeof value);
        return __builtin_bswap64(value);
    }
    void kill_one(std::uint64_t ioba) { kill_store(phb_register::kill_one | ioba | bench_pe); }
    ps_t kill_store(std::uint64_t value) { return phb.mmio_write(bench_registers + phb_register::tce_kill, value); }

    /// A load of the register at \p offset, by a CPU that waits for it.
    std::uint64_t load(std::uint64_t offset) {
        run_until(timeline.now() + phb.parameters().mmio_flight + 1); // what was stored until now arrives before
        const MmioLoad load = phb.mmio_read(bench_registers + offset);
        EXPECT_EQ(load.when, timeline.now() + phb.parameters().mmio_flight);
        return load.value;
    }
    void store(std::uint64_t offset, std::uint64_t value) { phb.mmio_write(bench_registers + offset, value); }

    void on_read_data(DmaRead &read, std::uint32_t) override {
        if (read.arrived == read.bytes)
            finished[&read] = timeline.now();
    }
    void on_register_write(std::uint64_t offset, std::uint64_t value) override {
        stores.push_back({timeline.now(), offset, value});
    }
    std::uint64_t on_register_read(std::uint64_t offset) override { return registers[offset]; }
    void on_access(const DmaAccess &access) override { accesses.push_back(access); }
    void on_kill(const TceKill &kill) override { kills.push_back(kill); }
    void on_freeze(const DmaAccess &access) override { freezes.push_back(access); }
    void on_interrupt(std::uint16_t, std::uint64_t ioba, std::uint32_t data) override {
        interrupts.push_back({timeline.now(), ioba, data});
    }

    struct Stamp {
        ps_t when;
        std::uint64_t where, value;
    };

    HostMemory memory;
    Timeline timeline;

private:
    Actor actor_;

public:
    Link link;
    Phb phb;
    DmaRequester requester;
    std::deque<DmaRead> reads;
    std::deque<std::vector<std::byte>> buffers;
    std::map<const DmaRead *, ps_t> started, finished;
    std::vector<DmaAccess> accesses;
    std::map<std::uint64_t, std::uint64_t> registers; ///< of the device, for loads
    std::vector<TceKill> kills;
    std::vector<DmaAccess> freezes;
    std::vector<Stamp> stores, interrupts;
};

} // namespace tcesim

#endif
