// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/meter.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "models/kernel/check.h"
#include "models/mem/host_memory.h"

namespace tcesim {

namespace {

Meter *current_meter = nullptr;
// The same, while it models the memory.
Meter *current_caches = nullptr;

} // namespace

Meter *use_meter(Meter *meter) {
    Meter *const before = current_meter;
    current_meter = meter;
    current_caches = meter && meter->models_memory() ? meter : nullptr;
    return before;
}

namespace {

/// Event of an access that \p served_by, a level behind L1, has served; an L1 hit is none and costs nothing.
CodeKind kind_of(CacheLevel served_by) {
    static constexpr CodeKind kinds[] = {CodeKind::code, CodeKind::l2, CodeKind::l3, CodeKind::memory};
    return kinds[static_cast<unsigned>(served_by)];
}

} // namespace

const char *to_string(CodeKind kind) {
    static constexpr const char *names[] = {"code", "atomic", "fence", "l2", "l3", "memory"};
    return names[static_cast<unsigned>(kind)];
}

Meter::Meter(const struct meter_table &table, unsigned cpu, const CodeCosts &costs, const CacheParameters &cache,
             bool model_memory)
    : table_(table), counts_(table, cpu), costs_(costs), cache_(cache), model_memory_(model_memory) {
    // units x 10^12 / (1024 x 1000 x clock x the speed's numerator) picoseconds, as a reduced fraction.
    const std::uint64_t numerator = 1'000'000'000;
    const std::uint64_t denominator = METER_WEIGHT_ONE * costs.clock_hz * costs.shared.numerator;
    const std::uint64_t divisor = std::gcd(numerator, denominator);
    ps_numerator_ = numerator / divisor;
    ps_denominator_ = denominator / divisor;
    for (unsigned origin = 0; origin < origin_count; ++origin)
        paces_[origin] = pace_at(Origin::of(origin).level);
    choose_account();
}

Meter::Pace Meter::pace_at(port_level level) const {
    const auto factor = static_cast<Units>(costs_.shared.factor(level));
    Pace pace{static_cast<Units>(costs_.cycles_per_instruction) * factor, {}, METER_WEIGHT_ONE * factor};
    for (unsigned kind = 0; kind < code_kind_count; ++kind)
        pace.event[kind] = static_cast<Units>(costs_.of(static_cast<CodeKind>(kind))) * pace.millicycle;
    return pace;
}

void Meter::choose_account() {
    std::unique_ptr<CodeAccount> &account = accounts_[static_cast<unsigned>(phase_)][origin_];
    if (!account)
        account = std::make_unique<CodeAccount>(table_);
    account_ = account.get();
}

void Meter::set_origin(Origin origin) {
    if (origin.number() == origin_)
        return;
    TCESIM_CHECK(folded(), "code is folded before something else is executed");
    origin_ = origin.number();
    choose_account();
}

ps_t Meter::to_ps(__int128 units) {
    // Of 128 bits: 10^12 steps of a loop, each of 10^3 instructions, do not fit into 64.
    const auto scaled = static_cast<unsigned __int128>(units) * ps_numerator_ + ps_remainder_;
    ps_remainder_ = static_cast<std::uint64_t>(scaled % ps_denominator_);
    return static_cast<ps_t>(scaled / ps_denominator_);
}

ps_t Meter::fold(Phase phase) {
    if (phase != phase_) {
        phase_ = phase;
        choose_account();
    }
    owed_ += counts_.take(account_->executed.data()) * paces_[origin_].weight + pending_;
    pending_ = 0;
    if (owed_ <= 0)
        return 0;
    const ps_t ps = to_ps(owed_);
    owed_ = 0;
    return ps;
}

void Meter::on_l1_miss(std::uint64_t address, const std::uint8_t *access) {
    if (!model_memory_)
        return;
    const CacheLevel served_by = cache_.access(address);
    if (served_by == CacheLevel::l1)
        return;
    ++served_[static_cast<unsigned>(phase_)][static_cast<unsigned>(served_by)];
    on_event(kind_of(served_by), access);
}

ps_t Meter::cycles_to_ps(std::uint64_t millicycles) {
    const Units units = static_cast<Units>(millicycles) * paces_[origin_].millicycle;
    const ps_t ps = to_ps(units);
    port_units_ += units;
    port_ps_ += ps;
    return ps;
}

bool Meter::balanced(ps_t code_time) const {
    __int128 units = port_units_;
    for (const auto &phase : accounts_)
        for (unsigned origin = 0; origin < origin_count; ++origin) {
            const CodeAccount *const account = phase[origin].get();
            if (!account)
                continue;
            for (std::uint32_t site = 0; site < table_.sites; ++site)
                units += static_cast<__int128>(account->executed[site]) * execution(origin, site);
            for (unsigned kind = 1; kind < code_kind_count; ++kind)
                for (const std::uint64_t events : account->events[kind])
                    units += static_cast<__int128>(events) * event(origin, static_cast<CodeKind>(kind));
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
        if (served_by != CacheLevel::l1 && meter_calling)
            ++account_->in_port[static_cast<unsigned>(served_by) - 1]
                               [static_cast<std::size_t>(meter_calling - table_.access)];
        millicycles += costs_.of(kind_of(served_by));
    }
    return cycles_to_ps(millicycles);
}

std::optional<std::uint64_t> Meter::calls(std::string_view function, Phase phase) const {
    std::optional<std::uint64_t> sum;
    for (std::uint32_t i = 0; i < table_.functions; ++i) {
        const std::string_view name = table_.function[i].name; // ".constprop.0" and the like may follow
        if (name.substr(0, name.find('.')) != function)
            continue;
        sum = sum.value_or(0);
        for (const std::unique_ptr<CodeAccount> &account : accounts_[static_cast<unsigned>(phase)])
            *sum += account ? account->executed[table_.function[i].first_site] : 0;
    }
    return sum;
}

std::uint64_t Meter::instructions(Phase phase) const {
    std::int64_t weighted = 0;
    for (const std::unique_ptr<CodeAccount> &account : accounts_[static_cast<unsigned>(phase)])
        for (std::uint32_t site = 0; account && site < table_.sites; ++site)
            weighted += static_cast<std::int64_t>(account->executed[site]) * weight(site);
    return weighted > 0 ? static_cast<std::uint64_t>(weighted) / METER_WEIGHT_ONE : 0;
}

std::uint64_t Meter::misses(CacheLevel served_by, Phase phase) const {
    return served_[static_cast<unsigned>(phase)][static_cast<unsigned>(served_by)];
}

} // namespace tcesim

namespace {

bool in_host_memory(const volatile void *address) {
    // The mapping is the only thing above its base that handlers can reach.
    return reinterpret_cast<std::uintptr_t>(address) - tcesim::HostMemory::base < (std::uintptr_t{1} << 44);
}

void on_access(const volatile void *address, const std::uint8_t *access) {
    if (tcesim::current_caches && in_host_memory(address))
        tcesim::current_caches->on_access(reinterpret_cast<std::uintptr_t>(address), access);
}

} // namespace

extern "C" {

const uint8_t *meter_calling = nullptr;

void meter_load(const volatile void *address, const uint8_t *access) {
    on_access(address, access);
}

void meter_store(const volatile void *address, const uint8_t *access) {
    on_access(address, access);
}

void meter_atomic(const volatile void *address, const uint8_t *access) {
    on_access(address, access);
    if (tcesim::current_meter)
        tcesim::current_meter->on_atomic(access);
}

void meter_fence(const uint8_t *access) {
    if (tcesim::current_meter)
        tcesim::current_meter->on_fence(access);
}
}
