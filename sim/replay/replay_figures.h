// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a replay of one variant found: carried from the child to the parent inside its result.
#ifndef TCESIM_SIM_REPLAY_REPLAY_FIGURES_H
#define TCESIM_SIM_REPLAY_REPLAY_FIGURES_H

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tcesim::replay {

/// Where in the life of the drivers a call stands: by the first and the last call of the log that let a device in.
enum class Part : unsigned { before, between, after };
constexpr std::size_t part_count = 3;

struct CallFigures {
    std::uint64_t calls = 0;
    std::uint64_t set = 0, cleared = 0; ///< TCEs
    std::uint64_t ps = 0;               ///< from the guest's hypercall to its return
    std::uint64_t exits_to_host = 0, exits_to_user = 0;

    void add(const CallFigures &other);
};

struct ReplayFigures {
    static constexpr std::size_t shown_max = 10;
    static constexpr std::uint64_t no_window = ~std::uint64_t{0}; ///< for the LIOBN of a call that finds none

    /// By LIOBN as recorded, and part.
    std::map<std::uint64_t, std::array<CallFigures, part_count>> devices;
    std::uint64_t windows_made = 0, windows_removed = 0, resets = 0;
    std::uint64_t window_ps = 0;  ///< of making and removing windows, and of resets
    std::uint64_t between_ps = 0; ///< from one call to the next, as recorded

    // Checks; all are 0 for a clean replay.
    std::uint64_t wrong_codes = 0;        ///< calls that answered otherwise than recorded
    std::uint64_t wrong_translations = 0; ///< of a device, otherwise than recorded
    std::uint64_t wrong_windows = 0;      ///< not made, not removed, or elsewhere
    std::vector<std::string> differences; ///< the first, "line 12: ..."
    // Of the log itself.
    std::uint64_t translations = 0;              ///< compared
    std::uint64_t mapped_over = 0;               ///< TCEs set where a device was let in already
    std::uint64_t unmapped_empty = 0;            ///< TCEs cleared between the first map and the last that let nobody in
    std::map<std::uint64_t, std::uint64_t> live; ///< by LIOBN: TCEs that let a device in at the end
    std::uint64_t unanswered = 0;                ///< calls whose code is not in the log
    std::uint64_t guessed_lists = 0;             ///< whose contents are not in the log
    std::uint64_t unknown_starts = 0;            ///< refused ranges that may have begun earlier
    std::uint64_t left_out = 0;                  ///< calls for windows that the log does not tell of

    CallFigures sum() const;
    CallFigures sum(Part part) const;
    CallFigures sum(std::uint64_t liobn) const;
    std::uint64_t live_at_end() const;
    bool clean() const { return wrong_codes + wrong_translations + wrong_windows == 0; }

    nlohmann::ordered_json to_json() const;
    static ReplayFigures from_json(const nlohmann::ordered_json &json);
};

} // namespace tcesim::replay

#endif
