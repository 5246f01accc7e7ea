// SPDX-License-Identifier: Apache-2.0
/// \file
/// Time of handler code from its own execution.
///
/// The handler object counts how often each of its blocks runs (tools/meter). A fold turns the
/// counts since the last one into POWER cycles: instructions x cpi + atomics + fences + cache
/// misses, all in one integer unit, and from there into picoseconds with the remainder carried.
/// Block weights are right for whole paths only, so in mid-path a fold may owe a negative amount;
/// it is carried too.
#ifndef TCESIM_MODELS_CPU_METER_H
#define TCESIM_MODELS_CPU_METER_H

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/cpu/cache.h"
#include "models/cpu/ledger.h"
#include "tools/meter/meter_abi.h"

namespace tcesim {

/// Costs in 1/1000 cycle.
struct CodeCosts {
    std::uint64_t clock_hz;
    std::uint64_t cycles_per_instruction;
    std::uint64_t atomic, fence;
    std::uint64_t l2, l3, memory;
};

/// What a share of handler time was spent on.
enum class CodeKind : unsigned { code, atomic, fence, l2, l3, memory };
constexpr unsigned code_kind_count = 6;
const char *to_string(CodeKind kind);

class Meter {
public:
    /// \p cpu: index into table.weight. \p model_memory: false makes every access an L1 hit.
    Meter(const struct meter_table &table, unsigned cpu, const CodeCosts &costs, const CacheParameters &cache,
          bool model_memory);

    /// Takes the counts since the last fold. \returns the time they stand for.
    ps_t fold(Phase phase);
    /// Forgets what ran before the vCPU started.
    void discard();
    /// Whether no block has run since the last fold.
    bool folded() const;

    void on_access(std::uint64_t address, const std::uint32_t *site) {
        if (!model_memory_)
            return;
        const CacheLevel served_by = cache_.access(address);
        if (served_by != CacheLevel::l1)
            on_miss(served_by, site);
    }
    void on_atomic(const std::uint32_t *site) { add(CodeKind::atomic, costs_.atomic, site); }
    void on_fence(const std::uint32_t *site) { add(CodeKind::fence, costs_.fence, site); }

    /// Cost of work that port functions do in the handlers' place, in 1/1000 cycle.
    ps_t cycles_to_ps(std::uint64_t millicycles);
    /// Time of touching [address, address + bytes) line by line through the caches.
    ps_t touch(std::uint64_t address, std::uint64_t bytes);

    /// Instructions of a phase, rounded down.
    std::uint64_t instructions(Phase phase) const;
    /// Accesses that \p served_by, a level behind L1, has served.
    std::uint64_t misses(CacheLevel served_by, Phase phase) const;

    bool models_memory() const { return model_memory_; }

    /// Leaf of time that a phase got from a fold whose blocks count for the phase before.
    static constexpr const char *unsplit_leaf = "handlers/folded before the phase/code";

    struct Share {
        std::string leaf; ///< "layer/function/kind"
        ps_t ps;
    };
    struct Split {
        std::vector<Share> shares;
        ps_t unnamed = 0; ///< of it, what no function can rightly be named for
    };
    /// Splits \p total, the folded time of \p phase, among functions and kinds by what they
    /// executed; the shares sum to \p total exactly.
    Split split(ps_t total, Phase phase) const;

    /// Whether everything that blocks and accesses stand for has become time exactly once: their sums by site,
    /// kept apart from the folds, against the \p code_time that the folds charged and what they carry.
    bool balanced(ps_t code_time) const;

private:
    // 1/1024 of 1/1000 cycle: an instruction weight times cpi is a whole number of these.
    using Units = std::int64_t;
    using UnitsBySite = std::vector<Units>;

    void add(CodeKind kind, std::uint64_t millicycles, const std::uint32_t *site) {
        const Units units = static_cast<Units>(millicycles) * METER_WEIGHT_ONE;
        pending_ += units;
        extra_[static_cast<unsigned>(phase_)][static_cast<unsigned>(kind)][site - table_.count] += units;
    }
    void on_miss(CacheLevel served_by, const std::uint32_t *site);
    std::int64_t collect_function(const meter_function &function);
    ps_t to_ps(Units units);
    Units executed_units(unsigned phase, std::uint32_t site) const;
    std::uint64_t latency(CacheLevel served_by) const;

    const struct meter_table &table_;
    const std::int32_t *weight_;
    const CodeCosts costs_;
    CacheHierarchy cache_;
    const bool model_memory_;

    Units pending_ = 0; // atomics, fences and misses since the last fold
    Units owed_ = 0;    // negative: charged too much in mid-path
    std::uint64_t ps_numerator_, ps_denominator_;
    std::uint64_t ps_remainder_ = 0;
    Units port_units_ = 0; // of cycles_to_ps()
    ps_t port_ps_ = 0;
    Phase phase_ = Phase::warmup;

    std::array<std::vector<std::uint64_t>, phase_count> executed_;                    // by site
    std::array<std::array<UnitsBySite, code_kind_count>, phase_count> extra_;         // by kind and site
    std::array<std::array<std::uint64_t, 4>, phase_count> served_{};                  // by CacheLevel
};

/// Account of the vCPU that executes; the hooks of the handler object charge it. nullptr: nobody
/// does, as while the machine is being set up, and nothing is charged.
extern Meter *current_meter;

} // namespace tcesim

#endif
