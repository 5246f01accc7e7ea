// SPDX-License-Identifier: Apache-2.0
// Frozen PEs as firmware finds and clears them, and interrupt windows.
#include <gtest/gtest.h>

#include "tests/unit/phb_bench.h"

namespace tcesim::phb_fault_test {
namespace {

using namespace phb_register;

constexpr std::uint64_t data = 0x800000;
constexpr std::uint64_t pest_table = 0x40000;

std::uint64_t load_entry(PhbBench &bench, std::uint64_t table, std::uint64_t index) {
    bench.store(ioda_address, table << ioda_table_shift | index);
    return bench.load(ioda_data);
}
void store_entry(PhbBench &bench, std::uint64_t table, std::uint64_t index, std::uint64_t value) {
    bench.store(ioda_address, table << ioda_table_shift | index);
    bench.store(ioda_data, value);
    bench.run();
}

struct Case {
    DmaFault fault;
    bool write;
    std::uint64_t ioba;
    std::uint64_t word0; // without the requester
};
class Faults : public testing::TestWithParam<Case> {};

TEST_P(Faults, StandInTheTableOfPeStates) {
    PhbBench bench;
    bench.store(pest_bar, pest_bar_enable | pest_table);
    PhbBench::map(0x5000, data, 1, GetParam().write ? 1 : 2); // the other direction alone
    PhbBench::map(0x6000, 1ULL << 40);
    bench.run();
    if (GetParam().write)
        bench.write64(GetParam().ioba, 1);
    else
        bench.read(GetParam().ioba, 8);
    bench.run();
    const Pest &pest = bench.phb.pest(bench_pe);
    EXPECT_TRUE(pest.mmio);
    EXPECT_TRUE(pest.dma);
    EXPECT_EQ(pest.cause, GetParam().fault);
    EXPECT_EQ(pest.words[0], GetParam().word0 | std::uint64_t{bench_rid} << 16);
    EXPECT_EQ(pest.words[1], GetParam().ioba);
    EXPECT_EQ(PhbBench::peek64(pest_table + 16 * bench_pe), pest.words[0]);
    EXPECT_EQ(PhbBench::peek64(pest_table + 16 * bench_pe + 8), pest.words[1]);
}

// PowerPC's bits: type 5:7 (0 write, 2 read), 13 memory, 16 IODA, 18 page fault, 19 access fault.
INSTANTIATE_TEST_SUITE_P(Phb, Faults,
                         testing::Values(Case{DmaFault::access_fault, false, 0x5008, 0x0200100000000000},
                                         Case{DmaFault::access_fault, true, 0x5008, 0x0000100000000000},
                                         Case{DmaFault::page_fault, false, 0x7010, 0x0200200000000000},
                                         Case{DmaFault::page_fault, true, 0x7010, 0x0000200000000000},
                                         Case{DmaFault::bad_address, false, 0x6000, 0x0204000000000000},
                                         Case{DmaFault::out_of_window, false, 0x20000000, 0x0200800000000000},
                                         Case{DmaFault::bad_tve, true, 1ULL << 59, 0x0000800000000000},
                                         Case{DmaFault::interrupt_read, false, 1ULL << 60, 0x0200800000000000}));

TEST(PhbFault, FirmwareFindsAndClearsTheFrozenPe) {
    PhbBench bench;
    PhbBench::map(0x5000, data);
    bench.timed_read(0x900000, 8); // not mapped
    const std::uint64_t bit = 1ULL << (63 - bench_pe);
    EXPECT_EQ(load_entry(bench, ioda_peev, 0), bit);
    EXPECT_EQ(load_entry(bench, ioda_peev, 1), 0u);
    EXPECT_EQ(load_entry(bench, ioda_pesta, bench_pe), pest_frozen);
    EXPECT_EQ(load_entry(bench, ioda_pestb, bench_pe), pest_frozen);
    EXPECT_EQ(load_entry(bench, ioda_pesta, bench_pe + 1), 0u);

    store_entry(bench, ioda_pesta, bench_pe, 0); // MMIO goes again, DMA does not
    bench.phb.mmio_write(bench.phb.parameters().window_base, 1);
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.stores.size(), 1u);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::frozen);
    EXPECT_EQ(load_entry(bench, ioda_peev, 0), bit);
    EXPECT_EQ(bench.phb.freeze_cause(bench_pe), DmaFault::page_fault);

    store_entry(bench, ioda_pestb, bench_pe, 0);
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::none);
    EXPECT_EQ(load_entry(bench, ioda_peev, 0), 0u);
    EXPECT_EQ(bench.phb.freeze_cause(bench_pe), DmaFault::none);
}

