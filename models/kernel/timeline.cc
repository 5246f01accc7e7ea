// SPDX-License-Identifier: Apache-2.0
#include "models/kernel/timeline.h"

#include <algorithm>

#include "models/kernel/check.h"

namespace tcesim {

using sc_core::SC_PS;
using sc_core::sc_time;

namespace {

constexpr unsigned class_shift = 56; // of Event::order_; sequence numbers stay below

} // namespace

Actor::Actor(unsigned number) : resume_(EventClass::vcpu, nullptr, this), number_(number) {
    resume_.order_ = number; // class vcpu is 0
}

Timeline::Timeline(sc_core::sc_module_name name, bool one_wakeup_per_event)
    : sc_module(name), one_wakeup_per_event_(one_wakeup_per_event) {
    SC_HAS_PROCESS(Timeline);
    SC_METHOD(kernel_wakeup);
    sensitive << kernel_event_;
    dont_initialize();
}

void Timeline::place(std::uint32_t slot, Event *event) {
    heap_[slot] = event;
    event->slot_ = slot;
}

void Timeline::sift_up(std::uint32_t slot) {
    Event *event = heap_[slot];
    while (slot > 0) {
        const std::uint32_t parent = (slot - 1) / 2;
        if (!before(*event, *heap_[parent]))
            break;
        place(slot, heap_[parent]);
        slot = parent;
    }
    place(slot, event);
}

void Timeline::sift_down(std::uint32_t slot) {
    Event *event = heap_[slot];
    const auto size = static_cast<std::uint32_t>(heap_.size());
    for (;;) {
        std::uint32_t child = 2 * slot + 1;
        if (child >= size)
            break;
        if (child + 1 < size && before(*heap_[child + 1], *heap_[child]))
            ++child;
        if (!before(*heap_[child], *event))
            break;
        place(slot, heap_[child]);
        slot = child;
    }
    place(slot, event);
}

void Timeline::schedule(Event &event, ps_t when) {
    TCESIM_CHECK(!event.pending(), "an event is scheduled once at a time");
    TCESIM_CHECK(when >= now_, "an event lies in the future");
    event.time_ = when;
    if (event.class_ != EventClass::vcpu)
        event.order_ = static_cast<std::uint64_t>(event.class_) << class_shift | next_sequence_++;
    if (front_is_free_) {
        front_is_free_ = false;
        heap_[0] = &event;
        sift_down(0);
        return;
    }
    heap_.push_back(&event);
    sift_up(static_cast<std::uint32_t>(heap_.size() - 1));
}

void Timeline::cancel(Event &event) {
    TCESIM_CHECK(event.pending(), "only a pending event is cancelled");
    const std::uint32_t slot = event.slot_;
    Event *last = heap_.back();
    heap_.pop_back();
    event.slot_ = Event::unqueued;
    if (last == &event)
        return;
    place(slot, last);
    sift_up(slot);
    sift_down(last->slot_);
}

void Timeline::reschedule(Event &event, ps_t when) {
    if (event.pending())
        cancel(event);
    schedule(event, when);
}

void Timeline::pop() {
    heap_.front()->slot_ = Event::unqueued;
    remove_front();
    ++fired_;
}

void Timeline::remove_front() {
    Event *last = heap_.back();
    heap_.pop_back();
    if (heap_.empty())
        return;
    heap_[0] = last;
    sift_down(0);
}

/// Fires \p event, the front. What fires mostly schedules a successor: that takes over its place.
void Timeline::fire(Event &event) {
    now_ = event.time_;
    ++fired_;
    event.slot_ = Event::unqueued;
    front_is_free_ = true;
    event.function_(event.self_);
    if (front_is_free_) {
        front_is_free_ = false;
        remove_front();
    }
}

void Timeline::sync_slowly(Actor &actor, ps_t when) {
    actor.resume_.time_ = when;
    if (!one_wakeup_per_event_ && before(actor.resume_, *heap_.front())) {
        ++fired_;
        now_ = when;
        return;
    }
    schedule(actor.resume_, when);
    dispatch(actor);
}

ps_t Timeline::block(Actor &actor) {
    schedule(actor.resume_, ps_never);
    dispatch(actor);
    return now_;
}

void Timeline::wake(Actor &actor, ps_t when) {
    TCESIM_CHECK(actor.resume_.pending(), "only a waiting actor is woken");
    if (actor.resume_.time_ > when)
        reschedule(actor.resume_, when);
}

/// Fires events in the thread of \p actor until its own turn comes.
void Timeline::dispatch(Actor &actor) {
    if (one_wakeup_per_event_) {
        hand_over();
        sc_core::wait(actor.go_);
        return;
    }
    Actor *next = fire_up_to_an_actor();
    if (next == &actor)
        return;
    // The smallest key is another actor's: its thread goes on, ours waits for its turn.
    if (next)
        next->go_.notify(sc_time(static_cast<double>(now_), SC_PS) - sc_core::sc_time_stamp());
    sc_core::wait(actor.go_);
}

/// \returns the actor whose turn it is; nullptr at the end of the run.
Actor *Timeline::fire_up_to_an_actor() {
    while (!stopped_) {
        Event *next = heap_.front();
        if (next->time_ == ps_never) {
            starved_ = true;
            stop();
            break;
        }
        if (next->function_) {
            fire(*next);
            continue;
        }
        pop();
        now_ = next->time_;
        return static_cast<Actor *>(next->self_);
    }
    return nullptr;
}

void Timeline::go_on() {
    stopped_ = false;
    if (one_wakeup_per_event_)
        hand_over();
    else if (Actor *next = fire_up_to_an_actor())
        next->go_.notify(sc_time(static_cast<double>(now_), SC_PS) - sc_core::sc_time_stamp());
}

/// Lets the SystemC kernel fire the smallest key at its own instant.
void Timeline::hand_over() {
    if (stopped_)
        return;
    if (heap_.front()->time_ == ps_never) {
        starved_ = true;
        stop();
        return;
    }
    kernel_event_.notify(sc_time(static_cast<double>(heap_.front()->time_), SC_PS) - sc_core::sc_time_stamp());
}

void Timeline::kernel_wakeup() {
    Event *next = heap_.front();
    if (next->function_) {
        fire(*next);
        hand_over();
        return;
    }
    pop();
    now_ = next->time_;
    static_cast<Actor *>(next->self_)->go_.notify();
}

void Timeline::start(Actor &actor) {
    actors_.push_back(&actor);
    schedule(actor.resume_, 0);
    if (actors_.size() > 1) {
        sc_core::wait(actor.go_);
        return;
    }
    // The first actor opens the run once every other one has queued itself.
    sc_core::wait(sc_core::SC_ZERO_TIME);
    dispatch(actor);
}

std::size_t Timeline::pending_before_end() const {
    const auto before_end = [](const Event *event) { return event->class_ != EventClass::end; };
    return static_cast<std::size_t>(std::count_if(heap_.begin() + front_is_free_, heap_.end(), before_end));
}

} // namespace tcesim
