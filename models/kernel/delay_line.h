// SPDX-License-Identifier: Apache-2.0
/// \file
/// Items on their way through a stage, all waiting behind one event of the timeline.
///
/// A stage of mostly constant delay needs one event for its front item only: the timeline's heap
/// stays as small as the number of stages, however many TLPs are in flight.
#ifndef TCESIM_MODELS_KERNEL_DELAY_LINE_H
#define TCESIM_MODELS_KERNEL_DELAY_LINE_H

#include <utility>

#include "models/kernel/ring.h"
#include "models/kernel/timeline.h"

namespace tcesim {

/// Calls (unit->*handler)(item) at the instant given with each item; items of the same instant come
/// out in the order in which they went in.
template <class Unit, class Item, void (Unit::*handler)(Item)>
class DelayLine {
public:
    DelayLine(Timeline &timeline, EventClass event_class, Unit *unit)
        : timeline_(timeline), unit_(unit), event_(Event::member<&DelayLine::fire>(event_class, this)) {}

    /// Hands \p item to the handler at \p when >= now. Cheapest when \p when is not before the
    /// instants of the items already inside.
    void push(ps_t when, const Item &item) {
        std::size_t place = entries_.size();
        entries_.push({when, item});
        for (; place > 0 && entries_[place - 1].when > when; --place)
            std::swap(entries_[place - 1], entries_[place]);
        if (place == 0)
            timeline_.reschedule(event_, when);
    }

    std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        ps_t when;
        Item item;
    };

    void fire() {
        const Entry entry = entries_.pop();
        if (!entries_.empty())
            timeline_.schedule(event_, entries_.front().when);
        (unit_->*handler)(entry.item);
    }

    Timeline &timeline_;
    Unit *unit_;
    Ring<Entry> entries_;
    Event event_;
};

} // namespace tcesim

#endif
