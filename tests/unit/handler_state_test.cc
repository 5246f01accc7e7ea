// SPDX-License-Identifier: Apache-2.0
/// The scan of the handlers' state: it finds nothing after any request that a guest may make, and each
/// thing that is put out of order, as the invariant that it breaks.
#include "tests/support/guest_machine.h"

#include <gmock/gmock.h>
#include <random>

// Its library belongs to the simulator's world; the scan itself knows none.
#include "sim/handler_state.h"

namespace tcesim::test::handler_state_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Names = std::vector<std::string>;

class PlainMemory : public HandlerMemory {
public:
    explicit PlainMemory(const GuestMachine &machine) : machine_(machine) {}
    const u64 *level(u64 hpa) const override { return static_cast<const u64 *>(port_from_hpa(hpa)); }
    std::optional<u64> ua_of(u64 gpa) const override {
        return gpa < machine_.ram_size() ? std::optional(GuestMachine::ram_ua + gpa) : std::nullopt;
    }
    std::optional<u64> hpa_of(u64 ua) const override {
        u64 hpa = 0;
        return machine_.world.memory.translate(ua, &hpa) ? std::optional(hpa) : std::nullopt;
    }
    u64 pins() const override { return machine_.world.memory.pins(); }

private:
    const GuestMachine &machine_;
};

HandlerState scan(const GuestMachine &machine, const HypercallLog &calls = {}) {
    return scan_handlers(hcall_inspection, machine.process, PlainMemory(machine), calls);
}

Names broken(const HandlerState &state) {
    Names names;
    for (const auto &[name, holds] : state.invariants) {
        if (!holds)
            names.push_back(name);
    }
    return names;
}

Names broken(const GuestMachine &machine, const HypercallLog &calls = {}) {
    return broken(scan(machine, calls));
}

u64 &hardware(GuestMachine &machine, u64 entry) {
    return *iommu_table_slot(machine.table(), entry, false);
}
u64 &mirror(GuestMachine &machine, u64 entry) {
    return *iommu_table_mirror(machine.table(), entry, false);
}
u64 &view(GuestMachine &machine, u64 entry) {
    return *kvm_tce_table_slot_alloc(kvm_tce_table_find(&machine.kvm, GuestMachine::liobn), entry);
}

// ---- nothing is found where nothing is wrong ----

class AnyMachine : public testing::TestWithParam<MachineSetup> {};

TEST_P(AnyMachine, HoldsAfterAnyRequest) {
    const MachineSetup &setup = GetParam();
    GuestMachine machine(setup);
    std::mt19937_64 random(setup.page_shift * 10 + setup.levels);
    const u64 entries = setup.window_size >> setup.page_shift;
    const u64 pages = (setup.ram_pages - 1) << PAGE_SHIFT >> setup.page_shift;
    const auto tce = [&] { return (random() % pages) << setup.page_shift | (random() % 3 + 1); };
    ASSERT_THAT(scan(machine).violations, IsEmpty());
    for (int i = 0; i < 300; i++) {
        const u64 count = random() % 40 + 1;
        const u64 ioba = (random() % 4 * (entries / 4) + random() % 64) << setup.page_shift;
        std::vector<u64> list(count);
        std::generate(list.begin(), list.end(), tce);
        switch (random() % 4) {
        case 0:
            machine.put(ioba, tce());
            break;
        case 1:
            machine.put(ioba, 0);
            break;
        case 2:
            machine.put_indirect(ioba, list);
            break;
        default:
            machine.stuff(ioba, 0, count);
        }
        if (i % 10 == 0)
            ASSERT_THAT(scan(machine).violations, IsEmpty()) << "after request " << i;
    }
}

MachineSetup with_vio_devices(MachineSetup setup) {
    setup.vio_devices = 19;
    return setup;
}

MachineSetup setup(u32 container, u32 page_shift, u32 levels, bool in_kernel, bool real_mode, u64 window_size) {
    MachineSetup setup;
    setup.container = container;
    setup.page_shift = page_shift;
    setup.levels = levels;
    setup.in_kernel = in_kernel;
    setup.real_mode = real_mode;
    setup.window_size = window_size;
    return setup;
}

INSTANTIATE_TEST_SUITE_P(
    Machines, AnyMachine,
    testing::Values(setup(2, 12, 1, true, true, u64(64) << 20), setup(2, 12, 2, true, true, u64(4) << 30),
                    setup(2, 12, 3, true, false, u64(1) << 40), setup(2, 16, 2, true, true, u64(1) << 40),
                    setup(2, 16, 1, false, false, u64(1) << 30), setup(1, 12, 1, true, true, u64(64) << 20),
                    setup(1, 12, 1, false, false, u64(64) << 20), setup(1, 16, 1, true, false, u64(1) << 30),
                    setup(1, 16, 1, false, false, u64(1) << 30),
                    with_vio_devices(setup(2, 12, 1, true, true, u64(64) << 20)),
                    with_vio_devices(setup(2, 16, 1, false, false, u64(1) << 30))));

