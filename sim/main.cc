// SPDX-License-Identifier: Apache-2.0
#include "sim/command_line.h"
#include "sim/commands.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <systemc>

namespace {

/// SystemC's own way with reports prints to stdout and throws through threads; ours does neither.
void report_to_stderr(const sc_core::sc_report &report, const sc_core::sc_actions &) {
    if (report.get_severity() < sc_core::SC_WARNING)
        return;
    std::fprintf(stderr, "SystemC: %s: %s\n", report.get_msg_type(), report.get_msg());
    if (report.get_severity() < sc_core::SC_ERROR)
        return;
    std::fflush(nullptr);
    std::_Exit(tcesim::exit_internal);
}

/// In a child: SystemC is untouched until here.
tcesim::VariantResult run_quietly(const tcesim::scenario::Scenario &scenario, const tcesim::scenario::Variant &variant,
                                  const tcesim::RunOptions &options, tcesim::ProgressSink &progress) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    sc_core::sc_report_handler::set_handler(report_to_stderr);
    return tcesim::run_variant(scenario, variant, options, progress);
}

} // namespace

/// SystemC's library wants it for a main() of its own, which this program does not use.
int sc_main(int, char **) {
    return tcesim::exit_internal;
}

int main(int argc, char **argv) {
    try {
        return tcesim::execute(tcesim::parse_command_line({argv + 1, argv + argc}), run_quietly);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "tcesim: internal error: %s\n", error.what());
        return tcesim::exit_internal;
    }
}
