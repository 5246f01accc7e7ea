// SPDX-License-Identifier: Apache-2.0
/// \file
/// Compares every device access with the mapping that the guest believes in at that instant.
///
/// An access is stale when its translation was sampled before the last change of its entry and its
/// request reached the PHB after that had accepted the invalidation, or after the guest's map or
/// unmap had returned. An access in flight while its entry changes is not.
/// The report names the hypercall whose invalidation is missing.
#ifndef TCESIM_MODELS_GUEST_DMA_CHECKER_H
#define TCESIM_MODELS_GUEST_DMA_CHECKER_H

#include <array>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/cpu/sim_port.h"
#include "models/guest/guest_dma.h"
#include "models/phb/observer.h"

namespace tcesim {

struct DmaCheckerParameters {
    std::uint64_t window_base; ///< bus address of the window that the device's buffers are mapped in
    std::uint64_t window_size; ///< bytes; 0: there is none
    std::uint32_t page_shift;  ///< of a hardware TCE
    std::uint64_t ram_hpa;     ///< of gpa 0
    bool kills_name_pages;     ///< invalidations carry bus addresses (not so on a P7IOC)
};

class DmaChecker : public TraceObserver, public DmaObserver, public MappingObserver {
public:
    explicit DmaChecker(const DmaCheckerParameters &parameters);

    /// From now on and for ever [\p bus_address, + \p bytes) stands for host memory at \p hpa.
    void stands_for(std::uint64_t bus_address, std::uint64_t bytes, std::uint64_t hpa) {
        fixed_.push_back({bus_address, bytes, hpa});
    }

    void on_trace(const Trace &trace) override;
    void on_access(const DmaAccess &access) override;
    void on_kill(const TceKill &kill) override;
    void on_freeze(const DmaAccess &access) override;
    void on_mapped(std::uint64_t bus_address, std::uint64_t bytes, std::uint64_t gpa) override;
    void on_unmapped(std::uint64_t bus_address, std::uint64_t bytes) override;

    /// The process that owns the guest has been killed: what the bridge refuses from now on is as it should be.
    void process_killed() { killed_ = true; }
    /// It has ended: no page is mapped any more.
    void process_ended();

    /// IOMMU pages that the guest has mapped now.
    std::uint64_t mapped_pages() const { return mapped_pages_; }
    std::uint64_t stale() const { return stale_; }
    std::uint64_t faults() const { return faults_; }
    /// Accesses that the bridge has refused since the process was killed.
    std::uint64_t refused() const { return refused_; }
    /// Request TLPs at the PHB, whether translated or not.
    std::uint64_t reads() const { return reads_; }
    std::uint64_t writes() const { return writes_; }
    /// TCEs that hypercalls were asked to change, and IOVA ranges allocated, in the measured phase.
    std::uint64_t tce_operations() const { return tce_operations_; }
    /// The guest's TCE hypercalls before its software runs, and the TCEs that they were asked to change.
    std::uint64_t setup_hypercalls() const { return setup_hypercalls_; }
    std::uint64_t setup_tce_operations() const { return setup_tce_operations_; }
    std::uint64_t iova_allocations() const { return iova_allocations_; }
    /// One sentence for each of the first violations.
    const std::vector<std::string> &violations() const { return violations_; }

private:
    struct Call {
        std::uint64_t number = 0; // of its kind of event, counted from 1; 0: during set-up
        std::uint64_t opcode = 0, ioba = 0, value = 0;
        ps_t time = 0;      // entered
        ps_t exchanged = 0; // the entry
    };
    struct Page {
        std::uint64_t hpa = 0; // the guest's belief
        bool mapped = false;
        ps_t since = 0;     // of the belief
        ps_t exchanged = 0; // last change of the hardware entry
        ps_t killed = 0;    // last invalidation that the PHB accepted
        Call set_by, cleared_by;
    };
    using PageGroup = std::array<Page, 512>;

    struct Fixed {
        std::uint64_t bus_address, bytes, hpa;
    };

    void enter(const Trace &trace);
    Page *find(std::uint64_t ioba);
    const Fixed *find_fixed(std::uint64_t ioba) const;
    void judge_fixed(const DmaAccess &access, const Fixed &fixed);
    bool is_right(const DmaAccess &access, const Page &page) const;
    void believe(std::uint64_t bus_address, std::uint64_t bytes, bool mapped, std::uint64_t gpa);
    void report(const DmaAccess &access, const Page &page);
    void add_violation(std::string sentence);

    const DmaCheckerParameters parameters_;
    std::unordered_map<std::uint64_t, std::unique_ptr<PageGroup>> groups_; // by page number / 512
    std::vector<Fixed> fixed_;
    Call call_;
    ps_t now_ = 0;
    std::uint64_t calls_ = 0;
    std::uint64_t reads_ = 0, writes_ = 0, mapped_pages_ = 0;
    bool killed_ = false, ended_ = false;
    std::uint64_t stale_ = 0, faults_ = 0, refused_ = 0, tce_operations_ = 0, iova_allocations_ = 0;
    std::uint64_t setup_hypercalls_ = 0, setup_tce_operations_ = 0;
    std::vector<std::string> violations_;
};

} // namespace tcesim

#endif
