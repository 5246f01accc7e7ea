// SPDX-License-Identifier: Apache-2.0
#include "sim/answer.h"

#include "sim/report_json.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace tcesim {

void complain(const std::string &message) {
    std::fprintf(stderr, "tcesim: %s\n", message.c_str());
}

int answer(const std::string &text) {
    const int error = write_stdout(text);
    if (error == 0)
        return exit_ok;
    complain(std::string("cannot write to standard output: ") + std::strerror(error));
    return exit_internal;
}

bool colour_wanted(const CommandLine &line) {
    const char *no_color = std::getenv("NO_COLOR");
    const char *terminal = std::getenv("TERM");
    return !line.no_color && (no_color == nullptr || *no_color == 0) && isatty(STDOUT_FILENO) != 0 &&
           terminal != nullptr && std::strcmp(terminal, "dumb") != 0;
}

} // namespace tcesim
