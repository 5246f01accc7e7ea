// SPDX-License-Identifier: Apache-2.0
#include "models/kernel/check.h"

#include <cstdio>
#include <cstdlib>

namespace tcesim {

FailedCheckListener failed_check_listener = nullptr;

void internal_error(const char *file, int line, const char *condition, const char *what) {
    if (!failed_check_listener || !failed_check_listener(file, line, condition, what))
        std::fprintf(stderr, "tcesim: internal error: %s:%d: %s (%s)\n", file, line, what, condition);
    std::fflush(nullptr);
    std::_Exit(1);
}

} // namespace tcesim
