// SPDX-License-Identifier: Apache-2.0
/// tcesim-conform: what `tcesim conform` executes. Handlers that it loads call the plain world's port_*() and the
/// meter below, which counts nothing.
#include "sim/conform/handlers.h"
#include "sim/conform/program.h"
#include "tools/meter/meter_abi.h"

#include <cstdio>
#include <exception>

const uint8_t *meter_calling = nullptr;

void meter_load(const volatile void * /*address*/, const uint8_t * /*access*/) {}
void meter_store(const volatile void * /*address*/, const uint8_t * /*access*/) {}
void meter_atomic(const volatile void * /*address*/, const uint8_t * /*access*/) {}
void meter_fence(const uint8_t * /*access*/) {}

int main(int argc, char **argv) {
    try {
        return tcesim::conform::run_program({argv + 1, argv + argc}, tcesim::conform::load_handlers);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "tcesim: internal error: %s\n", error.what());
        return 1;
    }
}
