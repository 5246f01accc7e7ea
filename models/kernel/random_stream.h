// SPDX-License-Identifier: Apache-2.0
/// \file
/// Random numbers of a model: a stream of its own for each name, the same on every host.
///
/// A number depends on the stream's name, the seed and how many were drawn before, on nothing else:
/// what one model draws never changes what another one gets.
#ifndef TCESIM_MODELS_KERNEL_RANDOM_STREAM_H
#define TCESIM_MODELS_KERNEL_RANDOM_STREAM_H

#include <cstdint>

namespace tcesim {

class RandomStream {
public:
    /// \p name of the stream, unique in a machine, such as "phb/tce_cache".
    explicit constexpr RandomStream(const char *name, std::uint64_t seed = 0) : key_(mixed(seed)) {
        for (; *name; ++name)
            key_ = mixed(key_ ^ static_cast<unsigned char>(*name));
    }

    /// Any 64-bit number.
    constexpr std::uint64_t next() { return mixed(key_ + ++drawn_ * step); }
    /// A number below \p limit, which is at least 1; each as likely as the others to within limit / 2^32.
    constexpr std::uint32_t below(std::uint32_t limit) {
        return static_cast<std::uint32_t>((next() >> 32) * limit >> 32);
    }

private:
    static constexpr std::uint64_t step = 0x9e3779b97f4a7c15; // 2^64 / golden ratio, as in SplitMix64

    /// The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
    static constexpr std::uint64_t mixed(std::uint64_t value) {
        value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
        value = (value ^ value >> 27) * 0x94d049bb133111eb;
        return value ^ value >> 31;
    }

    std::uint64_t key_;
    std::uint64_t drawn_ = 0;
};

} // namespace tcesim

#endif
