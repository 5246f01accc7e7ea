// SPDX-License-Identifier: Apache-2.0
/// \file
/// A guest whose memory is mapped once, as one with a direct window or a GPU has it when it starts.
#ifndef TCESIM_SIM_WORKLOAD_MAP_MEMORY_H
#define TCESIM_SIM_WORKLOAD_MAP_MEMORY_H

#include "sim/workload/memory_map.h"
#include "sim/workload/task.h"

namespace tcesim {

class MapMemory : public Task {
public:
    explicit MapMemory(const MachineParts &parts) : parts_(parts), by_(parts.config.traffic.map), memory_(parts) {}

    std::string open() override;
    void run(Vcpu &vcpu) override;
    void fill(VariantResult &result) const override;
    std::string unfinished() const override;
    bool takes_mappings_away() const override { return by_ == scenario::MapBy::container; }
    std::string standstill() const override { return "nobody has anything left to map"; }

private:
    const MachineParts parts_;
    const scenario::MapBy by_;
    MemoryMap memory_;
    ps_t time_ = 0, kill_time_ = 0;
    std::uint64_t table_bytes_ = 0;
};

} // namespace tcesim

#endif
