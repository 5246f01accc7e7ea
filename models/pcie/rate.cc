// SPDX-License-Identifier: Apache-2.0
#include "models/pcie/rate.h"

#include <array>

#include "models/kernel/check.h"

namespace tcesim {
namespace {

constexpr std::array<unsigned, 7> lane_counts = {1, 2, 4, 8, 12, 16, 32};
constexpr unsigned payload_sizes = 6; // 128 << 0 .. 128 << 5

// ACK transmission latency limit at 2.5 GT/s in symbol times, by payload size and lanes (PCI Express
// base specification, data link layer; public as tables in pcie-bench/pcie-model, model/pcie.py); the
// UpdateFC guideline has the same values.
constexpr std::array<std::array<unsigned, 7>, payload_sizes> ack_limit = {{
    {237, 128, 73, 67, 58, 48, 33},
    {416, 217, 118, 107, 90, 72, 45},
    {559, 289, 154, 86, 109, 86, 52},
    {1071, 545, 282, 150, 194, 150, 84},
    {2095, 1057, 538, 278, 365, 278, 148},
    {4143, 2081, 1050, 534, 706, 534, 276},
}};
// Faster generations count the internal delay that is part of the limit in shorter symbols: 19, 70, 115
// and, at 16 GT/s, 115 again. So the limits of generation 4 are those of generation 3, as they are in the
// public tables named above.
constexpr std::array<unsigned, 4> ack_limit_addition = {0, 51, 96, 96};

struct Ratio {
    std::uint64_t numerator, denominator;
};
// ps per byte and lane after encoding: 2.5 and 5 GT/s with 8b/10b, 8 and 16 GT/s with 128b/130b.
constexpr std::array<Ratio, 4> lane_ps_per_byte = {{{4000, 1}, {2000, 1}, {8125, 8}, {8125, 16}}};

int lane_column(unsigned lanes) {
    for (unsigned i = 0; i < lane_counts.size(); ++i)
        if (lane_counts[i] == lanes)
            return static_cast<int>(i);
    return -1;
}

int payload_row(std::uint32_t bytes) {
    for (unsigned i = 0; i < payload_sizes; ++i)
        if (bytes == 128u << i)
            return static_cast<int>(i);
    return -1;
}

} // namespace

const char *LinkParameters::problem() const {
    if (generation < 1 || generation > lane_ps_per_byte.size())
        return "the generation must be 1, 2, 3 or 4";
    if (lane_column(lanes) < 0)
        return "the number of lanes must be 1, 2, 4, 8, 12, 16 or 32";
    if (payload_row(max_payload) < 0)
        return "the maximum payload size must be a power of two from 128 to 4096 bytes";
    if (payload_row(max_read) < 0)
        return "the maximum read request size must be a power of two from 128 to 4096 bytes";
    if (read_credits == 0 || posted_credits == 0)
        return "at least one credit is needed, of reads and of posted writes";
    if (read_completion_boundary != 0 && read_completion_boundary != 64 && read_completion_boundary != 128)
        return "the read completion boundary must be 64 or 128 bytes";
    return nullptr;
}

LinkRate::LinkRate(const LinkParameters &parameters) {
    TCESIM_CHECK(!parameters.problem(), "the link's parameters are valid");
    const auto row = static_cast<unsigned>(payload_row(parameters.max_payload));
    const auto column = static_cast<unsigned>(lane_column(parameters.lanes));
    const Ratio lane = lane_ps_per_byte[parameters.generation - 1];
    const std::uint64_t limit = ack_limit[row][column] + ack_limit_addition[parameters.generation - 1];
    // 1 - 8/limit - 8/limit - 4/1538 = (1534 limit - 16 x 1538) / (1538 limit)
    const std::uint64_t numerator = lane.numerator * 1538 * limit << 24;
    const std::uint64_t denominator = lane.denominator * parameters.lanes * (1534 * limit - 16 * 1538);
    ps_per_byte_q24_ = (numerator + denominator / 2) / denominator;
}

std::uint64_t LinkRate::bits_per_second() const {
    // 8 x 10^12 x 2^24 / q24 with the powers of two shortened so that it fits 64 bits.
    return (8'000'000'000'000ULL << 20) / (ps_per_byte_q24_ >> 4);
}

} // namespace tcesim
