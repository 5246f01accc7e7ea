// SPDX-License-Identifier: Apache-2.0
/// \file
/// The machine of one recorded sequence: its objects by the names of the recording.
#ifndef TCESIM_SIM_CONFORM_MACHINE_H
#define TCESIM_SIM_CONFORM_MACHINE_H

#include "hcall/object.h"
#include "models/plain/plain_port.h"
#include "sim/conform/entry_watch.h"

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <vector>

namespace tcesim::conform {

/// A handler has met an assertion of its kernel, which stops the host. what(): its name.
struct HostStops : std::runtime_error {
    using runtime_error::runtime_error;
};

/// An operation names what is not there. what(): a sentence without its end.
struct NoSuchThing : std::runtime_error {
    using runtime_error::runtime_error;
};

/// A hardware table with its trees watched. An observing group is linked to it, so that each
/// invalidation of the table is seen exactly once, whoever else is linked.
struct WatchedTable {
    WatchedTable(const struct hcall_surface &calls, iommu_table *watched);

    iommu_table *table;
    driven_group *observer = nullptr;
    TreeWatch hardware;
    TreeWatch mirror;
};

struct WatchedView {
    WatchedView(const struct hcall_surface &calls, kvm_tce_table *watched, int file)
        : view(watched), descriptor(file), watch(calls, watched) {}

    kvm_tce_table *view;
    int descriptor;
    ViewWatch watch;
};

class Machine {
public:
    /// The bridge of the groups that watch tables; those of the recording are on bridge 0.
    static constexpr u32 observer_bridge = 1;

    explicit Machine(const struct hcall_object &handlers);
    ~Machine();
    Machine(const Machine &) = delete;
    Machine &operator=(const Machine &) = delete;

    /// Begins the world. \throws HostStops
    void create_host(u64 locked_limit, bool radix);

    plain::PlainPort world;
    const struct hcall_surface &calls;
    driven_host *host = nullptr;
    std::map<u64, driven_group *> groups;
    std::map<u64, vfio_container *> containers;
    std::map<u64, std::unique_ptr<WatchedTable>> tables; ///< while their memory lives
    std::map<u64, std::unique_ptr<WatchedView>> views;   ///< by LIOBN

    /// Runs \p call, which makes calls of the handlers and creates no C++ object. \throws HostStops
    template <class Call>
    void run(const Call &call) {
        const std::string stopped = world.run(call);
        if (!stopped.empty())
            throw HostStops(stopped);
    }
    /// The same while a failure of small allocations on demand is armed.
    template <class Call>
    void run_armed(const Call &call) {
        world.arm_small_failures(true);
        const std::string stopped = world.run(call);
        world.arm_small_failures(false);
        if (!stopped.empty())
            throw HostStops(stopped);
    }

    /// Names that tables had which have been freed since the last call.
    std::vector<u64> take_freed_tables();

    /// Starts watching \p table under \p id.
    void watch(u64 id, iommu_table *table);
    /// The table. \throws NoSuchThing
    iommu_table *table(u64 id);
    /// The group; it is made, without TCE tables, if it is not known yet.
    driven_group *group(u64 id);
    /// The same as part of the virtual machine.
    driven_group *added_group(u64 id);
    /// The group has left the virtual machine.
    void group_left(u64 id) { added_.erase(id); }
    /// \throws NoSuchThing
    vfio_container *container(u64 id);

private:
    void table_programmed(const plain::TveWrite &write);
    void object_freed(const void *object);

    std::vector<u64> freed_;
    std::set<u64> added_; // groups, to the virtual machine
};

} // namespace tcesim::conform

#endif
