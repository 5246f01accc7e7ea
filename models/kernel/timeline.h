// SPDX-License-Identifier: Apache-2.0
/// \file
/// The one order of everything that happens.
///
/// Every event has the key (time, class, sequence); the smallest key is next, always. Hardware
/// events are plain callbacks on a private heap; a vCPU is an Actor: a SystemC thread that runs
/// ahead on its own and calls Timeline::sync() before it touches what others can see. sync()
/// returns at once when nobody has anything earlier to do; otherwise the caller's own thread fires
/// the earlier events in place, and SystemC switches threads only from one actor to another. So
/// decoupling is exact: there is no quantum.
#ifndef TCESIM_MODELS_KERNEL_TIMELINE_H
#define TCESIM_MODELS_KERNEL_TIMELINE_H

#include <cstdint>
#include <systemc>
#include <vector>

namespace tcesim {

/// Simulated time in picoseconds since the start of the run.
using ps_t = std::uint64_t;

constexpr ps_t ps_never = ~ps_t{0};

/// Order of events at the same instant.
enum class EventClass : std::uint8_t { vcpu, mmio, phb, link, device, wire, end };

/// Something that will happen once at a time; owned by the unit whose method it calls.
class Event {
public:
    using Function = void (*)(void *self);

    Event(EventClass event_class, Function function, void *self)
        : function_(function), self_(self), class_(event_class) {}
    Event(const Event &) = delete;
    Event &operator=(const Event &) = delete;

    /// Builds an event that calls a member function: Event::member<&Phb::on_kill>(class, this).
    template <auto Method, class Unit>
    static Event member(EventClass event_class, Unit *unit) {
        return Event(event_class, [](void *self) { (static_cast<Unit *>(self)->*Method)(); }, unit);
    }

    bool pending() const { return slot_ != unqueued; }
    /// Instant at which it fires; meaningful while pending.
    ps_t time() const { return time_; }

private:
    friend class Timeline;
    friend class Actor;
    static constexpr std::uint32_t unqueued = ~std::uint32_t{0};

    Function function_;
    void *self_;
    ps_t time_ = 0;
    std::uint64_t order_ = 0; // at the same instant: class, then sequence
    std::uint32_t slot_ = unqueued;
    EventClass class_;
};

/// A thread of execution whose local time may run ahead of the timeline.
class Actor {
public:
    /// \p number orders actors at the same instant; unique.
    explicit Actor(unsigned number);

    unsigned number() const { return number_; }

private:
    friend class Timeline;
    Event resume_;
    sc_core::sc_event go_;
    unsigned number_;
};

class Timeline : public sc_core::sc_module {
public:
    /// \p one_wakeup_per_event makes every event a wake-up of the SystemC kernel of its own
    /// (--kernel=systemc): the same order, and so the same results, slower.
    Timeline(sc_core::sc_module_name name, bool one_wakeup_per_event);

    /// Instant of the event that fires now, or up to which the running actor has synced.
    ps_t now() const { return now_; }

    /// Queues \p event, which must not be pending, for \p when >= now().
    void schedule(Event &event, ps_t when);
    /// Takes a pending \p event back.
    void cancel(Event &event);
    /// Moves \p event to \p when, pending or not.
    void reschedule(Event &event, ps_t when);

    /// Called by the running \p actor: returns when every event before (\p when, vcpu, actor) has
    /// fired. Afterwards now() == \p when.
    void sync(Actor &actor, ps_t when) {
        if (heap_.empty() || when < heap_.front()->time_) {
            now_ = when;
            return;
        }
        sync_slowly(actor, when);
    }
    /// Called by the running \p actor: sleeps until somebody calls wake(). Returns the instant.
    ps_t block(Actor &actor);
    /// Makes a blocked or sleeping \p actor continue at \p when, or earlier if it already would.
    void wake(Actor &actor, ps_t when);
    /// Whether \p actor waits for its instant or for a wake-up, that is: does not execute.
    bool waiting(const Actor &actor) const { return actor.resume_.pending(); }

    /// Called first in the SystemC thread of \p actor: starts it at instant 0.
    void start(Actor &actor);
    /// Ends the run: no event and no actor continues after the one that fires now.
    void stop() { stopped_ = true; }
    /// After that: lets everything go on where it has stopped, once the SystemC kernel is started again.
    void go_on();

    /// Events and actors queued now.
    std::size_t pending() const { return heap_.size() - front_is_free_; }
    /// Of these, those that are not of class end, which watch the run.
    std::size_t pending_before_end() const;
    /// Events fired so far, resumptions of actors included.
    std::uint64_t fired() const { return fired_; }
    /// Whether the run ended because nothing was left to do, not by stop().
    bool starved() const { return starved_; }

private:
    void sync_slowly(Actor &actor, ps_t when);
    void dispatch(Actor &actor);
    Actor *fire_up_to_an_actor();
    void hand_over();
    void kernel_wakeup();
    void fire(Event &event);
    void pop();
    void remove_front();
    void place(std::uint32_t slot, Event *event);
    void sift_up(std::uint32_t slot);
    void sift_down(std::uint32_t slot);
    static bool before(const Event &a, const Event &b) {
        return a.time_ < b.time_ || (a.time_ == b.time_ && a.order_ < b.order_);
    }

    std::vector<Event *> heap_;
    bool front_is_free_ = false; // the front fires now: the first event scheduled meanwhile takes its place
    std::vector<Actor *> actors_;
    ps_t now_ = 0;
    std::uint64_t next_sequence_ = 0;
    std::uint64_t fired_ = 0;
    sc_core::sc_event kernel_event_;
    bool one_wakeup_per_event_;
    bool stopped_ = false;
    bool starved_ = false;
};

} // namespace tcesim

#endif
