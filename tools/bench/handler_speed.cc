// SPDX-License-Identifier: Apache-2.0
/// \file
/// How fast hypercalls of a handler object are on this host: while nobody looks, and timed as in a
/// simulation. One guest with the window of a scenario; nothing else happens.
///
///     handler_speed SCENARIO.yaml OBJECT.so [ITERATIONS] [Google Benchmark's options]
///
/// With ITERATIONS each benchmark runs that often, so that host instructions can be compared. An object without a
/// meter's table is plainly compiled: how fast the same code is without counters.
#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <systemc>

#include "models/cpu/sim_port.h"
#include "models/kernel/check.h"
#include "sim/handler_object.h"
#include "sim/machine_parameters.h"
#include "sim/scenario_run.h"

namespace tcesim {
namespace {

using namespace address_map;

constexpr std::uint64_t entries = 512; // of the window, used in turn
constexpr ps_t endless = ps_t{1} << 62;

/// A bridge that is done at once.
class Bridge : public MmioTarget, public PhbFirmware {
public:
    explicit Bridge(const Timeline &timeline) : timeline_(timeline) {}
    ps_t mmio_write(std::uint64_t, std::uint64_t) override { return timeline_.now(); }
    void set_tve(std::uint32_t, std::uint64_t) override {}
    ps_t tce_kill(opal_tce_kill, std::uint32_t, std::uint32_t, std::uint64_t, std::uint64_t) override {
        return timeline_.now();
    }
    void mmio_load(std::uint64_t, LoadClient &) override {}
    void pe_reset(std::uint32_t, enum port_reset) override {}

private:
    const Timeline &timeline_;
};

/// Who pays for what the handlers execute.
enum class Account { nobody, meter_without_caches, meter };

/// Host, guest and one window, served by one handler object.
class World {
public:
    World(const scenario::Config &config, const HandlerObject &object)
        : config_(config), handlers_(*object.handlers), timeline_("timeline", false),
          memory_(guest_ram + config.guest.ram), port_(memory_, {guest_ram_ua, guest_ram, config.guest.ram}),
          bridge_(timeline_) {
        memory_.set_heap(heap, guest_ram);
        port_.connect(timeline_, bridge_, bridge_);
        const hcall_setup setup = handlers_setup(config);
        TCESIM_CHECK(
            !handlers_.machine_new(&setup, &machine_) && !handlers_.machine_default_window(&setup, &machine_) &&
                !handlers_.machine_add_device(&setup, &machine_) && !handlers_.machine_open_window(&setup, &machine_),
            "the scenario's machine can be set up");
        if (!object.meter)
            return;
        for (const bool caches : {false, true}) {
            meters_.push_back(std::make_unique<Meter>(*object.meter, object.cpu, code_costs(config),
                                                      cache_parameters(config.machine), caches));
            vcpus_.push_back(std::make_unique<Vcpu>(caches, timeline_, *meters_.back(), cpu_costs(config), 0, endless));
        }
        meters_.front()->discard();
    }
    ~World() { choose(Account::nobody); }

    /// Called first in the thread of SystemC that the hypercalls are made in.
    void start() {
        if (!vcpus_.empty())
            timeline_.start(vcpus_.front()->actor());
    }

    void choose(Account account) {
        if (account == Account::nobody) {
            current_vcpu = nullptr;
            use_meter(nullptr);
            return;
        }
        meter().discard(); // what nobody paid for
        vcpus_[account == Account::meter]->activate();
    }

    Meter &meter() { return *meters_.back(); }

    long put(std::uint64_t entry, std::uint64_t tce) { return call(H_PUT_TCE, entry, tce, 0); }
    long put_indirect(std::uint64_t entry, std::uint64_t count) {
        return call(H_PUT_TCE_INDIRECT, entry, driver_memory, count);
    }
    long stuff(std::uint64_t entry, std::uint64_t count) { return call(H_STUFF_TCE, entry, 0, count); }

    /// The list for put_indirect().
    void write_list() {
        for (std::uint64_t i = 0; i < entries; ++i)
            port_.guest_write64(driver_memory + i * sizeof(std::uint64_t), tce(i));
    }
    /// TCE that maps guest page \p page, read and write.
    static std::uint64_t tce(std::uint64_t page) { return sender_memory + (page << 12) + TCE_PERM; }

private:
    long call(std::uint64_t opcode, std::uint64_t entry, std::uint64_t value, std::uint64_t count) {
        return handlers_.hypercall(machine_.window, opcode, config_.iommu.window.base + (entry << 12), value, count);
    }

