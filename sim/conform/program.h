// SPDX-License-Identifier: Apache-2.0
/// \file
/// The program behind `tcesim conform`.
#ifndef TCESIM_SIM_CONFORM_PROGRAM_H
#define TCESIM_SIM_CONFORM_PROGRAM_H

#include "hcall/object.h"

#include <functional>
#include <string>
#include <vector>

namespace tcesim::conform {

/// Finds handlers. \p file: the object of \p --handlers, or empty; \p preset: the kernel era wanted.
/// \returns nullptr and in \p error why there are none.
using FindHandlers =
    std::function<const struct hcall_object *(const std::string &file, const std::string &preset, std::string *error)>;

/// \p arguments: behind `conform`. Prints to stdout and stderr. \returns the exit code
int run_program(const std::vector<std::string> &arguments, const FindHandlers &find_handlers);

} // namespace tcesim::conform

#endif
