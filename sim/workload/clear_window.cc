// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/clear_window.h"

#include "sim/machine_parameters.h"

namespace tcesim {

using scenario::ClearBy;

std::string ClearWindow::open() {
    while (!memory_.done())
        if (const std::string problem = memory_.map_by_hypercall(); !problem.empty())
            return problem;
    return "";
}

void ClearWindow::run(Vcpu &vcpu) {
    meter_ = &vcpu.meter();
    table_bytes_ = parts_.port.counters().page_bytes;
    make_steps(vcpu);
    ended_ = true;
    vcpu.halt();
}

void ClearWindow::make_steps(Vcpu &vcpu) {
    const ClearBy by = parts_.config.traffic.clear;
    if (by == ClearBy::unmap || by == ClearBy::both)
        step(vcpu, "unmap_time", [this] { unmap(); });
    if (by != ClearBy::unmap)
        step(vcpu, "remove_time", [this] { remove(); });
    if (by != ClearBy::shutdown)
        return;
    step(vcpu, "unregister_time", [this] { unregister(); });
    step(vcpu, "free_time", [this, &vcpu] { give_back(vcpu); });
}

void ClearWindow::ioctl(std::uint32_t command, const char *name, void *argument) {
    const long rc = parts_.handlers.container_ioctl(&parts_.handlers_machine, command, argument);
    if (rc && problem_.empty())
        problem_ = std::string(name) + " answered " + std::to_string(rc);
}

void ClearWindow::unmap() {
    vfio_dma_unmap unmap = {};
    unmap.argsz = sizeof(unmap);
    unmap.iova = parts_.config.iommu.window.base;
    unmap.size = parts_.config.iommu.window.size;
    ioctl(VFIO_IOMMU_UNMAP_DMA, "VFIO_IOMMU_UNMAP_DMA", &unmap);
}

void ClearWindow::remove() {
    vfio_tce_remove remove = {};
    remove.argsz = sizeof(remove);
    remove.start_addr = parts_.config.iommu.window.base;
    ioctl(VFIO_IOMMU_SPAPR_TCE_REMOVE, "VFIO_IOMMU_SPAPR_TCE_REMOVE", &remove);
}

void ClearWindow::unregister() {
    vfio_register_memory memory = {};
    memory.argsz = sizeof(memory);
    memory.vaddr = address_map::guest_ram_ua;
    memory.size = parts_.config.guest.ram;
    ioctl(VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, "VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY", &memory);
}

/// No code of hcall/: the host's memory management has its own.
void ClearWindow::give_back(Vcpu &vcpu) {
    const std::uint64_t pages = parts_.config.guest.ram / parts_.config.host.page;
    vcpu.spend(Cost::page_release, pages * vcpu.costs().of(Cost::page_release));
    vcpu.sync();
}

std::string ClearWindow::unfinished() const {
    return ended_ ? problem_ : "the window is not cleared by its end";
}

void ClearWindow::fill(VariantResult &result) const {
    result.set("window_entries", parts_.config.iommu.window.size / hardware_page(parts_.config));
    result.set("table_memory", table_bytes_);
    fill_steps(result);
    result.set("clear_time", time());
    std::optional<std::uint64_t> lookups;
    for (const char *function : {"iommu_table_slot", "iommu_table_mirror", "iommu_table_absent_slots"})
        if (const auto calls = meter_->calls(function, Phase::measured))
            lookups = lookups.value_or(0) + *calls;
    if (lookups)
        result.set("table_lookups", *lookups);
}

} // namespace tcesim
