// SPDX-License-Identifier: Apache-2.0
/// \file
/// The process that owns the guest clears the DMA window: walks of whole tables, and the end of a guest.
#ifndef TCESIM_SIM_WORKLOAD_CLEAR_WINDOW_H
#define TCESIM_SIM_WORKLOAD_CLEAR_WINDOW_H

#include "sim/workload/memory_map.h"

namespace tcesim {

class ClearWindow : public Workload {
public:
    explicit ClearWindow(const MachineParts &parts) : parts_(parts), memory_(parts) {}

    std::string open() override;
    void run(Vcpu &vcpu) override;
    void begin_measured() override {}
    void end_measured() override {}
    void fill(VariantResult &result) const override;
    void judge(VariantResult &, bool) const override {}
    std::string unfinished() const override;
    bool finished() const override { return ended_; }
    bool takes_mappings_away() const override { return true; }
    std::string standstill() const override { return "the process has nothing left to clear"; }

private:
    /// One step of the clearing, and how long it took.
    struct Step {
        const char *metric;
        ps_t time;
    };

    void make_steps(Vcpu &vcpu);
    template <class Work>
    void step(Vcpu &vcpu, const char *metric, Work work);
    void ioctl(std::uint32_t command, const char *name, void *argument);
    void unmap();
    void remove();
    void unregister();
    void give_back(Vcpu &vcpu);

    const MachineParts parts_;
    const Meter *meter_ = nullptr;  // of the vCPU that clears
    std::uint64_t table_bytes_ = 0; // before anything is cleared
    MemoryMap memory_;
    std::vector<Step> steps_;
    std::string problem_;
    bool ended_ = false;
};

} // namespace tcesim

#endif
