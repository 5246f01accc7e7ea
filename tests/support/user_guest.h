// SPDX-License-Identifier: Apache-2.0
/// A guest and the user process that owns it, in the plain world: bridges, VIO devices and groups that
/// a test plugs in and out, hypercalls and firmware calls.
#ifndef TESTS_SUPPORT_USER_GUEST_H
#define TESTS_SUPPORT_USER_GUEST_H

#include "tests/support/plain_port.h"

#include <initializer_list>
#include <memory>
#include <vector>

namespace tcesim::test {

class UserGuest {
public:
    static constexpr u64 ram_ua = 0x7f0000000000;
    static constexpr u64 ram_hpa = 0x4000000000;
    static constexpr u64 ram_pages = 1024; ///< of 64 KiB
    static constexpr u64 rtas_gpa = 0x8004;

    /// RAM in pages of 1 << @p ram_page_shift.
    explicit UserGuest(u32 ram_page_shift = PAGE_SHIFT);
    /// Ends the process; afterwards nothing may be left but what the host itself made.
    ~UserGuest();
    UserGuest(const UserGuest &) = delete;
    UserGuest &operator=(const UserGuest &) = delete;

    /// A bridge with its default window.
    user_phb *bridge(const user_phb_properties &properties);
    user_phb *bridge(u32 index = 0) { return bridge(user_phb_defaults(index)); }
    user_vio_device *vio(u64 liobn);
    /// A device of the host. @p container: the version that it needs; @p window: its 32-bit window, bytes.
    iommu_group *device(u32 container = 2, u64 window = u64(1) << 30);

    long call(u64 opcode, u64 liobn, u64 ioba, u64 value, u64 count = 0);
    long put(u64 liobn, u64 ioba, u64 tce) { return call(H_PUT_TCE, liobn, ioba, tce); }
    /// The same without KVM before it.
    long in_user_space(u64 opcode, u64 liobn, u64 ioba, u64 value, u64 count = 0);
    /// The value of an entry as H_GET_TCE gives it; it must succeed.
    u64 get(u64 liobn, u64 ioba);
    u64 result = 0; ///< r4 of the last call

    /// A firmware call: all its results, and in rc the hypercall's code.
    std::vector<u32> rtas(u32 token, const std::vector<u32> &arguments, u32 results);
    std::vector<u32> query(const user_phb *phb, u32 results = 6);
    std::vector<u32> create(const user_phb *phb, u32 page_shift, u32 window_shift);
    s32 remove(u64 liobn);
    s32 reset_windows(const user_phb *phb);
    long rc = 0; ///< of the last firmware call
    void write32(u64 gpa, u32 value);
    u32 read32(u64 gpa);

    /// The hardware entry of @p group's window @p window, 0 where a level is absent.
    static u64 hardware(const iommu_group *group, u32 window, u64 entry);
    /// Locked pages that are still accounted when all is closed: TCE_CREATE keeps its charge when the table
    /// cannot be made.
    u64 lost_pages = 0;
    /// System calls that vCPUs in user space have made since forget().
    u64 syscalls() const;
    u64 warnings() const;
    void forget();

    PlainPort world;
    mm_context mm{};
    struct kvm kvm {};
    user_process process{};

private:
    phb host_bridge_{0, PHB_PHB3, 0x3fffe40000000};
    std::vector<std::unique_ptr<iommu_group>> groups_;
};

} // namespace tcesim::test

#endif
