// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/log/recorded_call.h"

#include "hcall/abi.h"

namespace tcesim::replay {

namespace {

/// Entries from \p ioba to the end of \p window; 0 outside.
std::uint64_t entries_behind(std::uint64_t ioba, const WindowShape &window) {
    const std::uint64_t offset = (ioba - window.base) >> window.page_shift;
    const std::uint64_t entries = window.size >> window.page_shift;
    return offset < entries ? entries - offset : 0;
}

/// Of the list only the last entry that was read is known: Linux maps contiguous memory.
void guess_list(RecordedCall &call, std::uint64_t last_tce, std::uint32_t page_shift) {
    const std::uint64_t span = (call.pages - (call.pages != 0)) << page_shift;
    call.step = last_tce & TCE_PERM && last_tce >= span ? 1ULL << page_shift : 0;
    call.first = call.step != 0 ? last_tce - span : last_tce;
}

void read_list(RecordedCall &call, const TraceEvent &event, const WindowShape &window) {
    call.opcode = H_PUT_TCE_INDIRECT;
    call.value = event.list;
    call.pages = event.last + 1;
    if (event.ret != 0) {
        // It names the number before that of the entry which was refused, and 0 as well where that was the first.
        const std::uint64_t fit = entries_behind(event.ioba, window);
        call.pages = event.last == 0 && event.tce == 0 && fit != 0 ? 0 : fit < TCE_LIST_MAX ? fit + 1 : TCE_LIST_MAX;
    }
    guess_list(call, event.tce, window.page_shift);
}

void read_range(RecordedCall &call, const TraceEvent &event, const WindowShape &window) {
    call.opcode = H_STUFF_TCE;
    call.pages = event.pages;
    if (event.ret == 0)
        call.ioba = event.ioba - (event.pages << window.page_shift);
    else
        call.start_known = event.pages == 0 || event.ioba != window.base + window.size;
}

} // namespace

bool RecordedCall::opcode_is_list() const {
    return opcode == H_PUT_TCE_INDIRECT;
}

RecordedCall call_of(const TraceEvent &event, const WindowShape &window) {
    RecordedCall call;
    call.liobn = event.liobn;
    call.ioba = event.ioba;
    call.value = event.tce;
    call.ret = event.ret;
    switch (event.kind) {
    case EventKind::indirect:
        read_list(call, event, window);
        break;
    case EventKind::stuff:
        read_range(call, event, window);
        break;
    case EventKind::get:
        call.opcode = H_GET_TCE;
        break;
    default:
        call.opcode = H_PUT_TCE;
    }
    return call;
}

RecordedCall call_of_kvm(const TraceEvent &enter, const WindowShape &window) {
    RecordedCall call;
    call.opcode = enter.opcode;
    call.liobn = enter.liobn;
    call.ioba = enter.ioba;
    call.value = enter.tce;
    call.answered = false;
    if (enter.opcode == H_PUT_TCE_INDIRECT || enter.opcode == H_STUFF_TCE)
        call.pages = enter.pages;
    if (enter.opcode == H_PUT_TCE_INDIRECT) {
        call.list_known = false;
        call.first = TCE_PERM;
        call.step = 1ULL << window.page_shift;
    }
    return call;
}

} // namespace tcesim::replay
