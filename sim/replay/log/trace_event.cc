// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/log/trace_event.h"

namespace tcesim::replay {

namespace {

struct KindInfo {
    const char *name;
    LogKind log;
};
constexpr std::array<KindInfo, event_kind_count> kinds = {{
    {"put", LogKind::qemu},
    {"get", LogKind::qemu},
    {"indirect", LogKind::qemu},
    {"stuff", LogKind::qemu},
    {"xlate", LogKind::qemu},
    {"new_table", LogKind::qemu},
    {"pre_save", LogKind::qemu},
    {"post_load", LogKind::qemu},
    {"ddw_query", LogKind::qemu},
    {"ddw_create", LogKind::qemu},
    {"ddw_remove", LogKind::qemu},
    {"ddw_reset", LogKind::qemu},
    {"kvm_hcall_enter", LogKind::kvm},
    {"kvm_hcall_exit", LogKind::kvm},
    {"hcall_entry", LogKind::opcodes},
    {"hcall_exit", LogKind::opcodes},
    {"dma_map_page", LogKind::dma},
    {"dma_unmap_page", LogKind::dma},
    {"dma_map_sg", LogKind::dma},
}};

} // namespace

const char *name_of(EventKind kind) {
    return kinds[static_cast<std::size_t>(kind)].name;
}

LogKind log_of(EventKind kind) {
    return kinds[static_cast<std::size_t>(kind)].log;
}

const char *name_of(LogKind kind) {
    switch (kind) {
    case LogKind::qemu:
        return "trace events of QEMU";
    case LogKind::kvm:
        return "kvm_hv tracepoints of a host";
    case LogKind::opcodes:
        return "powerpc tracepoints of a guest";
    case LogKind::dma:
        return "dma tracepoints of a guest";
    case LogKind::none:
        break;
    }
    return "no known event";
}

} // namespace tcesim::replay
