// SPDX-License-Identifier: Apache-2.0
/// \file
/// When a bridge accepts a TCE kill: a queue of fixed depth, served one after the other.
#ifndef TCESIM_MODELS_PHB_KILL_QUEUE_H
#define TCESIM_MODELS_PHB_KILL_QUEUE_H

#include <algorithm>
#include <vector>

#include "models/kernel/timeline.h"

namespace tcesim {

/// A kill is accepted when a place is free; it keeps the place until it has been serviced, one kill
/// after the other. As the service time is known, everything is known when a kill arrives.
class KillQueue {
public:
    /// \p depth >= 1 places, \p service per kill.
    KillQueue(std::uint32_t depth, ps_t service) : service_(service), done_(depth, 0) {}

    /// A kill arrives at \p when, not before the kill before it. Returns the instant of acceptance.
    ps_t accept(ps_t when) {
        // The oldest of the last `depth` kills leaves its place first.
        const ps_t accepted = std::max(when, done_[oldest_]);
        last_done_ = std::max(accepted, last_done_) + service_;
        done_[oldest_] = last_done_;
        oldest_ = oldest_ + 1 == done_.size() ? 0 : oldest_ + 1;
        return accepted;
    }
    /// \p count kills from \p when on, by somebody who waits until the last has been serviced.
    /// Returns that instant.
    ps_t run(ps_t when, std::uint64_t count) {
        last_done_ = std::max(when, last_done_) + count * service_;
        std::fill(done_.begin(), done_.end(), last_done_);
        return last_done_;
    }

    /// Everything in it happens later by \p ps.
    void put_off(ps_t ps) {
        for (ps_t &done : done_)
            done += ps;
        last_done_ += ps;
    }

    std::uint32_t depth() const { return static_cast<std::uint32_t>(done_.size()); }
    /// Kills accepted and not yet serviced at \p when.
    std::uint32_t in_flight(ps_t when) const {
        return static_cast<std::uint32_t>(
            std::count_if(done_.begin(), done_.end(), [when](ps_t done) { return done > when; }));
    }
    bool busy(ps_t when) const { return when < last_done_; }

private:
    const ps_t service_;
    ps_t last_done_ = 0;
    std::vector<ps_t> done_; // when the last `depth` kills are serviced, a ring
    std::size_t oldest_ = 0;
};

} // namespace tcesim

#endif
