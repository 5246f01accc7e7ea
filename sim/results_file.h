// SPDX-License-Identifier: Apache-2.0
/// \file
/// Results of an earlier run, read back from the document of --json.
#ifndef TCESIM_SIM_RESULTS_FILE_H
#define TCESIM_SIM_RESULTS_FILE_H

#include "sim/results.h"

#include <optional>
#include <string>

namespace tcesim {

/// Reads the whole file at \p path. \returns its text, or in \p error why not.
std::optional<std::string> read_file(const std::string &path, std::string &error);

/// The variants of the result document \p text, without what a report holds beside them.
/// \returns nothing and in \p error what \p text is instead.
std::optional<RunReport> parse_results(const std::string &text, std::string &error);

} // namespace tcesim

#endif
