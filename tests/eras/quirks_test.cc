// SPDX-License-Identifier: Apache-2.0
/// Which of the nine invariants each quirk of the recorded kernels breaks, era by era. "fixed" breaks none.
#include "tests/eras/era_machine.h"

#include <gtest/gtest.h>
#include <iostream>

namespace tcesim::test::quirks_test {
namespace {

using Machine = EraMachine;
using Broken = std::set<int>;

constexpr u64 hpa = Machine::ram_hpa;
constexpr u64 ua = Machine::ram_ua;
constexpr u64 block = Machine::block;
constexpr u64 window = Machine::window_bytes;
constexpr int host_stops = 0; ///< in place of an invariant

/// A machine whose every step is watched.
class Watched : public Machine {
public:
    explicit Watched(bool real_mode = false, u32 ram_page_shift = PAGE_SHIFT)
        : Machine(real_mode, ram_page_shift), watch_(&world, &mm, &kvm) {}

    template <class Step>
    void step(const Step &act) {
        begin();
        act();
        add(watch_.after());
    }
    long put(u64 entry, u64 tce) { return call({H_PUT_TCE, liobn, bus(entry), tce, 0, 0}, {tce}); }
    long put_list(u64 entry, const std::vector<u64> &tces) {
        write_list(tces);
        return call({H_PUT_TCE_INDIRECT, liobn, bus(entry), list_gpa, tces.size(), 0}, tces);
    }
    long stuff(u64 entry, u64 value, u64 count) {
        return call({H_STUFF_TCE, liobn, bus(entry), value, count, 0}, std::vector<u64>(count, value));
    }
    /// The region takes no more entries during the next hypercall: it is being released, and still found.
    void let_die(mm_region *region) {
        dying_ = region;
        region->mapped = 0;
    }
    /// What was broken on the way, and at the end when everything is closed.
    Broken finish() {
        if (broken_.count(host_stops))
            return broken_;
        for (vfio_container *container : containers)
            watch_.remove(container);
        close();
        add(watch_.at_end());
        return broken_;
    }

private:
    u64 bus(u64 entry) { return entry << view()->page_shift; }
    void add(const Broken &more) { broken_.insert(more.begin(), more.end()); }
    void begin() {
        for (vfio_container *container : containers)
            watch_.add(container);
        watch_.begin();
    }
    long call(hcall call, const std::vector<u64> &values) {
        long rc = 0;
        begin();
        if (!stopped_by([&] { rc = kvm_hcall(&kvm, &call); }).empty())
            broken_.insert(host_stops);
        if (dying_)
            std::exchange(dying_, nullptr)->mapped++;
        if (!broken_.count(host_stops))
            add(watch_.after(call, rc, values));
        world.fail_no_allocation();
        return rc;
    }

