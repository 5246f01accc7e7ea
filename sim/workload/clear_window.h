// SPDX-License-Identifier: Apache-2.0
/// \file
/// The process that owns the guest clears the DMA window: walks of whole tables, and the end of a guest.
#ifndef TCESIM_SIM_WORKLOAD_CLEAR_WINDOW_H
#define TCESIM_SIM_WORKLOAD_CLEAR_WINDOW_H

#include "sim/workload/memory_map.h"
#include "sim/workload/task.h"

namespace tcesim {

class ClearWindow : public Task {
public:
    explicit ClearWindow(const MachineParts &parts) : parts_(parts), memory_(parts) {}

    std::string open() override;
    void run(Vcpu &vcpu) override;
    void fill(VariantResult &result) const override;
    std::string unfinished() const override;
    bool takes_mappings_away() const override { return true; }
    std::string standstill() const override { return "the process has nothing left to clear"; }

private:
    void make_steps(Vcpu &vcpu);
    void ioctl(std::uint32_t command, const char *name, void *argument);
    void unmap();
    void remove();
    void unregister();
    void give_back(Vcpu &vcpu);

    const MachineParts parts_;
    const Meter *meter_ = nullptr;  // of the vCPU that clears
    std::uint64_t table_bytes_ = 0; // before anything is cleared
    MemoryMap memory_;
};

} // namespace tcesim

#endif
