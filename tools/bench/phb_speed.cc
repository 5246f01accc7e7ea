// SPDX-License-Identifier: Apache-2.0
/// \file
/// How fast the models of link and bridge are on this host: translations and whole request TLPs.
///
///     phb_speed [Google Benchmark's options]
///
/// phb_count makes the same requests for whoever counts instructions.
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <systemc>

#include "tools/bench/phb_load.h"

namespace tcesim {
namespace {

using phb_load::at_a_time, phb_load::World;

/// An iteration is at_a_time requests.
template <class Work>
void repeat(benchmark::State &state, Work work) {
    for (auto _ : state)
        work();
    state.SetItemsProcessed(state.iterations() * at_a_time);
}

void hit(benchmark::State &state, World &world) {
    world.set_levels(1);
    repeat(state, [&] { world.translate(false); });
}
void miss(benchmark::State &state, World &world, std::uint32_t levels) {
    world.set_levels(levels);
    repeat(state, [&] { world.translate(true); });
}
void request_tlp(benchmark::State &state, World &world) {
    world.set_levels(1);
    repeat(state, [&] { world.read(); });
}

int run(int argc, char **argv) {
    benchmark::Initialize(&argc, argv);
    if (argc > 1) {
        std::fputs("usage: phb_speed [--benchmark_...]\n", stderr);
        return 2;
    }
    World world;
    const auto add = [&](const char *name, auto function, auto... arguments) {
        benchmark::RegisterBenchmark(name, function, std::ref(world), arguments...);
    };
    add("hit", hit);
    add("miss-1-level", miss, 1u);
    add("miss-4-levels", miss, 4u);
    add("request-tlp", request_tlp);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}

} // namespace
} // namespace tcesim

int sc_main(int, char **) {
    return 1;
}

int main(int argc, char **argv) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return tcesim::run(argc, argv);
}