    const scenario::Config &config_;
    const struct hcall_object &handlers_;
    Timeline timeline_;
    HostMemory memory_;
    SimPort port_;
    Bridge bridge_;
    hcall_machine machine_ = {};
    std::vector<std::unique_ptr<Meter>> meters_;
    std::vector<std::unique_ptr<Vcpu>> vcpus_;
};

/// Maps a page and takes it back, entry after entry: two hypercalls.
void map_and_clear(benchmark::State &state, World &world, Account account) {
    world.choose(account);
    std::uint64_t entry = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(world.put(entry, World::tce(entry)));
        benchmark::DoNotOptimize(world.put(entry, 0));
        entry = (entry + 1) % entries;
    }
    world.choose(Account::nobody);
    state.SetItemsProcessed(state.iterations() * 2);
}

/// A list of 512 entries, and their removal.
void map_list(benchmark::State &state, World &world, Account account) {
    world.write_list();
    world.choose(account);
    for (auto _ : state) {
        benchmark::DoNotOptimize(world.put_indirect(0, entries));
        benchmark::DoNotOptimize(world.stuff(0, entries));
    }
    world.choose(Account::nobody);
    state.SetItemsProcessed(state.iterations() * 2 * static_cast<std::int64_t>(entries));
}

/// One hypercall and one fold of what it has counted; without folds the counters just grow.
void call_and_fold(benchmark::State &state, World &world, bool folds) {
    Meter &meter = world.meter();
    std::uint64_t entry = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(world.put(entry, World::tce(entry)));
        if (folds)
            benchmark::DoNotOptimize(meter.fold(Phase::measured));
        entry = (entry + 1) % entries;
    }
    meter.discard();
}

/// \p iterations: 0 leaves it to the library.
void register_benchmarks(World &world, bool metered, benchmark::IterationCount iterations) {
    const auto add = [&world, iterations](const std::string &name, auto function, auto argument) {
        auto *registered = benchmark::RegisterBenchmark(name.c_str(), function, std::ref(world), argument);
        if (iterations)
            registered->Iterations(iterations);
    };
    const auto add_calls = [&add](const std::string &name, Account account) {
        add("put/" + name, map_and_clear, account);
        add("list/" + name, map_list, account);
    };
    if (!metered) {
        add_calls("plain", Account::nobody);
        return;
    }
    add_calls("metered", Account::nobody);
    add_calls("timed-without-caches", Account::meter_without_caches);
    add_calls("timed", Account::meter);
    add("put-without-fold", call_and_fold, false);
    add("put-and-fold", call_and_fold, true);
}

scenario::Config config_of(const std::string &file) {
    CommandLine line;
    line.file = file;
    line.set = {"guest.multitce=true"};
    const std::optional<scenario::Scenario> scenario = load(line);
    if (!scenario)
        std::exit(2);
    return scenario->variants.back().config;
}

/// Of any build: with a meter's table or without.
HandlerObject open_object(const char *file) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    const auto *handlers = library ? static_cast<const struct hcall_object *>(dlsym(library, "hcall_object")) : nullptr;
    if (!handlers || handlers->layout != HCALL_OBJECT_LAYOUT) {
        std::fprintf(stderr, "handler_speed: %s is no handler object of this program\n", file);
        std::exit(2);
    }
    return {handlers, static_cast<const struct meter_table *>(dlsym(library, "meter_table")), 0, {}};
}

int run(int argc, char **argv) {
    benchmark::Initialize(&argc, argv);
    if (argc != 3 && argc != 4) {
        std::fputs("usage: handler_speed SCENARIO.yaml OBJECT.so [ITERATIONS] [--benchmark_...]\n", stderr);
        return 2;
    }
    const scenario::Config config = config_of(argv[1]);
    const HandlerObject object = open_object(argv[2]);
    World world(config, object);
    register_benchmarks(world, object.meter != nullptr, argc == 4 ? std::atoll(argv[3]) : 0);
    sc_core::sc_spawn([&world] {
        world.start();
        benchmark::RunSpecifiedBenchmarks();
        sc_core::sc_stop();
    });
    sc_core::sc_start();
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
