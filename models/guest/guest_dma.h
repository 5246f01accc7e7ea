// SPDX-License-Identifier: Apache-2.0
/// \file
/// The guest's DMA API as its drivers call it, and who may watch.
///
/// The work is done by the handlers (hcall/guest): allocation and hypercalls, on the vCPU that calls.
#ifndef TCESIM_MODELS_GUEST_GUEST_DMA_H
#define TCESIM_MODELS_GUEST_GUEST_DMA_H

#include <optional>

#include "hcall/object.h"
#include "models/kernel/timeline.h"

namespace tcesim {

/// Hears what the guest believes about its mappings.
class MappingObserver {
public:
    virtual ~MappingObserver() = default;
    /// The guest calls \p function ("dma_map") of the handlers, and comes back from it.
    virtual void on_call(const char *function) { static_cast<void>(function); }
    virtual void on_return() {}
    /// From now on [\p bus_address, + \p bytes) stands for guest memory at \p gpa.
    virtual void on_mapped(std::uint64_t bus_address, std::uint64_t bytes, std::uint64_t gpa) = 0;
    /// From now on it stands for nothing.
    virtual void on_unmapped(std::uint64_t bus_address, std::uint64_t bytes) = 0;
};

/// A mapping that a driver holds.
struct DmaMapping {
    std::uint64_t bus_address = DMA_MAPPING_ERROR;
    std::uint32_t bytes = 0;

    bool valid() const { return bus_address != DMA_MAPPING_ERROR; }
};

class GuestDma {
public:
    GuestDma(const struct hcall_object &handlers, dma_window *window) : handlers_(handlers), window_(window) {}

    /// From now on drivers use another window of the guest's.
    void use(dma_window *window) { window_ = window; }
    /// From now on every bus address is \p base plus the guest's, and no handler is asked.
    void pass_by(std::uint64_t base) { bypass_ = base; }
    void set_observer(MappingObserver &observer) { observer_ = &observer; }

    /// Maps guest memory for the device; not valid() when the window has no room.
    DmaMapping map(std::uint64_t gpa, std::uint32_t bytes, dma_direction direction);
    void unmap(const DmaMapping &mapping);

private:
    const struct hcall_object &handlers_;
    dma_window *window_;
    std::optional<std::uint64_t> bypass_;
    MappingObserver *observer_ = nullptr;
};

} // namespace tcesim

#endif
