// SPDX-License-Identifier: Apache-2.0
/// \file
/// How a guest finds that the bridge has stopped its device, and brings it back (EEH).
///
///     watch        loads the device's status, every guest.watchdog: all ones, or an error -> asks firmware
///     bring_back   thaw: MMIO; the driver stops the device; DMA
///                  reset: assert, pcie_reset_hold, end, pcie_reset_settle, configure
///
/// Firmware calls are hypercalls of the guest (hcall/guest/eeh.h) that end at the bridge's registers. They must
/// succeed: only a bridge or handlers that are broken let them fail, and the run then ends.
#ifndef TCESIM_SIM_WORKLOAD_DEVICE_RECOVERY_H
#define TCESIM_SIM_WORKLOAD_DEVICE_RECOVERY_H

#include <functional>

#include "sim/workload/workload.h"

namespace tcesim {

class DeviceRecovery {
public:
    /// Where a device says that an error has stopped it, and how.
    struct Status {
        std::uint64_t offset, error;
    };
    DeviceRecovery(const MachineParts &parts, Status status);

    /// Enables EEH for the device, unless guest.recovery is none.
    void open();
    /// Returns when the bridge has stopped the device; without guest.watchdog nobody looks, and at once.
    void watch(Vcpu &vcpu);
    /// Whether a device that has been stopped is brought back.
    bool recovers() const { return recovery_ != scenario::Recovery::none; }
    /// Returns when the device may work again. \p quiesce: called between the two halves of a thaw, when its
    /// registers can be reached and DMA is still stopped.
    /// \returns whether it has been reset.
    bool bring_back(Vcpu &vcpu, const std::function<void()> &quiesce);

    /// A driver's store to a register of the device.
    void store(Vcpu &vcpu, std::uint64_t offset);
    /// A driver's load; the CPU waits for the answer.
    std::uint64_t load(Vcpu &vcpu, std::uint64_t offset);

    /// The figures of the last recovery, which is over if \p working is an instant: the device's first DMA has
    /// finished.
    void fill(VariantResult &result, ps_t working) const;

private:
    long firmware(machine_eeh_step what);
    void demand(machine_eeh_step what);
    void reset(Vcpu &vcpu, machine_eeh_step kind);

    const MachineParts parts_;
    const Status status_;
    const scenario::Recovery recovery_;
    const ps_t watchdog_, hold_, settle_;
    ps_t stopped_ = ps_never, seen_ = 0, usable_ = 0;
};

} // namespace tcesim

#endif
