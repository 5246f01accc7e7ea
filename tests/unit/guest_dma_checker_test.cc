// SPDX-License-Identifier: Apache-2.0
#include "models/guest/dma_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/vcpu_bench.h"

namespace tcesim {
namespace {

using testing::HasSubstr;

constexpr ps_t us = 1'000'000;
constexpr std::uint64_t page_bytes = 4096, ram_hpa = 0x1000000000, window_bytes = 1 << 20;

/// A guest that maps and unmaps, and a device that reads what it is told to, through any translation.
class DmaCheckerTest : public testing::Test {
protected:
    DmaCheckerTest() : vcpu(bench.add([](Vcpu &) {})) { vcpu.activate(); }

    void at(ps_t when) { vcpu.spend(Cost::guest_poll, when - vcpu.now()); }
    void trace(port_event event, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
        checker.on_trace({&vcpu, vcpu.now(), event, a, b, c, d});
    }
    /// One H_PUT_TCE: entered now, the entry exchanged 100 ns later, back after 200 ns.
    void put_tce(std::uint64_t ioba, std::uint64_t tce) {
        trace(PORT_EV_HCALL_ENTER, H_PUT_TCE, ioba, tce, 0);
        at(vcpu.now() + us / 10);
        trace(PORT_EV_TCE_SET, 0, ioba / page_bytes, 0, tce);
        at(vcpu.now() + us / 10);
        trace(PORT_EV_HCALL_RETURN, H_PUT_TCE, 0, 0, 0);
    }
    void map(std::uint64_t ioba, std::uint64_t gpa) {
        put_tce(ioba, gpa | TCE_READ);
        checker.on_mapped(ioba, page_bytes, gpa);
    }
    void unmap(std::uint64_t ioba) {
        put_tce(ioba, 0);
        checker.on_unmapped(ioba, page_bytes);
    }
    void read(std::uint64_t ioba, std::uint64_t gpa, ps_t arrived, ps_t sampled, DmaFault fault = DmaFault::none) {
        checker.on_access({ioba, ram_hpa + gpa, 512, 1, 0x100, false, false, fault, arrived, sampled});
    }

