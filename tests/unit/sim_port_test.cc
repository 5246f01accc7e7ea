// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/sim_port.h"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <random>

#include "tests/unit/vcpu_bench.h"

namespace tcesim::sim_port_test {
namespace {

constexpr ps_t us = 1'000'000;
constexpr std::uint64_t ram_hpa = 32 << 20, ram_bytes = 16 << 20, ram_ua = 0x3ffd00000000;
constexpr std::uint64_t registers = 0x3fffe40000000;
constexpr std::uint64_t kill_register = registers + PHB_TCE_KILL_OFFSET;

/// A port with memory, and a bridge that writes down what reaches it.
class SimPortTest : public testing::Test, public MmioTarget, public PhbFirmware, public TraceObserver {
protected:
    SimPortTest() : memory(64 << 20), port(memory, {ram_ua, ram_hpa, ram_bytes}) {
        memory.set_heap(1 << 20, ram_hpa);
        port.connect(bench.timeline, *this, *this);
        port.add_observer(*this);
    }

    ps_t mmio_write(std::uint64_t address, std::uint64_t value) override {
        stores.emplace_back(address, value);
        return free_at;
    }
    void set_tve(std::uint32_t, std::uint64_t) override {}
    ps_t tce_kill(opal_tce_kill, std::uint32_t, std::uint32_t, std::uint64_t ioba, std::uint64_t) override {
        stores.emplace_back(0, ioba);
        return free_at;
    }
    void mmio_load(std::uint64_t address, LoadClient &client) override {
        loads.emplace_back(address, bench.timeline.now());
        answered = &client;
        bench.timeline.schedule(answer_event, bench.timeline.now() + flight);
    }
    void answer() { answered->on_load(0x55); }
    void pe_reset(std::uint32_t pe, enum port_reset reset) override { resets.emplace_back(pe, reset); }
    void on_trace(const Trace &trace) override { traces.push_back(trace); }

    /// What the handlers of a PHB3 do to invalidate \p pages IOMMU pages from \p first on.
    static void kill(std::uint64_t first, std::uint64_t pages) {
        port_trace(PORT_EV_TCE_KILL, 1, first << 12, pages, 12);
        for (std::uint64_t page = first; page < first + pages; ++page)
            port_mmio_write64(kill_register, page);
    }
    std::vector<std::uint64_t> values() const {
        std::vector<std::uint64_t> values;
        for (const auto &store : stores)
            values.push_back(store.second);
        return values;
    }

