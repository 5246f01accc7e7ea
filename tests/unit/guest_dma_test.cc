// SPDX-License-Identifier: Apache-2.0
/// The guest's DMA API: which hypercalls an operation costs, and what the device can reach.
#include "tests/support/guest_machine.h"

#include <gtest/gtest.h>
#include <map>
#include <random>

namespace tcesim::test::guest_dma_test {
namespace {

constexpr u64 page = 4096;

class Guest {
public:
    explicit Guest(bool multi_tce, u64 liobn = GuestMachine::liobn) : machine(MachineSetup{}) {
        if (dma_window_init(&window, &machine.kvm, liobn, 0, u64(64) << 20, 12, 16, multi_tce, machine.list_gpa()))
            port_bug("no window");
        machine.forget();
    }
    ~Guest() {
        iova_destroy(&window.space);
        machine.close();
    }
    Guest(const Guest &) = delete;
    Guest &operator=(const Guest &) = delete;

    /// Hypercalls by opcode since the last call.
    std::map<u64, u64> hypercalls() {
        std::map<u64, u64> count;
        for (const auto &event : machine.world.trace)
            count[event.a] += event.event == PORT_EV_HCALL_ENTER;
        machine.forget();
        for (auto entry = count.begin(); entry != count.end();)
            entry = entry->second ? std::next(entry) : count.erase(entry);
        return count;
    }
    u64 total() {
        u64 sum = 0;
        for (auto [opcode, count] : hypercalls())
            sum += count;
        return sum;
    }

    GuestMachine machine;
    dma_window window{};
};

using Calls = std::map<u64, u64>;

TEST(GuestDma, HypercallsPerOperation) {
    for (u64 pages : {1, 2, 16, 512, 513, 1024}) {
        u64 lists = (pages + 511) / 512;
        for (bool multi_tce : {false, true}) {
            Guest guest(multi_tce);
            u64 address = dma_map(&guest.window, 0, pages * page, DMA_TO_DEVICE);
            ASSERT_NE(address, DMA_MAPPING_ERROR);
            Calls map = guest.hypercalls();
            dma_unmap(&guest.window, address, pages * page);
            Calls unmap = guest.hypercalls();
            if (!multi_tce) {
                EXPECT_EQ(map, (Calls{{H_PUT_TCE, pages}}));
                EXPECT_EQ(unmap, (Calls{{H_PUT_TCE, pages}}));
            } else {
                EXPECT_EQ(map, pages == 1 ? (Calls{{H_PUT_TCE, 1}}) : (Calls{{H_PUT_TCE_INDIRECT, lists}}));
                EXPECT_EQ(unmap, (Calls{{H_STUFF_TCE, lists}}));
            }
        }
    }
}

/// Map and unmap of the buffers of one packet.
u64 cost(bool multi_tce, std::initializer_list<std::pair<u64, u64>> buffers) {
    Guest guest(multi_tce);
    std::vector<u64> addresses;
    for (auto [gpa, size] : buffers)
        addresses.push_back(dma_map(&guest.window, gpa, size, DMA_TO_DEVICE));
    size_t i = 0;
    for (auto [gpa, size] : buffers)
        dma_unmap(&guest.window, addresses[i++], size);
    return guest.total();
}

TEST(GuestDma, HypercallsPerPacket) {
    constexpr u64 header = 0x100000, kib = 1024;
    EXPECT_EQ(cost(true, {{0x20000, 1500}}), 2U);
    EXPECT_EQ(cost(false, {{0x20000, 1500}}), 2U);
    EXPECT_EQ(cost(true, {{0x20e00, 1500}}), 2U) << "across two pages";
    EXPECT_EQ(cost(false, {{0x20e00, 1500}}), 4U);
    EXPECT_EQ(cost(true, {{header, 128}, {0x20000, 64 * kib}}), 4U) << "64 KiB and its header";
    EXPECT_EQ(cost(false, {{header, 128}, {0x20000, 64 * kib}}), 34U);
    EXPECT_EQ(cost(true, {{header, 128}, {0x20000, 32 * kib}, {0x48000, 32 * kib}}), 6U);
}

TEST(GuestDma, ASixtyFourKibBufferComesFromTheLargePoolAlignedToAGuestPage) {
    Guest guest(true);
    u64 address = dma_map(&guest.window, 0x20000, 64 << 10, DMA_TO_DEVICE);
    EXPECT_EQ(address % 65536, 0U);
    EXPECT_GE(address >> 12, guest.window.space.large.start);
    dma_unmap(&guest.window, address, 64 << 10);
}

/// The bytes of a mapped buffer, as the device finds them through the table.
TEST(GuestDma, TheDeviceReachesExactlyWhatIsMapped) {
    for (bool multi_tce : {false, true}) {
        Guest guest(multi_tce);
        std::mt19937_64 random(multi_tce);
        struct Mapping {
            u64 gpa, size, address;
            dma_direction direction;
        };
        std::vector<Mapping> live;
        for (u64 i = 0; i < 400; i++) {
            if (live.size() > 20 || (!live.empty() && random() % 2)) {
                Mapping victim = live[random() % live.size()];
                dma_unmap(&guest.window, victim.address, victim.size);
                for (u64 entry = victim.address >> 12; entry <= (victim.address + victim.size - 1) >> 12; entry++)
                    ASSERT_EQ(guest.machine.hardware(entry), 0U) << "unmap takes effect at once";
                for (size_t j = 0; j < live.size(); j++) {
                    if (live[j].address == victim.address) {
                        live.erase(live.begin() + static_cast<long>(j));
                        break;
                    }
                }
                continue;
            }
            Mapping fresh{random() % (32 << 20), random() % (128 << 10) + 1, 0,
                          random() % 2 ? DMA_TO_DEVICE : DMA_FROM_DEVICE};
            fresh.address = dma_map(&guest.window, fresh.gpa, fresh.size, fresh.direction);
            ASSERT_NE(fresh.address, DMA_MAPPING_ERROR);
            ASSERT_EQ(fresh.address % page, fresh.gpa % page);
            live.push_back(fresh);
            for (const auto &mapping : live) {
                u64 permissions = mapping.direction == DMA_TO_DEVICE ? TCE_READ : TCE_PERM;
                for (u64 at = 0; at < mapping.size; at += page) {
                    u64 tce = guest.machine.hardware((mapping.address + at) >> 12);
                    ASSERT_EQ(tce, ((GuestMachine::ram_hpa + mapping.gpa + at) & ~(page - 1)) | permissions);
                }
            }
        }
        for (const auto &mapping : live)
            dma_unmap(&guest.window, mapping.address, mapping.size);
        EXPECT_EQ(guest.machine.region()->mapped, 1);
        EXPECT_EQ(guest.window.map_failures, 0U);
    }
}

TEST(GuestDma, AFullWindowIsAMappingError) {
    Guest guest(true);
    std::vector<u64> addresses;
    for (;;) {
        u64 address = dma_map(&guest.window, 0, u64(1) << 20, DMA_TO_DEVICE);
        if (address == DMA_MAPPING_ERROR)
            break;
        addresses.push_back(address);
    }
    EXPECT_GT(addresses.size(), 50U);
    u64 last = addresses.back();
    dma_unmap(&guest.window, last, u64(1) << 20);
    EXPECT_NE(dma_map(&guest.window, 0, u64(1) << 20, DMA_TO_DEVICE), DMA_MAPPING_ERROR);
}

/// Any code but one is only logged, and the driver is told that all is well.
TEST(GuestDma, MostFailuresAreTakenForSuccess) {
    for (bool multi_tce : {false, true}) {
        Guest guest(multi_tce, 0x99);
        u64 calls = multi_tce ? 1 : 3; // the other entries are tried all the same
        u64 address = dma_map(&guest.window, 0x5000, 3 * page, DMA_TO_DEVICE);
        EXPECT_NE(address, DMA_MAPPING_ERROR);
        EXPECT_EQ(guest.window.map_failures, calls);
        dma_unmap(&guest.window, address, 3 * page);
        EXPECT_EQ(guest.window.map_failures, 2 * calls);
    }
}

/// A process that runs out of resources after some calls.
struct ShortOfResources {
    kvm_user user{answer};
    u64 good_calls = 0;
    std::vector<hcall> calls;

