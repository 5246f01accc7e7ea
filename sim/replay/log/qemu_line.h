// SPDX-License-Identifier: Apache-2.0
/// \file
/// Lines of QEMU's trace events spapr_iommu_*, as every version since 2.0 has written them.
///
///     30109@1795164896.091703:spapr_iommu_pci_put liobn=0x80000000 ioba=0x1000 tce=0x1e374003 ret=0
///     2025-07-21T18:43:28.089797Z spapr_iommu_pci_put ...
///     spapr_iommu_pci_put ...
///     spapr_iommu_pci_put 12.345 pid=30109 liobn=0x80000000 ... ret=0x0        (simpletrace.py)
///
/// Before QEMU 2.10 some numbers had no 0x; it may be missing everywhere.
#ifndef TCESIM_SIM_REPLAY_LOG_QEMU_LINE_H
#define TCESIM_SIM_REPLAY_LOG_QEMU_LINE_H

#include "sim/replay/log/trace_event.h"

namespace tcesim::replay {

enum class LineIs {
    other, ///< none of the known events: whatever else writes into the log
    event,
    broken ///< it begins as an event, and cannot be one
};

LineIs parse_qemu_line(std::string_view line, TraceEvent *event);

/// What follows the prefix of a line: "spapr_iommu_pci_put liobn=...". Leaves \p event's time and thread alone.
LineIs parse_qemu_event(std::string_view text, TraceEvent *event);

} // namespace tcesim::replay

#endif