    HostMemory memory;
    SimPort port;
    VcpuBench bench;
    static constexpr ps_t flight = 200 * VcpuBench::ns;
    std::vector<std::pair<std::uint64_t, ps_t>> loads;
    LoadClient *answered = nullptr;
    Event answer_event = Event::member<&SimPortTest::answer>(EventClass::mmio, this);
    ps_t free_at = 0;
    std::vector<std::pair<std::uint32_t, enum port_reset>> resets;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> stores;
    std::vector<Trace> traces;
};

// ---- locks ----

TEST_F(SimPortTest, LocksAreServedByArrivalAndThenByNumber) {
    std::mt19937 random(23);
    struct port_lock lock = {};
    std::vector<std::pair<ps_t, unsigned>> arrived;
    std::vector<unsigned> served;
    const ps_t atomic = 44 * VcpuBench::ns; // of taking the lock: it arrives when that has been paid
    int inside = 0, most = 0;
    for (unsigned number = 0; number < 6; ++number) {
        const ps_t start = random() % 4 * us; // many at the same instant
        const ps_t held = random() % 5 * us;
        bench.add([&, start, held, number](Vcpu &self) {
            self.spend(Cost::guest_poll, start + 1 * us);
            arrived.emplace_back(self.now() + atomic, number);
            port_lock(&lock);
            served.push_back(number);
            most = std::max(most, ++inside);
            self.spend(Cost::guest_poll, held);
            self.sync();
            --inside;
            port_unlock(&lock);
        });
    }
    bench.run();
    std::sort(arrived.begin(), arrived.end());
    ASSERT_EQ(served.size(), 6u);
    for (std::size_t i = 0; i < served.size(); ++i)
        EXPECT_EQ(served[i], arrived[i].second) << i;
    EXPECT_EQ(most, 1);
    EXPECT_EQ(lock.state, 0u);
}

TEST_F(SimPortTest, AWaiterPaysForItsWaitAndGoesOnWhenTheLockIsFree) {
    struct port_lock lock = {};
    ps_t released = 0, taken = 0;
    bench.add([&](Vcpu &self) {
        port_lock(&lock);
        self.spend(Cost::guest_poll, 10 * us);
        port_unlock(&lock);
        released = self.now();
    });
    Vcpu &waiter = bench.add([&](Vcpu &self) {
        self.spend(Cost::guest_poll, 2 * us);
        port_lock(&lock);
        taken = self.now();
        port_unlock(&lock);
    });
    bench.run();
    EXPECT_EQ(taken, released);
    EXPECT_EQ(VcpuBench::spent(waiter, "lock/wait/wait"), released - 2 * us - 44 * VcpuBench::ns);
}

TEST_F(SimPortTest, AFreeLockCostsAnAtomicAndAFence) {
    struct port_lock lock = {};
    Vcpu &vcpu = bench.add([&](Vcpu &) {
        port_lock(&lock);
        port_unlock(&lock);
    });
    bench.run();
    EXPECT_EQ(VcpuBench::spent(vcpu, "port/atomic/constant"), 44 * VcpuBench::ns);
    EXPECT_EQ(VcpuBench::spent(vcpu, "port/fence/constant"), 33 * VcpuBench::ns);
    EXPECT_EQ(vcpu.now(), 77 * VcpuBench::ns);
}

// ---- RCU ----

struct Deferred {
    port_rcu_head head = {};
    ps_t called_at = 0;
    static void call(port_rcu_head *head) {
        reinterpret_cast<Deferred *>(head)->called_at = current_vcpu ? current_vcpu->now() : 1;
    }
};

TEST_F(SimPortTest, ACallbackRunsAfterTheReadersOfItsMoment) {
    Deferred deferred;
    ps_t asked_at = 0, left_at = 0;
    bench.add([&](Vcpu &self) {
        port_rcu_read_lock();
        self.spend(Cost::guest_poll, 50 * us);
        self.sync();
        port_rcu_read_unlock();
        left_at = self.now();
    });
    bench.add([&](Vcpu &self) {
        self.spend(Cost::guest_poll, 20 * us);
        self.sync();
        asked_at = self.now();
        port_call_rcu(&deferred.head, Deferred::call);
        EXPECT_EQ(deferred.called_at, 0u);
    });
    bench.run();
    EXPECT_GT(left_at, asked_at);
    EXPECT_EQ(deferred.called_at, left_at);
}

TEST_F(SimPortTest, WithoutReadersACallbackRunsAtOnce) {
    Deferred deferred;
    port_call_rcu(&deferred.head, Deferred::call);
    EXPECT_EQ(deferred.called_at, 1u);
}

TEST_F(SimPortTest, NestedReadersHoldACallbackBackToTheOutermost) {
    Deferred deferred;
    port_rcu_read_lock();
    port_rcu_read_lock();
    port_call_rcu(&deferred.head, Deferred::call);
    port_rcu_read_unlock();
    EXPECT_EQ(deferred.called_at, 0u);
    port_rcu_read_unlock();
    EXPECT_EQ(deferred.called_at, 1u);
}

// ---- invalidations ----

TEST_F(SimPortTest, SetUpSendsNone) {
    kill(4, 6);
    port_opal_tce_kill(0, OPAL_TCE_KILL_PAGES, 1, 12, 0x5000, 1);
    EXPECT_TRUE(stores.empty());
}

TEST_F(SimPortTest, AVcpuPaysForEachStore) {
    Vcpu &vcpu = bench.add([&](Vcpu &) { kill(4, 3); });
    bench.run();
    EXPECT_EQ(values(), (std::vector<std::uint64_t>{4, 5, 6}));
    EXPECT_EQ(vcpu.now(), 3 * bench.of(Cost::mmio_store));
}

TEST_F(SimPortTest, AFirmwareCallTakesItsTimeOrThePhbs) {
    ps_t taken[2];
    bench.add([&](Vcpu &self) {
        for (ps_t &one : taken) {
            const ps_t began = self.now();
            port_opal_tce_kill(0, OPAL_TCE_KILL_PAGES, 1, 12, 0x5000, 1);
            one = self.now() - began;
            free_at = 100 * us;
        }
    });
    bench.run();
    EXPECT_EQ(taken[0], bench.of(Cost::opal_tce_kill));
    EXPECT_EQ(taken[0] + taken[1], 100 * us);
}

TEST_F(SimPortTest, AFullKillQueueHoldsTheCpu) {
    free_at = 100 * us;
    Vcpu &vcpu = bench.add([&](Vcpu &) { kill(1, 1); });
    bench.run();
    EXPECT_EQ(vcpu.now(), 100 * us);
    EXPECT_EQ(VcpuBench::spent(vcpu, "kill_queue/wait/wait"), 100 * us - bench.of(Cost::mmio_store));
}

// ---- pages ----

TEST_F(SimPortTest, PinsAndUnpinsBalance) {
    std::mt19937 random(29);
    std::vector<std::uint64_t> held;
    for (int i = 0; i < 1000; ++i) {
        if (held.empty() || random() % 2) {
            const std::uint64_t offset = random() % ram_bytes;
            std::uint64_t hpa = 0;
            std::uint32_t shift = 0;
            ASSERT_EQ(port_pin(ram_ua + offset, &hpa, &shift), 0);
            EXPECT_EQ(hpa, ram_hpa + (offset & ~(PAGE_SIZE - 1)));
            EXPECT_EQ(shift, PAGE_SHIFT);
            held.push_back(hpa);
        } else {
            const std::size_t which = random() % held.size();
            port_unpin(held[which], false);
            held[which] = held.back();
            held.pop_back();
        }
        ASSERT_EQ(port.counters().pins - port.counters().unpins, held.size());
    }
}

TEST_F(SimPortTest, OnlyPinnedPagesAreUnpinned) {
    EXPECT_EXIT(port_unpin(ram_hpa, false), testing::ExitedWithCode(1), "unpinned as often as it was pinned");
}

/// Guest memory of huge pages is pinned page by page of the host, and real mode cannot walk to it.
TEST(SimPortHugePages, AreSeenByWhoeverPinsOrTranslates) {
    HostMemory memory(64 << 20);
    SimPort port(memory, {ram_ua, ram_hpa, ram_bytes, 24});
    std::uint64_t hpa = 0;
    std::uint32_t shift = 0;
    ASSERT_EQ(port_pin(ram_ua + 0x123456, &hpa, &shift), 0);
    EXPECT_EQ(hpa, ram_hpa + 0x120000);
    EXPECT_EQ(shift, 24u);
    EXPECT_EQ(port_page_shift(hpa), 24u);
    EXPECT_EQ(port_page_shift(ram_hpa - 1), PAGE_SHIFT);
    EXPECT_EQ(port_page_shift(ram_hpa + ram_bytes), PAGE_SHIFT);
    EXPECT_EQ(port_translate_real_mode(ram_ua, &hpa), -EFAULT);
    port_unpin(hpa, false);
}

TEST_F(SimPortTest, OutsideTheProcessThereIsNothingToPinOrRead) {
    std::uint64_t hpa = 0;
    std::uint32_t shift = 0;
    for (const std::uint64_t ua : {ram_ua - 1, ram_ua + ram_bytes, std::uint64_t{0}, ~std::uint64_t{0}}) {
        EXPECT_EQ(port_pin(ua, &hpa, &shift), -EFAULT);
        EXPECT_EQ(port_translate_real_mode(ua, &hpa), -EFAULT);
        EXPECT_EQ(port_read_ua(&hpa, ua, sizeof(hpa)), -EFAULT);
    }
    EXPECT_EQ(port_read_ua(&hpa, ram_ua + ram_bytes - 4, 8), -EFAULT);
    EXPECT_EQ(port.counters().pins, 0u);
}

// ---- memory ----

TEST_F(SimPortTest, GuestDoublewordsAreBigEndian) {
    port_guest_write64(0x1238, 0x0102030405060708);
    const unsigned char expected[] = {1, 2, 3, 4, 5, 6, 7, 8};
    EXPECT_EQ(std::memcmp(port.guest_memory(0x1238), expected, sizeof(expected)), 0);
    EXPECT_EQ(port_guest_read64(0x1238), 0x0102030405060708u);
    std::uint64_t raw = 0;
    ASSERT_EQ(port_read_ua(&raw, ram_ua + 0x1238, sizeof(raw)), 0);
    EXPECT_EQ(raw, __builtin_bswap64(0x0102030405060708));
}

TEST_F(SimPortTest, AnExchangeReturnsWhatThePhbSawBefore) {
    auto *tce = static_cast<std::uint64_t *>(port_pages_alloc(4096));
    EXPECT_EQ(port_xchg_tce(tce, 0x1003), 0u);
    EXPECT_EQ(*tce, __builtin_bswap64(0x1003));
    EXPECT_EQ(port_xchg_tce(tce, 0), 0x1003u);
    EXPECT_EQ(port_from_hpa(port_to_hpa(tce)), tce);
    port_pages_free(tce, 4096);
}

TEST_F(SimPortTest, MemoryIsZeroedHoweverOftenItIsUsed) {
    for (int i = 0; i < 3; ++i) {
        auto *object = static_cast<unsigned char *>(port_alloc(300));
        ASSERT_NE(object, nullptr);
        EXPECT_TRUE(std::all_of(object, object + 300, [](unsigned char byte) { return byte == 0; }));
        std::memset(object, 0xff, 300);
        port_free(object);
    }
    EXPECT_EQ(port_alloc(1ULL << 40), nullptr);
    port_free(nullptr);
}

TEST_F(SimPortTest, SetUpIsFreeOfChargeAndTracesSayWhoseTheyAre) {
    port_trace(PORT_EV_IOVA_ALLOC, 1, 2, 3, 4);
    ASSERT_EQ(traces.size(), 1u);
    EXPECT_EQ(traces[0].vcpu, nullptr);
    EXPECT_EQ(traces[0].time, 0u);
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.spend(Cost::guest_poll, 5 * us);
        port_trace(PORT_EV_IOVA_FREE, 5, 6, 7, 8);
    });
    bench.run();
    ASSERT_EQ(traces.size(), 2u);
    EXPECT_EQ(traces[1].vcpu, &vcpu);
    EXPECT_EQ(traces[1].time, 5 * us);
    EXPECT_EQ(traces[1].d, 8u);
    EXPECT_EQ(vcpu.now(), 5 * us);
}

