// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/replay_text.h"

#include <cstdio>
#include <iterator>

#include "hcall/abi.h"

namespace tcesim::replay {

std::string hex_text(std::uint64_t value) {
    char text[20];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

std::string call_text(const RecordedCall &call) {
    const std::string address = hex_text(call.liobn) + ", " + hex_text(call.ioba);
    switch (call.opcode) {
    case H_GET_TCE:
        return "H_GET_TCE(" + address + ")";
    case H_PUT_TCE:
        return "H_PUT_TCE(" + address + ", " + hex_text(call.value) + ")";
    case H_PUT_TCE_INDIRECT:
        return "H_PUT_TCE_INDIRECT(" + address + ", " + hex_text(call.value) + ", " + std::to_string(call.pages) + ")";
    default:
        return "H_STUFF_TCE(" + address + ", " + hex_text(call.value) + ", " + std::to_string(call.pages) + ")";
    }
}

std::string bytes_text(std::uint64_t bytes) {
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < std::size(units)) {
        bytes /= 1024;
        ++unit;
    }
    return std::to_string(bytes) + " " + units[unit];
}

} // namespace tcesim::replay
