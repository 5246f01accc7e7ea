// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/block_io.h"

#include "sim/machine_parameters.h"
#include "sim/workload/rates.h"

namespace tcesim {

namespace {

Histogram summary(const LatencyHistogram &latency, const char *about) {
    return {"ps",
            about,
            latency.count(),
            latency.percentile(500),
            latency.percentile(900),
            latency.percentile(990),
            latency.percentile(999),
            latency.max()};
}

} // namespace

BlockIo::BlockIo(const MachineParts &parts)
    : traffic_(parts.config.traffic),
      engine_("nvme", parts.timeline, parts.link, nvme_parameters(parts.config, parts.seed)),
      driver_(nvme_driver_parameters(parts.config), parts.port, parts.dma, parts.phb),
      load_(block_load_parameters(parts.config, parts.seed), parts.port, driver_) {}

std::string BlockIo::open() {
    const std::vector<NvmeQueuePair> pairs = driver_.open();
    if (pairs.empty())
        return "the DMA window has no room for the queues and lists of the device";
    engine_.configure(pairs);
    return "";
}

void BlockIo::fill(VariantResult &result) const {
    const BlockLoadCounters &counters = load_.counters();
    const std::uint64_t ios = counters.reads + counters.writes;
    if (ios == 0)
        return;
    const auto set = [&result](const char *metric, std::uint64_t value) {
        result.set(metric, static_cast<std::int64_t>(value));
    };
    const std::uint64_t bytes = (ios - counters.errors) * traffic_.io_size;
    set("throughput", per_second(bytes, traffic_.duration));
    set("payload_bytes", bytes);
    set("iops", per_second(ios, traffic_.duration));
    set("io_operations", ios);
    set("io_errors", counters.errors);
    set("io_latency_p50", counters.latency.percentile(500));
    set("io_latency_p99", counters.latency.percentile(990));
    constexpr const char *about = "from the process's request to its end in the process, waits included";
    if (counters.reads)
        result.histograms["io.read"] = summary(counters.read_latency, about);
    if (counters.writes)
        result.histograms["io.write"] = summary(counters.write_latency, about);
}

void BlockIo::judge(VariantResult &result, bool faults_injected) const {
    if (load_.wrong_stamps())
        result.violations.push_back("the guest read wrong data at offset " +
                                    std::to_string(load_.first_wrong_offset()) + " of the disk");
    if (engine_.wrong_stamps())
        result.violations.push_back("the disk was given wrong data for offset " +
                                    std::to_string(engine_.first_wrong_offset()));
    if (faults_injected)
        result.quirks["wrong_payload"] = wrong_after_ - wrong_before_;
    else
        result.invariants["payload_intact"] = wrong_stamps() == 0 && load_.errors() == 0;
}

std::string BlockIo::standstill() const {
    std::string text = "the guest waits for completions, and the device for commands";
    if (engine_.failed())
        text += "; the device has stopped, " + std::string(engine_.failure());
    else if (engine_.counters().refused)
        text += "; the device has failed " + std::to_string(engine_.counters().refused) + " commands";
    return text;
}

} // namespace tcesim
