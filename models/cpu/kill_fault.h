// SPDX-License-Identifier: Apache-2.0
/// \file
/// Faults between CPU and PHB: invalidations of IOMMU pages that are not sent, come late, or are dropped because
/// too many are in flight; and firmware's way around the last.
#ifndef TCESIM_MODELS_CPU_KILL_FAULT_H
#define TCESIM_MODELS_CPU_KILL_FAULT_H

#include <deque>

#include "models/cpu/sim_port.h"
#include "models/kernel/delay_line.h"
#include "models/phb/parameters.h"

namespace tcesim {

struct KillFaultParameters {
    PhbGeneration generation;
    std::uint64_t kill_register; ///< host real address
    std::uint32_t page_shift;    ///< of a hardware TCE
    std::uint64_t every;         ///< invalidations of pages whose number it divides are not sent; 0: all are
    ps_t delay = 0; ///< from the sending of an invalidation of pages, for which nobody waits, to its arrival
    /// phb4: invalidations of pages that find so many others in flight are dropped; 0: none is. Firmware then waits
    /// for none of them, and each stays in flight for `service` after the one before it.
    std::uint64_t most_in_flight = 0;
    ps_t service = 0;
    bool promote = false; ///< phb4: firmware makes of each invalidation of pages one of the whole PE
};

struct KillFaultCounters {
    std::uint64_t skipped = 0, delayed = 0, dropped = 0;
};

/// Passes everything on but what a fault concerns. Invalidations of whole PEs are never lost or late.
class KillFault : public MmioTarget, public PhbFirmware {
public:
    KillFault(Timeline &timeline, MmioTarget &phb, PhbFirmware &firmware, const KillFaultParameters &parameters)
        : timeline_(timeline), phb_(phb), firmware_(firmware), parameters_(parameters),
          late_(timeline, EventClass::mmio, this) {}

    ps_t mmio_write(std::uint64_t address, std::uint64_t value) override;
    void mmio_load(std::uint64_t address, LoadClient &client) override { phb_.mmio_load(address, client); }
    bool repeat_mmio_writes(const StoreSeries &series, const StorePace &pace) override;
    void set_tve(std::uint32_t index, std::uint64_t tve) override;
    void pe_reset(std::uint32_t pe, enum port_reset reset) override { firmware_.pe_reset(pe, reset); }
    ps_t tce_kill(opal_tce_kill kind, std::uint32_t pe, std::uint32_t shift, std::uint64_t ioba,
                  std::uint64_t pages) override;

    const KillFaultCounters &counters() const { return counters_; }

private:
    /// One that comes late: a store, or a firmware call.
    struct Late {
        bool store;
        std::uint64_t value; ///< of the store; its first address, of the call
        std::uint32_t pe, shift;
        std::uint64_t pages;
    };

    bool skips(std::uint64_t first_page, std::uint64_t pages);
    bool is_page_kill(std::uint64_t address, std::uint64_t value) const;
    bool skips_store(std::uint64_t value);
    bool drops();
    void deliver(Late late);

    Timeline &timeline_;
    MmioTarget &phb_;
    PhbFirmware &firmware_;
    const KillFaultParameters parameters_;
    DelayLine<KillFault, Late, &KillFault::deliver> late_;
    std::deque<ps_t> in_flight_; // when each will have been serviced
    std::uint64_t table_ = 0;    // p7ioc, which names TCEs: host real address of the table
    KillFaultCounters counters_;
};

} // namespace tcesim

#endif
