// SPDX-License-Identifier: Apache-2.0
/// \file
/// A number of requests at the models of link and bridge, for a program that counts instructions from outside.
///
///     phb_count hit|miss-1-level|miss-4-levels|request-tlp ITERATIONS
///
/// An iteration is 16 requests. Two runs of different length differ by the requests alone.
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <systemc>

#include "tools/bench/phb_load.h"

namespace tcesim {
namespace {

struct Kind {
    std::string_view name;
    std::uint32_t levels;
    void (*work)(phb_load::World &);
};

constexpr Kind kinds[] = {
    {"hit", 1, [](phb_load::World &world) { world.translate(false); }},
    {"miss-1-level", 1, [](phb_load::World &world) { world.translate(true); }},
    {"miss-4-levels", 4, [](phb_load::World &world) { world.translate(true); }},
    {"request-tlp", 1, [](phb_load::World &world) { world.read(); }},
};

int run(std::string_view name, long iterations) {
    for (const Kind &kind : kinds) {
        if (kind.name != name || iterations <= 0)
            continue;
        phb_load::World world;
        world.set_levels(kind.levels);
        for (long i = 0; i < iterations; ++i)
            kind.work(world);
        return 0;
    }
    std::fputs("usage: phb_count hit|miss-1-level|miss-4-levels|request-tlp ITERATIONS\n", stderr);
    return 2;
}

} // namespace
} // namespace tcesim

int sc_main(int, char **) {
    return 1;
}

int main(int argc, char **argv) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    return tcesim::run(argc == 3 ? argv[1] : "", argc == 3 ? std::atol(argv[2]) : 0);
}
