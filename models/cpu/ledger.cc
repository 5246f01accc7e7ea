// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/ledger.h"

namespace tcesim {

Ledger::Ledger(ps_t measured_from, ps_t measured_to) : border_(measured_from), measured_to_(measured_to) {
    if (!measured_from)
        enter_next_phase();
}

Leaf Ledger::add_leaf(const std::string &name) {
    leaves_.push_back({name, {}});
    return static_cast<Leaf>(leaves_.size() - 1);
}

void Ledger::enter_next_phase() {
    clock_ = border_;
    ++phase_;
    border_ = phase() == Phase::measured ? measured_to_ : ps_never;
}

ps_t Ledger::sum(Phase phase) const {
    ps_t total = 0;
    for (const Row &row : leaves_)
        total += row.ps[static_cast<unsigned>(phase)];
    return total;
}

} // namespace tcesim