// ---- each thing that is put out of order ----

/// Entry 3 maps page 5 for reading, entry 4 page 6 for both; the rest of the window is empty.
class Corrupted : public testing::Test {
protected:
    static MachineSetup kernel() { return {}; }
    explicit Corrupted(const MachineSetup &setup = kernel()) : machine(setup) {
        machine.put(u64(3) << setup.page_shift, u64(5) << setup.page_shift | TCE_READ);
        machine.put(u64(4) << setup.page_shift, u64(6) << setup.page_shift | TCE_PERM);
        EXPECT_THAT(scan(machine).violations, IsEmpty());
    }
    GuestMachine machine;
};

TEST_F(Corrupted, RegionCountsOneTooMany) {
    machine.region()->mapped++;
    const HandlerState state = scan(machine);
    EXPECT_THAT(broken(state), ElementsAre("mapped_counts"));
    EXPECT_THAT(
        state.violations,
        ElementsAre("mapped_counts: the region at ua 0x7f0000000000 has mapped = 4, 2 entries are made from it"));
}

TEST_F(Corrupted, RegionCountsOneTooFew) {
    machine.region()->mapped--;
    EXPECT_THAT(broken(machine), ElementsAre("mapped_counts"));
}

TEST_F(Corrupted, MirrorOfAnEmptyEntry) {
    mirror(machine, 9) = big_endian(GuestMachine::ram_ua);
    const HandlerState state = scan(machine);
    EXPECT_THAT(broken(state), ElementsAre("mirror_matches"));
    EXPECT_THAT(state.violations, ElementsAre(HasSubstr("at bus address 0x9000 holds 0x0, its mirror 0x7f0000000000")));
}

TEST_F(Corrupted, EntryWithoutMirror) {
    mirror(machine, 3) = 0;
    EXPECT_THAT(broken(machine), ElementsAre("mapped_counts", "mirror_matches"));
}

TEST_F(Corrupted, EntryLost) {
    hardware(machine, 4) = 0;
    EXPECT_THAT(broken(machine), ElementsAre("mapped_counts", "mirror_matches"));
}

TEST_F(Corrupted, AddressOfAnEntry) {
    hardware(machine, 3) = big_endian(machine.hardware(3) + 0x1000);
    const HandlerState state = scan(machine);
    EXPECT_THAT(broken(state), ElementsAre("entries_translate"));
    EXPECT_THAT(state.violations, ElementsAre(HasSubstr("at bus address 0x3000 holds 0x4000006001, its mirror's ua "
                                                        "0x7f0000005000 is hpa 0x4000005000")));
}

TEST_F(Corrupted, AddressInTheMirror) {
    mirror(machine, 3) = big_endian(machine.mirror(3) + 0x1000);
    EXPECT_THAT(broken(machine), ElementsAre("entries_translate"));
}

TEST_F(Corrupted, AddressInTheRegion) {
    machine.region()->hpas[0] += PAGE_SIZE;
    const HandlerState state = scan(machine);
    EXPECT_THAT(broken(state), ElementsAre("entries_translate"));
    EXPECT_THAT(state.violations, ElementsAre(HasSubstr(", and 1 more")));
}

TEST_F(Corrupted, DirtyMarkIsNoAddress) {
    machine.region()->hpas[0] |= REGION_DIRTY;
    EXPECT_THAT(broken(machine), IsEmpty());
}

TEST_F(Corrupted, PermissionOfAnEntry) {
    hardware(machine, 3) = big_endian(machine.hardware(3) | TCE_WRITE);
    EXPECT_THAT(broken(machine), ElementsAre("views_agree"));
}

TEST_F(Corrupted, EntryAndMirrorTogether) {
    hardware(machine, 3) = big_endian(machine.hardware(3) + 0x1000);
    mirror(machine, 3) = big_endian(machine.mirror(3) + 0x1000);
    EXPECT_THAT(broken(machine), ElementsAre("views_agree"));
}

TEST_F(Corrupted, ValueOfTheView) {
    view(machine, 3) += 0x1000;
    const HandlerState state = scan(machine);
    EXPECT_THAT(broken(state), ElementsAre("views_agree"));
    EXPECT_THAT(state.violations,
                ElementsAre(HasSubstr("at bus address 0x3000 holds 0x4000005001 for ua 0x7f0000005000, "
                                      "KVM's view 0x6001")));
}

