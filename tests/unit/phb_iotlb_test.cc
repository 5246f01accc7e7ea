// SPDX-License-Identifier: Apache-2.0
// Random 64-byte reads over windows of growing size, as the published pcie-bench data of a Broadwell
// host with and without IOMMU (4 KiB pages) show them. Its IOMMU is modelled as a cache of single
// entries and one-level tables; entries and miss cost are fitted on two windows, the others follow.
#include <gtest/gtest.h>

#include "tests/unit/phb_bench.h"

namespace tcesim::phb_iotlb_test {
namespace {

constexpr std::uint32_t fitted_entries = 118;
constexpr ps_t fitted_miss = 290'000;

struct Window {
    std::uint32_t kib;
    double off_ns, on_ns; // mean latency without and with IOMMU
};

class IotlbLatency : public testing::TestWithParam<Window> {};

TEST_P(IotlbLatency, GrowsWithTheWindow) {
    PhbParameters parameters = bench_phb();
    parameters.tce_cache_lines = parameters.tce_cache_ways = fitted_entries;
    parameters.tce_line_bytes = 8;
    parameters.memory_read = fitted_miss;
    PhbBench bench(parameters, {3, 8, 256, 512, 28, 50'000});
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

} // namespace
} // namespace tcesim::phb_iotlb_test