// ---- loads and resets ----

TEST_F(SimPortTest, ALoadHoldsTheCpuUntilItsDataAreThere) {
    std::uint64_t value = 0;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        self.spend(Cost::guest_poll, 5 * us);
        value = port_mmio_read64(registers + PHB_IODA_DATA_OFFSET);
        port_pe_reset(0, 7, PORT_RESET_HOT);
        port_pe_reset(1, 7, PORT_RESET_NONE); // of a bridge that has no model
    });
    bench.run();
    EXPECT_EQ(value, 0x55u);
    ASSERT_EQ(loads.size(), 1u);
    EXPECT_EQ(loads[0], std::make_pair(registers + PHB_IODA_DATA_OFFSET, 5 * us));
    EXPECT_EQ(VcpuBench::spent(vcpu, "mmio_load/wait/wait"), flight);
    ASSERT_EQ(resets.size(), 1u);
    EXPECT_EQ(resets[0], std::make_pair(7u, PORT_RESET_HOT));
}

TEST_F(SimPortTest, DuringSetUpNothingIsLoadedOrReset) {
    EXPECT_EQ(port_mmio_read64(registers + PHB_IODA_DATA_OFFSET), 0u);
    port_pe_reset(0, 7, PORT_RESET_HOT);
    EXPECT_TRUE(loads.empty() && resets.empty());
}

} // namespace
} // namespace tcesim::sim_port_test
