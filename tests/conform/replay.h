// SPDX-License-Identifier: Apache-2.0
/// Replaying a recorded sequence: drives hcall/ operation by operation and compares.
#ifndef TESTS_CONFORM_REPLAY_H
#define TESTS_CONFORM_REPLAY_H

#include "tests/conform/observation.h"

#include <set>

namespace tcesim::conform {

/// Why hcall/ answers a recorded operation in another way on purpose.
enum class Deviation {
    PastWindowEnd,     ///< refused: the recorded kernel writes past the window
    HostStops,         ///< refused: the recorded kernel stops the host with an assertion
    InjectedErrorCode, ///< a failure on demand has another code here; the sequence goes on
};

const char *name_of(Deviation deviation);

struct DeviationAt {
    u64 operation;
    Deviation deviation;

    bool operator<(const DeviationAt &other) const {
        return std::pair(operation, deviation) < std::pair(other.operation, other.deviation);
    }
};

struct Outcome {
    u64 compared = 0; ///< operations and check points
    /// Operations that hcall/ has no counterpart for and that change nothing, by reason.
    std::map<std::string, u64> left_out;
    /// The sequence could not be replayed from this command on.
    std::string unsupported;
    std::set<DeviationAt> deviations;
    /// The first difference; empty when everything matched.
    std::string mismatch;
};

Outcome replay(const Sequence &sequence);

} // namespace tcesim::conform

#endif