TEST(PhbFault, FirmwareFreezesAPe) {
    PhbBench bench;
    PhbBench::map(0x5000, data);
    store_entry(bench, ioda_pestb, bench_pe, pest_frozen);
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::frozen);
    EXPECT_TRUE(bench.freezes.empty()) << "no access has frozen it";
    EXPECT_FALSE(bench.phb.mmio_frozen(bench_pe));
}

/// A CPU that waits for a load.
struct Cpu : LoadClient {
    explicit Cpu(const Timeline &timeline) : timeline_(timeline) {}
    void on_load(std::uint64_t loaded) override {
        value = loaded;
        when = timeline_.now();
    }
    std::uint64_t value = 0;
    ps_t when = 0;

private:
    const Timeline &timeline_;
};

TEST(PhbLoad, ADevicesRegisterComesOverTheLinkAndBack) {
    PhbBench bench;
    const PhbParameters &parameters = bench.phb.parameters();
    bench.registers[16] = 0x1234;
    Cpu cpu(bench.timeline);
    bench.phb.mmio_load(parameters.window_base + 16, cpu);
    bench.run();
    EXPECT_EQ(cpu.value, 0x1234u);
    // CPU, bridge, request of 24 bytes, link; and the way back with 20 + 8.
    const ps_t there = parameters.mmio_flight + parameters.pipeline + bench.link.parameters().flight;
    EXPECT_EQ(cpu.when, 2 * there + bench.link.rate().time(24) + bench.link.rate().time(28));
    EXPECT_EQ(bench.link.counters().loads, 1u);
    EXPECT_EQ(bench.link.counters().tlps(), 2u);
}

TEST(PhbLoad, AFrozenPeAnswersAllOnes) {
    PhbBench bench;
    bench.timed_read(0x900000, 8); // not mapped
    EXPECT_EQ(bench.phb.counters().freezes, 1u);
    EXPECT_GT(bench.phb.pest(bench_pe).since, 0u);
    EXPECT_LT(bench.phb.pest(bench_pe).since, bench.timeline.now());
    Cpu cpu(bench.timeline);
    const ps_t issued = bench.timeline.now();
    bench.phb.mmio_load(bench.phb.parameters().window_base, cpu);
    bench.run();
    EXPECT_EQ(cpu.value, ~std::uint64_t{0});
    EXPECT_EQ(cpu.when, issued + 2 * bench.phb.parameters().mmio_flight);
    EXPECT_EQ(bench.link.counters().loads, 0u);
}

TEST(PhbLoad, FollowsTheStoresBeforeIt) {
    PhbBench bench;
    bench.timed_read(0x900000, 8);
    bench.store(ioda_address, ioda_pesta << ioda_table_shift | bench_pe);
    Cpu frozen(bench.timeline), thawed(bench.timeline);
    bench.phb.mmio_load(bench_registers + ioda_data, frozen);
    bench.store(ioda_data, 0);
    bench.phb.mmio_load(bench_registers + ioda_data, thawed);
    bench.run();
    EXPECT_EQ(frozen.value, pest_frozen);
    EXPECT_EQ(thawed.value, 0u);
    EXPECT_GT(thawed.when, 0u);
}

TEST(PhbFault, TheFirstFaultStays) {
    PhbBench bench;
    bench.timed_read(0x900000, 8);
    bench.timed_read(1ULL << 59, 8);
    EXPECT_EQ(bench.phb.pest(bench_pe).words[1], 0x900000u);
}

TEST(PhbIoda, TvesAreProgrammedThroughTheRegisters) {
    PhbBench bench;
    PhbBench::map(0x5000, data);
    bench.phb.set_tve(2 * bench_pe, 0);
    store_entry(bench, ioda_tvt, 2 * bench_pe, bench_tve);
    EXPECT_EQ(load_entry(bench, ioda_tvt, 2 * bench_pe), bench_tve);
    bench.timed_read(0x5000, 8);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::none);
}

TEST(PhbIoda, AutoincrementMovesOnWithEachAccess) {
    PhbBench bench;
    bench.store(ioda_address, ioda_autoincrement | ioda_tvt << ioda_table_shift | 10);
    for (std::uint64_t value = 0x100; value < 0x104; ++value)
        bench.store(ioda_data, value << 16 | 0x101);
    bench.store(ioda_address, ioda_autoincrement | ioda_tvt << ioda_table_shift | 10);
    for (std::uint64_t value = 0x100; value < 0x104; ++value)
        EXPECT_EQ(bench.load(ioda_data), value << 16 | 0x101);
    EXPECT_EQ(bench.load(ioda_address), ioda_autoincrement | ioda_tvt << ioda_table_shift | 14);
}

