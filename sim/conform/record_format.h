// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the records of a recording hold: every command, its arguments and results.
#ifndef TCESIM_SIM_CONFORM_RECORD_FORMAT_H
#define TCESIM_SIM_CONFORM_RECORD_FORMAT_H

#include "sim/conform/recording.h"

#include <optional>

namespace tcesim::conform {

struct FormatError {
    std::string field; ///< that is wrong; empty: the record as a whole
    std::string message;
};

/// What is wrong with a record, if anything.
std::optional<FormatError> check_record(const Json &record);

/// Name of the command of an operation: a number in its place opens the container of that number.
std::string command_of(const Json &operation);

} // namespace tcesim::conform

#endif
