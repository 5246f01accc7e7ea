// SPDX-License-Identifier: Apache-2.0
/// \file
/// Handler objects for `tcesim conform`: those built with the program, or one of the user's.
#ifndef TCESIM_SIM_CONFORM_HANDLERS_H
#define TCESIM_SIM_CONFORM_HANDLERS_H

#include "hcall/object.h"

#include <string>

namespace tcesim::conform {

/// Loads the object of kernel era \p preset, or \p file, which must hold that era. It stays loaded.
/// \returns nullptr and in \p error why it cannot be used and what to do.
const struct hcall_object *load_handlers(const std::string &file, const std::string &preset, std::string *error);

} // namespace tcesim::conform

#endif
