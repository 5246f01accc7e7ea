// SPDX-License-Identifier: Apache-2.0
/// \file
/// A log of a recorded guest, event by event. Tells by itself where the log comes from.
#ifndef TCESIM_SIM_REPLAY_LOG_TRACE_READER_H
#define TCESIM_SIM_REPLAY_LOG_TRACE_READER_H

#include <map>
#include <string>
#include <vector>

#include "sim/replay/log/line_source.h"
#include "sim/replay/log/trace_event.h"

namespace tcesim::replay {

/// A line that begins as an event and cannot be one.
struct BrokenLine {
    std::uint64_t number; ///< from 1
    std::string text;     ///< its beginning, in printable characters
};

struct ReadStatistics {
    static constexpr std::size_t shown_max = 10;

    LogKind kind = LogKind::none; ///< of the first event
    std::uint64_t lines = 0;
    std::array<std::uint64_t, event_kind_count> events{}; ///< of the log's kind
    std::uint64_t foreign = 0;                            ///< events of other kinds
    std::uint64_t other = 0;                              ///< lines of something else
    std::uint64_t broken = 0;
    std::vector<BrokenLine> shown; ///< the first of the broken
    std::string cut_off;           ///< why the log ends before its time; empty if it does not

    std::uint64_t of(EventKind kind) const { return events[static_cast<std::size_t>(kind)]; }
    std::uint64_t total() const;
};

class TraceReader {
public:
    explicit TraceReader(std::unique_ptr<ByteSource> bytes) : lines_(std::move(bytes)) {}

    /// The next event of the log's kind; false at the end. Hypercalls of Linux that have nothing to do with TCEs
    /// are not events. \p event's device lives up to the next call.
    bool next(TraceEvent *event);
    std::uint64_t line() const { return lines_.number(); }
    const ReadStatistics &statistics() const { return statistics_; }

private:
    bool take(std::string_view line, TraceEvent *event);
    bool of_tces(const TraceEvent &event);
    void refuse(std::string_view line);

    LineSource lines_;
    ReadStatistics statistics_;
    bool linux_ = false;                        // lines of this form have had events
    std::map<std::uint64_t, bool> in_tce_call_; // by vCPU
};

} // namespace tcesim::replay

#endif
