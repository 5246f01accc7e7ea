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
#include <memory>
#include <optional>
#include <string_view>

#include "models/cpu/block_counts.h"
#include "models/cpu/cache.h"
#include "models/cpu/code_account.h"
#include "models/cpu/growth.h"
#include "models/cpu/ledger.h"
#include "models/cpu/origin.h"

namespace tcesim {

/// How fast code runs while other threads of the core run: as this share of its speed alone, the fraction reduced.
struct SharedSpeed {
    std::uint64_t numerator = 1, denominator = 1;
    std::array<bool, level_count> levels{}; ///< where they run, by port_level

    /// What a time alone is multiplied by. Times alone count `numerator` times too, so that both are whole numbers.
    std::uint64_t factor(port_level level) const { return levels[level] ? denominator : numerator; }
};

/// Costs in 1/1000 cycle, for a thread that has its core alone.
struct CodeCosts {
    std::uint64_t clock_hz;
    std::uint64_t cycles_per_instruction;
    std::uint64_t atomic, fence;
    std::uint64_t l2, l3, memory;
    SharedSpeed shared = {};

    /// Of one event of an access.
    std::uint64_t of(CodeKind kind) const {
        const std::uint64_t costs[code_kind_count] = {0, atomic, fence, l2, l3, memory};
        return costs[static_cast<unsigned>(kind)];
    }
};

class Meter {
public:
    /// 1/1024 of 1/1000 cycle, divided by SharedSpeed::numerator: whatever is executed, at whatever speed, is a whole
    /// number of these.
    using Units = std::int64_t;

    /// \p cpu: index into table.weight. \p model_memory: false makes every access an L1 hit.
    Meter(const struct meter_table &table, unsigned cpu, const CodeCosts &costs, const CacheParameters &cache,
          bool model_memory);

    /// Takes the counts since the last fold. \returns the time they stand for.
    ps_t fold(Phase phase);
    /// What is executed from now on is executed for \p origin. Everything before has been folded.
    void set_origin(Origin origin);
    Origin origin() const { return Origin::of(origin_); }
    /// Forgets what has run since the last fold: nobody pays for it.
    void discard() { counts_.clear(); }
    /// Whether no block has run since the last fold.
    bool folded() const { return counts_.empty(); }

    void on_access(std::uint64_t address, const std::uint8_t *access) {
        if (!cache_.hits_l1(address))
            on_l1_miss(address, access);
    }
    void on_atomic(const std::uint8_t *access) { on_event(CodeKind::atomic, access); }
    void on_fence(const std::uint8_t *access) { on_event(CodeKind::fence, access); }

    /// Cost of work that port functions do in the handlers' place, in 1/1000 cycle alone.
    ps_t cycles_to_ps(std::uint64_t millicycles);
    /// Time of touching [address, address + bytes) line by line through the caches.
    ps_t touch(std::uint64_t address, std::uint64_t bytes);

    /// How often the handlers' functions of that name have been called in a phase; nothing if they have none.
    std::optional<std::uint64_t> calls(std::string_view function, Phase phase) const;
    /// Instructions of a phase, rounded down.
    std::uint64_t instructions(Phase phase) const;
    /// Accesses that \p served_by, a level behind L1, has served.
    std::uint64_t misses(CacheLevel served_by, Phase phase) const;

    bool models_memory() const { return model_memory_; }

    const struct meter_table &table() const { return table_; }
    const CodeCosts &costs() const { return costs_; }
    /// What executing \p site once, and one event of an access, takes for the origin of that number.
    Units execution(unsigned origin, std::uint32_t site) const { return weight(site) * paces_[origin].weight; }
    Units event(unsigned origin, CodeKind kind) const { return paces_[origin].event[static_cast<unsigned>(kind)]; }
    /// What has been executed in \p phase for the origin of that number; nullptr for nothing.
    const CodeAccount *account(Phase phase, unsigned origin) const {
        return accounts_[static_cast<unsigned>(phase)][origin].get();
    }
    /// Instructions of \p site, in 1/METER_WEIGHT_ONE.
    std::int64_t weight(std::uint32_t site) const { return counts_.weight(site); }

    // ---- loops most of whose steps are alike (LoopPieces) ----
    /// What execution has added to so far, for one origin in one phase; everything has been folded.
    struct Progress {
        Phase phase;
        unsigned origin;
        CodeAccount account;
        Units owed, port_units;
        std::array<std::uint64_t, 4> served;
    };
    Progress progress() const;
    /// What steps of a loop execute.
    struct Steps {
        struct Counted {
            std::uint32_t number; ///< of a site or an access
            Growth growth;
        };
        std::vector<Counted> sites;
        std::array<std::vector<Counted>, code_kind_count> events;
        __int128 units_first, units_more;
    };
    /// From what was executed by \p n steps, from \p a to \p b, and by twice as many, from there to \p c. Nothing if
    /// the second go does not fit the first, or if an access was not served by L1, or a port function worked.
    std::optional<Steps> learn(const Progress &a, const Progress &b, const Progress &c, std::uint64_t n) const;
    /// Executions of the sites of \p steps, and of all of them.
    std::vector<std::uint64_t> executions(const Steps &steps) const;
    /// Whether what was executed since \p before is what \p steps begin with.
    bool began(const Steps &steps, const std::vector<std::uint64_t> &before) const;
    /// Adds what \p count steps in one go execute. \returns the time it stands for.
    ps_t extend(const Steps &steps, std::uint64_t count);

    /// Whether everything that blocks and accesses stand for has become time exactly once: their sums by site,
    /// kept apart from the folds, against the \p code_time that the folds charged and what they carry.
    bool balanced(ps_t code_time) const;

private:
    /// What code takes for one origin.
    struct Pace {
        Units weight; // of 1/METER_WEIGHT_ONE of an instruction
        std::array<Units, code_kind_count> event;
        Units millicycle;
    };
    Pace pace_at(port_level level) const;

    void on_event(CodeKind kind, const std::uint8_t *access) {
        pending_ += event(origin_, kind);
        ++account_->events[static_cast<unsigned>(kind)][static_cast<std::size_t>(access - table_.access)];
    }
    void on_l1_miss(std::uint64_t address, const std::uint8_t *access);
    void choose_account();
    ps_t to_ps(__int128 units);

    const struct meter_table &table_;
    BlockCounts counts_;
    const CodeCosts costs_;
    std::array<Pace, origin_count> paces_; // by origin
    CacheHierarchy cache_;
    const bool model_memory_;

    Units pending_ = 0; // atomics, fences and misses since the last fold
    Units owed_ = 0;    // negative: charged too much in mid-path
    std::uint64_t ps_numerator_, ps_denominator_;
    std::uint64_t ps_remainder_ = 0;
    Units port_units_ = 0; // of cycles_to_ps()
    ps_t port_ps_ = 0;

    Phase phase_ = Phase::warmup;
    unsigned origin_ = Origin{}.number();
    CodeAccount *account_; // of phase_ and origin_
    std::array<std::array<std::unique_ptr<CodeAccount>, origin_count>, phase_count> accounts_;
    std::array<std::array<std::uint64_t, 4>, phase_count> served_{}; // by CacheLevel, touch() included
};

/// From now on the hooks of the handler object charge \p meter. nullptr: nobody executes, as while the
/// machine is being set up, and nothing is charged. \returns whom they charged before.
Meter *use_meter(Meter *meter);

} // namespace tcesim

#endif
