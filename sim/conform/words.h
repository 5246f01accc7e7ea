// SPDX-License-Identifier: Apache-2.0
/// \file
/// Operations of a recording and their results in words.
#ifndef TCESIM_SIM_CONFORM_WORDS_H
#define TCESIM_SIM_CONFORM_WORDS_H

#include "sim/conform/recording.h"

#include <string>
#include <vector>

namespace tcesim::conform {

/// "H_PUT_TCE liobn 0x80000001 ioba 0x5000 tce 0x5003, from real mode on".
std::string operation_in_words(const Json &record);

/// One thing that an operation has answered or changed.
struct Item {
    std::string what; ///< "hardware table 0, entry 0x5"
    std::string value;
    std::string otherwise; ///< the value where there is no such item: "unchanged"
};

/// The result of an operation or check point in its canonical form (Observation), item by item.
std::vector<Item> result_in_words(const Json &result);

struct Difference {
    std::string what, expected, got;
};

/// Where two results differ, in the order of result_in_words().
std::vector<Difference> differences(const Json &expected, const Json &got);

} // namespace tcesim::conform

#endif
