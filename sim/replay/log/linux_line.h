// SPDX-License-Identifier: Apache-2.0
/// \file
/// Lines of Linux' tracepoints as ftrace, `perf script` and `trace-cmd report` print them.
///
///               nc-440     [001] D....    29.824280: hcall_entry: opcode=32
///     CPU 0/KVM  1234 [003]  5512.090312: kvm_hv:kvm_hcall_enter: VCPU 0: hcall=H_PUT_TCE GPR4-7=0x80000000,...
///     CPU 0/KVM-1234  [003]  5512.090312: kvm_hcall_enter:      VCPU 0: hcall=H_PUT_TCE GPR4-7=0x80000000,...
///
/// Known are kvm_hv:kvm_hcall_enter and kvm_hcall_exit, powerpc:hcall_entry and hcall_exit, dma:dma_map_page,
/// dma_unmap_page and dma_map_sg, and QEMU's own events in trace marks.
#ifndef TCESIM_SIM_REPLAY_LOG_LINUX_LINE_H
#define TCESIM_SIM_REPLAY_LOG_LINUX_LINE_H

#include "sim/replay/log/qemu_line.h"

namespace tcesim::replay {

LineIs parse_linux_line(std::string_view line, TraceEvent *event);

} // namespace tcesim::replay

#endif
