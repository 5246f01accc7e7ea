// SPDX-License-Identifier: Apache-2.0
/// \file
/// DMAs of one size over a buffer of the guest, as pcie-bench makes them.
///
///     GuestDma (handlers) maps the buffer -> DmaBench <-> Link, Phb
///
/// The guest fills the buffer, maps it and starts the device; from then on it sleeps, or with guest.watchdog looks at
/// the device now and then, and with guest.recovery brings it back when the bridge has stopped it. Without translation
/// the buffer is reached through a second window of the PE that stands for all of memory.
#ifndef TCESIM_SIM_WORKLOAD_DMA_TRAFFIC_H
#define TCESIM_SIM_WORKLOAD_DMA_TRAFFIC_H

#include "models/device/dma_bench.h"
#include "models/mem/memory_side.h"
#include "sim/workload/device_recovery.h"
#include "sim/workload/workload.h"

namespace tcesim {

class DmaTraffic : public Workload {
public:
    explicit DmaTraffic(const MachineParts &parts);

    std::string open() override;
    void run(Vcpu &vcpu) override;
    void begin_measured() override { bench_.count(true); }
    void end_measured() override { bench_.count(false); }
    bool finished() const override { return bench_.failed(); }
    void fill(VariantResult &result) const override;
    void judge(VariantResult &result, bool faults_injected) const override;
    std::string standstill() const override { return "the guest sleeps, and the device waits for an answer"; }

private:
    void fill_buffer();
    std::vector<std::uint64_t> map_buffer();
    void unmap_buffer();
    bool map_and_unmap_another();
    void set_up_again();
    void start(Vcpu &vcpu);
    void stop(Vcpu &vcpu);
    bool buffer_is_right() const;

    const MachineParts parts_;
    const scenario::Traffic &traffic_;
    const std::uint64_t piece_bytes_;  // mapped at once
    std::vector<DmaMapping> mappings_; // with translation
    MemorySide memory_side_;
    DmaBench bench_;
    DeviceRecovery recovery_;
};

} // namespace tcesim

#endif
