// SPDX-License-Identifier: Apache-2.0
/// The machine of one recorded sequence: its objects by the names of the recording.
#ifndef TESTS_CONFORM_MACHINE_H
#define TESTS_CONFORM_MACHINE_H

#include "tests/conform/entry_watch.h"
#include "tests/support/plain_port.h"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace tcesim::conform {

/// A hardware table with its trees watched. An observing group is linked to it, so that each
/// invalidation of the table is seen exactly once, whoever else is linked.
struct WatchedTable {
    explicit WatchedTable(iommu_table *watched);

    iommu_table *table;
    iommu_group observer{};
    TreeWatch hardware;
    std::optional<TreeWatch> mirror;
};

struct WatchedView {
    explicit WatchedView(kvm_tce_table *watched) : view(watched), watch(*watched) {}

    kvm_tce_table *view;
    ViewWatch watch;
};

class Machine {
public:
    Machine();
    ~Machine();
    Machine(const Machine &) = delete;
    Machine &operator=(const Machine &) = delete;

    test::PlainPort world;
    mm_context mm{};
    struct kvm kvm {};
    std::map<u64, std::unique_ptr<iommu_group>> groups;
    std::map<u64, vfio_container *> containers;
    std::map<u64, std::unique_ptr<WatchedTable>> tables; ///< while their memory lives
    std::map<u64, std::unique_ptr<WatchedView>> views;   ///< by LIOBN

    /// Names that tables had which have been freed since the last call.
    std::vector<u64> take_freed_tables();

    /// Starts watching @p table under @p id.
    void watch(u64 id, iommu_table *table);
    iommu_group &add_group(u64 id);
    /// The group, or nullptr.
    iommu_group *group(u64 id);

private:
    void table_programmed(const test::TveWrite &write);
    void object_freed(const void *object);

    phb container_phb_{0, PHB_PHB4, 0};
    phb observer_phb_{1, PHB_PHB4, 0};
    std::vector<u64> freed_;
};

} // namespace tcesim::conform

#endif
