// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/kill_fault.h"

#include <gtest/gtest.h>
#include <vector>

#include "tests/unit/vcpu_bench.h"

namespace tcesim {
namespace {

constexpr std::uint64_t kill_register = 0x1000;

class Bridge : public MmioTarget, public PhbFirmware {
public:
    ps_t mmio_write(std::uint64_t, std::uint64_t value) override {
        stores.push_back(value);
        return 7;
    }
    bool repeat_mmio_writes(const StoreSeries &, const StorePace &) override { return true; }
    void set_tve(std::uint32_t, std::uint64_t tve) override { tves.push_back(tve); }
    ps_t tce_kill(opal_tce_kill kind, std::uint32_t, std::uint32_t, std::uint64_t ioba, std::uint64_t) override {
        calls.push_back(ioba);
        kinds.push_back(kind);
        return 9;
    }
    void mmio_load(std::uint64_t address, LoadClient &) override { loads.push_back(address); }
    std::vector<std::uint64_t> loads;
    void pe_reset(std::uint32_t, enum port_reset reset) override { resets.push_back(reset); }
    std::vector<enum port_reset> resets;
    std::vector<opal_tce_kill> kinds;
    std::vector<std::uint64_t> stores, tves, calls;
};

struct Bench {
    Bench(PhbGeneration generation, std::uint64_t every) : Bench({generation, kill_register, 12, every}) {}
    explicit Bench(const KillFaultParameters &parameters) : fault(timeline, bridge, bridge, parameters) {}
    Timeline timeline{"timeline", false};
    Bridge bridge;
    KillFault fault;
};

TEST(KillFault, WithoutAFaultEverythingArrives) {
    Bench bench(PhbGeneration::phb3, 0);
    EXPECT_EQ(bench.fault.mmio_write(kill_register, PHB3_KILL_ONE | 0x5000 | 1), 7u);
    EXPECT_EQ(bench.fault.tce_kill(OPAL_TCE_KILL_PAGES, 1, 12, 0x5000, 1), 9u);
    EXPECT_EQ(bench.fault.counters().skipped, 0u);
}

TEST(KillFault, LoadsAndResetsAreNoneOfItsBusiness) {
    struct Nobody : LoadClient {
        void on_load(std::uint64_t) override {}
    } nobody;
    Bench bench(PhbGeneration::phb3, 1);
    bench.fault.mmio_load(0x228, nobody);
    bench.fault.pe_reset(1, PORT_RESET_FUNDAMENTAL);
    EXPECT_EQ(bench.bridge.loads, std::vector<std::uint64_t>{0x228});
    EXPECT_EQ(bench.bridge.resets, std::vector{PORT_RESET_FUNDAMENTAL});
}

TEST(KillFault, RepeatsNoStoresWhereEachMayFareDifferently) {
    EXPECT_TRUE(Bench(PhbGeneration::phb3, 0).fault.repeat_mmio_writes({}, {}));
    EXPECT_FALSE(Bench(PhbGeneration::phb3, 4).fault.repeat_mmio_writes({}, {}));
    KillFaultParameters late{PhbGeneration::phb3, kill_register, 12, 0};
    late.delay = 5;
    EXPECT_FALSE(Bench(late).fault.repeat_mmio_writes({}, {}));
}

TEST(KillFault, LosesStoresForPagesWhoseNumberIsAMultiple) {
    Bench bench(PhbGeneration::phb3, 4);
    for (std::uint64_t page = 1; page <= 16; ++page)
        bench.fault.mmio_write(kill_register, PHB3_KILL_ONE | page << 12 | 1);
    EXPECT_EQ(bench.fault.counters().skipped, 4u);
    EXPECT_EQ(bench.bridge.stores.size(), 12u);
}

TEST(KillFault, NeverLosesOtherStoresOrWholePes) {
    Bench bench(PhbGeneration::phb3, 1);
    bench.fault.mmio_write(kill_register + 8, PHB3_KILL_ONE);
    bench.fault.mmio_write(kill_register, PHB3_KILL_PE | 1);
    bench.fault.mmio_write(kill_register, PHB3_KILL_ALL);
    bench.fault.tce_kill(OPAL_TCE_KILL_PE, 1, 0, 0, 0);
    EXPECT_EQ(bench.bridge.stores.size(), 3u);
    EXPECT_EQ(bench.bridge.calls.size(), 1u);
    EXPECT_EQ(bench.fault.counters().skipped, 0u);
}

TEST(KillFault, AFirmwareCallIsLostWhenOneOfItsPagesIs) {
    Bench bench(PhbGeneration::phb4, 8);
    bench.fault.tce_kill(OPAL_TCE_KILL_PAGES, 1, 16, 1 << 16, 7); // pages 1..7
    bench.fault.tce_kill(OPAL_TCE_KILL_PAGES, 1, 16, 1 << 16, 8); // pages 1..8
    EXPECT_EQ(bench.bridge.calls.size(), 1u);
    EXPECT_EQ(bench.fault.counters().skipped, 1u);
}

TEST(KillFault, AP7iocStoreIsForTwoTces) {
    Bench bench(PhbGeneration::p7ioc, 3);
    constexpr std::uint64_t table = 0x2000000;
    bench.fault.set_tve(0, table >> 12 << 16 | 0xb01);
    for (std::uint64_t page = 4; page < 10; page += 2) // 4 5, 6 7, 8 9
        bench.fault.mmio_write(kill_register, P7IOC_KILL_BY_ADDRESS | (table + page * 8));
    EXPECT_EQ(bench.fault.counters().skipped, 2u);
    EXPECT_EQ(bench.bridge.tves.size(), 1u);
}

TEST(KillFault, BringsWhatIsDelayedLaterAndInOrder) {
    VcpuBench cpu;
    Bridge bridge;
    KillFault fault(cpu.timeline, bridge, bridge, {PhbGeneration::phb3, kill_register, 12, 0, 500});
    cpu.add([&](Vcpu &) {
        for (std::uint64_t page = 1; page <= 3; ++page)
            EXPECT_EQ(fault.mmio_write(kill_register, PHB3_KILL_ONE | page << 12 | 1), 0u);
        fault.mmio_write(kill_register, PHB3_KILL_PE | 1); // overtakes them
        EXPECT_EQ(bridge.stores, std::vector<std::uint64_t>{PHB3_KILL_PE | 1});
    });
    cpu.run();
    EXPECT_EQ(cpu.timeline.now(), 500u);
    EXPECT_EQ(bridge.stores, (std::vector<std::uint64_t>{PHB3_KILL_PE | 1, PHB3_KILL_ONE | 0x1001,
                                                         PHB3_KILL_ONE | 0x2001, PHB3_KILL_ONE | 0x3001}));
    EXPECT_EQ(fault.counters().delayed, 3u);
}

TEST(KillFault, DropsWhatFindsTooManyInFlight) {
    Bench bench({PhbGeneration::phb4, kill_register, 16, 0, 0, 2, 1000});
    for (std::uint64_t page = 1; page <= 5; ++page)
        EXPECT_EQ(bench.fault.tce_kill(OPAL_TCE_KILL_PAGES, 1, 16, page << 16, 1), 0u) << "nobody waits";
    EXPECT_EQ(bench.bridge.calls, (std::vector<std::uint64_t>{1 << 16, 2 << 16}));
    EXPECT_EQ(bench.fault.counters().dropped, 3u);
    bench.fault.tce_kill(OPAL_TCE_KILL_PE, 1, 0, 0, 0);
    EXPECT_EQ(bench.bridge.calls.size(), 3u);
}

TEST(KillFault, PromotedKillsAreNeitherDroppedNorLateNorSkipped) {
    Bench bench({PhbGeneration::phb4, kill_register, 16, 1, 700, 1, 1000, true});
    for (std::uint64_t page = 1; page <= 5; ++page)
        EXPECT_EQ(bench.fault.tce_kill(OPAL_TCE_KILL_PAGES, 1, 16, page << 16, 1), 9u);
    EXPECT_EQ(bench.bridge.kinds, std::vector<opal_tce_kill>(5, OPAL_TCE_KILL_PE));
}

} // namespace
} // namespace tcesim
