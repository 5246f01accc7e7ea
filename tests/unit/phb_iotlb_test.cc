// SPDX-License-Identifier: Apache-2.0
// Random 64-byte reads over windows of growing size, as the published pcie-bench data of a Broadwell
// host with and without IOMMU (4 KiB pages) show them. Its IOMMU is modelled as a cache of single
// entries and one-level tables. Entries and miss cost are fitted to the latencies of two windows, the walks at a time
// to the bandwidth of the largest one, the device's tags to that of the smallest; the other windows follow.
#include <gtest/gtest.h>

#include "tests/unit/phb_bench.h"

namespace tcesim::phb_iotlb_test {
namespace {

constexpr std::uint32_t fitted_entries = 118;
constexpr ps_t fitted_miss = 290'000;
constexpr std::uint32_t fitted_walkers = 5;
constexpr std::uint32_t device_tags = 32;

PhbParameters iotlb() {
    PhbParameters parameters = bench_phb();
    parameters.tce_cache_lines = parameters.tce_cache_ways = fitted_entries;
    parameters.tce_line_bytes = 8;
    parameters.tce_fetch = fitted_miss;
    return parameters;
}

struct Window {
    std::uint32_t kib;
    double off_ns, on_ns; // mean latency without and with IOMMU
};

class IotlbLatency : public testing::TestWithParam<Window> {};

TEST_P(IotlbLatency, GrowsWithTheWindow) {
    PhbBench bench(iotlb(), {3, 8, 256, 512, 28, 28, 50'000});
    const std::uint64_t pages = GetParam().kib / 4;
    for (std::uint64_t page = 0; page < pages; ++page)
        PhbBench::map(page * 4096, 0x800000);
    std::uint64_t random = 1;
    const auto next_page = [&] {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        return (random >> 33) % pages;
    };
    for (std::uint64_t page = 0; page < std::min<std::uint64_t>(pages, 4000); ++page)
        bench.timed_read(next_page() * 4096, 64);
    const ps_t hit = bench.timed_read(0, 64), again = bench.timed_read(0, 64);
    EXPECT_LE(again, hit);
    double extra = 0;
    constexpr unsigned count = 4000;
    for (unsigned n = 0; n < count; ++n)
        extra += static_cast<double>(bench.timed_read(next_page() * 4096, 64) - again) / 1000 / count;
    const double latency = GetParam().off_ns + extra;
    EXPECT_NEAR(latency, GetParam().on_ns, 0.03 * GetParam().on_ns);
}

INSTANTIATE_TEST_SUITE_P(PcieBench, IotlbLatency,
                         testing::Values(Window{8, 556.9, 555.0}, Window{256, 556.9, 555.0}, Window{512, 556.9, 580.5},
                                         Window{1024, 556.9, 712.1}, Window{2048, 556.9, 777.6},
                                         Window{4096, 556.9, 813.9}, Window{8192, 556.9, 827.0},
                                         Window{65536, 590.1, 877.0}));

/// Random 64-byte reads, as many at a time as the device keeps outstanding.
struct Rate {
    std::uint32_t kib;
    double gbits; // published, with IOMMU
};
class IotlbBandwidth : public testing::TestWithParam<Rate> {};

TEST_P(IotlbBandwidth, FallsWithTheWindow) {
    PhbParameters parameters = iotlb();
    parameters.tce_walkers = parameters.tce_tags = fitted_walkers;
    parameters.ordered_reads = true;
    PhbBench bench(parameters, {3, 8, 256, 512, 64, 64, 50'000}, device_tags);
    const std::uint64_t pages = GetParam().kib / 4;
    for (std::uint64_t page = 0; page < pages; ++page)
        PhbBench::map(page * 4096, 0x800000);
    RandomStream random("pcie-bench");
    const auto time_of = [&](unsigned reads) {
        const ps_t start = bench.timeline.now();
        std::size_t last = 0;
        for (unsigned n = 0; n < reads; ++n)
            last = bench.read(random.below(static_cast<std::uint32_t>(pages)) * 4096ULL, 64);
        bench.run();
        return bench.finished[&bench.reads[last]] - start;
    };
    time_of(2000); // fills the cache
    constexpr unsigned count = 8000;
    const double gbits = count * 64 * 8 * 1000.0 / static_cast<double>(time_of(count));
    EXPECT_NEAR(gbits, GetParam().gbits, 0.1 * GetParam().gbits);
}

INSTANTIATE_TEST_SUITE_P(PcieBench, IotlbBandwidth,
                         testing::Values(Rate{512, 22.3}, Rate{1024, 15.2}, Rate{2048, 12.1}, Rate{4096, 10.9},
                                         Rate{65536, 9.8}));

} // namespace
} // namespace tcesim::phb_iotlb_test
