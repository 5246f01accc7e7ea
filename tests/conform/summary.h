// SPDX-License-Identifier: Apache-2.0
/// The result of replaying a whole file of recordings.
#ifndef TESTS_CONFORM_SUMMARY_H
#define TESTS_CONFORM_SUMMARY_H

#include "tests/conform/replay.h"

#include <ostream>

namespace tcesim::conform {

struct DeviationOf {
    u64 sequence;
    std::string name; ///< of the sequence
    DeviationAt at;
};

struct Summary {
    u64 sequences = 0;
    u64 compared = 0; ///< operations and check points
    std::map<std::string, u64> left_out;
    std::vector<std::string> unsupported; ///< "sequence: command"
    std::vector<DeviationOf> deviations;
    std::vector<std::string> mismatches; ///< one per sequence that differs
};

/// @throws std::runtime_error when the file cannot be read
Summary replay_file(const std::string &path);

/// Counts, and what was left out and why.
void print(std::ostream &out, const std::string &path, const Summary &summary);

} // namespace tcesim::conform

#endif
