// SPDX-License-Identifier: Apache-2.0
#include "sim/run_variants.h"

#include "models/kernel/check.h"
#include "sim/quantity_text.h"
#include "sim/variant_child.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <memory>
#include <numeric>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace tcesim {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds tick{200};

/// SIGINT and SIGTERM as something that can be polled, for the lifetime of the object.
class Interrupts {
public:
    Interrupts() {
        sigset_t watched;
        sigemptyset(&watched);
        sigaddset(&watched, SIGINT);
        sigaddset(&watched, SIGTERM);
        sigprocmask(SIG_BLOCK, &watched, &before_);
        fd_ = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
        TCESIM_CHECK(fd_ >= 0, "the host has signalfd");
    }
    Interrupts(const Interrupts &) = delete;
    Interrupts &operator=(const Interrupts &) = delete;
    ~Interrupts() {
        close(fd_);
        sigprocmask(SIG_SETMASK, &before_, nullptr);
    }

    int fd() const { return fd_; }
    /// The signal mask of before, which a child goes back to.
    const sigset_t &mask_before() const { return before_; }
    /// Whether a signal has come since the last call.
    bool take() {
        signalfd_siginfo info;
        bool any = false;
        while (read(fd_, &info, sizeof(info)) == static_cast<ssize_t>(sizeof(info)))
            any = true;
        return any;
    }

private:
    sigset_t before_;
    int fd_;
};

class Runner {
public:
    Runner(const std::vector<VariantJob> &jobs, const RunLimits &limits, ProgressDisplay *display)
        : jobs_(jobs), limits_(limits), display_(display), children_(jobs.size()), results_(jobs.size()),
          started_(Clock::now()) {}

    RunOutcome run();

private:
    void start_more();
    void wait_a_tick();
    void collect(std::size_t index);
    void end_stalled();
    void interrupt();
    void show_progress();
    std::size_t running() const;

    const std::vector<VariantJob> &jobs_;
    const RunLimits &limits_;
    ProgressDisplay *display_;
    Interrupts interrupts_;
    std::vector<std::unique_ptr<VariantChild>> children_; ///< by job; null: not started, or collected
    std::vector<VariantResult> results_;
    std::string messages_;
    std::size_t next_ = 0;
    std::uint64_t finished_ps_ = 0;
    Clock::time_point started_;
    bool interrupted_ = false;
};

std::size_t Runner::running() const {
    return static_cast<std::size_t>(
        std::count_if(children_.begin(), children_.end(), [](const auto &child) { return child != nullptr; }));
}

void Runner::start_more() {
    const std::size_t most = std::max(1U, limits_.jobs);
    while (!interrupted_ && next_ < jobs_.size() && running() < most) {
        const std::size_t index = next_++;
        auto child = std::make_unique<VariantChild>();
        if (const int error = child->start(jobs_[index], interrupts_.mask_before()); error != 0) {
            results_[index].error = std::string("cannot start a process: ") + std::strerror(error);
            continue;
        }
        children_[index] = std::move(child);
    }
}

void Runner::wait_a_tick() {
    std::vector<pollfd> watched = {{interrupts_.fd(), POLLIN, 0}};
    for (const auto &child : children_)
        if (child)
            child->watch(watched);
    poll(watched.data(), watched.size(), static_cast<int>(tick.count()));
}

void Runner::collect(std::size_t index) {
    VariantChild &child = *children_[index];
    results_[index] = child.finish();
    finished_ps_ += child.end_ps();
    if (results_[index].error.empty())
        messages_ += child.messages(jobs_[index].name);
    // A terminal sends its signal to the children too: one may die before ours is seen.
    interrupted_ = interrupted_ || child.ended_by_interrupt();
    children_[index].reset();
}

void Runner::end_stalled() {
    for (const auto &child : children_)
        if (child && child->stood_still_for() >= limits_.stall)
            child->ask("made no simulated progress for " + std::to_string(limits_.stall.count() / 1000) + " s");
}

void Runner::interrupt() {
    interrupted_ = true;
    for (const auto &child : children_)
        if (child)
            child->end("interrupted");
}

void Runner::show_progress() {
    const auto now = Clock::now();
    ProgressFigures figures;
    figures.elapsed = std::chrono::duration_cast<milliseconds>(now - started_);
    figures.done_ps = figures.total_ps = finished_ps_;
    std::size_t known = next_ - running();
    for (const auto &child : children_) {
        if (!child || child->end_ps() == 0)
            continue;
        figures.done_ps += child->now_ps();
        figures.total_ps += child->end_ps();
        ++known;
    }
    // Variants that have not said how long they last are taken to be like the others.
    if (known != 0)
        figures.total_ps = figures.total_ps / known * jobs_.size();
    display_->show(figures);
}

RunOutcome Runner::run() {
    auto last_shown = started_;
    for (start_more(); running() != 0; start_more()) {
        wait_a_tick();
        if (interrupts_.take())
            interrupt();
        for (std::size_t index = 0; index < children_.size(); ++index)
            if (children_[index] && children_[index]->drain())
                collect(index);
        end_stalled();
        if (display_ != nullptr && Clock::now() - last_shown >= tick) {
            last_shown = Clock::now();
            show_progress();
        }
    }
    if (display_ != nullptr)
        display_->wipe();
    for (std::size_t index = 0; index < results_.size(); ++index) {
        results_[index].name = jobs_[index].name;
        if (interrupted_ && index >= next_)
            results_[index].error = "interrupted before it started";
    }
    return {std::move(results_), std::move(messages_), interrupted_};
}

} // namespace

RunOutcome run_variants(const std::vector<VariantJob> &jobs, const RunLimits &limits, ProgressDisplay *display) {
    return Runner(jobs, limits, display).run();
}

} // namespace tcesim
