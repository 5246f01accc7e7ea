// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a process does with a container, step by step: memory registered, windows made and mapped, devices that come
/// and go, and the end. Each step takes its time on the vCPU, and what is locked, pinned and made of tables after it is
/// noted.
#ifndef TCESIM_SIM_WORKLOAD_CONTAINER_LIFE_H
#define TCESIM_SIM_WORKLOAD_CONTAINER_LIFE_H

#include <vector>

#include "sim/workload/memory_map.h"
#include "sim/workload/task.h"

namespace tcesim {

class ContainerLife : public Task, private TraceObserver {
public:
    explicit ContainerLife(const MachineParts &parts) : parts_(parts), memory_(parts) {
        parts.port.add_observer(*this);
    }

    std::string open() override;
    void run(Vcpu &vcpu) override;
    void fill(VariantResult &result) const override;
    std::string unfinished() const override;
    std::string standstill() const override { return "the process has nothing left to do"; }

private:
    /// A step, and what the host has for the process after it.
    struct Stage {
        std::string name;
        ps_t time;
        std::uint64_t locked, tables, pinned; ///< afterwards: bytes, bytes, pins
    };

    void live();
    template <class Work>
    void stage(const char *name, Work work);
    void life(const char *name, enum machine_life_step what);
    void map();
    void note(const char *name, ps_t time);
    void on_trace(const Trace &trace) override;

    const MachineParts parts_;
    MemoryMap memory_;
    Vcpu *vcpu_ = nullptr;
    std::vector<Stage> stages_;
    std::uint64_t tables_before_ = 0;
    ps_t register_began_ = 0, registering_ = 0; ///< of the step under way
};

} // namespace tcesim

#endif
