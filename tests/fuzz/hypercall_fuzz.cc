// SPDX-License-Identifier: Apache-2.0
/// libFuzzer: the bytes decide what guest, process and administrator do to the handlers, and which faults
/// come up (tests/eras/random_world.h). Handlers of "fixed" must keep the nine invariants as well.
#include "tests/eras/random_world.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using tcesim::test::RandomWorld;

void hold(const std::set<int> &broken, const RandomWorld &world) {
    if (broken.empty() || std::strcmp(hcall_object.preset, "fixed") != 0)
        return;
    for (int invariant : broken) {
        auto reason = world.reasons().find(invariant);
        std::fprintf(stderr, "invariant %d does not hold: %s\n", invariant,
                     reason == world.reasons().end() ? "" : reason->second.c_str());
    }
    std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *next = data, *end = data + size;
    // Two bytes for each decision; zeros once they are used up.
    RandomWorld world([&next, end]() -> u64 {
        if (end - next < 2)
            return 0;
        u64 value = static_cast<u64>(next[0]) << 8 | next[1];
        next += 2;
        return value;
    });
    while (end - next >= 2 && !world.host_stopped())
        hold(world.step(), world);
    if (!world.host_stopped())
        hold(world.close(), world);
    return 0;
}
