// SPDX-License-Identifier: Apache-2.0
/// \file
/// The process that runs one variant, seen from its parent.
#ifndef TCESIM_SIM_VARIANT_CHILD_H
#define TCESIM_SIM_VARIANT_CHILD_H

#include "sim/run_variants.h"

#include <chrono>
#include <csignal>
#include <poll.h>
#include <string>
#include <sys/types.h>
#include <vector>

namespace tcesim {

/// Three channels lead back: the result as JSON, whatever the child prints, and shared progress.
class VariantChild {
public:
    VariantChild();
    VariantChild(const VariantChild &) = delete;
    VariantChild &operator=(const VariantChild &) = delete;
    /// Ends the child if finish() was not called.
    ~VariantChild();

    /// Forks. \p mask is the signal mask of the child. 0, or an errno.
    int start(const VariantJob &job, const sigset_t &mask);

    /// Adds what poll() should wait for.
    void watch(std::vector<pollfd> &watched) const;
    /// Reads what has come. True once the child has closed its channels, that is, ended.
    bool drain();
    /// Kills the child; \p why becomes the result's error.
    void end(const std::string &why);
    /// Lets the child say where it is and end; kills it when it has not done so at a call 2 s later or more.
    /// \p why becomes the result's error, unless the child finishes all the same.
    void ask(const std::string &why);
    /// After drain() returned true: reaps the child and says what became of it.
    VariantResult finish();

    std::uint64_t now_ps() const { return page_->now_ps.load(std::memory_order_relaxed); }
    std::uint64_t end_ps() const { return page_->end_ps.load(std::memory_order_relaxed); }
    /// For how long now_ps() has not changed, as far as this process was awake to see it.
    std::chrono::milliseconds stood_still_for();
    bool ended_by_interrupt() const { return ended_by_interrupt_; }
    /// What the child printed, each line led by \p name.
    std::string messages(const std::string &name) const;

private:
    using Clock = std::chrono::steady_clock;

    [[noreturn]] static void run_child(const VariantJob &job, const sigset_t &mask, pid_t parent, ProgressPage &page,
                                       int result_fd, int text_fd);
    std::string reason(int status) const;
    std::string obituary(int status) const;

    ProgressPage *page_;
    pid_t pid_ = -1;
    int result_fd_ = -1, text_fd_ = -1;
    std::string result_, text_;
    std::string end_reason_; ///< not empty: the parent killed it
    std::string ask_reason_; ///< not empty: the parent asked it
    bool ended_by_interrupt_ = false;
    Clock::time_point started_, last_look_, asked_;
    std::uint64_t last_ps_ = 0;
    std::chrono::milliseconds still_{0};
};

} // namespace tcesim

#endif
