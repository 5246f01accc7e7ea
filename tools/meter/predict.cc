// SPDX-License-Identifier: Apache-2.0
/// \file
/// The simulator's own meter on the counters of the harness. Nothing but instructions costs time,
/// and one lasts METER_WEIGHT_ONE ps, so that a picosecond is the unit of a weight.
#include "tools/meter/predict.h"

#include <memory>
#include <systemc>

#include "models/cpu/meter.h"
#include "models/kernel/check.h"
#include "tools/meter/paths.h"

namespace {

constexpr tcesim::CodeCosts instructions_only = {1'000'000'000, METER_WEIGHT_ONE, 0, 0, 0, 0, 0};
constexpr tcesim::CacheParameters unused_cache = {128, 1024, 4096, 16384, 1};

std::unique_ptr<tcesim::Meter> meter;
bool fold_at_port_calls;
tcesim::ps_t charged;

void fold() {
    charged += meter->fold(tcesim::Phase::measured);
}

} // namespace

unsigned predict_cpus() {
    TCESIM_CHECK(meter_table.cpus <= PREDICT_CPUS_MAX, "the table has few CPUs");
    return meter_table.cpus;
}

void predict_begin(unsigned cpu, bool at_port_calls) {
    meter = std::make_unique<tcesim::Meter>(meter_table, cpu, instructions_only, unused_cache, false);
    meter->discard();
    charged = 0;
    fold_at_port_calls = at_port_calls;
}

std::int64_t predict_end() {
    fold();
    meter.reset();
    return static_cast<std::int64_t>(charged);
}

void meter_path_port_call() {
    if (meter && fold_at_port_calls)
        fold();
}

// The library of SystemC, whose headers the meter includes, refers to it.
int sc_main(int, char **) {
    return 1;
}
