// SPDX-License-Identifier: Apache-2.0
/// The constants of hcall/policy.h as those of the handlers that the program is linked with: a test is compiled once
/// for all presets.
#ifndef TESTS_SUPPORT_POLICY_H
#define TESTS_SUPPORT_POLICY_H

#include "tests/support/hcall.h"

#include <cstdlib>
#include <cstring>

namespace tcesim::test {

/// HCALL_PRESET_... of the handlers.
inline int preset_number() {
    const struct {
        const char *name;
        int number;
    } presets[] = {
        {"4.12", HCALL_PRESET_4_12}, {"4.19.81", HCALL_PRESET_4_19_81}, {"4.19", HCALL_PRESET_4_19},
        {"5.10", HCALL_PRESET_5_10}, {"6.1", HCALL_PRESET_6_1},         {"fixed", HCALL_PRESET_FIXED},
    };
    for (const auto &preset : presets)
        if (std::strcmp(preset.name, hcall_object.preset) == 0)
            return preset.number;
    std::abort();
}

} // namespace tcesim::test

// All constants compare with this one.
#undef HCALL_PRESET
#define HCALL_PRESET tcesim::test::preset_number()

#endif
