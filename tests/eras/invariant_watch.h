// SPDX-License-Identifier: Apache-2.0
/// The nine invariants of a sound TCE path, watched while handlers of any kernel era run.
///
/// 1  a region's count is 1 + the live hardware entries made from it, over all tables
/// 2  a mirrored table has a user address for an entry exactly while the entry has permissions
/// 3  a live entry's address is where its user address is in memory, from its first to its last byte
/// 4  no live entry reaches a page that is not pinned
/// 5  after a successful hypercall every table behind the view has what the guest asked for
/// 6  after a call no device may still use a translation that has been replaced
/// 7  the locked pages come back to nothing when everything is closed
/// 8  no guest sees H_TOO_HARD
/// 9  a hypercall that the guest is told was wrong has changed nothing
#ifndef TESTS_ERAS_INVARIANT_WATCH_H
#define TESTS_ERAS_INVARIANT_WATCH_H

#include "tests/support/plain_port.h"

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace tcesim::test {

class InvariantWatch {
public:
    InvariantWatch(PlainPort *world, mm_context *mm, struct kvm *kvm);
    ~InvariantWatch();
    InvariantWatch(const InvariantWatch &) = delete;
    InvariantWatch &operator=(const InvariantWatch &) = delete;

    /// Its tables are looked at from now on.
    void add(vfio_container *container) { containers_.insert(container); }
    void remove(vfio_container *container) { containers_.erase(container); }

    /// Before an operation.
    void begin();
    /// After one that is no hypercall: the invariants that do not hold.
    std::set<int> after();
    /// After a hypercall; \p values: what it asked for from its first entry on.
    std::set<int> after(const hcall &call, long rc, const std::vector<u64> &values);
    /// After everything is closed.
    std::set<int> at_end() const;

    /// What first broke each invariant, in words.
    const std::map<int, std::string> &reasons() const { return reasons_; }
    /// Looks at all live entries, not only at those that the operation has touched.
    std::set<int> look_at_all();

private:
    struct Table {
        iommu_table *table;
        std::unordered_map<u64, u64> live; ///< entry -> user address, 0 where unknown
        bool followed_by_devices;
    };

    void find_tables();
    void know(iommu_table *table);
    void touch(Table *table, u64 entry, std::set<int> *broken);
    void look_at(const Table &table, u64 entry, std::set<int> *broken);
    void look_at_touched(std::set<int> *broken);
    void look_at_regions(std::set<int> *broken);
    void look_at_kills(std::set<int> *broken);
    void look_at_agreement(const hcall &call, const std::vector<u64> &values, std::set<int> *broken);
    void fails(int invariant, const std::string &why, std::set<int> *broken);
    s64 live_in(const mm_region &region) const;

    PlainPort &world_;
    mm_context &mm_;
    struct kvm &kvm_;
    std::set<vfio_container *> containers_;
    std::map<u64, Table> tables_;     // by running number
    std::map<u64, s64> live_by_page_; // ua / PAGE_SIZE -> entries that begin there
    std::map<int, std::string> reasons_;
};

/// Value of a hardware entry, in CPU order; 0 where the level is absent.
u64 hardware_entry(iommu_table *table, u64 entry);
u64 mirror_entry(iommu_table *table, u64 entry);

} // namespace tcesim::test

#endif
