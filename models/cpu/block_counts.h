// SPDX-License-Identifier: Apache-2.0
/// \file
/// The counters of a handler object. Few functions run between two folds, and the object has marked
/// them: only these are visited.
#ifndef TCESIM_MODELS_CPU_BLOCK_COUNTS_H
#define TCESIM_MODELS_CPU_BLOCK_COUNTS_H

#include <cstdint>
#include <vector>

#include "tools/meter/meter_abi.h"

namespace tcesim {

class BlockCounts {
public:
    /// \p cpu: index into table.weight.
    BlockCounts(const struct meter_table &table, unsigned cpu);

    /// Takes what has been counted since the last time: adds it to \p executed, by site, and resets it.
    /// \returns the instructions it stands for, in 1/METER_WEIGHT_ONE.
    std::int64_t take(std::uint64_t *executed);

    /// Forgets what has been counted.
    void clear();
    /// Whether no block has run since the counters were taken.
    bool empty() const;

    /// Instructions of \p site, in 1/METER_WEIGHT_ONE.
    std::int64_t weight(std::uint32_t site) const { return weight_[site]; }

private:
    struct Range {
        std::uint32_t first, groups;
    };

    std::int64_t take_marked(std::uint64_t *executed);

    std::uint32_t *const count_;
    std::uint8_t *const hit_;
    const std::int32_t *const weight_;
    const std::uint32_t sites_, functions_;
    std::vector<Range> ranges_; // by function
};

} // namespace tcesim

#endif
