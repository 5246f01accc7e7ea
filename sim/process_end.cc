// SPDX-License-Identifier: Apache-2.0
#include "sim/process_end.h"

namespace tcesim {

namespace {

/// "3 pins", with what stands before it in the list.
void list(std::string &text, std::uint64_t count, const char *what) {
    if (count)
        text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what;
}

} // namespace

void judge_end(Machine &machine, VariantResult &result) {
    const Remains remains = machine.end_process();
    const machine_remains &left = remains.of_handlers;
    if (left.lost_tables)
        result.quirks["tables_never_freed"] = left.lost_tables;
    if (left.lost_pages)
        result.quirks["locked_pages_never_given_back"] = left.lost_pages;
    std::string rest;
    list(rest, left.locked_pages - left.lost_pages, "locked pages");
    list(rest, left.regions, "regions");
    list(rest, remains.pins - remains.needless_pins, "pins");
    list(rest, remains.objects, "objects of the host's kernel");
    list(rest, remains.page_bytes, "bytes of tables");
    result.invariants["all_given_back"] = rest.empty();
    if (!rest.empty())
        result.violations.push_back("all_given_back: the process has ended and left behind " + rest);
}

} // namespace tcesim
