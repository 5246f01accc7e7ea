// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/meter.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>

#include "models/mem/host_memory.h"

namespace tcesim {

Meter *current_meter = nullptr;

const char *to_string(CodeKind kind) {
    static constexpr const char *names[] = {"code", "atomic", "fence", "l2", "l3", "memory"};
    return names[static_cast<unsigned>(kind)];
}

Meter::Meter(const struct meter_table &table, unsigned cpu, const CodeCosts &costs, const CacheParameters &cache,
             bool model_memory)
    : table_(table), weight_(table.weight[cpu]), costs_(costs), cache_(cache), model_memory_(model_memory) {
    // units x 10^12 / (1024 x 1000 x clock) picoseconds, as a reduced fraction.
    const std::uint64_t numerator = 1'000'000'000;
    const std::uint64_t denominator = std::uint64_t{METER_WEIGHT_ONE} * costs.clock_hz;
    const std::uint64_t divisor = std::gcd(numerator, denominator);
    ps_numerator_ = numerator / divisor;
    ps_denominator_ = denominator / divisor;
    for (unsigned phase = 0; phase < phase_count; ++phase) {
        executed_[phase].resize(table.sites);
        for (UnitsBySite &units : extra_[phase])
            units.resize(table.sites);
    }
}

std::int64_t Meter::collect_function(const meter_function &function) {
    std::int64_t weighted = 0;
    std::uint64_t *const executed = executed_[static_cast<unsigned>(phase_)].data();
    std::uint32_t *const counters = table_.count;
    const std::int32_t *const weight = weight_;
    const auto collect = [&](std::uint32_t site) {
        const std::uint32_t count = counters[site];
        weighted += std::int64_t{count} * weight[site];
        executed[site] += count;
        counters[site] = 0;
    };
    // Few blocks of a function run between two folds: four are passed over at a time.
    const std::uint32_t end = function.first_site + function.sites;
    std::uint32_t site = function.first_site;
    for (; site + 4 <= end; site += 4) {
        std::uint64_t pairs[2];
        std::memcpy(pairs, counters + site, sizeof(pairs));
        if (pairs[0] | pairs[1])
            for (std::uint32_t i = 0; i < 4; ++i)
                collect(site + i);
    }
    for (; site < end; ++site)
        collect(site);
    return weighted;
}

ps_t Meter::to_ps(Units units) {
    const std::uint64_t scaled = static_cast<std::uint64_t>(units) * ps_numerator_ + ps_remainder_;
    ps_remainder_ = scaled % ps_denominator_;
    return scaled / ps_denominator_;
}

ps_t Meter::fold(Phase phase) {
    phase_ = phase;
    std::int64_t weighted = 0;
    std::uint32_t function = 0;
    for (; function + 8 <= table_.functions; function += 8) {
        std::uint64_t hits;
        std::memcpy(&hits, table_.hit + function, sizeof(hits));
        // Each byte that is set is a function that has run; the lowest one comes first.
        for (; hits; hits &= hits - 1)
            weighted += collect_function(table_.function[function + static_cast<unsigned>(__builtin_ctzll(hits)) / 8]);
        std::memset(table_.hit + function, 0, sizeof(hits));
    }
    for (; function < table_.functions; ++function)
        if (table_.hit[function]) {
            weighted += collect_function(table_.function[function]);
            table_.hit[function] = 0;
        }
    owed_ += weighted * static_cast<Units>(costs_.cycles_per_instruction) + pending_;
    pending_ = 0;
    if (owed_ <= 0)
        return 0;
    const ps_t ps = to_ps(owed_);
    owed_ = 0;
    return ps;
}

void Meter::discard() {
    std::memset(table_.count, 0, table_.sites * sizeof(*table_.count));
    std::memset(table_.hit, 0, table_.functions);
}

bool Meter::folded() const {
    return std::all_of(table_.hit, table_.hit + table_.functions, [](std::uint8_t hit) { return !hit; });
}

std::uint64_t Meter::latency(CacheLevel served_by) const {
    switch (served_by) {
    case CacheLevel::l1: return 0;
    case CacheLevel::l2: return costs_.l2;
    case CacheLevel::l3: return costs_.l3;
    case CacheLevel::memory: return costs_.memory;
    }
    return 0;
}

void Meter::on_miss(CacheLevel served_by, const std::uint32_t *site) {
    static constexpr CodeKind kinds[] = {CodeKind::code, CodeKind::l2, CodeKind::l3, CodeKind::memory};
    ++served_[static_cast<unsigned>(phase_)][static_cast<unsigned>(served_by)];
    add(kinds[static_cast<unsigned>(served_by)], latency(served_by), site);
}

ps_t Meter::cycles_to_ps(std::uint64_t millicycles) {
    const Units units = static_cast<Units>(millicycles) * METER_WEIGHT_ONE;
    const ps_t ps = to_ps(units);
    port_units_ += units;
    port_ps_ += ps;
    return ps;
}

/// Units of the instructions of \p site in a phase.
Meter::Units Meter::executed_units(unsigned phase, std::uint32_t site) const {
    return static_cast<Units>(executed_[phase][site]) * weight_[site] *
           static_cast<Units>(costs_.cycles_per_instruction);
}

bool Meter::balanced(ps_t code_time) const {
    __int128 units = port_units_;
    for (unsigned phase = 0; phase < phase_count; ++phase)
        for (std::uint32_t site = 0; site < table_.sites; ++site) {
            units += executed_units(phase, site);
            for (const UnitsBySite &extra : extra_[phase])
                units += extra[site];
        }
    const __int128 charged = units - owed_ - pending_;
    const __int128 ps = static_cast<__int128>(code_time) + port_ps_;
    return charged * ps_numerator_ == ps * ps_denominator_ + ps_remainder_;
}

ps_t Meter::touch(std::uint64_t address, std::uint64_t bytes) {
    if (!model_memory_ || !bytes)
        return 0;
    std::uint64_t millicycles = 0;
    const std::uint64_t step = cache_.line_bytes();
    for (std::uint64_t line = address & ~(step - 1); line < address + bytes; line += step) {
        const CacheLevel served_by = cache_.access(line);
        ++served_[static_cast<unsigned>(phase_)][static_cast<unsigned>(served_by)];
        millicycles += latency(served_by);
    }
    return cycles_to_ps(millicycles);
}

std::uint64_t Meter::instructions(Phase phase) const {
    std::int64_t weighted = 0;
    const auto &executed = executed_[static_cast<unsigned>(phase)];
    for (std::uint32_t site = 0; site < table_.sites; ++site)
        weighted += static_cast<std::int64_t>(executed[site]) * weight_[site];
    return weighted > 0 ? static_cast<std::uint64_t>(weighted) / METER_WEIGHT_ONE : 0;
}

std::uint64_t Meter::misses(CacheLevel served_by, Phase phase) const {
    return served_[static_cast<unsigned>(phase)][static_cast<unsigned>(served_by)];
}

Meter::Split Meter::split(ps_t total, Phase phase) const {
    const auto number = static_cast<unsigned>(phase);
    std::map<std::string, __int128> units_of;
    for (std::uint32_t site = 0; site < table_.sites; ++site) {
        const std::string prefix = std::string(table_.site[site].layer) + "/" + table_.site[site].function + "/";
        if (const Units code = executed_units(number, site))
            units_of[prefix + to_string(CodeKind::code)] += code;
        for (unsigned kind = 1; kind < code_kind_count; ++kind)
            if (extra_[number][kind][site])
                units_of[prefix + to_string(static_cast<CodeKind>(kind))] += extra_[number][kind][site];
    }
    // Single weights may be negative; a whole function that comes out below zero owns nothing, and what the
    // others own too much for it has no name.
    __int128 sum = 0, missing = 0;
    for (auto &entry : units_of) {
        missing += entry.second < 0 ? -entry.second : 0;
        entry.second = std::max<__int128>(entry.second, 0);
        sum += entry.second;
    }
    // A phase shorter than one fold may have got time of a fold that counts for the phase before.
    if (sum == 0)
        return total ? Split{{{unsplit_leaf, total}}, total} : Split{};
    Split split;
    split.unnamed = static_cast<ps_t>(total * missing / sum);
    __int128 before = 0;
    for (const auto &[leaf, units] : units_of) {
        const __int128 after = before + units;
        const auto ps = static_cast<ps_t>(after * total / sum - before * total / sum);
        before = after;
        if (ps)
            split.shares.push_back({leaf, ps});
    }
    return split;
}

} // namespace tcesim

namespace {

bool in_host_memory(const volatile void *address) {
    // The mapping is the only thing above its base that handlers can reach.
    return reinterpret_cast<std::uintptr_t>(address) - tcesim::HostMemory::base < (std::uintptr_t{1} << 44);
}

void access(const volatile void *address, const std::uint32_t *site) {
    if (tcesim::current_meter && in_host_memory(address))
        tcesim::current_meter->on_access(reinterpret_cast<std::uintptr_t>(address), site);
}

} // namespace

extern "C" {

void meter_load(const volatile void *address, const uint32_t *site) { access(address, site); }

void meter_store(const volatile void *address, const uint32_t *site) { access(address, site); }

void meter_atomic(const volatile void *address, const uint32_t *site) {
    access(address, site);
    if (tcesim::current_meter)
        tcesim::current_meter->on_atomic(site);
}

void meter_fence(const uint32_t *site) {
    if (tcesim::current_meter)
        tcesim::current_meter->on_fence(site);
}
}
