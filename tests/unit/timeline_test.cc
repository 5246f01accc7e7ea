// SPDX-License-Identifier: Apache-2.0
#include "models/kernel/timeline.h"

#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <tuple>

namespace tcesim::timeline_test {
namespace {

/// Runs actors, each with a function of its own, on one timeline.
class Bench : public sc_core::sc_module {
public:
    Bench(sc_core::sc_module_name name, bool one_wakeup_per_event)
        : sc_module(name), timeline("timeline", one_wakeup_per_event) {}

    Actor &add(std::function<void(Actor &)> body) {
        actors.push_back(std::make_unique<Actor>(static_cast<unsigned>(actors.size())));
        Actor *actor = actors.back().get();
        sc_core::sc_spawn([this, actor, body] {
            timeline.start(*actor);
            body(*actor);
            timeline.block(*actor);
        });
        return *actor;
    }

    Timeline timeline;
    std::vector<std::unique_ptr<Actor>> actors;
};

/// An event that writes its name into a log when it fires.
struct Note {
    Note(std::string note_name, EventClass event_class, std::string &note_log)
        : name(std::move(note_name)), log(note_log), event(Event::member<&Note::fire>(event_class, this)) {}
    void fire() { log += name; }
    std::string name;
    std::string &log;
    Event event;
};

class TimelineInBothKernels : public testing::TestWithParam<bool> {};

TEST_P(TimelineInBothKernels, FiresByTimeThenClassThenOrderOfScheduling) {
    Bench bench("bench", GetParam());
    std::string log;
    Note wire("w", EventClass::wire, log), phb("p", EventClass::phb, log), first("1", EventClass::link, log),
        second("2", EventClass::link, log), early("e", EventClass::wire, log);
    bench.add([&](Actor &actor) {
        Timeline &timeline = bench.timeline;
        timeline.schedule(wire.event, 10);
        timeline.schedule(first.event, 10);
        timeline.schedule(second.event, 10);
        timeline.schedule(phb.event, 10);
        timeline.schedule(early.event, 9);
        timeline.sync(actor, 10);
        log += "v"; // a vCPU comes before everything else of its instant
        timeline.sync(actor, 11);
        log += "V";
    });
    sc_core::sc_start();
    EXPECT_EQ(log, "evp12wV");
}

TEST_P(TimelineInBothKernels, ActorsInterleaveByTimeAndNumber) {
    Bench bench("bench", GetParam());
    std::string log;
    for (int number = 0; number < 3; ++number)
        bench.add([&, number](Actor &actor) {
            for (ps_t when = 5; when <= 15; when += 5) {
                bench.timeline.sync(actor, when + static_cast<ps_t>(number == 1));
                log += static_cast<char>('a' + number);
            }
        });
    sc_core::sc_start();
    EXPECT_EQ(log, "acbacbacb");
}

TEST_P(TimelineInBothKernels, ABlockedActorContinuesWhenWoken) {
    Bench bench("bench", GetParam());
    ps_t woken_at = 0;
    Actor &sleeper = bench.add([&](Actor &actor) { woken_at = bench.timeline.block(actor); });
    bench.add([&](Actor &actor) {
        bench.timeline.sync(actor, 42);
        bench.timeline.wake(sleeper, 50);
        bench.timeline.sync(actor, 100);
    });
    sc_core::sc_start();
    EXPECT_EQ(woken_at, 50u);
    EXPECT_TRUE(bench.timeline.starved());
}

TEST_P(TimelineInBothKernels, StopEndsTheRunAtTheEventThatAskedForIt) {
    Bench bench("bench", GetParam());
    struct Stopper {
        Timeline &timeline;
        Event event;
        explicit Stopper(Timeline &t) : timeline(t), event(Event::member<&Stopper::fire>(EventClass::end, this)) {}
        void fire() { timeline.stop(); }
    } stopper(bench.timeline);
    int rounds = 0;
    bench.add([&](Actor &actor) {
        bench.timeline.schedule(stopper.event, 100);
        for (ps_t when = 10;; when += 10) {
            bench.timeline.sync(actor, when);
            ++rounds;
        }
    });
    sc_core::sc_start();
    // The vCPU comes first at instant 100, and has not synced to 110.
    EXPECT_EQ(rounds, 10);
    EXPECT_FALSE(bench.timeline.starved());
}

/// Events that schedule, move and cancel each other when they fire, next to a sorted set that says
/// which of them is to be next.
class Turmoil {
public:
    explicit Turmoil(Timeline &timeline) : timeline_(timeline) {
        for (int number = 0; number < 40; ++number)
            members_.emplace_back(*this, number);
    }
    void disturb() {
        Member &member = members_[random_() % members_.size()];
        const ps_t when = timeline_.now() + random_() % 20;
        if (!member.event.pending()) {
            timeline_.schedule(member.event, when);
        } else {
            queued_.erase(member.key);
            if (random_() % 2) {
                timeline_.cancel(member.event);
                return;
            }
            timeline_.reschedule(member.event, when);
        }
        member.key = {when, member.event_class, next_++, member.number};
        queued_.insert(member.key);
    }
    std::uint64_t fired = 0;

private:
    using Key = std::tuple<ps_t, EventClass, std::uint64_t, int>;
    struct Member {
        Member(Turmoil &turmoil, int its_number)
            : owner(turmoil), number(its_number), event_class(static_cast<EventClass>(1 + its_number % 5)),
              event(Event::member<&Member::fire>(event_class, this)) {}
        void fire() { owner.on_fire(*this); }
        Turmoil &owner;
        int number;
        EventClass event_class;
        Key key;
        Event event;
    };
    void on_fire(Member &member) {
        ++fired;
        ASSERT_FALSE(queued_.empty());
        ASSERT_EQ(*queued_.begin(), member.key);
        ASSERT_EQ(std::get<0>(member.key), timeline_.now());
        queued_.erase(queued_.begin());
        ASSERT_FALSE(member.event.pending());
        for (std::uint64_t count = random_() % 4; count > 0; --count)
            disturb();
    }

