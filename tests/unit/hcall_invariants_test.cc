// SPDX-License-Identifier: Apache-2.0
/// What must hold after any request: random hypercalls, registrations and failures, on one or two
/// hardware tables behind a guest view, with hardware pages as large as the guest's or smaller.
#include "tests/support/plain_port.h"

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <set>

namespace tcesim::test::hcall_invariants_test {
namespace {

constexpr u64 liobn = 7;
constexpr u64 ua_base = 0x7f0000000000;
constexpr u64 hpa_base = 0x4000000000;
constexpr u64 block = u64(1) << 20; // RAM comes in blocks that are registered one by one
constexpr u64 blocks = 8;
constexpr u64 list_gpa = blocks * block; // in a slot of its own
constexpr u64 window = u64(1) << 28;

struct Setup {
    u32 guest_shift;
    std::vector<u32> hardware_shifts;
    u32 levels;
};

class Invariants : public testing::TestWithParam<Setup> {
protected:
    Invariants() : random(GetParam().guest_shift * 100 + GetParam().levels) {
        world.memory.map(ua_base, blocks * block >> PAGE_SHIFT, hpa_base, PAGE_SHIFT, PageState::Young);
        world.memory.map(ua_base + list_gpa, 1, hpa_base + list_gpa, PAGE_SHIFT, PageState::Young);
        mm_context_init(&mm, 100000);
        kvm_init(&kvm, &mm);
        kvm_enable_multi_tce(&kvm, true);
        kvm_memslot ram{0, (list_gpa >> PAGE_SHIFT) + 1, ua_base};
        kvm_set_memslots(&kvm, &ram, 1);
        world.guest = memory_of(&kvm);
        kvm_create_spapr_tce_64 args{liobn, GetParam().guest_shift, 0, 0, window >> GetParam().guest_shift};
        EXPECT_EQ(kvm_tce_table_create(&kvm, &args, &view), 0);
        for (u32 shift : GetParam().hardware_shifts)
            add_table(shift);
    }

    void add_table(u32 shift) {
        auto group = std::make_unique<iommu_group>();
        group->phb = &bridge;
        group->pe = static_cast<u32>(groups.size());
        iommu_table *table = nullptr;
        EXPECT_EQ(iommu_table_create(shift, 0, window, GetParam().levels, true, &table), 0);
        EXPECT_EQ(window_set(group.get(), 0, table), 0);
        iommu_table_put(table);
        EXPECT_EQ(kvm_tce_table_attach(view, group.get()), 0);
        groups.push_back(std::move(group));
    }

    u64 random_tce() {
        u64 pages = blocks * block >> GetParam().guest_shift;
        return (random() % pages) << GetParam().guest_shift | (random() % 3 + 1);
    }

    struct Request {
        hcall call;
        std::vector<u64> values; // per entry
    };
    Request random_request();
    void toggle_registration();
    void check_tables();
    void check_kills();
    void check_agreement(const Request &request);
    std::string state();

