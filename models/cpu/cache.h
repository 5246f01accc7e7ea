// SPDX-License-Identifier: Apache-2.0
/// \file
/// Three levels of data cache in front of memory: set associative, true LRU, all of one line size.
///
/// Only addresses of the host memory are modelled; stacks and globals of the handlers count as
/// hits. Coherence between cores is not modelled.
#ifndef TCESIM_MODELS_CPU_CACHE_H
#define TCESIM_MODELS_CPU_CACHE_H

#include <cstdint>
#include <vector>

namespace tcesim {

struct CacheParameters {
    std::uint64_t line;                    ///< bytes, a power of two
    std::uint64_t l1_size, l2_size, l3_size; ///< bytes
    std::uint32_t ways;
};

/// Where an access was served.
enum class CacheLevel { l1, l2, l3, memory };

class CacheHierarchy {
public:
    explicit CacheHierarchy(const CacheParameters &parameters);

    /// One access to \p address; it is in L1 afterwards.
    CacheLevel access(std::uint64_t address) {
        const std::uint64_t line = address >> line_shift_;
        return l1_.access(line) ? CacheLevel::l1 : access_below(line);
    }
    /// Whether an access to \p address is served by L1 without changing anything; where not, access() tells.
    bool hits_l1(std::uint64_t address) const { return l1_.is_latest(address >> line_shift_); }
    std::uint64_t line_bytes() const { return std::uint64_t{1} << line_shift_; }

private:
    class Level {
    public:
        Level(std::uint64_t lines, std::uint32_t ways);
        /// Whether \p line is the most recent of its set.
        bool is_latest(std::uint64_t line) const { return tags_[(line & (sets_ - 1)) * ways_] == line; }
        /// Makes \p line the most recent of its set; whether it was there.
        bool access(std::uint64_t line) {
            std::uint64_t *set = &tags_[(line & (sets_ - 1)) * ways_];
            return set[0] == line || reorder(set, line);
        }

    private:
        bool reorder(std::uint64_t *set, std::uint64_t line) const;

        std::uint64_t sets_;
        std::uint32_t ways_;
        std::vector<std::uint64_t> tags_; // most recent first in each set
    };

    CacheLevel access_below(std::uint64_t line);

    unsigned line_shift_;
    Level l1_, l2_, l3_;
};

} // namespace tcesim

#endif