    Timeline &timeline_;
    std::deque<Member> members_;
    std::set<Key> queued_;
    std::uint64_t next_ = 0;
    std::mt19937 random_{3};
};

TEST_P(TimelineInBothKernels, EventsThatDisturbEachOtherKeepTheOrder) {
    Bench bench("bench", GetParam());
    Turmoil turmoil(bench.timeline);
    bench.add([&](Actor &actor) {
        for (ps_t when = 0; when < 10'000; when += 10) {
            bench.timeline.sync(actor, when);
            turmoil.disturb();
        }
    });
    sc_core::sc_start();
    EXPECT_GT(turmoil.fired, 5'000u);
}

INSTANTIATE_TEST_SUITE_P(Kernels, TimelineInBothKernels, testing::Bool());

TEST(Timeline, CancelledAndMovedEventsKeepTheOrderOfASortedList) {
    Bench bench("bench", false);
    std::mt19937 random(7);
    std::vector<std::pair<ps_t, int>> fired, expected;
    struct Numbered {
        int number = 0;
        std::vector<std::pair<ps_t, int>> *log = nullptr;
        Timeline *timeline = nullptr;
        Event event{EventClass::device, [](void *self) {
                        auto *me = static_cast<Numbered *>(self);
                        me->log->emplace_back(me->timeline->now(), me->number);
                    }, this};
    };
    std::vector<std::unique_ptr<Numbered>> events;
    bench.add([&](Actor &actor) {
        for (int i = 0; i < 500; ++i) {
            events.push_back(std::make_unique<Numbered>());
            events.back()->number = i;
            events.back()->log = &fired;
            events.back()->timeline = &bench.timeline;
            bench.timeline.schedule(events.back()->event, random() % 100);
        }
        for (auto &event : events) {
            if (random() % 3 == 0)
                bench.timeline.cancel(event->event);
            else if (random() % 2 == 0)
                bench.timeline.reschedule(event->event, random() % 100);
        }
        for (auto &event : events)
            if (event->event.pending())
                expected.emplace_back(event->event.time(), event->number);
        bench.timeline.sync(actor, 1000);
    });
    sc_core::sc_start();
    ASSERT_EQ(fired.size(), expected.size());
    EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end(),
                               [](const auto &a, const auto &b) { return a.first < b.first; }));
    std::sort(fired.begin(), fired.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(fired, expected);
}

} // namespace
} // namespace tcesim::timeline_test
