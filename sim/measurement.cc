// SPDX-License-Identifier: Apache-2.0
#include "sim/measurement.h"

#include <algorithm>
#include <map>

#include "sim/profile_measurement.h"
#include "sim/workload/rates.h"

namespace tcesim {

namespace {

constexpr std::size_t violations_kept = 20;

Histogram summarise(const LatencyHistogram &histogram, std::string about) {
    return {"ps",
            std::move(about),
            histogram.count(),
            histogram.percentile(500),
            histogram.percentile(900),
            histogram.percentile(990),
            histogram.percentile(999),
            histogram.max()};
}

class Summary {
public:
    Summary(Machine &machine, const Counters &before, const Counters &after, const scenario::Config &config,
            VariantResult &result)
        : machine_(machine), before_(before), after_(after), config_(config), result_(result),
          duration_(config.traffic.duration) {}

    void fill() {
        machine_.workload().fill(result_);
        hypercalls();
        bridge();
        ledger();
        invariants();
        if (result_.violations.size() > violations_kept)
            result_.violations.resize(violations_kept);
        result_.host.events = machine_.timeline().fired();
        result_.host.tlps = machine_.link().counters().tlps();
        result_.host.sim_s = static_cast<double>(machine_.measured_to()) / 1e12;
    }

private:
    void set(const char *metric, std::uint64_t value) { result_.set(metric, value); }

    /// A figure of something that never happened is absent, not 0.
    void hypercalls() {
        const Vcpu &vcpu = machine_.vcpu();
        if (after_.vcpu.interrupts != before_.vcpu.interrupts)
            set("interrupts", after_.vcpu.interrupts - before_.vcpu.interrupts);
        const Vcpu::HypercallTimes &all = vcpu.hypercall_times();
        const bool maps_buffers = config_.traffic.kind == scenario::TrafficKind::tcp_stream ||
                                  config_.traffic.kind == scenario::TrafficKind::block_io;
        if (maps_buffers) {
            set("setup_hypercalls", machine_.checker().setup_hypercalls());
            set("setup_tce_operations", machine_.checker().setup_tce_operations());
        }
        if (!maps_buffers && !all.whole.count())
            return;
        set("hypercalls", all.whole.count());
        set("hypercalls_per_second", per_second(all.whole.count(), duration_));
        set("exits_to_host", after_.vcpu.exits_to_host - before_.vcpu.exits_to_host);
        set("exits_to_user", after_.vcpu.exits_to_user - before_.vcpu.exits_to_user);
        if (all.whole.count())
            calls(all);
    }

    void calls(const Vcpu::HypercallTimes &all) {
        set("hypercalls_failed", machine_.hypercalls().failed());
        if (machine_.checker().tce_operations())
            set("tce_operations", machine_.checker().tce_operations());
        if (machine_.checker().iova_allocations())
            set("iova_allocations", machine_.checker().iova_allocations());
        set("hcall_time_p50", all.whole.percentile(500));
        set("hcall_time_p99", all.whole.percentile(990));
        set("hcall_service_p50", all.service.percentile(500));
        set("hcall_service_p99", all.service.percentile(990));
        static constexpr std::pair<std::uint64_t, const char *> opcodes[] = {
            {H_PUT_TCE, "hcall.h_put_tce"},
            {H_PUT_TCE_INDIRECT, "hcall.h_put_tce_indirect"},
            {H_STUFF_TCE, "hcall.h_stuff_tce"}};
        for (const auto &[opcode, name] : opcodes) {
            const Vcpu::HypercallTimes &times = machine_.vcpu().hypercall_times(opcode);
            if (!times.whole.count())
                continue;
            result_.histograms[name] = summarise(times.whole, "from sc 1 in the guest to its return, waits included");
            result_.histograms[std::string(name) + ".service"] =
                summarise(times.service, "the same without waits for locks and for the kill queue");
        }
    }

    void bridge() {
        const PhbCounters &a = after_.phb, &b = before_.phb;
        if (after_.link.completions != before_.link.completions || after_.writes != before_.writes) {
            set("dma_read_tlps", after_.reads - before_.reads);
            set("dma_write_tlps", after_.writes - before_.writes);
            set("completion_tlps", after_.link.completions - before_.link.completions);
        }
        if (machine_.killed()) {
            set("end_time", *machine_.end_time());
            if (config_.has_device())
                set("dma_refused", machine_.checker().refused());
        }
        if (a.freezes != b.freezes)
            set("freezes", a.freezes - b.freezes);
        if (a.translations == b.translations)
            return;
        set("stale_dma", after_.stale - before_.stale);
        set("tce_kills", a.kills_one + a.kills_pe + a.kills_all - b.kills_one - b.kills_pe - b.kills_all);
        set("tce_kill_stalls", a.kill_stalls - b.kill_stalls);
        set("tce_cache_hits", a.hits - b.hits);
        set("tce_cache_misses", a.misses - b.misses);
        set("tce_walks", a.walks - b.walks);
        set("phb_translations", a.translations - b.translations);
    }

