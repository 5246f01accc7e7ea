// SPDX-License-Identifier: Apache-2.0
/// \file
/// Time of port functions by the line that called them, and by leaf of the ledger.
#ifndef TCESIM_MODELS_CPU_PORT_TIME_H
#define TCESIM_MODELS_CPU_PORT_TIME_H

#include <array>
#include <vector>

#include "models/cpu/ledger.h"
#include "models/cpu/origin.h"

namespace tcesim {

class PortTime {
public:
    /// \p accesses: of the handler object.
    explicit PortTime(std::uint32_t accesses) : accesses_(accesses) {}

    void charge(Origin origin, Leaf leaf, std::uint32_t access, ps_t ps) {
        Rows &rows = rows_[origin.number()];
        if (rows.size() <= leaf)
            rows.resize(leaf + 1);
        if (rows[leaf].empty())
            rows[leaf].resize(accesses_);
        rows[leaf][access] += ps;
    }

    void charge_more(Origin origin, Leaf leaf, std::size_t access, ps_t ps) {
        rows_[origin.number()][leaf][access] += ps;
    }

    /// By leaf, then by access; what is missing at the end, or empty, is zero.
    using Rows = std::vector<std::vector<ps_t>>;
    const Rows &of(unsigned origin) const { return rows_[origin]; }

private:
    const std::uint32_t accesses_;
    std::array<Rows, origin_count> rows_;
};

} // namespace tcesim

#endif
