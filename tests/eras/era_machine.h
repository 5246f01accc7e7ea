// SPDX-License-Identifier: Apache-2.0
/// A small host for tests of one behaviour in all kernel eras.
///
/// User space is a stub that answers to_user and does nothing: what KVM leaves to it is
/// seen as such, and a table keeps what the kernel alone has made of it.
#ifndef TESTS_ERAS_ERA_MACHINE_H
#define TESTS_ERAS_ERA_MACHINE_H

#include "tests/eras/invariant_watch.h"
#include "tests/support/plain_port.h"

#include <memory>
#include <vector>

namespace tcesim::test {

/// What each era does.
template <class Value>
struct Eras {
    Value v4_12, v4_19_81, v4_19, v5_10, v6_1, fixed;
};

/// Number of the era whose handlers this program holds, in the order of Eras.
u32 this_era();
inline bool fixed_era() {
    return this_era() == 5;
}
inline bool until_4_19() {
    return this_era() <= 2;
}

/// The value for the era whose handlers this program holds.
template <class Value>
Value in_era(const Eras<Value> &eras) {
    const Value *values[] = {&eras.v4_12, &eras.v4_19_81, &eras.v4_19, &eras.v5_10, &eras.v6_1, &eras.fixed};
    return *values[this_era()];
}

class EraMachine {
public:
    static constexpr u64 block = u64(1) << 24; ///< a huge page
    static constexpr u64 ram_bytes = 2 * block;
    static constexpr u64 ram_ua = 0x7f0000000000, ram_hpa = 0x4000000000;
    /// Two pages of RAM that no container registers; lists stand in the first.
    static constexpr u64 list_gpa = u64(1) << 32, list_ua = 0x7e0000000000, list_hpa = 0x5000000000;
    static constexpr u64 nowhere = u64(1) << 40; ///< gpa without memory
    static constexpr u64 window_bytes = u64(64) << 20;
    static constexpr u64 liobn = 1;
    static constexpr long to_user = H_FUNCTION;

    /// @p real_mode: level 1 exists where the era has it. The guest's memory is in pages of 64 KiB.
    explicit EraMachine(bool real_mode = true, u32 ram_page_shift = PAGE_SHIFT);
    EraMachine(const EraMachine &) = delete;
    EraMachine &operator=(const EraMachine &) = delete;

    /// A container of version 2 without windows; its first device is in it. All RAM is registered.
    vfio_container *open_container();
    iommu_group *add_group(vfio_container *container, phb_model model = PHB_PHB4);
    /// A container of version 1, enabled, whose device has one window at 0 with pages of 1 << @p shift.
    vfio_container *open_container_v1(u32 shift);
    long register_memory(vfio_container *container, u64 ua = ram_ua, u64 bytes = ram_bytes);
    long unregister_memory(vfio_container *container, u64 ua = ram_ua, u64 bytes = ram_bytes);
    iommu_table *create_window(vfio_container *container, u32 shift, u64 bytes = window_bytes, u32 levels = 1);
    /// The same with its mirror, as after the first map of a container in 4.12.
    iommu_table *add_window(vfio_container *container, u32 shift, u64 bytes = window_bytes, u32 levels = 1);
    long remove_window(vfio_container *container, u64 start);
    long map(vfio_container *container, u64 iova, u64 ua, u64 bytes,
             u32 flags = VFIO_DMA_MAP_READ | VFIO_DMA_MAP_WRITE);
    long unmap(vfio_container *container, u64 iova, u64 bytes);
    kvm_tce_table *add_view(u64 number, u32 shift, u64 bytes = window_bytes, u64 bus = 0);

    /// All of the above: a device behind the view liobn.
    iommu_table *pass_through(u32 shift = 12, u32 view_shift = 12, u32 levels = 1, u64 bytes = window_bytes);

    long put(u64 entry, u64 tce, u64 number = liobn);
    long put_list(u64 entry, const std::vector<u64> &tces, u64 number = liobn);
    long stuff(u64 entry, u64 value, u64 count, u64 number = liobn);
    long get(u64 entry, u64 *value, u64 number = liobn);
    void write_list(const std::vector<u64> &tces);
    /// The level that gave the last hypercall its answer.
    port_level handled_by() const;
    u64 user_calls() const { return user_.calls; }
    /// What user space answers from now on.
    void set_user_answer(long rc) { user_.answer = rc; }

    /// Calls handlers; the name of the assertion that stopped the host, or "".
    template <class Handlers>
    std::string stopped_by(const Handlers &handlers) {
        return world.run(handlers);
    }

    /// Everything closed, in the order of a process that ends.
    void close();

    PlainPort world;
    mm_context mm{};
    struct kvm kvm {};
    std::vector<vfio_container *> containers;
    std::vector<std::unique_ptr<iommu_group>> groups;
    mm_region *region(u64 ua = ram_ua) { return region_lookup(&mm, ua, PAGE_SIZE); }
    u64 mapped(u64 ua = ram_ua) { return static_cast<u64>(region(ua)->mapped) - 1; }
    kvm_tce_table *view(u64 number = liobn) { return kvm_tce_table_find(&kvm, number); }
    u64 view_entry(u64 entry, u64 number = liobn);
    /// Invalidations since the trace was emptied: (bus address, pages), in order.
    std::vector<std::pair<u64, u64>> kills() const;
    std::vector<u64> warnings() const;

private:
    iommu_group *new_group(phb_model model);

    struct User {
        kvm_user user;
        u64 calls;
        long answer;
    };

    std::vector<std::unique_ptr<phb>> bridges_;
    User user_{};
};

} // namespace tcesim::test

#endif