    void ledger() {
        Vcpu &vcpu = machine_.vcpu();
        const Ledger &account = vcpu.ledger();
        const std::string prefix = "vcpu" + std::to_string(vcpu.number()) + "/";
        std::uint64_t idle = 0;
        for (Leaf leaf = 0; leaf < account.leaves(); ++leaf) {
            const ps_t ps = account.time(leaf, Phase::measured);
            if (vcpu.is_idle(leaf))
                idle += ps;
            if (ps && !vcpu.is_code(leaf))
                result_.ledger.push_back({prefix + account.name(leaf), ps});
        }
        Profile profile(vcpu.meter(), Phase::measured, vcpu.code_time(Phase::measured));
        profile.add(vcpu.port_time(), account);
        for (const Profile::Share &share : profile.shares())
            result_.ledger.push_back({prefix + share.leaf, share.ps});
        MeasuredLines lines =
            measured_lines(profile, CallGraph(vcpu.meter(), Phase::measured), vcpu.meter().table(), vcpu.number());
        result_.profile = std::move(lines.profile);
        result_.call_graph = std::move(lines.call_graph);
        result_.invariants["profile_sums"] = profile_sums(profile, vcpu);
        std::stable_sort(result_.ledger.begin(), result_.ledger.end(),
                         [](const LedgerRow &a, const LedgerRow &b) { return a.ps > b.ps; });
        const std::uint64_t busy = duration_ - idle;
        set("cpu_busy", parts_per_million(busy, duration_));
        if (busy)
            set("named_busy", parts_per_million(busy - profile.unnamed(), busy));
        instructions();
    }

    /// Lines have the handlers' time and instructions, and of port functions' time no more than there is.
    bool profile_sums(const Profile &profile, Vcpu &vcpu) const {
        const Ledger &account = vcpu.ledger();
        std::map<std::string, ps_t> of_leaves, of_lines;
        for (Leaf leaf = 0; leaf < account.leaves(); ++leaf)
            of_leaves[account.name(leaf)] += account.time(leaf, Phase::measured);
        std::uint64_t code = 0, instructions = 0;
        for (const LineRow &line : result_.profile) {
            instructions += line.instructions;
            for (const auto &[kind, ps] : line.time)
                (is_own_execution(kind) ? code : of_lines[kind]) += ps;
        }
        return code == vcpu.code_time(Phase::measured) - profile.unsplit() &&
               (code == 0 || instructions == vcpu.meter().instructions(Phase::measured)) &&
               std::all_of(of_lines.begin(), of_lines.end(),
                           [&](const auto &leaf) { return leaf.second <= of_leaves[leaf.first]; });
    }

    void instructions() {
        const Meter &meter = machine_.vcpu().meter();
        set("simulated_instructions", meter.instructions(Phase::measured));
        const std::uint64_t memory = meter.misses(CacheLevel::memory, Phase::measured);
        const std::uint64_t l3 = meter.misses(CacheLevel::l3, Phase::measured);
        const std::uint64_t l2 = meter.misses(CacheLevel::l2, Phase::measured);
        if (!meter.models_memory())
            return;
        set("cache_misses_l1", l2 + l3 + memory);
        set("cache_misses_l2", l3 + memory);
        set("cache_misses_l3", memory);
    }

    void invariants() {
        std::uint64_t sum = 0;
        for (const LedgerRow &row : result_.ledger)
            sum += row.ps;
        result_.invariants["ledger_sums"] = sum == duration_;
        const Vcpu &vcpu = machine_.vcpu();
        result_.invariants["code_time_balances"] = machine_.vcpu().meter().balanced(
            vcpu.code_time(Phase::warmup) + vcpu.code_time(Phase::measured) + vcpu.code_time(Phase::after));
        const DmaChecker &checker = machine_.checker();
        result_.violations = checker.violations();
        HandlerState handlers = machine_.handler_state();
        if (machine_.workload().takes_mappings_away())
            leave_view_out(handlers);
        result_.invariants.merge(handlers.invariants);
        result_.violations.insert(result_.violations.end(), handlers.violations.begin(), handlers.violations.end());
        const bool faults_injected = config_.faults.any();
        machine_.workload().judge(result_, faults_injected);
        // A version 1 container pins page by page; what KVM clears in its place stays pinned.
        if (handlers.needless_pins)
            result_.quirks["pages_left_pinned"] = handlers.needless_pins;
        // With a fault injected its consequences are what the scenario is about: counted, not judged.
        if (faults_injected) {
            if (config_.faults.skip_tce_kill)
                result_.quirks["skipped_tce_kills"] = after_.kills.skipped - before_.kills.skipped;
            if (config_.faults.delay_tce_kill)
                result_.quirks["delayed_tce_kills"] = after_.kills.delayed - before_.kills.delayed;
            if (config_.faults.drop_tce_kill)
                result_.quirks["dropped_tce_kills"] = after_.kills.dropped - before_.kills.dropped;
            result_.quirks["stale_dma"] = after_.stale - before_.stale;
            result_.quirks["dma_faults"] = after_.faults - before_.faults;
            return;
        }
        result_.invariants["no_stale_dma"] = checker.stale() == 0;
        result_.invariants["no_dma_faults"] = checker.faults() == 0;
    }

    static void leave_view_out(HandlerState &handlers) {
        handlers.invariants.erase("views_agree");
        auto &sentences = handlers.violations;
        sentences.erase(std::remove_if(sentences.begin(), sentences.end(),
                                       [](const std::string &text) { return text.rfind("views_agree:", 0) == 0; }),
                        sentences.end());
    }

    Machine &machine_;
    const Counters &before_, &after_;
    const scenario::Config &config_;
    VariantResult &result_;
    const std::uint64_t duration_;
};

} // namespace

Counters count(Machine &machine) {
    return {machine.phb().counters(),   machine.link().counters(),      machine.vcpu().counters(),
            machine.checker().reads(),  machine.checker().writes(),     machine.checker().stale(),
            machine.checker().faults(), machine.kill_fault().counters()};
}

void fill_result(Machine &machine, const Counters &before, const Counters &after, const scenario::Config &config,
                 VariantResult &result) {
    Summary(machine, before, after, config, result).fill();
}

} // namespace tcesim
