// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/memory_map.h"

#include "sim/machine_parameters.h"

namespace tcesim {

namespace {

constexpr std::uint64_t read_and_write = TCE_READ | TCE_WRITE;

std::string failed(const char *call, std::uint64_t ioba, long rc) {
    return std::string(call) + " at bus address " + std::to_string(ioba) + " answered " + std::to_string(rc);
}

} // namespace

MemoryMap::MemoryMap(const MachineParts &parts)
    : parts_(parts), page_(parts.config.iommu.window.page), pages_(parts.config.traffic.mapped / page_) {}

long MemoryMap::put_one() {
    const std::uint64_t address = mapped_ * page_;
    return parts_.handlers.hypercall(parts_.handlers_machine.window, H_PUT_TCE, address, address | read_and_write, 0);
}

long MemoryMap::put_list(std::uint64_t count) {
    const std::uint64_t list = address_map::driver_memory;
    for (std::uint64_t i = 0; i < count; ++i)
        parts_.port.guest_write64(list + i * sizeof(std::uint64_t), (mapped_ + i) * page_ | read_and_write);
    return parts_.handlers.hypercall(parts_.handlers_machine.window, H_PUT_TCE_INDIRECT, mapped_ * page_, list, count);
}

std::string MemoryMap::map_by_hypercall() {
    const bool lists = parts_.config.guest.multitce;
    const std::uint64_t count = lists ? next_count() : 1;
    if (const long rc = lists ? put_list(count) : put_one(); rc != H_SUCCESS)
        return failed(lists ? "H_PUT_TCE_INDIRECT" : "H_PUT_TCE", mapped_ * page_, rc);
    mapped_ += count;
    return "";
}

std::string MemoryMap::map_by_container() {
    vfio_dma_map map = {};
    map.argsz = sizeof(map);
    map.flags = VFIO_DMA_MAP_READ | VFIO_DMA_MAP_WRITE;
    map.iova = mapped_ * page_;
    map.vaddr = address_map::guest_ram_ua + map.iova;
    map.size = next_count() * page_;
    if (const long rc = parts_.handlers.container_ioctl(&parts_.handlers_machine, VFIO_IOMMU_MAP_DMA, &map))
        return failed("VFIO_IOMMU_MAP_DMA", map.iova, rc);
    mapped_ += next_count();
    return "";
}

} // namespace tcesim
