// SPDX-License-Identifier: Apache-2.0
/// \file
/// What rules between keys are written with.
#ifndef TCESIM_SIM_SCENARIO_KEY_RULES_H
#define TCESIM_SIM_SCENARIO_KEY_RULES_H

#include <string>

#include "sim/scenario/config.h"
#include "sim/scenario/diagnostics.h"
#include "sim/scenario/units.h"
#include "sim/scenario/values.h"

namespace tcesim::scenario {

/// A rule asks for its values, and holds where one of them is absent.
class KeyRules {
public:
    KeyRules(const Values &values, Diagnostics &diagnostics) : values_(values), diagnostics_(diagnostics) {}

protected:
    const Value *get(const std::string &path) const { return values_.find(path); }
    /// Of the default window.
    const Value *window(const std::string &key) const { return get("iommu.windows[0]." + key); }
    const Value *second_window(const std::string &key) const { return get("iommu.windows[1]." + key); }
    /// How the guest uses a second window; none where the device's driver asks for too few bits.
    Ddw ddw() const {
        const Value *ddw = get("guest.ddw");
        const Value *mask = get("device.dma_mask");
        return ddw == nullptr || (mask != nullptr && mask->number < 64) ? Ddw::none : static_cast<Ddw>(ddw->number);
    }
    /// Of the window that the device's drivers use in the end.
    const Value *device_window(const std::string &key) const {
        return ddw() == Ddw::none ? window(key) : second_window(key);
    }
    /// Bytes of a page of the host's kernel.
    std::uint64_t host_page() const {
        const Value *page = get("host.page");
        return page == nullptr ? 65536 : page->number;
    }
    /// Of the pages that guest memory is made of: the host's own unless it says otherwise.
    std::uint64_t ram_page() const {
        const Value *page = get("guest.ram_pages");
        return page == nullptr ? host_page() : page->number;
    }
    bool bypasses() const {
        const Value *translation = get("iommu.translation");
        return translation != nullptr && static_cast<Translation>(translation->number) == Translation::bypass;
    }
    /// Whether each buffer takes room in that window.
    bool buffers_are_mapped() const { return ddw() != Ddw::direct && !bypasses(); }
    void error(const Value &at, const std::string &message) { diagnostics_.error(at.position, message); }
    static std::string bytes(std::uint64_t value) { return format_quantity(value, Dimension::bytes); }

private:
    const Values &values_;
    Diagnostics &diagnostics_;
};

} // namespace tcesim::scenario

#endif
