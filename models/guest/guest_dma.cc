// SPDX-License-Identifier: Apache-2.0
#include "models/guest/guest_dma.h"

namespace tcesim {

DmaMapping GuestDma::map(std::uint64_t gpa, std::uint32_t bytes, dma_direction direction) {
    if (bypass_)
        return {*bypass_ + gpa, bytes};
    if (observer_)
        observer_->on_call("dma_map");
    const DmaMapping mapping{handlers_.dma_map(window_, gpa, bytes, direction), bytes};
    if (observer_)
        observer_->on_return();
    if (mapping.valid() && observer_)
        observer_->on_mapped(mapping.bus_address, bytes, gpa);
    return mapping;
}

void GuestDma::unmap(const DmaMapping &mapping) {
    if (bypass_)
        return;
    if (observer_)
        observer_->on_call("dma_unmap");
    handlers_.dma_unmap(window_, mapping.bus_address, mapping.bytes);
    if (observer_) {
        observer_->on_return();
        observer_->on_unmapped(mapping.bus_address, mapping.bytes);
    }
}

} // namespace tcesim
