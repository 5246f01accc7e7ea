// SPDX-License-Identifier: Apache-2.0
/// \file
/// What an operation has changed, in the fields of the recording.
#ifndef TCESIM_SIM_CONFORM_OBSERVATION_H
#define TCESIM_SIM_CONFORM_OBSERVATION_H

#include "sim/conform/machine.h"
#include "sim/conform/recording.h"

namespace tcesim::conform {

class Observation {
public:
    explicit Observation(Machine *machine) : machine_(*machine) {}

    /// Forgets what happened so far.
    void begin();
    /// State fields that are not empty since begin(): d, lv, rg, rd, dp, k, fr, lock, w, lk, badpfn.
    /// d is an object "table entry" -> value, sets are sorted arrays.
    Json end(bool real_mode);
    /// D, R and L; with \p full also dump, in the form of d.
    Json state(bool full);

private:
    struct RegionSeen {
        u64 bytes;
        s64 mapped;
        u64 used;
        u32 shift;
        std::vector<bool> dirty;
    };

    void see_entries(Json *out);
    void see_regions(Json *out);
    void see_dirty_marks(const mm_region *region, const surface_region &state, RegionSeen *seen, Json *out) const;
    void see_events(Json *out, bool real_mode);
    void see_counters(Json *out);
    u64 live_entries(u64 start, u64 bytes) const;

    Machine &machine_;
    std::map<u64, RegionSeen> regions_; // by ua
    std::map<u64, s64> leaks_;          // by ua, only nonzero
    u64 locked_ = 0;
    size_t dirty_ = 0;
    u64 stray_ = 0;
};

/// The same canonical form for the state fields of a recorded operation or stage.
Json canonical(const Json &recorded);
/// The same for a recorded "dig" or "dump".
Json canonical_state(const Json &recorded);

} // namespace tcesim::conform

#endif
