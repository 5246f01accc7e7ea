// SPDX-License-Identifier: Apache-2.0
/// \file
/// Replaying a recorded sequence: drives handlers operation by operation and compares.
#ifndef TCESIM_SIM_CONFORM_REPLAY_H
#define TCESIM_SIM_CONFORM_REPLAY_H

#include "hcall/object.h"
#include "sim/conform/recording.h"
#include "sim/conform/words.h"

#include <optional>

namespace tcesim::conform {

/// What an operation or check point was to give and what it gave, in canonical form.
struct Compared {
    const Json &record;
    const Json &expected;
    const Json &got;
};

/// Hears of each operation as it is replayed.
class Observer {
public:
    virtual ~Observer() = default;
    /// An operation begins. Whoever dies in it can be asked where.
    virtual void begins(const Json & /*record*/) {}
    virtual void compared(const Compared & /*operation*/) {}
};

/// The first operation with another result than the recorded one.
struct Divergence {
    u64 operation; ///< its number in the sequence
    std::string words;
    std::vector<Difference> differences;
};

/// The recorded kernel wrote outside its tables there. Here the operation was refused, nothing changed, and the
/// sequence ends.
struct OutOfBounds {
    u64 operation;
    std::string answer; ///< return code in words
};

struct Outcome {
    u64 compared = 0; ///< operations and check points
    std::optional<Divergence> divergence;
    std::optional<OutOfBounds> out_of_bounds;
};

/// \throws BadFile for a record that cannot be, as the use of a table that is not there
Outcome replay(const struct hcall_object &handlers, const Recording &recording, const Sequence &sequence, Observer &observer);

} // namespace tcesim::conform

#endif