TEST_F(Corrupted, ValueOfTheViewTakenBack) {
    view(machine, 4) = 0;
    EXPECT_THAT(broken(machine), ElementsAre("views_agree"));
}

TEST_F(Corrupted, ValueOfTheViewWithoutEntry) {
    view(machine, 9) = 0x7000 | TCE_READ;
    EXPECT_THAT(broken(machine), ElementsAre("views_agree"));
}

TEST_F(Corrupted, ValueOfTheViewOutsideMemory) {
    view(machine, 3) = u64(1) << 50 | TCE_READ;
    EXPECT_THAT(broken(machine), ElementsAre("views_agree"));
}

TEST_F(Corrupted, LockedPages) {
    for (int change : {1, -1}) {
        machine.mm.locked_pages += change;
        EXPECT_THAT(broken(machine), ElementsAre("locked_pages"));
        machine.mm.locked_pages -= change;
    }
}

TEST_F(Corrupted, RegionMayNotBackThePage) {
    machine.region()->page_shift = 11;
    EXPECT_THAT(broken(machine), ElementsAre("entries_pinned"));
}

TEST_F(Corrupted, PageOutsideAnyRegion) {
    mirror(machine, 3) = big_endian(GuestMachine::ram_ua - 0x1000);
    EXPECT_THAT(broken(machine), ElementsAre("entries_pinned", "mapped_counts"));
}

TEST_F(Corrupted, PinGone) {
    machine.world.memory.unpin(GuestMachine::ram_hpa);
    EXPECT_THAT(broken(machine), ElementsAre("entries_pinned"));
}

/// A map under way at the end of a run was taken for pages that were left pinned.
TEST_F(Corrupted, BugPinsThatNothingRestsOnAreCountedWithoutThatOfACallUnderWay) {
    EXPECT_EQ(scan(machine).needless_pins, 0u);
    machine.world.memory.pin(GuestMachine::ram_hpa);
    machine.world.memory.pin(GuestMachine::ram_hpa);
    EXPECT_EQ(scan(machine).needless_pins, 2u);
    HypercallLog calls;
    calls.enter({H_PUT_TCE, 0, 0, 0});
    EXPECT_EQ(scan(machine, calls).needless_pins, 1u);
}

TEST_F(Corrupted, AnswerToTheGuest) {
    HypercallLog calls;
    calls.enter({H_PUT_TCE, 0, 0, 0});
    calls.returned(H_TOO_HARD, false);
    EXPECT_THAT(broken(machine, calls), ElementsAre("no_too_hard"));
}

TEST_F(Corrupted, EveryViolationIsOneSentence) {
    for (u64 entry = 10; entry < 110; entry++)
        view(machine, entry) = 0x7000 | TCE_READ;
    machine.mm.locked_pages++;
    EXPECT_EQ(scan(machine).violations.size(), 2U);
}

class CorruptedSparse : public Corrupted {
protected:
    CorruptedSparse() : Corrupted(setup(2, 12, 2, true, true, u64(4) << 30)) {}
};

TEST_F(CorruptedSparse, ValueOfTheViewWithoutLevel) {
    view(machine, 500000) = 0x7000 | TCE_READ;
    EXPECT_THAT(broken(machine), ElementsAre("views_agree"));
}

TEST_F(CorruptedSparse, MirrorWithoutLevelInHardware) {
    *iommu_table_mirror(machine.table(), 500000, true) = big_endian(GuestMachine::ram_ua);
    EXPECT_THAT(broken(machine), ElementsAre("mirror_matches"));
}

TEST_F(CorruptedSparse, EntryBehindTheFirstLeaf) {
    machine.put(u64(500000) << 12, 0x7000 | TCE_READ);
    EXPECT_THAT(broken(machine), IsEmpty());
    hardware(machine, 500000) = big_endian(machine.hardware(500000) + 0x1000);
    EXPECT_THAT(scan(machine).violations, ElementsAre(HasSubstr("at bus address 0x7a120000 ")));
}

class CorruptedInUserSpace : public Corrupted {
protected:
    CorruptedInUserSpace() : Corrupted(setup(2, 12, 1, false, false, u64(64) << 20)) {}
};

TEST_F(CorruptedInUserSpace, ValueOfTheProcess) {
    user_tce_table *table = list_entry(machine.process.tables.next, user_tce_table, list);
    for (u64 wrong : {u64(0), u64(0x6001), u64(0x5003)}) {
        table->values[3] = wrong;
        const HandlerState state = scan(machine);
        EXPECT_THAT(broken(state), ElementsAre("views_agree"));
        EXPECT_THAT(state.violations, ElementsAre(HasSubstr("the process's table")));
    }
}

