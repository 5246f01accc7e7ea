// SPDX-License-Identifier: Apache-2.0
/// \file
/// Figures that grow by the same amount in each step of a loop, and by some at its beginning and end.
#ifndef TCESIM_MODELS_CPU_GROWTH_H
#define TCESIM_MODELS_CPU_GROWTH_H

#include <cstdint>
#include <optional>

namespace tcesim {

/// How a figure grows when a loop is run.
struct Growth {
    std::uint64_t first; ///< by the first `steps` steps, entering and leaving the loop included
    std::uint64_t steps;
    std::uint64_t more; ///< by each step beyond them

    /// What \p count steps in one go add.
    std::uint64_t of(std::uint64_t count) const { return first + (count - steps) * more; }
};

/// Of a figure that stood at \p a, at \p b after \p steps in one go, and at \p c after twice as many more; nothing if
/// the second go does not fit the first.
inline std::optional<Growth> growth(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t steps) {
    const std::uint64_t first = b - a, second = c - b;
    if (second < first || (second - first) % steps)
        return std::nullopt;
    return Growth{first, steps, (second - first) / steps};
}

} // namespace tcesim

#endif
