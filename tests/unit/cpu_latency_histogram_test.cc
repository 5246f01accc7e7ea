// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/latency_histogram.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace tcesim {
namespace {

TEST(LatencyHistogram, PercentilesAreAtMostOneStepBelowTheSortedList) {
    std::mt19937_64 random(5);
    LatencyHistogram histogram;
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 20000; ++i) {
        values.push_back(random() >> (random() % 60));
        histogram.record(values.back());
    }
    std::sort(values.begin(), values.end());
    for (std::uint64_t per_mille : {1u, 500u, 900u, 990u, 999u, 1000u}) {
        const std::uint64_t exact = values[(values.size() * per_mille + 999) / 1000 - 1];
        const std::uint64_t got = histogram.percentile(per_mille);
        EXPECT_LE(got, exact);
        EXPECT_GE(got, exact - exact / 64);
    }
    EXPECT_EQ(histogram.max(), values.back());
    EXPECT_EQ(histogram.count(), values.size());
}

TEST(LatencyHistogram, SmallValuesAreExact) {
    for (std::uint64_t value = 0; value < 128; ++value) {
        LatencyHistogram histogram;
        histogram.record(value);
        EXPECT_EQ(histogram.percentile(500), value);
    }
}

TEST(LatencyHistogram, TheLargestValueHasABucket) {
    LatencyHistogram histogram;
    histogram.record(~std::uint64_t{0});
    EXPECT_GE(histogram.percentile(1000), ~std::uint64_t{0} - (~std::uint64_t{0} >> 6));
}

TEST(LatencyHistogram, WithoutSamplesThereIsNothing) {
    EXPECT_EQ(LatencyHistogram().percentile(500), 0u);
    EXPECT_EQ(LatencyHistogram().count(), 0u);
}

} // namespace
} // namespace tcesim
