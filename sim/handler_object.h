// SPDX-License-Identifier: Apache-2.0
/// \file
/// A metered handler object, loaded: the one built with the program, or one of the user's.
#ifndef TCESIM_SIM_HANDLER_OBJECT_H
#define TCESIM_SIM_HANDLER_OBJECT_H

#include <optional>
#include <string>

#include "hcall/object.h"
#include "sim/results.h"
#include "sim/scenario/config.h"
#include "tools/meter/meter_abi.h"

namespace tcesim {

struct HandlerObject {
    const struct hcall_object *handlers;
    const struct meter_table *meter;
    unsigned cpu;      ///< number of the weights to use
    HandlersUsed used; ///< how results name it
};

/// How messages and results name the handlers of \p host: the file as the scenario says, or "built-in 5.10".
std::string handlers_name(const scenario::Host &host);

/// Loads the object that \p config asks for, and checks that it fits this program, the kernel of \p config and its
/// machine. It stays loaded.
/// \returns the object, or in \p error why it cannot be used and what to do.
std::optional<HandlerObject> load_handlers(const scenario::Config &config, std::string &error);

} // namespace tcesim

#endif
