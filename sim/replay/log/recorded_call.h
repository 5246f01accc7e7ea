// SPDX-License-Identifier: Apache-2.0
/// \file
/// A hypercall as the guest made it, from what its line says.
#ifndef TCESIM_SIM_REPLAY_LOG_RECORDED_CALL_H
#define TCESIM_SIM_REPLAY_LOG_RECORDED_CALL_H

#include "sim/replay/log/trace_event.h"

namespace tcesim::replay {

/// A window as far as lines have to be read by it.
struct WindowShape {
    std::uint64_t base = 0; ///< bus address
    std::uint64_t size = 0; ///< bytes
    std::uint32_t page_shift = 12;
};

struct RecordedCall {
    std::uint64_t opcode = 0, liobn = 0;
    std::uint64_t ioba = 0;  ///< where it begins
    std::uint64_t value = 0; ///< the TCE, the value of all, the gpa of the list, or what H_GET_TCE has found
    std::uint64_t pages = 1; ///< entries; 1 for H_PUT_TCE and H_GET_TCE
    std::uint64_t first = 0; ///< H_PUT_TCE_INDIRECT: TCE of the first entry
    std::uint64_t step = 0;  ///< from each TCE of the list to the next
    std::int64_t ret = 0;
    bool answered = true;    ///< ret is the code that the guest got
    bool list_known = true;  ///< the log tells what was in the list
    bool start_known = true; ///< a call that failed may have begun earlier

    std::uint64_t tce(std::uint64_t entry) const { return opcode_is_list() ? first + entry * step : value; }
    bool opcode_is_list() const;
};

/// The call of a put, get, indirect or stuff. \p window: the one of its LIOBN.
RecordedCall call_of(const TraceEvent &event, const WindowShape &window);

/// The call of a kvm_enter, whose answer is not known yet. What its list held is not in the log: memory from 0 on.
RecordedCall call_of_kvm(const TraceEvent &enter, const WindowShape &window);

} // namespace tcesim::replay

#endif
