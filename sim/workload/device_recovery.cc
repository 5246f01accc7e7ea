// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/device_recovery.h"

#include "models/kernel/check.h"
#include "sim/machine_parameters.h"

namespace tcesim {

namespace {

using namespace address_map;
using scenario::Recovery;

constexpr std::uint64_t all_ones = ~std::uint64_t{0};

} // namespace

DeviceRecovery::DeviceRecovery(const MachineParts &parts, Status status)
    : parts_(parts), status_(status), recovery_(parts.config.guest.recovery), watchdog_(parts.config.guest.watchdog),
      hold_(static_cast<ps_t>(parts.config.machine.constant("pcie_reset_hold"))),
      settle_(static_cast<ps_t>(parts.config.machine.constant("pcie_reset_settle"))) {}

long DeviceRecovery::firmware(machine_eeh_step what) {
    return parts_.handlers.eeh(&parts_.handlers_machine, what);
}

void DeviceRecovery::demand(machine_eeh_step what) {
    TCESIM_CHECK(firmware(what) == 0, "firmware does what a guest needs to bring its device back");
}

void DeviceRecovery::open() {
    if (recovers())
        demand(MACHINE_EEH_OPEN);
}

void DeviceRecovery::store(Vcpu &vcpu, std::uint64_t offset) {
    vcpu.spend(Cost::mmio_store);
    vcpu.sync();
    parts_.phb.mmio_write(device_window + offset, 1);
}

std::uint64_t DeviceRecovery::load(Vcpu &vcpu, std::uint64_t offset) {
    return vcpu.load(parts_.phb, device_window + offset);
}

void DeviceRecovery::watch(Vcpu &vcpu) {
    while (watchdog_) {
        vcpu.idle_until(vcpu.now() + watchdog_);
        const std::uint64_t status = load(vcpu, status_.offset);
        // All ones may be a value like any other; only firmware knows, where there is EEH.
        if (status != all_ones && !(status & status_.error))
            continue;
        const ps_t seen = vcpu.now();
        const ps_t stopped = parts_.phb.pest(pe).since;
        if (recovers() && firmware(MACHINE_EEH_STATE) != EEH_STATE_STOPPED)
            continue;
        seen_ = seen;
        stopped_ = stopped;
        return;
    }
}

void DeviceRecovery::reset(Vcpu &vcpu, machine_eeh_step kind) {
    demand(kind);
    vcpu.idle_until(vcpu.now() + hold_);
    demand(MACHINE_EEH_RESET_END);
    vcpu.idle_until(vcpu.now() + settle_);
    demand(MACHINE_EEH_CONFIGURE);
}

bool DeviceRecovery::bring_back(Vcpu &vcpu, const std::function<void()> &quiesce) {
    const bool thaws = recovery_ == Recovery::thaw;
    if (thaws) {
        demand(MACHINE_EEH_THAW_MMIO);
        quiesce();
        demand(MACHINE_EEH_THAW_DMA);
    } else {
        reset(vcpu, recovery_ == Recovery::hot_reset ? MACHINE_EEH_RESET_HOT : MACHINE_EEH_RESET_FUNDAMENTAL);
    }
    TCESIM_CHECK(firmware(MACHINE_EEH_STATE) == EEH_STATE_NORMAL, "a PE that has been brought back is as before");
    vcpu.fold();
    usable_ = vcpu.now();
    return !thaws;
}

void DeviceRecovery::fill(VariantResult &result, ps_t working) const {
    if (stopped_ == ps_never)
        return;
    result.set("recovery_detect", seen_ - stopped_);
    if (usable_ < seen_ || working == ps_never || working < usable_)
        return;
    result.set("recovery_time", working - stopped_);
    result.set("recovery_firmware", usable_ - seen_);
    result.set("recovery_restart", working - usable_);
}

} // namespace tcesim