    InvariantWatch watch_;
    Broken broken_;
    mm_region *dying_ = nullptr;
};

Broken list_entry_without_permissions() {
    Watched machine;
    machine.pass_through();
    machine.put_list(0, {0x1000});
    machine.stuff(0, 0, 1);
    return machine.finish();
}

Broken list_entry_without_permissions_but_low_bits() {
    Watched machine;
    machine.pass_through();
    machine.put_list(0, {0x1800});
    return machine.finish();
}

Broken huge_pages_misaligned_in_the_process() {
    Watched machine(false, 24);
    kvm_memslot ram{0, block >> PAGE_SHIFT, ua + PAGE_SIZE};
    machine.pass_through(24, 24);
    kvm_set_memslots(&machine.kvm, &ram, 1);
    machine.put(0, 3);
    return machine.finish();
}

Broken list_with_a_misaligned_entry_behind_a_good_one() {
    Watched machine;
    machine.pass_through();
    machine.put_list(0, {0x1003, 0x1803});
    return machine.finish();
}

Broken list_with_an_entry_without_memory_or_permissions() {
    Watched machine;
    machine.pass_through();
    machine.put_list(0, {0x1003, Machine::nowhere});
    machine.stuff(0, 0, 2);
    return machine.finish();
}

/// A guest page of 16 MiB, of which the eleventh host page is not registered, over one that is mapped.
Broken clear_after_failure() {
    Watched machine;
    vfio_container *container = machine.open_container();
    machine.unregister_memory(container);
    machine.register_memory(container, ua, 10 * PAGE_SIZE);
    machine.register_memory(container, ua + block, block);
    machine.add_window(container, 16);
    machine.add_view(Machine::liobn, 24);
    if (!kvm_tce_table_attach(machine.view(), machine.groups[0].get())) {
        machine.put(0, block | 3);
        machine.put(0, 3);
        machine.stuff(0, 0, 1);
    }
    return machine.finish();
}

/// An inner error, here because the region is being released, over an entry that is mapped.
Broken inner_error(bool real_mode) {
    Watched machine(real_mode);
    vfio_container *container = machine.open_container();
    machine.unregister_memory(container);
    machine.register_memory(container, ua, block);
    machine.register_memory(container, ua + block, block);
    machine.add_window(container, 12);
    machine.add_view(Machine::liobn, 12);
    kvm_tce_table_attach(machine.view(), machine.groups[0].get());
    kvm_tce_table_slot_alloc(machine.view(), 0);
    machine.put(0, block | 3);
    machine.let_die(machine.region());
    machine.put(0, 0x1003);
    machine.put(0, 0);
    return machine.finish();
}

Broken no_level_in_one_of_two_tables() {
    Watched machine;
    for (u32 i = 0; i < 2; i++) {
        vfio_container *container = machine.open_container();
        machine.add_window(container, 12, window, i + 1);
        if (!i)
            machine.add_view(Machine::liobn, 12);
        kvm_tce_table_attach(machine.view(), machine.groups[i].get());
    }
    machine.world.fail_page_allocation(1);
    machine.put(0, 0x1003);
    machine.put(0, 0);
    return machine.finish();
}

Broken no_page_for_the_view() {
    Watched machine;
    machine.pass_through();
    machine.world.fail_page_allocation(0);
    machine.put(0, 0x1003);
    machine.put(0, 0);
    return machine.finish();
}

Broken window_removed_while_kvm_holds_it() {
    Watched machine;
    machine.pass_through();
    machine.put(0, 0x1003);
    machine.step([&] { machine.remove_window(machine.containers[0], 0); });
    machine.put(1, 0x2003);
    machine.step([&] { kvm_tce_table_close(machine.view()); });
    return machine.finish();
}

Broken memory_unregistered_while_it_is_mapped() {
    Watched machine;
    machine.pass_through();
    machine.put(0, 0x1003);
    machine.step([&] { machine.unregister_memory(machine.containers[0]); });
    machine.put(0, 0);
    return machine.finish();
}

Broken table_attached_again() {
    Watched machine;
    machine.pass_through();
    machine.step([&] { kvm_tce_table_attach(machine.view(), machine.groups[0].get()); });
    machine.put(0, 0x1003);
    machine.put(0, 0);
    return machine.finish();
}

Broken sibling_leaves() {
    Watched machine;
    machine.pass_through();
    iommu_group *sibling = machine.add_group(machine.containers[0]);
    machine.put(0, 0x1003);
    machine.step([&] { kvm_detach_group(&machine.kvm, sibling); });
    machine.put(0, 0x2003);
    return machine.finish();
}

Broken mixed_region() {
    Watched machine(false, 24);
    machine.world.memory.map(ua + block, block >> PAGE_SHIFT, hpa + 4 * block, PAGE_SHIFT, PageState::Young);
    machine.world.memory.map(ua + 2 * block - PAGE_SIZE, 1, hpa + 9 * block, PAGE_SHIFT, PageState::Young);
    machine.pass_through(24, 24);
    machine.put(0, block | 3);
    machine.put(0, 0);
    return machine.finish();
}

Broken iommu_page_larger_than_memorys() {
    Watched machine;
    machine.world.memory.map(ua + block - PAGE_SIZE, 1, hpa + 9 * block, PAGE_SHIFT, PageState::Young);
    machine.pass_through(24, 24);
    machine.put(0, 3);
    machine.put(0, 0);
    return machine.finish();
}

Broken guest_page_with_a_tail_beyond_its_slot() {
    Watched machine;
    vfio_container *container = machine.open_container();
    machine.add_window(container, 16);
    machine.add_view(Machine::liobn, 24);
    if (!kvm_tce_table_attach(machine.view(), machine.groups[0].get())) {
        kvm_memslot ram{0, 10, ua};
        kvm_set_memslots(&machine.kvm, &ram, 1);
        machine.put(0, 3);
        machine.put(0, 0);
    }
    return machine.finish();
}

Broken window_charged_and_not_made() {
    Watched machine;
    vfio_container *container = machine.open_container();
    machine.world.fail_page_allocation(0);
    vfio_tce_create create{};
    create.argsz = sizeof(create);
    create.page_shift = 12;
    create.window_size = window;
    create.levels = 1;
    machine.step([&] { vfio_ioctl(container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create); });
    return machine.finish();
}

Broken region_that_cannot_be_pinned_whole() {
    Watched machine;
    vfio_container *container = machine.open_container();
    machine.unregister_memory(container);
    machine.world.memory.set_state(ua + 5 * PAGE_SIZE, 1, PageState::Hole);
    machine.step([&] { machine.register_memory(container); });
    return machine.finish();
}

Broken container_map_fails_midway() {
    Watched machine;
    vfio_container *container = machine.open_container();
    machine.add_window(container, 12);
    machine.step([&] { machine.map(container, 0, ua + block, 0x3000); });
    machine.step([&] { machine.map(container, 0, ua + 2 * block - 0x2000, 0x4000); });
    return machine.finish();
}

Broken container_map_finds_no_level() {
    Watched machine;
    vfio_container *container = machine.open_container();
    machine.add_window(container, 12, window, 2);
    machine.world.fail_page_allocation(1);
    machine.step([&] { machine.map(container, 0, ua, 0x1000); });
    machine.world.fail_no_allocation();
    return machine.finish();
}

Broken container_map_of_a_dying_region() {
    Watched machine;
    vfio_container *container = machine.open_container();
    machine.add_window(container, 12);
    mm_region *dying = machine.region();
    machine.step([&] {
        dying->mapped = 0;
        machine.map(container, 0, ua, 0x1000);
        dying->mapped = 1;
    });
    return machine.finish();
}

Broken bad_iova() {
    Watched machine;
    vfio_container *container = machine.open_container();
    machine.add_window(container, 12);
    machine.step([&] { machine.map(container, 0x800, ua, 0x1000); });
    machine.step([&] { machine.map(container, window - 0x1000, ua, 0x2000); });
    machine.step([&] { machine.unmap(container, window - 0x1000, 0x2000); });
    return machine.finish();
}

Broken range_past_the_end_of_the_window() {
    Watched machine;
    vfio_container *container = machine.open_container();
    machine.add_window(container, 12, u64(8192) << 12);
    machine.add_view(Machine::liobn, 12, u64(100) << 12);
    kvm_tce_table_attach(machine.view(), machine.groups[0].get());
    machine.step([&] { machine.map(container, u64(100) << 12, ua, 0x1000); });
    machine.stuff(99, 0, 2);
    machine.put_list(99, {0x1003, 0x2003});
    machine.stuff(99, 0, 8093);
    machine.stuff(99, 0, 8094);
    return machine.finish();
}

Broken stuff_of_a_whole_window() {
    Watched machine;
    machine.pass_through();
    machine.put(0, 0x1003);
    machine.stuff(0, 0, window >> 12);
    return machine.finish();
}

Broken misaligned_tce() {
    Watched machine(true);
    machine.pass_through();
    kvm_tce_table_slot_alloc(machine.view(), 0);
    machine.put(0, 0x1803);
    return machine.finish();
}

/// The page that real mode forgets to mark is none of the nine.
Broken dirty_mark_of_the_last_page() {
    Watched machine(true);
    machine.pass_through();
    kvm_tce_table_slot_alloc(machine.view(), 0);
    machine.put(0, (Machine::ram_bytes - 0x1000) | 3);
    machine.put(0, 0);
    return machine.finish();
}

Broken two_cpus_make_a_level() {
    Watched machine;
    machine.pass_through(12, 12, 2);
    kvm_tce_table_slot_alloc(machine.view(), 0);
    hcall second{H_PUT_TCE, Machine::liobn, 0x1000, 0x2003, 0, 0};
    machine.world.at_next(
        Moment::MakesPage, [&] { kvm_hcall(&machine.kvm, &second); }, 1);
    machine.put(0, 0x1003);
    machine.stuff(0, 0, 2);
    return machine.finish();
}

Broken list_changes_between_the_passes() {
    Watched machine;
    machine.pass_through();
    machine.world.at_next(Moment::Exchanged, [&] { machine.write_list({0x1003, 0x2803}); });
    machine.put_list(0, {0x1003, 0x2003});
    return machine.finish();
}

Broken slot_removed_while_a_list_is_mapped() {
    Watched machine;
    machine.pass_through();
    machine.world.at_next(Moment::Exchanged, [&] {
        kvm_memslot list{Machine::list_gpa, 2, Machine::list_ua};
        kvm_set_memslots(&machine.kvm, &list, 1);
    });
    machine.put_list(0, {0x1003, 0x2003});
    return machine.finish();
}

Broken list_entry_outside_ram_twice() {
    Watched machine(true);
    machine.pass_through();
    kvm_tce_table_slot_alloc(machine.view(), 0);
    machine.put_list(0, {Machine::nowhere | 3});
    machine.put_list(0, {0x1003});
    machine.stuff(0, 0, 1);
    return machine.finish();
}

/// Pages that stay pinned are none of the nine either.
Broken table_without_mirror_behind_a_view() {
    Watched machine;
    vfio_container *container = machine.open_container_v1(12);
    machine.add_view(Machine::liobn, 12);
    kvm_tce_table_attach(machine.view(), machine.groups[0].get());
    machine.step([&] { machine.map(container, 0, ua, 0x1000); });
    machine.put(0, 0);
    return machine.finish();
}

Broken page_of_version_1_that_fails_its_check() {
    Watched machine;
    vfio_container *container = machine.open_container_v1(24);
    machine.step([&] { machine.map(container, 0, ua, block); });
    return machine.finish();
}

struct Quirk {
    const char *name;
    Broken (*run)();
    Eras<Broken> broken;
};

const Broken none;
const Broken stops{host_stops};

const Quirk quirks[] = {
    {"list entry without permissions",
     list_entry_without_permissions,
     {Broken{1, 2, 5, 7}, Broken{1, 2, 5, 7}, Broken{1, 2, 5, 7}, Broken{1, 2, 5, 7}, Broken{1, 2, 5, 7}, none}},
    {"the same with low bits", list_entry_without_permissions_but_low_bits, {stops, stops, stops, stops, stops, none}},
    {"huge pages misaligned in the process",
     huge_pages_misaligned_in_the_process,
     {stops, stops, stops, stops, stops, none}},
    {"misaligned list entry behind a good one",
     list_with_a_misaligned_entry_behind_a_good_one,
     {Broken{9}, Broken{9}, Broken{9}, none, none, none}},
    {"list entry without memory or permissions",
     list_with_an_entry_without_memory_or_permissions,
     {Broken{9}, Broken{9}, Broken{9}, Broken{9}, Broken{9}, none}},
    {"list changes between the passes",
     list_changes_between_the_passes,
     {Broken{9}, Broken{9}, Broken{9}, stops, stops, none}},
    {"slot removed while a list is mapped",
     slot_removed_while_a_list_is_mapped,
     {Broken{9}, Broken{9}, Broken{9}, Broken{9}, Broken{9}, none}},
    {"list entry outside RAM, then another list", list_entry_outside_ram_twice, {stops, none, none, none, none, none}},
    {"clear after failure", clear_after_failure, {none, none, none, Broken{1, 2, 6, 7}, Broken{1, 2, 6, 7}, none}},
    {"inner error in virtual mode",
     [] { return inner_error(false); },
     {Broken{1, 2, 7}, Broken{1, 2, 7}, none, Broken{1, 2, 6, 7}, Broken{1, 2, 6, 7}, none}},
    {"inner error in real mode",
     [] { return inner_error(true); },
     {Broken{1, 2, 5, 7}, Broken{1, 2, 5, 7}, none, Broken{1, 2, 7}, Broken{1, 2, 6, 7}, none}},
    {"no level in one of two tables", no_level_in_one_of_two_tables, {none, Broken{5}, none, none, none, none}},
    {"no page for the view", no_page_for_the_view, {none, none, none, Broken{5}, Broken{5}, none}},
    {"two CPUs make a level", two_cpus_make_a_level, {none, Broken{1, 2, 7}, Broken{1, 2, 7}, none, none, none}},
    {"window removed while KVM holds it",
     window_removed_while_kvm_holds_it,
     {Broken{1, 7}, Broken{1, 7}, Broken{1, 7}, Broken{1, 7}, Broken{1, 7}, none}},
    {"memory unregistered while mapped",
     memory_unregistered_while_it_is_mapped,
     {none, none, none, Broken{7}, Broken{7}, none}},
    {"table attached again", table_attached_again, {none, none, none, none, none, none}},
    {"sibling leaves", sibling_leaves, {none, none, none, none, none, none}},
    {"huge and single pages in one region", mixed_region, {Broken{3, 4}, none, none, Broken{3, 4}, Broken{3, 4}, none}},
    {"IOMMU page larger than the memory's",
     iommu_page_larger_than_memorys,
     {Broken{3, 4}, none, none, none, none, none}},
    {"guest page with a tail beyond its slot",
     guest_page_with_a_tail_beyond_its_slot,
     {none, none, none, none, none, none}},
    {"window charged and not made",
     window_charged_and_not_made,
     {Broken{7}, Broken{7}, Broken{7}, Broken{7}, Broken{7}, none}},
    {"region that cannot be pinned whole", region_that_cannot_be_pinned_whole, {none, none, none, none, none, none}},
    {"container map fails midway", container_map_fails_midway, {none, none, none, none, none, none}},
    {"container map finds no level",
     container_map_finds_no_level,
     {none, Broken{1, 7}, Broken{1, 7}, Broken{1, 7}, Broken{1, 7}, none}},
    {"container map of a dying region", container_map_of_a_dying_region, {none, none, none, none, none, none}},
    {"table without mirror behind a view", table_without_mirror_behind_a_view, {none, none, none, none, none, none}},
    {"page of version 1 that fails its check",
     page_of_version_1_that_fails_its_check,
     {none, none, none, none, none, none}},
    {"bad iova of a container call", bad_iova, {none, none, none, none, none, none}},
    {"range past the end of the window", range_past_the_end_of_the_window, {none, none, none, none, none, none}},
    {"H_STUFF_TCE of a whole window", stuff_of_a_whole_window, {none, none, none, none, none, none}},
    {"misaligned TCE", misaligned_tce, {none, none, none, none, none, none}},
    {"dirty mark of a region's last page", dirty_mark_of_the_last_page, {none, none, none, none, none, none}},
};

std::string words(const Broken &broken) {
    std::string text;
    for (int invariant : broken)
        text += (text.empty() ? "" : " ") + (invariant == host_stops ? "host stops" : std::to_string(invariant));
    return text.empty() ? "none" : text;
}

TEST(Quirks, BreakExactlyTheseInvariants) {
    std::cout << "quirk -> broken invariants of " << hcall_object.preset << '\n';
    for (const Quirk &quirk : quirks) {
        Broken broken = quirk.run();
        std::cout << "  " << quirk.name << " -> " << words(broken) << '\n';
        EXPECT_EQ(broken, in_era(quirk.broken)) << quirk.name;
        EXPECT_TRUE(quirk.broken.fixed.empty()) << quirk.name;
    }
}

} // namespace
} // namespace tcesim::test::quirks_test