void send_interrupt(PhbBench &bench, std::uint64_t ioba, std::uint32_t value) {
    const std::uint32_t message = __builtin_bswap32(value);
    bench.requester.write(ioba, reinterpret_cast<const std::byte *>(&message), 4);
    bench.run();
}

TEST(PhbInterrupt, WindowsAreSwitchedByTheConfigRegister) {
    PhbBench bench;
    PhbBench::map(0x5000, data);
    bench.phb.set_tve(2 * bench_pe, (bench_table >> 12 << 16) | 13 << 8 | 1); // 8 GiB, mapped nowhere near 4 GiB
    send_interrupt(bench, 1ULL << 60 | 0x100, 3);
    EXPECT_EQ(bench.interrupts.size(), 1u);
    send_interrupt(bench, 0xffff0100, 3); // memory like any other
    EXPECT_EQ(bench.interrupts.size(), 1u);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::page_fault);
    bench.phb.clear_freeze(bench_pe);

    bench.store(config, config_msi32);
    EXPECT_EQ(bench.load(config), config_msi32);
    for (const std::uint64_t ioba : {0xffff0000, 0xffff0100, 0xfffffffc}) {
        bench.interrupts.clear();
        send_interrupt(bench, ioba, 3);
        EXPECT_EQ(bench.interrupts.size(), ioba == 0xfffffffc ? 0u : 1u) << "the last source is not the bridge's";
    }
    send_interrupt(bench, 0xfffeffff & ~3ULL, 3);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::page_fault) << "just below the window";
    bench.phb.clear_freeze(bench_pe);
    send_interrupt(bench, 0x100000000, 3);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::page_fault) << "just above";
    bench.phb.clear_freeze(bench_pe);
    send_interrupt(bench, 1ULL << 60, 3);
    EXPECT_EQ(bench.accesses.back().fault, DmaFault::bad_tve) << "the other window is off";
}

TEST(PhbInterrupt, AReadOfAWindowIsAnError) {
    for (const std::uint64_t ioba : {1ULL << 60, 0xffff0000ULL, 0xffffff00ULL}) {
        PhbBench bench;
        bench.store(config, config_msi32 | config_msi64);
        bench.run();
        bench.timed_read(ioba, 8);
        EXPECT_EQ(bench.accesses.back().fault, DmaFault::interrupt_read);
        EXPECT_TRUE(bench.phb.dma_frozen(bench_pe));
    }
}

TEST(PhbInterrupt, APhb3DropsThoseOfOtherPesAndAPhb4DoesNotLook) {
    for (const PhbGeneration generation : {PhbGeneration::phb3, PhbGeneration::phb4}) {
        PhbParameters parameters = bench_phb();
        parameters.generation = generation;
        parameters.interrupt_owners = 0x60000;
        PhbBench bench(parameters);
        poke64(0x60000 + 16 * 0x23, bench_pe); // source 0x20 | 3
        poke64(0x60000 + 16 * 0x24, bench_pe + 1);
        send_interrupt(bench, 1ULL << 60 | 0x200, 3);
        EXPECT_EQ(bench.interrupts.size(), 1u);
        send_interrupt(bench, 1ULL << 60 | 0x200, 4);
        const bool looks = generation == PhbGeneration::phb3;
        EXPECT_EQ(bench.interrupts.size(), looks ? 1u : 2u);
        EXPECT_EQ(bench.phb.counters().interrupts_dropped, looks ? 1u : 0u);
        EXPECT_FALSE(bench.phb.dma_frozen(bench_pe));
    }
}

TEST(PhbInterrupt, SourcesAreAsManyAsTheBridgeHas) {
    const std::tuple<PhbGeneration, std::uint32_t, std::uint32_t> bridges[] = {
        {PhbGeneration::phb3, 256, 2048}, {PhbGeneration::phb4, 512, 4096}, {PhbGeneration::phb4, 256, 2048}};
    for (const auto &[generation, pes, sources] : bridges) {
        PhbParameters parameters = bench_phb();
        parameters.generation = generation;
        parameters.pe_count = pes;
        PhbBench bench(parameters);
        send_interrupt(bench, 1ULL << 60 | (sources - 32) << 4, 31);
        EXPECT_EQ(bench.interrupts.size(), 1u);
        send_interrupt(bench, 1ULL << 60 | sources << 4, 0);
        EXPECT_EQ(bench.interrupts.size(), 1u);
    }
}

} // namespace
} // namespace tcesim::phb_fault_test
