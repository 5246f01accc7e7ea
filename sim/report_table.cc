// SPDX-License-Identifier: Apache-2.0
#include "sim/report_table.h"

#include "sim/quantity_text.h"
#include "sim/report_sections.h"

#include <algorithm>
#include <functional>
#include <set>

namespace tcesim {

namespace {

const std::string nothing = "-";

/// "vcpu0/kvm/h_put_tce/code" -> ("vcpu0", "kvm/h_put_tce/code").
std::pair<std::string, std::string> split_owner(const std::string &leaf) {
    const std::size_t slash = leaf.find('/');
    if (slash == std::string::npos)
        return {"", leaf};
    return {leaf.substr(0, slash), leaf.substr(slash + 1)};
}

std::uint64_t ledger_sum(const VariantResult &variant) {
    std::uint64_t sum = 0;
    for (const LedgerRow &row : variant.ledger)
        sum += row.ps;
    return sum;
}

/// Length of the measured phase: each vCPU's leaves sum up to it.
std::uint64_t measured_ps(const VariantResult &variant) {
    std::set<std::string> owners;
    for (const LedgerRow &row : variant.ledger)
        owners.insert(split_owner(row.leaf).first);
    return owners.empty() ? 0 : ledger_sum(variant) / owners.size();
}

const Metric *metric(const VariantResult &variant, const std::string &name) {
    const auto found = variant.metrics.find(name);
    return found == variant.metrics.end() ? nullptr : &found->second;
}

std::string text_of_metric(const VariantResult &variant, const std::string &name) {
    const Metric *found = metric(variant, name);
    return found == nullptr ? nothing : scaled(found->value, found->unit);
}

/// A count as a rate over the measured phase.
std::string rate_of(const VariantResult &variant, const std::string &name) {
    const Metric *count = metric(variant, name);
    const std::uint64_t time = measured_ps(variant);
    if (count == nullptr || time == 0)
        return nothing;
    constexpr std::int64_t ps_per_second = 1000000000000;
    return scaled(static_cast<std::int64_t>(static_cast<__int128>(count->value) * ps_per_second / time), "1/s");
}

std::string hit_rate(const VariantResult &variant) {
    const Metric *hits = metric(variant, "tce_cache_hits");
    const Metric *misses = metric(variant, "tce_cache_misses");
    if (hits == nullptr || misses == nullptr)
        return nothing;
    const auto hit = static_cast<std::uint64_t>(hits->value);
    return share(hit, hit + static_cast<std::uint64_t>(misses->value));
}

/// Throughput that the scenario's bounds ask of \p variant; empty without any.
std::string expected_throughput(const RunReport &report, const VariantResult &variant) {
    for (const ExpectationOutcome &outcome : report.expect)
        if (outcome.variant == variant.name && outcome.metric == "throughput" &&
            (outcome.min || outcome.max || outcome.equals))
            return bounds_to_text(outcome);
    return "";
}

/// Throughput that was published for \p variant; empty without any.
std::string published_throughput(const RunReport &report, const VariantResult &variant) {
    for (const ExpectationOutcome &outcome : report.expect) {
        if (outcome.variant != variant.name || outcome.metric != "throughput" || !outcome.published_min)
            continue;
        return outcome.published_min == outcome.published_max
                   ? scaled(*outcome.published_min, outcome.unit)
                   : scaled_range(*outcome.published_min, *outcome.published_max, outcome.unit);
    }
    return "";
}

std::string acceleration(const RunReport &report, const VariantResult &variant) {
    const Metric *base = metric(report.variants.front(), "throughput");
    const Metric *own = metric(variant, "throughput");
    return base == nullptr || own == nullptr ? nothing : factor(own->value, base->value);
}

using CellOf = std::function<std::string(const VariantResult &)>;

/// A row over all variants; left out when no variant has anything to show.
void add_row(std::vector<TableRow> &rows, const RunReport &report, const std::string &label, const CellOf &cell_of) {
    TableRow row{label, {}};
    bool any = false;
    for (const VariantResult &variant : report.variants) {
        row.cells.push_back(cell_of(variant));
        any = any || (row.cells.back() != nothing && !row.cells.back().empty());
    }
    if (any)
        rows.push_back(std::move(row));
}

std::vector<TableRow> figures(const RunReport &report) {
    std::vector<TableRow> rows;
    const auto value = [](const char *name) {
        return [name](const VariantResult &v) { return text_of_metric(v, name); };
    };
    const auto rate = [](const char *name) { return [name](const VariantResult &v) { return rate_of(v, name); }; };
    const auto add = [&](const std::string &label, const CellOf &cell_of) { add_row(rows, report, label, cell_of); };

    add("throughput", value("throughput"));
    add("  published", [&](const VariantResult &v) { return published_throughput(report, v); });
    if (rows.empty() || rows.back().label != "  published")
        add("  expected", [&](const VariantResult &v) { return expected_throughput(report, v); });
    if (report.variants.size() > 1)
        add("  against " + report.variants.front().name,
            [&](const VariantResult &v) { return acceleration(report, v); });
    add("I/Os", value("iops"));
    add("I/O, median", value("io_latency_p50"));
    add("  99th percentile", value("io_latency_p99"));
    add("DMA reads", value("dma_read_bandwidth"));
    add("DMA writes", value("dma_write_bandwidth"));
    add("DMA read latency, mean", value("dma_read_latency_mean"));
    add("  median", value("dma_read_latency_p50"));
    add("  99th percentile", value("dma_read_latency_p99"));
    add("times stopped by the bridge", value("freezes"));
    add("from the error to work again", value("recovery_time"));
    add("  until the driver sees it", value("recovery_detect"));
    add("  firmware and reset", value("recovery_firmware"));
    add("  driver, first DMA", value("recovery_restart"));
    add("wake-up, mean", value("wakeup_mean"));
    add("pages mapped", value("pages_mapped"));
    add("time to map them", value("map_time"));
    add("  of one page", value("map_time_per_page"));
    add("    without invalidation", value("map_update_per_page"));
    add("time to register memory", value("register_time"));
    add("  to pass a device through", value("attach_time"));
    add("  to make its window", value("create_time"));
    add("  to plug in another", value("plug_time"));
    add("  to plug that out", value("unplug_time"));
    add("  to close the container", value("close_time"));
    add("  to plug in with a replay", value("mirror_time"));
    add("memory locked at most", value("map_locked"));
    add("  of its tables", value("map_tables"));
    add("time to make the window", value("ddw_create_time"));
    add("  to map memory there", value("ddw_map_time"));
    add("  hypercalls for that", value("ddw_map_hypercalls"));
    add("time to plug memory in", value("memory_plug_time"));
    add("  to map it", value("hot_add_time"));
    add("  to clear it again", value("hot_remove_time"));
    add("  to plug it out", value("memory_unplug_time"));
    add("time to remove the window", value("ddw_remove_time"));
    add("  removals refused", value("removals_refused"));
    add("time of a reboot", value("reboot_time"));
    add("entries cleared", value("window_entries"));
    add("memory of its tables", value("table_memory"));
    add("walks of its tables", value("table_lookups"));
    add("time to clear them", value("clear_time"));
    add("  unmap", value("unmap_time"));
    add("  remove the window", value("remove_time"));
    add("  unregister memory", value("unregister_time"));
    add("  give memory back", value("free_time"));
    add("hypercalls", value("hypercalls_per_second"));
    add("hypercall, median", value("hcall_time_p50"));
    add("  99th percentile", value("hcall_time_p99"));
    add("  without waits, median", value("hcall_service_p50"));
    add("  without waits, 99th", value("hcall_service_p99"));
    add("exits to the host kernel", rate("exits_to_host"));
    add("exits to user space", rate("exits_to_user"));
    add("interrupts", rate("interrupts"));
    add("TCE cache hits", hit_rate);
    add("CPU busy", value("cpu_busy"));
    return rows;
}

/// Leaves of one variant with the vCPUs taken together.
std::map<std::string, std::uint64_t> grouped_leaves(const VariantResult &variant) {
    std::map<std::string, std::uint64_t> leaves;
    for (const LedgerRow &row : variant.ledger)
        leaves[split_owner(row.leaf).second] += row.ps;
    return leaves;
}

/// A leaf's name in at most \p width characters; the end, its kind, stays.
std::string shortened(const std::string &leaf, std::size_t width) {
    if (leaf.size() <= width)
        return leaf;
    const std::size_t tail = std::min(leaf.size() - leaf.rfind('/'), width / 3);
    return leaf.substr(0, width - tail - 2) + ".." + leaf.substr(leaf.size() - tail);
}

/// Whether \p leaf is time that the code of hcall/ took by executing, not a constant or a wait.
bool executed(const std::string &leaf) {
    const std::string kind = leaf.substr(leaf.rfind('/') + 1);
    return leaf.rfind("port/", 0) != 0 && kind != "constant" && kind != "dispatch" && kind != "notify" &&
           kind != "idle" && kind != "wait";
}

} // namespace

std::string ledger_to_text(const RunReport &report, const Style &style) {
    constexpr std::size_t most_leaves = 12;
    constexpr std::size_t longest_leaf = 46;
    std::vector<std::map<std::string, std::uint64_t>> leaves;
    std::vector<std::uint64_t> sums;
    std::map<std::string, std::uint64_t> largest_ppm; // over the variants
    std::vector<std::string> names;
    for (const VariantResult &variant : report.variants) {
        if (variant.ledger.empty())
            continue;
        names.push_back(variant.name);
        leaves.push_back(grouped_leaves(variant));
        sums.push_back(std::max<std::uint64_t>(1, ledger_sum(variant)));
        for (const auto &[leaf, ps] : leaves.back()) {
            const auto ppm = static_cast<std::uint64_t>(static_cast<unsigned __int128>(ps) * 1000000 / sums.back());
            largest_ppm[leaf] = std::max(largest_ppm[leaf], ppm);
        }
    }
    if (names.empty())
        return "";
    std::vector<std::pair<std::string, std::uint64_t>> order(largest_ppm.begin(), largest_ppm.end());
    std::stable_sort(order.begin(), order.end(), [](const auto &a, const auto &b) { return a.second > b.second; });
    order.resize(std::min(order.size(), most_leaves));

    std::vector<TableRow> rows;
    std::vector<std::uint64_t> rest = sums;
    for (const auto &[leaf, ppm] : order) {
        TableRow row{"  " + shortened(leaf, longest_leaf), {}};
        for (std::size_t i = 0; i < names.size(); ++i) {
            const auto found = leaves[i].find(leaf);
            const std::uint64_t ps = found == leaves[i].end() ? 0 : found->second;
            rest[i] -= ps;
            row.cells.push_back(ps == 0 ? nothing : share(ps, sums[i]));
        }
        rows.push_back(std::move(row));
    }
    if (largest_ppm.size() > order.size()) {
        TableRow row{"  everything else", {}};
        for (std::size_t i = 0; i < names.size(); ++i)
            row.cells.push_back(share(rest[i], sums[i]));
        rows.push_back(std::move(row));
    }
    TableRow code{"all code of hcall/", {}};
    for (std::size_t i = 0; i < names.size(); ++i) {
        std::uint64_t ps = 0;
        for (const auto &[leaf, time] : leaves[i])
            ps += executed(leaf) ? time : 0;
        code.cells.push_back(ps == 0 ? nothing : share(ps, sums[i]));
    }
    rows.push_back(std::move(code));
    return columns("where the time goes", names, rows, style);
}

std::string report_to_text(const RunReport &report, const Style &style) {
    std::string text = paragraph(report.scenario + (report.about.empty() ? "" : ": " + report.about), 0) + "\n";
    std::vector<std::string> names;
    for (const VariantResult &variant : report.variants)
        names.push_back(variant.name);
    const auto section = [&text](const std::string &body) {
        if (!body.empty())
            text += body + "\n";
    };
    section(columns("", names, figures(report), style));
    section(ledger_to_text(report, style));
    section(expectations_to_text(report, style));
    text += own_handlers_to_text(report);
    text += timing_to_text(report);
    for (const std::string &note : report.notes)
        text += paragraph(note, 0);
    text += quirks_to_text(report);
    text += violations_to_text(report, style);
    text += unfinished_to_text(report, style);
    return text;
}

std::string failures_to_text(const RunReport &report, const Style &style) {
    std::string text;
    for (const ExpectationOutcome &outcome : report.expect)
        if (outcome.verdict == Verdict::fail)
            text += expectation_to_text(outcome, style);
    return text + violations_to_text(report, style);
}

std::string story_to_text(const VariantResult &variant, std::uint64_t packet, const Style &style) {
    std::string text = style.heading("packet " + std::to_string(packet) + ", " + variant.name) + "\n";
    std::vector<std::string> times;
    std::size_t time_width = 0;
    std::size_t actor_width = 0;
    for (const StoryStep &step : variant.story) {
        times.push_back("+" + microseconds(step.time_ps - variant.story.front().time_ps));
        time_width = std::max(time_width, times.back().size());
        actor_width = std::max(actor_width, step.actor.size());
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
        const std::string head = right_aligned(std::to_string(i + 1) + ".", 5) + "  " +
                                 right_aligned(times[i], time_width) + "  " +
                                 padded(variant.story[i].actor, actor_width) + "  ";
        text += head + hanging(variant.story[i].text, head.size()) + "\n";
    }
    return text;
}

} // namespace tcesim
