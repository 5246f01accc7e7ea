// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/call_graph.h"

#include <algorithm>

#include "models/kernel/division.h"

namespace tcesim {

namespace {

/// Whether calls lead from \p from to one of \p targets, or it is one.
bool reaches(std::uint32_t from, const std::set<std::uint32_t> &targets,
             const std::map<std::uint32_t, std::set<std::uint32_t>> &callees) {
    std::vector<std::uint32_t> waiting = {from};
    std::set<std::uint32_t> seen = {from};
    while (!waiting.empty()) {
        const std::uint32_t function = waiting.back();
        waiting.pop_back();
        if (targets.count(function) != 0)
            return true;
        const auto found = callees.find(function);
        if (found != callees.end())
            for (const std::uint32_t callee : found->second)
                if (seen.insert(callee).second)
                    waiting.push_back(callee);
    }
    return false;
}

} // namespace

CallGraph::CallGraph(const Meter &meter, Phase phase) : table_(meter.table()) {
    for (unsigned origin = 0; origin < origin_count; ++origin)
        if (const CodeAccount *account = meter.account(phase, origin))
            add_origin(origin, *account);
}

void CallGraph::add_origin(unsigned origin, const CodeAccount &account) {
    Counts counts{origin, &account, {}, {}, std::vector<std::uint64_t>(table_.functions), {}, {}};
    for (std::uint32_t f = 0; f < table_.functions; ++f) {
        const auto first = account.executed.begin() + table_.function[f].first_site;
        counts.entered.push_back(*first);
        counts.executed.push_back(std::any_of(first, first + table_.function[f].sites, [](auto n) { return n != 0; }));
    }
    add_direct(counts);
    add_the_rest(counts);
}

void CallGraph::add_direct(Counts &counts) {
    std::map<std::pair<ProfileKey, std::uint32_t>, std::uint64_t> direct;
    for (std::uint32_t i = 0; i < table_.calls; ++i) {
        const struct meter_call &call = table_.call[i];
        const std::uint64_t executed = counts.account->executed[call.site];
        const ProfileKey caller{counts.origin, function_of(call.site), row_of(call)};
        if (!executed)
            continue;
        if (call.callee == METER_UNKNOWN_CALLEE) {
            counts.through_pointers[caller] += executed;
        } else if (counts.executed[call.callee]) { // or it ran at another level, to which it was called
            direct[{caller, call.callee}] += executed;
            counts.explained[call.callee] += executed;
            counts.callees[caller.function].insert(call.callee);
        }
    }
    for (const auto &[edge, times] : direct)
        calls_.push_back({counts.origin, edge.first, edge.second, times});
}

/// What direct calls leave unexplained came through pointers, as far as there were such calls, or from outside. A
/// function that leads to such a call is not what was called there: handlers do not recurse through pointers.
void CallGraph::add_the_rest(const Counts &counts) {
    std::uint64_t calls = 0, unexplained = 0;
    std::set<std::uint32_t> callers;
    for (const auto &[caller, times] : counts.through_pointers) {
        calls += times;
        callers.insert(caller.function);
    }
    const auto rest_of = [&](std::uint32_t f) {
        return counts.entered[f] - std::min(counts.entered[f], counts.explained[f]);
    };
    std::vector<bool> is_target(table_.functions);
    for (std::uint32_t f = 0; f < table_.functions; ++f)
        if (calls && rest_of(f) && !reaches(f, callers, counts.callees)) {
            is_target[f] = true;
            unexplained += rest_of(f);
        }
    Division calls_of_targets(std::min(calls, unexplained), std::max<std::uint64_t>(unexplained, 1));
    for (std::uint32_t f = 0; f < table_.functions; ++f) {
        std::uint64_t rest = rest_of(f);
        const std::uint64_t through_pointers = is_target[f] ? calls_of_targets.next(rest) : 0;
        Division of_callers(through_pointers, std::max<std::uint64_t>(calls, 1));
        for (const auto &[caller, times] : counts.through_pointers)
            if (const std::uint64_t part = of_callers.next(times); part)
                calls_.push_back({counts.origin, caller, f, part});
        rest -= through_pointers;
        if (rest)
            calls_.push_back({counts.origin, std::nullopt, f, rest});
    }
}

std::uint32_t CallGraph::function_of(std::uint32_t site) const {
    const struct meter_function *const end = table_.function + table_.functions;
    const struct meter_function *behind = std::upper_bound(
        table_.function, end, site, [](std::uint32_t s, const meter_function &f) { return s < f.first_site; });
    // A function without blocks begins where the next one does.
    while ((behind - 1)->sites == 0)
        --behind;
    return static_cast<std::uint32_t>(behind - 1 - table_.function);
}

/// Place of the row that the call belongs to: its own, or that of its block where no statement else stands there.
std::uint32_t CallGraph::row_of(const struct meter_call &call) const {
    const struct meter_site &site = table_.site[call.site];
    const struct meter_part *const first = table_.part + site.first_part;
    const bool is_part =
        std::any_of(first, first + site.parts, [&call](const meter_part &part) { return part.place == call.place; });
    return is_part ? call.place : first->place;
}

} // namespace tcesim
