// SPDX-License-Identifier: Apache-2.0
/// conform_PRESET: what `tcesim conform` does, with the handlers of one kernel era linked in, under sanitizers.
#include "sim/conform/program.h"

#include <cstdio>
#include <exception>

namespace {

const struct hcall_object *linked_in(const std::string &file, const std::string &preset, std::string *error) {
    if (file.empty() && preset == hcall_object.preset)
        return &hcall_object;
    *error = std::string("this program holds the handlers of kernel ") + hcall_object.preset + " alone";
    return nullptr;
}

} // namespace

int main(int argc, char **argv) {
    try {
        return tcesim::conform::run_program({argv + 1, argv + argc}, linked_in);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "conform: %s\n", error.what());
        return 1;
    }
}
