// SPDX-License-Identifier: Apache-2.0
/// A host whose guest, processes and administrator do anything at all, in random order, while
/// memory fails, pages vanish and slots are taken away.
#ifndef TESTS_ERAS_RANDOM_WORLD_H
#define TESTS_ERAS_RANDOM_WORLD_H

#include "tests/eras/invariant_watch.h"

#include <functional>
#include <memory>

namespace tcesim::test {

class RandomWorld {
public:
    /// \p random decides everything; a range at most 2^16 is enough.
    explicit RandomWorld(std::function<u64()> random);
    ~RandomWorld();
    RandomWorld(const RandomWorld &) = delete;
    RandomWorld &operator=(const RandomWorld &) = delete;

    /// One operation. Returns the invariants that it has broken; the world is over when the host has stopped.
    std::set<int> step();
    /// Closes everything and looks at what is left.
    std::set<int> close();
    bool host_stopped() const { return !stopped_by_.empty(); }

    /// What first broke each invariant, in words.
    const std::map<int, std::string> &reasons() const { return watch_.reasons(); }
    /// How often each kind of operation, outcome or fault came up.
    const std::map<std::string, u64> &counts() const { return counts_; }

private:
    struct Request {
        hcall call{};
        std::vector<u64> values;
    };
    struct Container {
        vfio_container *container = nullptr;
        std::vector<iommu_group *> groups;
        std::set<std::pair<u64, u64>> registered; // ua, pages
    };

    u64 pick(u64 count) { return random_() % count; }
    bool chance(u64 of) { return pick(of) == 0; }
    void count(const std::string &what) { counts_[what]++; }

    void open_container(u32 index);
    iommu_group *add_group(bool dynamic_windows);
    void attach_groups(const Container &container);
    void reopen(Container *container);
    void register_device_memory();
    void set_slots();
    void set_up_views();
    u64 random_tce(u32 page_shift);
    u64 random_page();
    Request random_request();
    std::set<int> hypercall();
    void arm_faults();
    void disarm_faults();
    void container_call();
    void register_or_not(Container *container);
    void change_windows(Container *container);
    void map_or_unmap(Container *container);
    void attach_or_detach();
    void change_memory();

    std::function<u64()> random_;
    PlainPort world_;
    mm_context mm_{};
    struct kvm kvm_ {};
    phb bridge_{0, PHB_PHB4, 0};
    std::vector<std::unique_ptr<iommu_group>> groups_;
    std::vector<Container> containers_;
    std::vector<kvm_tce_table *> views_;
    std::set<std::pair<size_t, iommu_group *>> attached_; // number of the view
    std::vector<kvm_memslot> slots_;
    mm_region *device_region_ = nullptr;
    mm_region *dying_ = nullptr; // made to look as if it were being released
    s64 dying_mapped_ = 0;
    InvariantWatch watch_;
    std::string stopped_by_;
    std::map<std::string, u64> counts_;
};

} // namespace tcesim::test

#endif