class CorruptedV1 : public Corrupted {
protected:
    CorruptedV1() : Corrupted(setup(1, 12, 1, true, false, u64(64) << 20)) {}
};

TEST_F(CorruptedV1, AddressOfAnEntry) {
    hardware(machine, 3) = big_endian(machine.hardware(3) + 0x1000);
    EXPECT_THAT(broken(machine), ElementsAre("views_agree"));
}

TEST_F(CorruptedV1, PinGone) {
    machine.world.memory.unpin(GuestMachine::ram_hpa);
    EXPECT_THAT(broken(machine), ElementsAre("entries_pinned"));
}

TEST_F(CorruptedV1, EnabledPages) {
    machine.container()->enabled_pages--;
    EXPECT_THAT(broken(machine), ElementsAre("locked_pages"));
}

TEST_F(CorruptedV1, PagesLeftPinnedAreNoDefect) {
    machine.put(0x3000, 0);
    EXPECT_GT(machine.world.memory.pins(), 1U);
    EXPECT_THAT(broken(machine), IsEmpty());
}

// ---- in the middle of a hypercall ----

TEST_F(Corrupted, OnlyTheEntriesOfTheCallUnderWayMayDisagree) {
    HypercallLog calls;
    calls.enter({H_STUFF_TCE, 0x3000, 0, 2});
    for (u64 entry : {2, 3, 4, 5}) {
        const u64 before = view(machine, entry);
        view(machine, entry) = 0x9000 | TCE_READ;
        EXPECT_EQ(broken(machine, calls).empty(), entry == 3 || entry == 4) << entry;
        view(machine, entry) = before;
    }
    view(machine, 3) = 0;
    calls.returned(H_SUCCESS, true);
    EXPECT_THAT(broken(machine, calls), ElementsAre("views_agree"));
}

TEST_F(Corrupted, BugAnEntryWhoseMirrorTheCallUnderWayHasNotReachedYetWasADefect) {
    HypercallLog unmaps, elsewhere;
    unmaps.enter({H_STUFF_TCE, 0x3000, 0, 2});
    elsewhere.enter({H_STUFF_TCE, 0x5000, 0, 2});
    hardware(machine, 3) = 0;
    view(machine, 3) = 0;
    EXPECT_THAT(broken(machine, unmaps), IsEmpty());
    EXPECT_THAT(broken(machine, elsewhere), ElementsAre("mapped_counts", "mirror_matches"));
    hardware(machine, 4) = 0; // one at a time
    EXPECT_THAT(broken(machine, unmaps), ElementsAre("mapped_counts", "mirror_matches"));
}

TEST_F(Corrupted, ASingleCallHasOneEntryWhateverItsCount) {
    HypercallLog calls;
    calls.enter({H_PUT_TCE, 0x3000, 0x9001, 7});
    view(machine, 3) = 0;
    EXPECT_THAT(broken(machine, calls), IsEmpty());
    view(machine, 4) = 0;
    EXPECT_THAT(broken(machine, calls), ElementsAre("views_agree"));
}

TEST_F(Corrupted, ACallThatMapsMayHaveCountedOnePageAhead) {
    const auto with = [&](u64 opcode, u64 value) {
        HypercallLog calls;
        calls.enter({opcode, 0x3000, value, 1});
        return broken(machine, calls);
    };
    machine.region()->mapped++;
    EXPECT_THAT(with(H_PUT_TCE, 0x5001), IsEmpty());
    EXPECT_THAT(with(H_PUT_TCE_INDIRECT, machine.list_gpa()), IsEmpty());
    EXPECT_THAT(with(H_PUT_TCE, 0), ElementsAre("mapped_counts"));
    EXPECT_THAT(with(H_STUFF_TCE, 0), ElementsAre("mapped_counts"));
    machine.region()->mapped++;
    EXPECT_THAT(with(H_PUT_TCE, 0x5001), ElementsAre("mapped_counts"));
}

TEST(HypercallLogTest, CountsFailuresOfTheMeasuredPhase) {
    HypercallLog calls;
    for (long rc : {H_SUCCESS, H_PARAMETER, H_HARDWARE}) {
        for (bool measured : {false, true}) {
            calls.enter({H_PUT_TCE, 0, 0, 0});
            EXPECT_TRUE(calls.under_way());
            calls.returned(rc, measured);
            EXPECT_FALSE(calls.under_way());
        }
    }
    EXPECT_EQ(calls.failed(), 2U);
    EXPECT_EQ(calls.too_hard(), 0U);
}

} // namespace
} // namespace tcesim::test::handler_state_test
