// SPDX-License-Identifier: Apache-2.0
/// \file
/// A metered handler object, loaded.
#ifndef TCESIM_SIM_HANDLER_OBJECT_H
#define TCESIM_SIM_HANDLER_OBJECT_H

#include <optional>
#include <string>

#include "hcall/object.h"
#include "tools/meter/meter_abi.h"

namespace tcesim {

struct HandlerObject {
    const struct hcall_object *handlers;
    const struct meter_table *meter;

    /// Index of the weights made for \p cpu ("power8"); nothing when the object has none.
    std::optional<unsigned> weights_for(const std::string &cpu) const;
};

/// Loads the object of kernel \p preset ("5.10") that was built with this program. It stays loaded.
/// \returns the object, or in \p error why it cannot be used: missing, or of another ABI.
std::optional<HandlerObject> load_handlers(const std::string &preset, std::string &error);

} // namespace tcesim

#endif
