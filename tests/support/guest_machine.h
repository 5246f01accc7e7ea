// SPDX-License-Identifier: Apache-2.0
/// A host with one guest and one device passed through to it, in the plain world.
#ifndef TESTS_SUPPORT_GUEST_MACHINE_H
#define TESTS_SUPPORT_GUEST_MACHINE_H

#include "tests/support/plain_port.h"

#include <initializer_list>
#include <vector>

namespace tcesim::test {

struct MachineSetup {
    u32 container = 2; ///< version
    u64 ram_pages = 1024;
    u32 ram_page_shift = PAGE_SHIFT;
    u64 window_size = u64(64) << 20;
    u32 page_shift = 12;
    u32 levels = 1;
    bool in_kernel = true; ///< KVM keeps the table; else the process does
    bool real_mode = true;
    bool multi_tce = true;
    u32 vio_devices = 0;
    phb_model phb = PHB_PHB3;
};

class GuestMachine {
public:
    static constexpr u64 liobn = 0x80000000;
    static constexpr u64 vio_liobn = 0x71000001; ///< of the first device on the virtual I/O bus
    static constexpr u64 ram_ua = 0x7f0000000000;
    static constexpr u64 ram_hpa = 0x4000000000;
    static constexpr u32 pe = 5;

    explicit GuestMachine(const MachineSetup &setup);
    GuestMachine(const GuestMachine &) = delete;
    GuestMachine &operator=(const GuestMachine &) = delete;

    /// Gives the device back and closes everything, as a process that ends.
    void close();

    long put(u64 ioba, u64 tce);
    /// The list stands in the last page of RAM.
    long put_indirect(u64 ioba, const std::vector<u64> &tces);
    long stuff(u64 ioba, u64 value, u64 count);
    /// H_GET_TCE, which must succeed.
    u64 get(u64 ioba);

    /// Raw hardware entry and mirror value of @p entry, 0 where the level is absent.
    u64 hardware(u64 entry) const;
    u64 mirror(u64 entry) const;

    u64 ram_size() const { return setup_.ram_pages << PAGE_SHIFT; }
    u64 list_gpa() const { return (setup_.ram_pages - 1) << PAGE_SHIFT; }
    iommu_table *table() const { return group.tables[0]; }
    mm_region *region();
    vfio_container *container() { return user_container_of(&process, &group); }
    /// Level that gave the last hypercall its answer.
    port_level handled_by() const;
    /// Forgets what the world has recorded.
    void forget();

    PlainPort world;
    mm_context mm{};
    struct kvm kvm {};
    phb bridge{};
    iommu_group group{};
    user_process process{};

private:
    long hypercall(u64 opcode, u64 ioba, u64 value, u64 count, u64 *result = nullptr);

    MachineSetup setup_;
};

} // namespace tcesim::test

#endif
