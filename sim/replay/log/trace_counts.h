// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a log holds, device by device: `tcesim replay LOG --parse-only`.
#ifndef TCESIM_SIM_REPLAY_LOG_TRACE_COUNTS_H
#define TCESIM_SIM_REPLAY_LOG_TRACE_COUNTS_H

#include <map>
#include <string>

#include "sim/replay/log/trace_reader.h"

namespace tcesim::replay {

struct DeviceCounts {
    std::uint64_t put = 0, indirect = 0, stuff = 0, get = 0, xlate = 0;
    std::uint64_t failed = 0;  ///< of these calls
    std::uint64_t maps = 0;    ///< TCEs that calls which succeed set to let a device in
    std::uint64_t unmaps = 0;  ///< TCEs that they clear
    std::uint64_t windows = 0; ///< ddw_create
    std::uint64_t windows_removed = 0;
};

class TraceCounts {
public:
    void add(const TraceEvent &event);
    /// By what the log calls the device: a LIOBN, or a name; those past a thousand are one, "others".
    const std::map<std::string, DeviceCounts> &devices() const { return devices_; }

private:
    DeviceCounts &device_of(const TraceEvent &event);

    std::map<std::string, DeviceCounts> devices_;
    std::map<std::uint64_t, DeviceCounts *> by_liobn_;
    std::uint64_t latest_liobn_ = 0;
    DeviceCounts *latest_ = nullptr;
};

/// Reads all of \p reader and tells what was there. \throws BadLog if that is no event at all; \p name names the log.
std::string counts_text(TraceReader &reader, const std::string &name);

/// The lines that cannot be read, and an early end: "file:line: ..." each; empty if there are none.
std::string problems_text(const ReadStatistics &statistics, const std::string &name);

/// \throws BadLog unless \p statistics hold an event.
void need_events(const ReadStatistics &statistics, const std::string &name);

} // namespace tcesim::replay

#endif
