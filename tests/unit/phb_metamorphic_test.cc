// SPDX-License-Identifier: Apache-2.0
// What must hold whatever the right figures are: more of anything never makes the same reads slower.
#include <gtest/gtest.h>

#include "tests/unit/phb_bench.h"

namespace tcesim::phb_metamorphic_test {
namespace {

constexpr std::uint64_t window = 32ULL << 20;
constexpr std::uint64_t target = 16ULL << 20; // where every page is

/// Maps the whole window with pages of 2^\p page_shift bytes.
void map_window(PhbBench &bench, std::uint32_t page_shift) {
    bench.phb.set_tve(2 * bench_pe, (bench_table >> 12 << 16) | 9 << 8 | (page_shift - 11));
    for (std::uint64_t page = 0; page < window >> page_shift; ++page)
        poke64(bench_table + 8 * page, target | 3);
}

/// Time of random reads of 64 bytes all over the window; the same ones in every call.
ps_t time_of_reads(const PhbParameters &parameters, std::uint32_t page_shift = 12) {
    PhbBench bench(parameters, {3, 8, 256, 512, 64, 64, 50'000}, 24);
    map_window(bench, page_shift);
    RandomStream random("test/metamorphic");
    std::size_t last = 0;
    for (unsigned n = 0; n < 3000; ++n)
        last = bench.read(random.below(window / 64) * std::uint64_t{64}, 64);
    bench.run();
    for (const DmaRead &read : bench.reads)
        EXPECT_FALSE(read.failed);
    return bench.finished[&bench.reads[last]];
}

/// \p change makes parameters of each value; a later value is never slower, and the last is faster than the first.
template <class Change>
void never_slower(const std::vector<std::uint32_t> &values, Change change) {
    std::vector<ps_t> times;
    for (const std::uint32_t value : values) {
        PhbParameters parameters = bench_phb();
        parameters.tce_line_bytes = 8;
        parameters.tce_walkers = parameters.tce_tags = 8;
        change(parameters, value);
        times.push_back(time_of_reads(parameters));
        if (times.size() > 1)
            EXPECT_LE(times.back(), times[times.size() - 2]) << value;
    }
    EXPECT_LT(times.back(), times.front());
}

TEST(PhbMetamorphic, MoreCacheEntriesAreNeverSlower) {
    never_slower({32, 118, 512, 2048, 8192}, [](PhbParameters &parameters, std::uint32_t lines) {
        parameters.tce_cache_lines = parameters.tce_cache_ways = lines;
    });
}

TEST(PhbMetamorphic, MoreWalkersAreNeverSlower) {
    never_slower({1, 2, 3, 5, 8, 16, 32}, [](PhbParameters &parameters, std::uint32_t walkers) {
        parameters.tce_walkers = parameters.tce_tags = walkers;
    });
}

TEST(PhbMetamorphic, MoreTagsAreNeverSlower) {
    never_slower({1, 2, 3, 5, 8, 16},
                 [](PhbParameters &parameters, std::uint32_t tags) { parameters.tce_tags = tags; });
}

TEST(PhbMetamorphic, FasterTablesAreNeverSlower) {
    never_slower({400, 300, 200, 100, 0}, [](PhbParameters &parameters, std::uint32_t nanoseconds) {
        parameters.tce_fetch = 1000ULL * nanoseconds;
    });
}

TEST(PhbMetamorphic, BiggerPagesAreNeverSlower) {
    PhbParameters parameters = bench_phb();
    parameters.tce_cache_lines = parameters.tce_cache_ways = 118;
    parameters.tce_line_bytes = 8;
    const ps_t small = time_of_reads(parameters, 12), medium = time_of_reads(parameters, 16);
    const ps_t large = time_of_reads(parameters, 24);
    EXPECT_LT(medium, small);
    EXPECT_LT(large, medium);
}

TEST(PhbMetamorphic, OrderedAnswersAreNeverFaster) {
    PhbParameters parameters = bench_phb();
    const ps_t unordered = time_of_reads(parameters);
    parameters.ordered_reads = true;
    EXPECT_GE(time_of_reads(parameters), unordered);
}

} // namespace
} // namespace tcesim::phb_metamorphic_test
