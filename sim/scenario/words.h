// SPDX-License-Identifier: Apache-2.0
/// \file
/// The wording that error messages share: lists of words and "did you mean".
#ifndef TCESIM_SIM_SCENARIO_WORDS_H
#define TCESIM_SIM_SCENARIO_WORDS_H

#include <string>
#include <string_view>
#include <vector>

namespace tcesim::scenario {

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
int edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to \p word, the first of equals, or "" when none is near enough to be a slip:
/// a third of the longer word's letters, at least one.
std::string nearest(std::string_view word, const std::vector<std::string> &candidates);

/// "; did you mean 'page'?" or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string> &candidates);

/// "a", "a or b", "a, b or c".
std::string one_of(const std::vector<std::string> &words);

} // namespace tcesim::scenario

#endif