    static long answer(kvm_user *user, hcall *call) {
        auto *self = reinterpret_cast<ShortOfResources *>(user);
        self->calls.push_back(*call);
        bool clears = call->opcode == H_STUFF_TCE || (call->opcode == H_PUT_TCE && !call->value);
        if (clears || self->good_calls) {
            self->good_calls -= clears ? 0 : 1;
            return H_SUCCESS;
        }
        return H_NOT_ENOUGH_RESOURCES;
    }
};

TEST(GuestDma, WithoutResourcesWhatWasDoneIsTakenBack) {
    for (bool multi_tce : {false, true}) {
        Guest guest(multi_tce, 0x99);
        ShortOfResources process;
        guest.machine.kvm.user = &process.user;
        process.good_calls = multi_tce ? 1 : 3;
        u64 pages = multi_tce ? 1000 : 10;
        EXPECT_EQ(dma_map(&guest.window, 0, pages * page, DMA_TO_DEVICE), DMA_MAPPING_ERROR);
        if (multi_tce) {
            ASSERT_EQ(process.calls.size(), 3U) << "one list, the failing one, one range to clear";
            EXPECT_EQ(process.calls[2].opcode, H_STUFF_TCE);
            EXPECT_EQ(process.calls[2].ioba, process.calls[0].ioba);
            EXPECT_EQ(process.calls[2].count, 512U);
        } else {
            ASSERT_EQ(process.calls.size(), 7U) << "three entries, the failing one, three to clear";
            for (u64 i = 0; i < 3; i++) {
                EXPECT_EQ(process.calls[4 + i].ioba, process.calls[i].ioba);
                EXPECT_EQ(process.calls[4 + i].value, 0U);
            }
        }
        for (u64 i = 1; i < guest.window.space.size / 64; i++)
            ASSERT_EQ(guest.window.space.bitmap[i], 0U) << "and the addresses are free";
        guest.machine.kvm.user = &guest.machine.process.kvm_user;
    }
}

} // namespace
} // namespace tcesim::test::guest_dma_test
