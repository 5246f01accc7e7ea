// SPDX-License-Identifier: Apache-2.0
/// \file
/// The PHB's cache of TCEs: set associative, least recently used line replaced.
///
/// A line holds neighbouring TCEs of the last table level as they were when memory was read.
#ifndef TCESIM_MODELS_PHB_TCE_CACHE_H
#define TCESIM_MODELS_PHB_TCE_CACHE_H

#include <cstdint>
#include <vector>

#include "models/kernel/timeline.h"

namespace tcesim {

class TceCache {
public:
    struct Line {
        std::uint64_t used;      // larger: more recently
        std::uint64_t table_hpa; // host real address of its first TCE
        ps_t sampled_at;
        std::uint32_t tve;
    };

    /// \p ways divides \p lines; \p tces per line.
    TceCache(std::uint32_t lines, std::uint32_t ways, std::uint32_t tces);

    /// Line number \p line of the table of TVE \p tve, and makes it the most recently used;
    /// nullptr when it is not cached. Valid until the next fill() or drop().
    const Line *find(std::uint32_t tve, std::uint64_t line);
    /// TCE number \p index of \p line, in CPU order.
    std::uint64_t tce(const Line &line, std::uint32_t index) const {
        return values_[static_cast<std::size_t>(&line - lines_.data()) * tces_ + index];
    }

    /// Puts a line in, in place of the least recently used one of its set.
    void fill(std::uint32_t tve, std::uint64_t line, std::uint64_t table_hpa, ps_t sampled_at,
              const std::uint64_t *values);

    /// Drops lines \p first to \p last of the table of \p tve.
    void drop(std::uint32_t tve, std::uint64_t first, std::uint64_t last);
    void drop_tve(std::uint32_t tve);
    /// Drops the lines that hold the TCE at host real address \p hpa.
    void drop_table_address(std::uint64_t hpa);
    void drop_all();

private:
    static constexpr std::uint64_t empty = ~std::uint64_t{0};

    static std::uint64_t key(std::uint32_t tve, std::uint64_t line) {
        return static_cast<std::uint64_t>(tve) << 48 ^ line;
    }
    std::size_t first_of_set(std::uint64_t key) const {
        return static_cast<std::size_t>(static_cast<std::uint32_t>(key ^ key >> 48) % sets_) * ways_;
    }

    const std::uint32_t sets_, ways_, tces_;
    std::uint64_t clock_ = 0;
    std::vector<std::uint64_t> keys_; // per line, `empty` or key()
    std::vector<Line> lines_;
    std::vector<std::uint64_t> values_;
};

} // namespace tcesim

#endif
