// SPDX-License-Identifier: Apache-2.0
/// \file
/// Numbers in the sentences of a story.
#ifndef TCESIM_SIM_STORY_TEXT_H
#define TCESIM_SIM_STORY_TEXT_H

#include <cinttypes>
#include <cstdio>
#include <string>

#include "sim/quantity_text.h"

namespace tcesim {

inline std::string hex(std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return text;
}

/// As "1 page", "2 pages".
inline std::string count_of(std::uint64_t count, const char *singular) {
    return std::to_string(count) + " " + singular + (count == 1 ? "" : "s");
}

} // namespace tcesim

#endif