    VcpuBench bench;
    Vcpu &vcpu;
    DmaChecker checker{{0, window_bytes, 12, ram_hpa, true}};
};

TEST_F(DmaCheckerTest, AFreshTranslationIsRight) {
    at(10 * us);
    map(0x5000, 0x20000);
    read(0x5000, 0x20000, 11 * us, 11 * us);
    read(0x5e00, 0x20e00, 90 * us, 11 * us); // from the cache
    EXPECT_EQ(checker.stale(), 0u);
    EXPECT_TRUE(checker.violations().empty());
    EXPECT_EQ(checker.reads(), 2u);
}

TEST_F(DmaCheckerTest, AnAccessAfterTheUnmapHasReturnedIsStale) {
    at(10 * us);
    map(0x5000, 0x20000);
    at(20 * us);
    unmap(0x5000);
    read(0x5000, 0x20000, 20 * us + us / 4, 11 * us);
    EXPECT_EQ(checker.stale(), 1u);
    ASSERT_EQ(checker.violations().size(), 1u);
    EXPECT_THAT(checker.violations()[0],
                HasSubstr("H_PUT_TCE number 2 (ioba 0x5000, value 0x0, entered at 20.000000 us)"));
    EXPECT_THAT(checker.violations()[0], HasSubstr("sampled at 11.000000 us"));
}

TEST_F(DmaCheckerTest, AnAccessInFlightIsNot) {
    at(10 * us);
    map(0x5000, 0x20000);
    at(20 * us);
    unmap(0x5000);
    read(0x5000, 0x20000, 20 * us, 20 * us);              // arrived before the exchange
    read(0x5000, 0x20000, 20 * us + us / 5 - 1, 11 * us); // and before the hypercall returned
    EXPECT_EQ(checker.stale(), 0u);
}

TEST_F(DmaCheckerTest, AnAccessAfterThePhbHasAcceptedTheKillIsStaleBeforeTheCallReturns) {
    at(10 * us);
    map(0x5000, 0x20000);
    at(20 * us);
    trace(PORT_EV_HCALL_ENTER, H_PUT_TCE, 0x5000, 0, 0);
    at(21 * us);
    trace(PORT_EV_TCE_SET, 0, 5, 0, 0);
    read(0x5000, 0x20000, 22 * us, 11 * us); // told nothing yet
    EXPECT_EQ(checker.stale(), 0u);
    checker.on_kill({TceKill::Kind::one, 1, 0x5000, 1, 23 * us});
    read(0x5000, 0x20000, 23 * us, 11 * us); // arrived with the kill
    EXPECT_EQ(checker.stale(), 0u);
    read(0x5000, 0x20000, 23 * us + 1, 11 * us);
    EXPECT_EQ(checker.stale(), 1u);
}

TEST_F(DmaCheckerTest, ATranslationSampledBeforeTheEntryWasReplacedIsStale) {
    at(10 * us);
    map(0x5000, 0x20000);
    at(20 * us);
    unmap(0x5000);
    at(30 * us);
    map(0x5000, 0x30000);
    read(0x5000, 0x20000, 31 * us, 11 * us);
    EXPECT_EQ(checker.stale(), 1u);
    ASSERT_EQ(checker.violations().size(), 1u);
    EXPECT_THAT(checker.violations()[0], HasSubstr("H_PUT_TCE number 2 "));
}

TEST_F(DmaCheckerTest, AnOldSampleIsStaleEvenWhenItHappensToPointToTheRightPage) {
    at(10 * us);
    map(0x5000, 0x20000);
    unmap(0x5000);
    at(30 * us);
    map(0x5000, 0x20000);
    read(0x5000, 0x20000, 40 * us, 10 * us + us / 10);
    EXPECT_EQ(checker.stale(), 1u);
    read(0x5000, 0x20000, 40 * us, 30 * us + us / 10);
    EXPECT_EQ(checker.stale(), 1u);
}

TEST_F(DmaCheckerTest, TheCallThatReplacedTheEntryAfterTheSampleIsNamed) {
    at(10 * us);
    map(0x5000, 0x20000);
    at(20 * us);
    unmap(0x5000);
    read(0x5000, 0x20000, 25 * us, 20 * us + us / 20); // sampled when the call had been entered, before its exchange
    ASSERT_EQ(checker.violations().size(), 1u);
    EXPECT_THAT(checker.violations()[0], HasSubstr("H_PUT_TCE number 2 "));
}

TEST_F(DmaCheckerTest, AWrongPageIsStale) {
    at(10 * us);
    map(0x5000, 0x20000);
    read(0x5000, 0x21000, 12 * us, 11 * us);
    EXPECT_EQ(checker.stale(), 1u);
}

TEST_F(DmaCheckerTest, WhatThePhbRefusesIsAFaultAndNotStale) {
    read(0x7000, 0, 12 * us, 12 * us, DmaFault::page_fault);
    EXPECT_EQ(checker.faults(), 1u);
    EXPECT_EQ(checker.stale(), 0u);
    checker.on_freeze({0x7000, 0, 512, 1, 0x100, false, false, DmaFault::page_fault, 12 * us, 12 * us});
    ASSERT_EQ(checker.violations().size(), 1u);
    EXPECT_THAT(checker.violations()[0], HasSubstr("PE 1 frozen at 12.000000 us"));
    EXPECT_THAT(checker.violations()[0], HasSubstr("ioba 0x7000"));
}

TEST_F(DmaCheckerTest, AnAccessThatWasNeverMappedIsStaleAndOneBeyondTheWindowIsNotItsBusiness) {
    read(0x9000, 0x20000, 12 * us, 12 * us);
    EXPECT_EQ(checker.stale(), 1u);
    read(window_bytes, 0x20000, 12 * us, 12 * us);
    EXPECT_EQ(checker.stale(), 1u);
}

TEST_F(DmaCheckerTest, AllAreCountedAndTheFirstTwentyTold) {
    for (int i = 0; i < 50; ++i)
        read(0x9000, 0x20000, 12 * us, 12 * us);
    EXPECT_EQ(checker.stale(), 50u);
    EXPECT_EQ(checker.violations().size(), 20u);
}

TEST_F(DmaCheckerTest, MappingsCoverThePagesThatTheyTouch) {
    checker.on_mapped(0x5fc0, 66, 0x20fc0); // crosses a border
    EXPECT_EQ(checker.mapped_pages(), 2u);
    read(0x5fc0, 0x20fc0, 12 * us, 12 * us);
    read(0x6000, 0x21000, 12 * us, 12 * us);
    EXPECT_EQ(checker.stale(), 0u);
    checker.on_mapped(0x10000, 65536, 0x40000);
    EXPECT_EQ(checker.mapped_pages(), 18u);
    checker.on_unmapped(0x5fc0, 66);
    checker.on_unmapped(0x10000, 65536);
    EXPECT_EQ(checker.mapped_pages(), 0u);
}

TEST_F(DmaCheckerTest, OperationsAreCountedByTceAndInTheMeasuredPhaseOnly) {
    trace(PORT_EV_HCALL_ENTER, H_PUT_TCE, 0x1000, 0x2001, 0);
    trace(PORT_EV_HCALL_ENTER, H_PUT_TCE_INDIRECT, 0x1000, 0x3000, 16);
    trace(PORT_EV_HCALL_ENTER, H_STUFF_TCE, 0x1000, 0, 512);
    trace(PORT_EV_IOVA_ALLOC, 1, 16, 12, 0);
    EXPECT_EQ(checker.tce_operations(), 1u + 16 + 512);
    EXPECT_EQ(checker.iova_allocations(), 1u);
    checker.on_trace({nullptr, 0, PORT_EV_HCALL_ENTER, H_STUFF_TCE, 0x1000, 0, 512}); // set-up
    checker.on_trace({nullptr, 0, PORT_EV_IOVA_ALLOC, 1, 16, 12, 0});
    EXPECT_EQ(checker.tce_operations(), 1u + 16 + 512);
    EXPECT_EQ(checker.iova_allocations(), 1u);
}

TEST_F(DmaCheckerTest, WhatTheGuestCallsBeforeItRunsIsCountedApartAndFirmwareIsNot) {
    checker.on_trace({nullptr, 0, PORT_EV_HCALL_ENTER, H_PUT_TCE, 0x1000, 0x2001, 0});
    checker.on_trace({nullptr, 0, PORT_EV_HCALL_ENTER, H_PUT_TCE_INDIRECT, 0x1000, 0x3000, 512});
    checker.on_trace({nullptr, 0, PORT_EV_HCALL_ENTER, H_RTAS, 0x2027, 0, 0});
    trace(PORT_EV_HCALL_ENTER, H_STUFF_TCE, 0x1000, 0, 512);
    EXPECT_EQ(checker.setup_hypercalls(), 2u);
    EXPECT_EQ(checker.setup_tce_operations(), 513u);
    EXPECT_EQ(checker.tce_operations(), 512u);
}

TEST_F(DmaCheckerTest, WhatStandsForMemoryForEverIsRightAtAnyTimeAndOnlyThere) {
    constexpr std::uint64_t base = 1ULL << 59;
    checker.stands_for(base, 0x100000, ram_hpa);
    checker.on_mapped(base + 0x2000, 64, 0x2000); // nothing that it would note
    EXPECT_EQ(checker.mapped_pages(), 0u);
    read(base + 0x2000, 0x2000, 12 * us, 12 * us);
    read(base + 0xfffff, 0xfffff, 12 * us, 0);
    EXPECT_EQ(checker.stale(), 0u);
    read(base + 0x2000, 0x3000, 12 * us, 12 * us);
    EXPECT_EQ(checker.stale(), 1u);
    ASSERT_EQ(checker.violations().size(), 1u);
    EXPECT_NE(checker.violations()[0].find("ioba 0x800000000002000"), std::string::npos) << checker.violations()[0];
    read(base + 0x100000, 0x3000, 12 * us, 12 * us);
    EXPECT_EQ(checker.stale(), 1u) << "behind it";
}

} // namespace
} // namespace tcesim
