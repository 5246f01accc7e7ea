// SPDX-License-Identifier: Apache-2.0
// What a piece of a long loop has executed, extended to more steps.
#include <numeric>

#include "models/cpu/meter.h"
#include "models/kernel/check.h"

namespace tcesim {

namespace {

using Counts = std::vector<std::uint64_t>;
using Counted = Meter::Steps::Counted;

/// Those that grow; nothing when one does not grow by the step.
std::optional<std::vector<Counted>> growing(const Counts &a, const Counts &b, const Counts &c, std::uint64_t n) {
    std::vector<Counted> all;
    for (std::uint32_t i = 0; i < a.size(); ++i) {
        const std::optional<Growth> one = growth(a[i], b[i], c[i], n);
        if (!one)
            return std::nullopt;
        if (one->first || one->more)
            all.push_back({i, *one});
    }
    return all;
}

void add_units(Meter::Steps &steps, const Counted &counted, Meter::Units each) {
    steps.units_first += static_cast<__int128>(counted.growth.first) * each;
    steps.units_more += static_cast<__int128>(counted.growth.more) * each;
}

void extend_counts(Counts &counts, const std::vector<Counted> &growing, std::uint64_t steps) {
    for (const Counted &counted : growing)
        counts[counted.number] += counted.growth.of(steps);
}

std::uint64_t sum(const Counts &counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

} // namespace

Meter::Progress Meter::progress() const {
    TCESIM_CHECK(folded(), "progress is looked at when everything has been folded");
    return {phase_, origin_, *account_, owed_, port_units_, served_[static_cast<unsigned>(phase_)]};
}

std::optional<Meter::Steps> Meter::learn(const Progress &a, const Progress &b, const Progress &c,
                                         std::uint64_t n) const {
    if (a.phase != c.phase || a.origin != c.origin || a.served != c.served)
        return std::nullopt;
    if (a.owed != b.owed || b.owed != c.owed || a.port_units != c.port_units)
        return std::nullopt;
    Steps steps{};
    auto sites = growing(a.account.executed, b.account.executed, c.account.executed, n);
    if (!sites)
        return std::nullopt;
    steps.sites = std::move(*sites);
    for (const Counted &site : steps.sites)
        add_units(steps, site, execution(a.origin, site.number));
    for (unsigned kind = 1; kind < code_kind_count; ++kind) {
        auto events = growing(a.account.events[kind], b.account.events[kind], c.account.events[kind], n);
        if (!events || (kind >= static_cast<unsigned>(CodeKind::l2) && !events->empty()))
            return std::nullopt;
        steps.events[kind] = std::move(*events);
        for (const Counted &access : steps.events[kind])
            add_units(steps, access, event(a.origin, static_cast<CodeKind>(kind)));
    }
    return steps;
}

std::vector<std::uint64_t> Meter::executions(const Steps &steps) const {
    Counts counts;
    for (const Counted &site : steps.sites)
        counts.push_back(account_->executed[site.number]);
    counts.push_back(sum(account_->executed));
    return counts;
}

/// Counts only grow: when those of the steps and the sum of all are right, no other site was executed.
bool Meter::began(const Steps &steps, const std::vector<std::uint64_t> &before) const {
    std::uint64_t executed = 0;
    for (std::size_t i = 0; i < steps.sites.size(); ++i) {
        if (account_->executed[steps.sites[i].number] - before[i] != steps.sites[i].growth.first)
            return false;
        executed += steps.sites[i].growth.first;
    }
    return sum(account_->executed) - before.back() == executed;
}

ps_t Meter::extend(const Steps &steps, std::uint64_t count) {
    extend_counts(account_->executed, steps.sites, count);
    for (unsigned kind = 1; kind < code_kind_count; ++kind)
        extend_counts(account_->events[kind], steps.events[kind], count);
    const std::uint64_t beyond = count - (steps.sites.empty() ? 0 : steps.sites.front().growth.steps);
    const __int128 units = steps.units_first + steps.units_more * static_cast<__int128>(beyond);
    TCESIM_CHECK(units >= 0, "steps of a loop take time");
    return to_ps(units);
}

} // namespace tcesim
