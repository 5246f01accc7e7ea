// SPDX-License-Identifier: Apache-2.0
/// \file
/// How far a running variant has come: written by the child that simulates, read by the parent.
#ifndef TCESIM_SIM_PROGRESS_H
#define TCESIM_SIM_PROGRESS_H

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "sim/last_words.h"

namespace tcesim {

/// Memory that a child shares with its parent. Reading it never disturbs the child.
struct ProgressPage {
    std::atomic<std::uint64_t> now_ps{0};
    std::atomic<std::uint64_t> end_ps{0};
    // Texts end with 0; the parent reads what follows only when the child no longer moves.
    char doing[112] = {};
    char handlers[256] = {}; ///< name of the handler object
    LastWords last_words;
};

/// The simulation's end. Both calls cost a few stores and have no effect on the results.
class ProgressSink {
public:
    explicit ProgressSink(ProgressPage &page) : page_(page) {}

    /// Simulated time has come to \p now_ps of a run that lasts until \p end_ps (warm-up included).
    /// A variant whose now_ps stands still for RunLimits::stall is ended.
    void report(std::uint64_t now_ps, std::uint64_t end_ps) {
        page_.now_ps.store(now_ps, std::memory_order_relaxed);
        page_.end_ps.store(end_ps, std::memory_order_relaxed);
    }

    /// Names what runs now, such as "H_PUT_TCE of vcpu0", for the message about a variant that stands
    /// still or dies. Longer texts are cut.
    void doing(const char *what) { copy_text(page_.doing, what); }
    /// Names the handler object, for the same message.
    void handlers(const std::string &name) { copy_text(page_.handlers, name.c_str()); }

private:
    ProgressPage &page_;
};

/// What the progress line shows.
struct ProgressFigures {
    std::uint64_t done_ps = 0;  ///< simulated, over all variants
    std::uint64_t total_ps = 0; ///< to simulate, over all variants; 0: not known yet
    std::chrono::milliseconds elapsed{0};
};

/// "  43 %   95 ms of 220 ms simulated   0.81 x real time   ETA 2 s"
std::string progress_line(const ProgressFigures &figures);

/// One line on a terminal that is rewritten every 200 ms and wiped at the end.
class ProgressDisplay {
public:
    /// \p fd: the terminal; nothing is written before the first show().
    explicit ProgressDisplay(int fd) : fd_(fd) {}
    ProgressDisplay(const ProgressDisplay &) = delete;
    ProgressDisplay &operator=(const ProgressDisplay &) = delete;
    ~ProgressDisplay() { wipe(); }

    void show(const ProgressFigures &figures);
    void wipe();

private:
    int fd_;
    std::size_t width_ = 0;
};

} // namespace tcesim

#endif