    PlainPort world;
    mm_context mm{};
    struct kvm kvm {};
    phb bridge{3, PHB_PHB4, 0};
    kvm_tce_table *view = nullptr;
    std::vector<std::unique_ptr<iommu_group>> groups;
    std::map<u64, mm_region *> regions; // by number of the block
    std::mt19937_64 random;
};

Invariants::Request Invariants::random_request() {
    u64 first = random() % 64, count = random() % 24 + 1;
    Request request{{0, liobn, first << GetParam().guest_shift, 0, 0, 0}, {}};
    switch (random() % 4) {
    case 0:
        request.values = {random() % 4 ? random_tce() : 0};
        request.call.opcode = H_PUT_TCE;
        request.call.value = request.values[0];
        break;
    case 1:
        request.values.assign(count, 0);
        request.call.opcode = H_STUFF_TCE;
        request.call.count = count;
        break;
    default:
        for (u64 i = 0; i < count; i++) {
            request.values.push_back(random_tce());
            port_guest_write64(list_gpa + i * 8, request.values.back());
        }
        request.call.opcode = H_PUT_TCE_INDIRECT;
        request.call.value = list_gpa;
        request.call.count = count;
    }
    return request;
}

/// Registers a block, or takes it back, which fails exactly while entries are mapped from it.
void Invariants::toggle_registration() {
    u64 number = random() % blocks;
    auto known = regions.find(number);
    if (known == regions.end()) {
        ASSERT_EQ(region_new(&mm, ua_base + number * block, block >> PAGE_SHIFT, &regions[number]), 0);
        return;
    }
    bool busy = known->second->mapped > 1;
    ASSERT_EQ(region_put(known->second), busy ? -EBUSY : 0);
    if (!busy)
        regions.erase(known);
}

/// Counters, mirror and hardware entries belong together.
void Invariants::check_tables() {
    std::map<u64, s64> live;
    for (const auto &group : groups) {
        iommu_table *table = group->tables[0];
        for (u64 entry = 0; entry < u64(100) << (GetParam().guest_shift - table->page_shift); entry++) {
            const u64 *slot = iommu_table_slot(table, entry, false);
            const u64 *user = iommu_table_mirror(table, entry, false);
            u64 tce = slot ? big_endian(*slot) : 0, ua = user ? big_endian(*user) : 0;
            ASSERT_EQ((tce & TCE_PERM) != 0, ua != 0);
            if (!ua)
                continue;
            u64 hpa = 0;
            ASSERT_TRUE(world.memory.translate(ua, &hpa));
            ASSERT_EQ(tce & ~TCE_PERM, hpa);
            live[(ua - ua_base) / block]++;
        }
    }
    for (auto [number, region] : regions)
        ASSERT_EQ(region->mapped, 1 + live[number]);
    for (auto [number, count] : live)
        ASSERT_TRUE(regions.count(number)) << "an entry maps memory that is not pinned";
}

/// Each entry that changed was invalidated after it changed.
void Invariants::check_kills() {
    std::set<std::pair<u64, u64>> open;
    for (const auto &event : world.trace) {
        if (event.event == PORT_EV_TCE_SET && event.c != event.d) {
            for (u64 pe = 0; pe < groups.size(); pe++) {
                if (groups[pe]->tables[0]->number == event.a)
                    open.insert({pe, event.b});
            }
        } else if (event.event == PORT_EV_TCE_KILL) {
            for (u64 i = 0; i < event.c; i++)
                open.erase({event.a, (event.b >> event.d) + i});
        }
    }
    EXPECT_TRUE(open.empty());
}

/// Every table behind the view has what the guest asked for.
void Invariants::check_agreement(const Request &request) {
    u64 first = request.call.ioba >> GetParam().guest_shift;
    for (u64 i = 0; i < request.values.size(); i++) {
        const u64 *seen = kvm_tce_table_slot(view, first + i);
        ASSERT_EQ(seen ? *seen : 0, request.values[i]);
        for (const auto &group : groups) {
            iommu_table *table = group->tables[0];
            u32 shift = kvm_subpage_shift(view, table);
            for (u64 sub = 0; sub < u64(1) << shift; sub++) {
                const u64 *slot = iommu_table_slot(table, ((first + i) << shift) + sub, false);
                u64 tce = request.values[i], expected = 0;
                if (tce & TCE_PERM)
                    expected = (hpa_base + (tce & ~TCE_PERM) + (sub << table->page_shift)) |
                               tce_permissions(tce_direction(tce));
                ASSERT_EQ(slot ? big_endian(*slot) : 0, expected);
            }
        }
    }
}

/// All entries, counters and the view, as text.
std::string Invariants::state() {
    std::string text;
    auto add = [&text](u64 value) { text += std::to_string(value) + ' '; };
    for (const auto &group : groups) {
        for (u64 entry = 0; entry < u64(100) << (GetParam().guest_shift - group->tables[0]->page_shift); entry++) {
            const u64 *slot = iommu_table_slot(group->tables[0], entry, false);
            add(slot ? *slot : 0);
        }
    }
    for (u64 entry = 0; entry < 100; entry++) {
        const u64 *slot = kvm_tce_table_slot(view, entry);
        add(slot ? *slot : 0);
    }
    for (auto [number, region] : regions)
        add(static_cast<u64>(region->mapped));
    return text;
}

TEST_P(Invariants, HoldAfterRandomRequests) {
    u64 refused = 0, done = 0;
    for (u64 i = 0; i < 600 && !HasFatalFailure(); i++) {
        if (i < blocks || random() % 8 == 0)
            toggle_registration();
        kvm.real_mode = random() % 2;
        Request request = random_request();
        std::string before = state();
        world.trace.clear();
        long rc = kvm_hcall(&kvm, &request.call);
        ASSERT_NE(rc, H_TOO_HARD) << "no guest ever sees it";
        check_tables();
        check_kills();
        if (rc == H_SUCCESS) {
            done++;
            check_agreement(request);
        } else {
            refused++; // there is no user space here: what it would have to do is refused
            ASSERT_EQ(rc, H_FUNCTION);
            ASSERT_EQ(state(), before) << "a request that fails validation changes nothing";
        }
    }
    EXPECT_GT(refused, 20U);
    EXPECT_GT(done, 200U);

    hcall clear{H_STUFF_TCE, liobn, 0, 0, 100, 0};
    EXPECT_EQ(kvm_hcall(&kvm, &clear), H_SUCCESS);
    for (auto [number, region] : regions)
        EXPECT_EQ(region_put(region), 0);
    kvm_tce_table_close(view);
    for (auto &group : groups)
        window_unset(group.get(), 0);
    EXPECT_EQ(mm.locked_pages, 0U);
    EXPECT_EQ(world.memory.pins(), 0U);
    EXPECT_EQ(world.live_objects(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Setups, Invariants,
                         testing::Values(Setup{12, {12}, 1}, Setup{16, {16}, 2}, Setup{16, {12}, 1},
                                         Setup{12, {12, 12}, 2}, Setup{16, {16, 12}, 1}));

} // namespace
} // namespace tcesim::test::hcall_invariants_test
