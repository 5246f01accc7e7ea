// SPDX-License-Identifier: Apache-2.0
/// \file
/// port_loop(): long loops of handlers, most of whose steps are alike.
///
/// A stretch of steps that are alike runs as three pieces: a short one that brings what it touches into L1, the bulk, and
/// a short one. The bulk need not run once it is known what a step executes, which two more pieces tell, one twice as long
/// as the other: it is charged as so many steps, provided that every access was served by L1, nobody else has anything
/// to do, and the bridge has received all stores in the same way. The ledger is that of running it, to the picosecond;
/// with --exact-loops it runs.
///
/// Each piece enters the loop anew, some ten instructions in a stretch of at least 1024 steps that a kernel's loop does
/// not have; so it does either way.
#ifndef TCESIM_MODELS_CPU_LOOP_PIECES_H
#define TCESIM_MODELS_CPU_LOOP_PIECES_H

#include <optional>

#include "models/cpu/vcpu.h"
#include "models/pcie/mmio.h"

namespace tcesim {

/// One call of port_loop() on \p vcpu.
class LoopPieces {
public:
    struct Loop {
        port_loop_body *body;
        port_loop_steps *steps;
        void *context;
    };

    static constexpr std::uint64_t short_piece = 32;    ///< steps
    static constexpr std::uint64_t long_stretch = PORT_LOOP_LONG; ///< steps; shorter ones run as a whole

    /// \p stores: what has been stored since it was cleared last; the port adds to it.
    LoopPieces(Vcpu &vcpu, Timeline &timeline, MmioTarget &phb, StoreSeries &stores, const Loop &loop, bool exact)
        : vcpu_(vcpu), timeline_(timeline), phb_(phb), stores_(stores), loop_(loop), exact_(exact) {}

    void run(std::uint64_t first, std::uint64_t count);

private:
    /// What steps have turned out to do.
    struct Pattern {
        std::uint64_t step; ///< numbers that a step passes
        std::optional<Vcpu::Steps> steps;
        StoreSeries stores; ///< of a piece
        Growth store_count;
        StorePace pace; ///< of a piece
        ps_t held_step; ///< where each store holds the CPU up: from one to the next
    };

    std::uint64_t run_different(std::uint64_t at, std::uint64_t end);
    std::uint64_t run_alike(std::uint64_t at, std::uint64_t steps, std::uint64_t step);
    std::uint64_t run_piece(std::uint64_t at, std::uint64_t numbers);
    std::uint64_t learn(std::uint64_t at, std::uint64_t step);
    void learn_pace(const Vcpu::Progress &a, const Vcpu::Progress &b, const Vcpu::Progress &c);
    bool leap(std::uint64_t steps);
    port_steps steps_at(std::uint64_t at, std::uint64_t count);

    Vcpu &vcpu_;
    Timeline &timeline_;
    MmioTarget &phb_;
    StoreSeries &stores_;
    const Loop loop_;
    const bool exact_;
    std::optional<Pattern> pattern_;
};

} // namespace tcesim

#endif
