// SPDX-License-Identifier: Apache-2.0
/// \file
/// Block I/O on an NVMe device.
///
///     BlockLoad -> NvmeDriver -> GuestDma (handlers), Phb
///     NvmeEngine <-> Link
#ifndef TCESIM_SIM_WORKLOAD_BLOCK_IO_H
#define TCESIM_SIM_WORKLOAD_BLOCK_IO_H

#include "models/device/nvme_engine.h"
#include "models/guest/block_load.h"
#include "sim/workload/workload.h"

namespace tcesim {

class BlockIo : public Workload {
public:
    explicit BlockIo(const MachineParts &parts);

    std::string open() override;
    void run(Vcpu &vcpu) override { load_.run(vcpu); }
    void begin_measured() override { wrong_before_ = wrong_stamps(); }
    void end_measured() override { wrong_after_ = wrong_stamps(); }
    void fill(VariantResult &result) const override;
    void judge(VariantResult &result, bool faults_injected) const override;
    std::string standstill() const override;

private:
    std::uint64_t wrong_stamps() const { return engine_.wrong_stamps() + load_.wrong_stamps(); }

    const scenario::Traffic &traffic_;
    NvmeEngine engine_;
    NvmeDriver driver_;
    BlockLoad load_;
    std::uint64_t wrong_before_ = 0, wrong_after_ = 0;
};

} // namespace tcesim

#endif
