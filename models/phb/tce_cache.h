// SPDX-License-Identifier: Apache-2.0
/// \file
/// The PHB's cache of TCEs: set associative, from direct mapped to fully associative.
///
/// A line holds neighbouring TCEs of the last table level as they were when memory was read. Every
/// operation on one line takes the same time however many ways there are: lines are found by a hash
/// table, and the lines of a set are linked in the order of their use.
#ifndef TCESIM_MODELS_PHB_TCE_CACHE_H
#define TCESIM_MODELS_PHB_TCE_CACHE_H

#include <cstdint>
#include <vector>

#include "models/kernel/random_stream.h"
#include "models/kernel/timeline.h"

namespace tcesim {

/// Which line makes room for a new one when its set has no empty line.
enum class TceReplacement : std::uint8_t {
    lru,   ///< the least recently used one of the set
    random ///< any one of the set, from a random stream of the cache's own
};

class TceCache {
public:
    struct Line {
        std::uint64_t table_hpa; // host real address of its first TCE
        ps_t sampled_at;
        std::uint32_t tve;
    };

    /// \p ways divides \p lines; \p tces per line.
    TceCache(std::uint32_t lines, std::uint32_t ways, std::uint32_t tces, TceReplacement replacement);

    /// Line number \p line of the table of TVE \p tve, and makes it the most recently used;
    /// nullptr when it is not cached. Valid until the next fill() or drop().
    const Line *find(std::uint32_t tve, std::uint64_t line);
    /// TCE number \p index of \p line, in CPU order.
    std::uint64_t tce(const Line &line, std::uint32_t index) const {
        return values_[static_cast<std::size_t>(&line - lines_.data()) * tces_ + index];
    }

    /// Puts a line in, in place of an empty one of its set or of the one that is to be replaced.
    void fill(std::uint32_t tve, std::uint64_t line, std::uint64_t table_hpa, ps_t sampled_at,
              const std::uint64_t *values);

    /// Drops lines \p first to \p last of the table of \p tve.
    void drop(std::uint32_t tve, std::uint64_t first, std::uint64_t last);
    void drop_tve(std::uint32_t tve);
    /// Drops the lines that hold the TCE at host real address \p hpa.
    void drop_table_address(std::uint64_t hpa);
    void drop_all();

private:
    using Place = std::uint32_t; // of a line
    static constexpr Place nowhere = ~Place{0};
    static constexpr std::uint64_t empty = ~std::uint64_t{0};

    /// A line's place in the order of use of its set (a ring) and in its chain of the hash table.
    struct Links {
        Place newer, older;
        Place next_of_chain;
    };

    static std::uint64_t key(std::uint32_t tve, std::uint64_t line) {
        return static_cast<std::uint64_t>(tve) << 48 ^ line;
    }
    std::uint32_t set_of(std::uint64_t key) const { return static_cast<std::uint32_t>(key ^ key >> 48) % sets_; }
    Place &chain_of(std::uint64_t key) { return chains_[key * 0x9e3779b97f4a7c15 >> chain_shift_]; }

    Place place_of(std::uint64_t key);
    Place victim(std::uint32_t set);
    void make_newest(std::uint32_t set, Place place);
    void drop_at(Place place);

    const std::uint32_t sets_, ways_, tces_;
    const TceReplacement replacement_;
    RandomStream random_{"phb/tce_cache"};
    std::vector<std::uint64_t> keys_; // per line, `empty` or key()
    std::vector<Links> links_;        // per line
    std::vector<Place> newest_;       // per set: the line used last; the one before it in the ring is the oldest
    unsigned chain_shift_ = 63;
    std::vector<Place> chains_; // hash table: first line of each chain
    std::vector<Line> lines_;
    std::vector<std::uint64_t> values_;
};

} // namespace tcesim

#endif
