// SPDX-License-Identifier: Apache-2.0
/// \file
/// Where a vCPU's time went: every picosecond has one owner, a leaf.
///
/// The run has three phases: warm-up, measured, and what a vCPU still does past the end. A charge
/// that crosses a border is split there, so the leaves of the measured phase sum to its length
/// exactly.
#ifndef TCESIM_MODELS_CPU_LEDGER_H
#define TCESIM_MODELS_CPU_LEDGER_H

#include <array>
#include <string>
#include <vector>

#include "models/kernel/timeline.h"

namespace tcesim {

enum class Phase : unsigned { warmup, measured, after };
constexpr unsigned phase_count = 3;

using Leaf = unsigned;

class Ledger {
public:
    /// The measured phase is [\p measured_from, \p measured_to).
    Ledger(ps_t measured_from, ps_t measured_to);

    /// Adds a leaf "layer/name/kind".
    Leaf add_leaf(const std::string &name);

    /// The next \p ps belong to \p leaf.
    void charge(Leaf leaf, ps_t ps) {
        while (ps > border_ - clock_) {
            const ps_t before_border = border_ - clock_;
            leaves_[leaf].ps[phase_] += before_border;
            ps -= before_border;
            enter_next_phase();
        }
        leaves_[leaf].ps[phase_] += ps;
        clock_ += ps;
    }

    /// Sum of all charges: the instant up to which every picosecond has an owner.
    ps_t clock() const { return clock_; }
    /// Time that is left of that phase.
    ps_t left_of_phase() const { return border_ - clock_; }
    /// Phase that the next charge starts in.
    Phase phase() const { return static_cast<Phase>(phase_); }

    std::size_t leaves() const { return leaves_.size(); }
    const std::string &name(Leaf leaf) const { return leaves_[leaf].name; }
    ps_t time(Leaf leaf, Phase phase) const { return leaves_[leaf].ps[static_cast<unsigned>(phase)]; }
    ps_t sum(Phase phase) const;

private:
    struct Row {
        std::string name;
        std::array<ps_t, phase_count> ps{};
    };

    void enter_next_phase();

    std::vector<Row> leaves_;
    ps_t clock_ = 0;
    ps_t border_;
    ps_t measured_to_;
    unsigned phase_ = 0;
};

} // namespace tcesim

#endif
