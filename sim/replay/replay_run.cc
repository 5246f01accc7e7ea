// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/replay_run.h"

#include <algorithm>
#include <cstdlib>

#include "models/cpu/profile.h"
#include "sim/machine.h"
#include "sim/narrator.h"
#include "sim/process_end.h"
#include "sim/simulation.h"

namespace tcesim::replay {

namespace {

/// Longer than any log: the run ends when the last call has returned.
constexpr std::uint64_t forever = 1ULL << 62;

void fill_ledger(Machine &machine, VariantResult &result) {
    Vcpu &vcpu = machine.vcpu();
    const Ledger &account = vcpu.ledger();
    const std::string prefix = "vcpu" + std::to_string(vcpu.number()) + "/";
    for (Leaf leaf = 0; leaf < account.leaves(); ++leaf)
        if (const ps_t ps = account.time(leaf, Phase::measured); ps != 0 && !vcpu.is_code(leaf))
            result.ledger.push_back({prefix + account.name(leaf), ps});
    const Profile profile(vcpu.meter(), Phase::measured, vcpu.code_time(Phase::measured));
    for (const Profile::Share &share : profile.shares())
        result.ledger.push_back({prefix + share.leaf, share.ps});
    std::stable_sort(result.ledger.begin(), result.ledger.end(),
                     [](const LedgerRow &a, const LedgerRow &b) { return a.ps > b.ps; });
}

void judge(Machine &machine, VariantResult &result) {
    std::uint64_t sum = 0;
    for (const LedgerRow &row : result.ledger)
        sum += row.ps;
    result.invariants["ledger_sums"] = sum == machine.vcpu().ledger().clock();
    result.invariants["code_time_balances"] =
        machine.vcpu().meter().balanced(machine.vcpu().code_time(Phase::measured));
    HandlerState handlers = machine.handler_state();
    result.invariants.merge(handlers.invariants);
    result.violations = handlers.violations;
}

VariantResult failed(std::string message, bool of_user) {
    VariantResult result;
    result.error = std::move(message);
    result.user_error = of_user;
    return result;
}

VariantResult simulate(const scenario::Config &config, const HandlerObject &object, const RecordedGuest::Log &log,
                       ProgressSink &progress) {
    Narrator narrator(progress);
    narrator.set_up();
    RecordedGuest *guest = nullptr;
    const auto advance = [&](std::uint64_t events) { progress.report(events, log.survey.events); };
    Machine machine("machine", config, object, RunOptions(), [&](const MachineParts &parts) {
        auto made = std::make_unique<RecordedGuest>(parts, log, advance);
        guest = made.get();
        return made;
    });
    machine.set_up();
    if (!machine.problem().empty())
        return failed(machine.problem(), true);
    machine.listen(narrator);
    narrator.run(machine.vcpu());
    sc_core::sc_start();
    if (!guest->finished())
        return failed("nothing happens any more, and " + guest->standstill(), false);
    if (!guest->problem().empty())
        return failed(guest->problem(), true);
    narrator.inspection();
    VariantResult result;
    fill_ledger(machine, result);
    judge(machine, result);
    judge_end(machine, result);
    result.approximations = approximations_of(config, object);
    result.replay = guest->figures().to_json();
    result.host.sim_s = static_cast<double>(machine.vcpu().now()) / 1e12;
    return result;
}

} // namespace

scenario::Config configuration(const scenario::Config &config, const Survey &survey, std::uint64_t ram) {
    scenario::Config changed = config;
    changed.guest.ram = ram;
    changed.guest.multitce = survey.lists;
    changed.guest.vio_devices = 0;
    changed.guest.recovery = scenario::Recovery::none;
    changed.guest.ddw = scenario::Ddw::none;
    changed.faults = {};
    changed.iommu.translation = scenario::Translation::tces;
    changed.iommu.window = {0, 1ULL << 20, 1ULL << 12, config.iommu.window.levels};
    if (const auto window = survey.windows.find(pci_liobn); window != survey.windows.end())
        changed.iommu.window.size = window->second.size;
    changed.iommu.second.reset();
    changed.traffic.hot_add = 0;
    changed.traffic.kill.reset();
    changed.traffic.warmup = 0;
    changed.traffic.duration = forever;
    return changed;
}

VariantResult run_replay(const scenario::Variant &variant, const RecordedGuest::Log &log, std::uint64_t ram,
                         ProgressSink &progress) {
    const scenario::Config config = configuration(variant.config, log.survey, ram);
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    VariantResult result = run_with_handlers(
        config, progress, [&](const HandlerObject &object) { return simulate(config, object, log, progress); });
    result.name = variant.name;
    return result;
}

} // namespace tcesim::replay
