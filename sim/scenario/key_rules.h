// SPDX-License-Identifier: Apache-2.0
/// \file
/// What rules between keys are written with.
#ifndef TCESIM_SIM_SCENARIO_KEY_RULES_H
#define TCESIM_SIM_SCENARIO_KEY_RULES_H

#include <string>

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
    const Value *window(const std::string &key) const { return get("iommu.windows[0]." + key); }
    void error(const Value &at, const std::string &message) { diagnostics_.error(at.position, message); }
    static std::string bytes(std::uint64_t value) { return format_quantity(value, Dimension::bytes); }

private:
    const Values &values_;
    Diagnostics &diagnostics_;
};

} // namespace tcesim::scenario

#endif
