// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/profile.h"

#include <algorithm>

#include "models/kernel/division.h"

namespace tcesim {

namespace {

__int128 positive(__int128 units) {
    return std::max<__int128>(units, 0);
}

} // namespace

ps_t ProfileRow::sum() const {
    ps_t sum = 0;
    for (const auto &[kind, ps] : time)
        sum += ps;
    return sum;
}

Profile::Profile(const Meter &meter, Phase phase, ps_t total) : meter_(meter) {
    Owners owners;
    for (unsigned origin = 0; origin < origin_count; ++origin)
        if (const CodeAccount *account = meter.account(phase, origin))
            collect(origin, *account, owners);
    divide(total, meter.instructions(phase), owners);
}

void Profile::own(Owners &owners, const ProfileKey &key, CodeKind kind, const Amount &amount) const {
    const meter_place &at = meter_.table().place[key.place];
    Owner &owner = owners[std::string(at.layer) + "/" + at.function + "/" + to_string(kind)];
    owner.all += amount;
    owner.of[key] += amount;
}

void Profile::collect(unsigned origin, const CodeAccount &account, Owners &owners) {
    collect_blocks(origin, account, owners);
    collect_events(origin, account, owners);
    collect_port_misses(origin, account);
}

void Profile::collect_blocks(unsigned origin, const CodeAccount &account, Owners &owners) {
    const struct meter_table &table = meter_.table();
    for (std::uint32_t function = 0, site = 0; site < table.sites; ++site) {
        while (site >= table.function[function].first_site + table.function[function].sites)
            ++function;
        const std::uint64_t executed = account.executed[site];
        if (!executed)
            continue;
        const __int128 units = static_cast<__int128>(executed) * meter_.execution(origin, site);
        const __int128 instructions = static_cast<__int128>(executed) * meter_.weight(site) *
                                      static_cast<Meter::Units>(meter_.costs().cycles_per_instruction);
        const meter_part *part = table.part + table.site[site].first_part;
        const meter_part *const end = part + table.site[site].parts;
        __int128 statements = 0, before = 0;
        for (const meter_part *p = part; p < end; ++p)
            statements += p->statements;
        for (; part < end; before += part++->statements) {
            const ProfileKey key{origin, function, part->place};
            const auto share = [&](__int128 all) {
                return all * (before + part->statements) / statements - all * before / statements;
            };
            own(owners, key, CodeKind::code, {share(units), share(instructions)});
            // A line of several blocks, as the head of a loop, is executed as often as the busiest of them.
            ProfileRow &row = rows_[key];
            row.executions = std::max(row.executions, executed);
        }
    }
}

void Profile::collect_events(unsigned origin, const CodeAccount &account, Owners &owners) {
    const struct meter_table &table = meter_.table();
    for (unsigned kind = 1; kind < code_kind_count; ++kind)
        for (std::uint32_t access = 0; access < table.accesses; ++access) {
            const std::uint64_t events = account.events[kind][access];
            if (!events)
                continue;
            const ProfileKey key{origin, table.access_function[access], table.access_place[access]};
            own(owners, key, static_cast<CodeKind>(kind),
                {static_cast<__int128>(events) * meter_.event(origin, static_cast<CodeKind>(kind)), 0});
            if (kind >= static_cast<unsigned>(CodeKind::l2))
                rows_[key].misses[kind - static_cast<unsigned>(CodeKind::l2)] += events;
        }
}

void Profile::collect_port_misses(unsigned origin, const CodeAccount &account) {
    const struct meter_table &table = meter_.table();
    for (unsigned level = 0; level < account.in_port.size(); ++level)
        for (std::uint32_t access = 0; access < table.accesses; ++access)
            if (const std::uint64_t served = account.in_port[level][access])
                rows_[{origin, table.access_function[access], table.access_place[access]}].misses[level] += served;
}

/// A function that comes out below zero owns nothing; what the others own too much for it has no name.
void Profile::divide(ps_t total, std::uint64_t instructions, const Owners &owners) {
    __int128 sum = 0, code_sum = 0, missing = 0;
    for (const auto &[leaf, owner] : owners) {
        sum += positive(owner.all.units);
        code_sum += positive(owner.all.instructions);
        missing += positive(-owner.all.units);
    }
    // A phase shorter than one fold may have got time of a fold that counts for the phase before.
    if (sum == 0) {
        if (total)
            shares_.push_back({unsplit_leaf, total});
        unnamed_ = unsplit_ = total;
        return;
    }
    unnamed_ = static_cast<ps_t>(total * missing / sum);
    Division times(total, sum), counts(instructions, std::max<__int128>(code_sum, 1));
    for (const auto &[leaf, owner] : owners) {
        const ps_t ps = times.next(positive(owner.all.units));
        const std::uint64_t executed = counts.next(positive(owner.all.instructions));
        if (ps)
            shares_.push_back({leaf, ps});
        __int128 of_lines = 0, code_of_lines = 0;
        for (const auto &[key, amount] : owner.of) {
            of_lines += positive(amount.units);
            code_of_lines += positive(amount.instructions);
        }
        if (of_lines == 0)
            continue;
        Division line_times(ps, of_lines), line_counts(executed, std::max<__int128>(code_of_lines, 1));
        for (const auto &[key, amount] : owner.of) {
            const ps_t line_ps = line_times.next(positive(amount.units));
            rows_[key].instructions += line_counts.next(positive(amount.instructions));
            if (line_ps)
                rows_[key].time[leaf.substr(leaf.rfind('/') + 1)] += line_ps;
        }
    }
}

void Profile::add(const PortTime &port, const Ledger &ledger) {
    const struct meter_table &table = meter_.table();
    for (unsigned origin = 0; origin < origin_count; ++origin) {
        const PortTime::Rows &rows = port.of(origin);
        for (Leaf leaf = 0; leaf < rows.size(); ++leaf)
            for (std::uint32_t access = 0; access < rows[leaf].size(); ++access)
                if (rows[leaf][access])
                    rows_[{origin, table.access_function[access], table.access_place[access]}]
                        .time[ledger.name(leaf)] += rows[leaf][access];
    }
}

} // namespace tcesim
