// SPDX-License-Identifier: Apache-2.0
/// \file
/// Time of handler code by line of source and by origin.
///
/// Block weights are right for whole paths only and single ones may be negative, so time is divided
/// in two steps, exactly each: the folded time among functions and kinds, by what they executed; and
/// each function's share among its lines and origins.
#ifndef TCESIM_MODELS_CPU_PROFILE_H
#define TCESIM_MODELS_CPU_PROFILE_H

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "models/cpu/meter.h"
#include "models/cpu/port_time.h"

namespace tcesim {

/// A line of source, within the functions it was inlined into, as a machine function executed it for one
/// origin.
struct ProfileKey {
    unsigned origin; ///< its number
    std::uint32_t function, place;

    bool operator<(const ProfileKey &other) const {
        return std::tie(origin, function, place) < std::tie(other.origin, other.function, other.place);
    }
};

struct ProfileRow {
    std::uint64_t executions = 0;          ///< how often control came to the line
    std::uint64_t instructions = 0;        ///< whole ones; their sum is the phase's
    std::array<std::uint64_t, 3> misses{}; ///< accesses served by L2, L3, memory, those of its port functions too
    /// By "code", "atomic", ..., and by leaf of the ledger for port functions that the line called.
    std::map<std::string, ps_t> time;

    ps_t sum() const;
};

class Profile {
public:
    /// \p total: the folded time of \p phase.
    Profile(const Meter &meter, Phase phase, ps_t total);

    /// Adds what port functions took, which is time beside the folded one.
    void add(const PortTime &port, const Ledger &ledger);

    const std::map<ProfileKey, ProfileRow> &rows() const { return rows_; }

    struct Share {
        std::string leaf; ///< "layer/function/kind"
        ps_t ps;
    };
    /// The folded time by function and kind; sums to it exactly.
    const std::vector<Share> &shares() const { return shares_; }
    /// Of the folded time, what no function can rightly be named for.
    ps_t unnamed() const { return unnamed_; }
    /// Of the folded time, what no line has: all of it in a phase without a fold of its own, else nothing.
    ps_t unsplit() const { return unsplit_; }

    /// Leaf of time that a phase got from a fold whose blocks count for the phase before.
    static constexpr const char *unsplit_leaf = "handlers/folded before the phase/code";

private:
    /// What a share is in proportion to. Threads of a core slow some origins down: then time and instructions differ.
    struct Amount {
        __int128 units = 0;        ///< of the meter
        __int128 instructions = 0; ///< what `units` would be if all origins were equally fast; of code only

        void operator+=(const Amount &other) {
            units += other.units;
            instructions += other.instructions;
        }
    };
    /// A function's share of one kind, and who within it has how much of it.
    struct Owner {
        Amount all;
        std::map<ProfileKey, Amount> of;
    };
    using Owners = std::map<std::string, Owner>; // by leaf

    void collect(unsigned origin, const CodeAccount &account, Owners &owners);
    void collect_blocks(unsigned origin, const CodeAccount &account, Owners &owners);
    void collect_events(unsigned origin, const CodeAccount &account, Owners &owners);
    void collect_port_misses(unsigned origin, const CodeAccount &account);
    void own(Owners &owners, const ProfileKey &key, CodeKind kind, const Amount &amount) const;
    void divide(ps_t total, std::uint64_t instructions, const Owners &owners);

    const Meter &meter_;
    std::map<ProfileKey, ProfileRow> rows_;
    std::vector<Share> shares_;
    ps_t unnamed_ = 0, unsplit_ = 0;
};

} // namespace tcesim

#endif
