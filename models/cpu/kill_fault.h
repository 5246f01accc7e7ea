// SPDX-License-Identifier: Apache-2.0
/// \file
/// A fault between CPU and PHB: invalidations of some IOMMU pages are lost on the way.
#ifndef TCESIM_MODELS_CPU_KILL_FAULT_H
#define TCESIM_MODELS_CPU_KILL_FAULT_H

#include "models/cpu/sim_port.h"
#include "models/phb/parameters.h"

namespace tcesim {

struct KillFaultParameters {
    PhbGeneration generation;
    std::uint64_t kill_register; ///< host real address
    std::uint32_t page_shift;    ///< of the IOMMU
    std::uint64_t every;         ///< invalidations of pages whose number it divides are lost; 0: none
};

/// Passes everything on but what is lost. Invalidations of whole PEs are never lost.
class KillFault : public MmioTarget, public PhbFirmware {
public:
    KillFault(MmioTarget &phb, PhbFirmware &firmware, const KillFaultParameters &parameters)
        : phb_(phb), firmware_(firmware), parameters_(parameters) {}

    ps_t mmio_write(std::uint64_t address, std::uint64_t value) override;
    void set_tve(std::uint32_t index, std::uint64_t tve) override;
    ps_t tce_kill(opal_tce_kill kind, std::uint32_t pe, std::uint32_t shift, std::uint64_t ioba,
                  std::uint64_t pages) override;

    std::uint64_t lost() const { return lost_; }

private:
    bool loses(std::uint64_t first_page, std::uint64_t pages);
    bool loses_store(std::uint64_t value);

    MmioTarget &phb_;
    PhbFirmware &firmware_;
    const KillFaultParameters parameters_;
    std::uint64_t table_ = 0; // p7ioc, which names TCEs: host real address of the table
    std::uint64_t lost_ = 0;
};

} // namespace tcesim

#endif
