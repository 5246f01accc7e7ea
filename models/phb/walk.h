// SPDX-License-Identifier: Apache-2.0
/// \file
/// One table walk in progress; private to the PHB.
#ifndef TCESIM_MODELS_PHB_WALK_H
#define TCESIM_MODELS_PHB_WALK_H

#include <array>

#include "models/phb/phb.h"

namespace tcesim {

struct Phb::Walk {
    explicit Walk(Phb &owner)
        : phb(owner), event(
                          EventClass::phb,
                          [](void *self) {
                              auto *walk = static_cast<Walk *>(self);
                              walk->phb.step(*walk);
                          },
                          this) {}

    Phb &phb;
    Event event; // the next sample, or the end of the last memory read
    Tve tve;
    std::uint32_t tve_index = 0;
    std::uint64_t line = 0;
    std::uint32_t levels_left = 0; // tables not yet sampled
    std::uint64_t table = 0;       // host real address of the table to sample next
    std::uint64_t line_hpa = 0;    // of the first TCE of the line
    ps_t piped_at = 0;             // the request that began it is through the first pipeline
    ps_t sampled_at = 0;
    bool begun = false;   // some level has been sampled
    bool sampled = false; // the memory read under way has been sampled: its end is next
    bool last = false;    // it is the last one
    bool closed = false;  // killed after sampling: serves who waits, nobody else
    DmaFault fault = DmaFault::none;
    RequestList waiting;
    std::array<std::uint64_t, 16> tces{};
};

} // namespace tcesim

#endif
