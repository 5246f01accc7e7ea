// SPDX-License-Identifier: Apache-2.0
/// \file
/// From a machine that has run to the figures of its measured phase.
#ifndef TCESIM_SIM_MEASUREMENT_H
#define TCESIM_SIM_MEASUREMENT_H

#include "sim/machine.h"
#include "sim/results.h"

namespace tcesim {

/// Everything that the machine counts from the start, at one instant; the workload counts its own.
struct Counters {
    PhbCounters phb;
    LinkCounters link;
    VcpuCounters vcpu;
    std::uint64_t reads = 0, writes = 0; ///< request TLPs at the PHB
    std::uint64_t stale = 0, faults = 0; ///< accesses that the checker found stale, or the PHB refused
    KillFaultCounters kills;
};

Counters count(Machine &machine);

/// Metrics, histograms, ledger and invariants of the phase between \p before and \p after.
void fill_result(Machine &machine, const Counters &before, const Counters &after, const scenario::Config &config,
                 VariantResult &result);

} // namespace tcesim

#endif
