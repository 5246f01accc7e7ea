// SPDX-License-Identifier: Apache-2.0
/// \file
/// The TCE kill engine of an NPU: the bridge of a GPU's links, which shares TCE tables with a PHB.
///
/// Who changes a table that both use kills in both. Firmware stores to the NPU without waiting for the
/// service: it waits for a place only. While one engine is busy the other one is slower, so a kill
/// costs more under load than alone (kvm-ppc and linuxppc-dev lists, 2018 and 2019: 5.5 us per TCE in a
/// PHB4 next to 6.1 us in two NPUs, and less than 3.8 us without them).
///
/// From a number of TCEs on firmware has the NPU drop everything instead (skiboot 2a0455ba0: more than 128).
#ifndef TCESIM_MODELS_PHB_NPU_H
#define TCESIM_MODELS_PHB_NPU_H

#include "models/phb/kill_queue.h"
#include "models/phb/observer.h"

namespace tcesim {

struct NpuParameters {
    std::uint32_t kill_queue;  ///< kills accepted and not yet serviced, at least 1
    ps_t kill_service;         ///< one TCE, or one PE
    ps_t flush_service;        ///< everything
    std::uint64_t flush_above; ///< a call for more TCEs than this drops everything
    ps_t interference;         ///< longer service of a kill that begins while the PHB kills
};

struct NpuCounters {
    std::uint64_t kills_one = 0, kills_pe = 0;
    std::uint64_t flushes = 0;
};

class Npu {
public:
    explicit Npu(const NpuParameters &parameters)
        : parameters_(parameters), queue_(parameters.kill_queue, parameters.kill_service) {}

    /// One firmware call for \p pages TCEs (TceKill::Kind::one only), from \p when on, which is not before the call
    /// before it. \returns the instant at which the last kill has been accepted and firmware returns.
    ps_t kill(TceKill::Kind kind, std::uint64_t pages, ps_t when) {
        if (kind == TceKill::Kind::all || (kind == TceKill::Kind::one && pages > parameters_.flush_above)) {
            ++counters_.flushes;
            return queue_.accept(when, parameters_.flush_service);
        }
        std::uint64_t kills = 1;
        if (kind == TceKill::Kind::one)
            counters_.kills_one += kills = pages;
        else
            ++counters_.kills_pe;
        for (std::uint64_t i = 0; i < kills; ++i)
            when = queue_.accept(when);
        return when;
    }

    KillQueue &queue() { return queue_; }
    const NpuParameters &parameters() const { return parameters_; }
    const NpuCounters &counters() const { return counters_; }

private:
    const NpuParameters parameters_;
    KillQueue queue_;
    NpuCounters counters_;
};

} // namespace tcesim

#endif
