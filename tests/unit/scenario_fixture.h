// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the tests of the scenario loader share.
#ifndef TCESIM_TESTS_UNIT_SCENARIO_FIXTURE_H
#define TCESIM_TESTS_UNIT_SCENARIO_FIXTURE_H

#include "sim/scenario/scenario.h"

#include <filesystem>
#include <string>

namespace tcesim::scenario {

/// Root of the source tree.
inline std::filesystem::path source_dir() {
    return std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
}

inline MetricCatalogue metrics() {
    return {{"throughput", "B/s"}, {"dma_latency_p99", "ps"}, {"hypercalls", "1"},
            {"hypercall_rate", "1/s"}, {"tce_cache_hits", "ppm"}};
}

/// Every error as it would be printed.
inline std::string all_text(const LoadResult &result) {
    std::string text;
    for (const Diagnostic &error : result.errors)
        text += format(error);
    return text;
}

} // namespace tcesim::scenario

#endif
