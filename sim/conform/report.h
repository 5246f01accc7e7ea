// SPDX-License-Identifier: Apache-2.0
/// \file
/// What replaying came to, as text of 80 columns.
#ifndef TCESIM_SIM_CONFORM_REPORT_H
#define TCESIM_SIM_CONFORM_REPORT_H

#include "sim/conform/replay.h"

#include <string>
#include <vector>

namespace tcesim::conform {

struct SequenceOutcome {
    u64 number;
    std::string name;
    Outcome outcome;
};

struct FileOutcome {
    std::string path;
    std::string preset;
    u64 sequences = 0; ///< replayed
    u64 compared = 0;
    u64 failed = 0;
    std::vector<SequenceOutcome> notable; ///< failed, or ended out of bounds
};

/// The line of a file and what is notable in it. Only the first failure is told in full, if \p in_full.
std::string file_in_words(const FileOutcome &file, bool in_full);

/// "  9  H_PUT_TCE ...", and below it what was expected and what came.
std::string operation_explained(const Compared &operation);

} // namespace tcesim::conform

#endif
