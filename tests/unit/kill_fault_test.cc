// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/kill_fault.h"

#include <gtest/gtest.h>
#include <vector>

namespace tcesim {
namespace {

constexpr std::uint64_t kill_register = 0x1000;

class Bridge : public MmioTarget, public PhbFirmware {
public:
    ps_t mmio_write(std::uint64_t, std::uint64_t value) override {
        stores.push_back(value);
        return 7;
    }
    void set_tve(std::uint32_t, std::uint64_t tve) override { tves.push_back(tve); }
    ps_t tce_kill(opal_tce_kill, std::uint32_t, std::uint32_t, std::uint64_t ioba, std::uint64_t) override {
        calls.push_back(ioba);
        return 9;
    }
    std::vector<std::uint64_t> stores, tves, calls;
};

struct Bench {
    Bench(PhbGeneration generation, std::uint64_t every)
        : fault(bridge, bridge, {generation, kill_register, 12, every}) {}
    Bridge bridge;
    KillFault fault;
};

TEST(KillFault, WithoutAFaultEverythingArrives) {
    Bench bench(PhbGeneration::phb3, 0);
    EXPECT_EQ(bench.fault.mmio_write(kill_register, PHB3_KILL_ONE | 0x5000 | 1), 7u);
    EXPECT_EQ(bench.fault.tce_kill(OPAL_TCE_KILL_PAGES, 1, 12, 0x5000, 1), 9u);
    EXPECT_EQ(bench.fault.lost(), 0u);
}

TEST(KillFault, LosesStoresForPagesWhoseNumberIsAMultiple) {
    Bench bench(PhbGeneration::phb3, 4);
    for (std::uint64_t page = 1; page <= 16; ++page)
        bench.fault.mmio_write(kill_register, PHB3_KILL_ONE | page << 12 | 1);
    EXPECT_EQ(bench.fault.lost(), 4u);
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
    EXPECT_EQ(bench.fault.lost(), 0u);
}

TEST(KillFault, AFirmwareCallIsLostWhenOneOfItsPagesIs) {
    Bench bench(PhbGeneration::phb4, 8);
    bench.fault.tce_kill(OPAL_TCE_KILL_PAGES, 1, 16, 1 << 16, 7); // pages 1..7
    bench.fault.tce_kill(OPAL_TCE_KILL_PAGES, 1, 16, 1 << 16, 8); // pages 1..8
    EXPECT_EQ(bench.bridge.calls.size(), 1u);
    EXPECT_EQ(bench.fault.lost(), 1u);
}

TEST(KillFault, AP7iocStoreIsForTwoTces) {
    Bench bench(PhbGeneration::p7ioc, 3);
    constexpr std::uint64_t table = 0x2000000;
    bench.fault.set_tve(0, table >> 12 << 16 | 0xb01);
    for (std::uint64_t page = 4; page < 10; page += 2) // 4 5, 6 7, 8 9
        bench.fault.mmio_write(kill_register, P7IOC_KILL_BY_ADDRESS | (table + page * 8));
    EXPECT_EQ(bench.fault.lost(), 2u);
    EXPECT_EQ(bench.bridge.tves.size(), 1u);
}

} // namespace
} // namespace tcesim
