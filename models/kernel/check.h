// SPDX-License-Identifier: Apache-2.0
/// \file
/// Assertions for what cannot happen. They stay on in every build and name themselves.
#ifndef TCESIM_MODELS_KERNEL_CHECK_H
#define TCESIM_MODELS_KERNEL_CHECK_H

namespace tcesim {

/// Hears of an internal error first. \returns whether it has been told, so that nothing needs to be printed.
using FailedCheckListener = bool (*)(const char *file, int line, const char *condition, const char *what);
extern FailedCheckListener failed_check_listener; ///< nullptr: nobody

/// Prints "internal error: FILE:LINE: WHAT (CONDITION)" to stderr and ends the process with exit code 1.
[[noreturn]] void internal_error(const char *file, int line, const char *condition, const char *what);

} // namespace tcesim

/// \p what says what always holds, as a sentence.
#define TCESIM_CHECK(condition, what)                                           \
    do {                                                                        \
        if (__builtin_expect(!(condition), 0))                                  \
            ::tcesim::internal_error(__FILE__, __LINE__, #condition, "must hold: " what);     \
    } while (0)

#endif
