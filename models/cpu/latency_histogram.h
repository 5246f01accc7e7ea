// SPDX-License-Identifier: Apache-2.0
/// \file
/// A log-linear histogram of integers: 64 equal steps in every power of two, so that a
/// percentile is never more than 1.6 % below the true value. The maximum is exact.
#ifndef TCESIM_MODELS_CPU_LATENCY_HISTOGRAM_H
#define TCESIM_MODELS_CPU_LATENCY_HISTOGRAM_H

#include <algorithm>
#include <array>
#include <cstdint>

namespace tcesim {

class LatencyHistogram {
public:
    void record(std::uint64_t value) {
        ++buckets_[bucket_of(value)];
        ++count_;
        max_ = std::max(max_, value);
        sum_ += value;
    }

    std::uint64_t count() const { return count_; }
    std::uint64_t max() const { return max_; }
    /// Exact, rounded down; 0 without samples.
    std::uint64_t mean() const { return count_ ? sum_ / count_ : 0; }
    /// Smallest value of the bucket that holds the sample of rank ceil(count x \p per_mille / 1000);
    /// 0 without samples.
    std::uint64_t percentile(std::uint64_t per_mille) const {
        const std::uint64_t rank = (count_ * per_mille + 999) / 1000;
        std::uint64_t seen = 0;
        for (std::size_t bucket = 0; bucket < buckets_.size() && count_; ++bucket) {
            seen += buckets_[bucket];
            if (seen >= rank)
                return lower_bound(bucket);
        }
        return 0;
    }

private:
    static constexpr unsigned step_bits = 6;
    static constexpr std::uint64_t steps = 1u << step_bits;

    static std::size_t bucket_of(std::uint64_t value) {
        if (value < steps)
            return value;
        const unsigned shift = 63 - static_cast<unsigned>(__builtin_clzll(value)) - step_bits;
        return (std::size_t{shift} + 1) * steps + ((value >> shift) - steps);
    }
    static std::uint64_t lower_bound(std::size_t bucket) {
        if (bucket < steps)
            return bucket;
        return (steps + bucket % steps) << (bucket / steps - 1);
    }

    std::array<std::uint64_t, (64 - step_bits + 1) * steps> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
    std::uint64_t sum_ = 0;
};

} // namespace tcesim

#endif
