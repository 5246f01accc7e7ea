// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/call_graph.h"

#include <gmock/gmock.h>

#include "tests/unit/made_up_object.h"

namespace tcesim {
namespace {

using testing::ElementsAre;

constexpr CacheParameters cache = {128, 1024, 4096, 16384, 4};
constexpr CodeCosts costs = {1'000'000'000, 1000, 44'000, 33'000, 13'000, 28'000, 90'000};

/// "caller:place>callee=times", "*" for a caller outside.
std::vector<std::string> calls_of(const MadeUpObject &object, Meter &meter) {
    meter.fold(Phase::measured);
    const CallGraph graph(meter, Phase::measured);
    std::vector<std::string> texts;
    for (const FunctionCalls &call : graph.calls())
        texts.push_back((call.caller ? std::string(object.table().function[call.caller->function].name) + ":" +
                                           std::to_string(call.caller->place)
                                     : "*") +
                        ">" + object.table().function[call.callee].name + "=" + std::to_string(call.times));
    return texts;
}

TEST(CallGraphTest, DirectCallsAreAsManyAsTheirBlockWasExecuted) {
    MadeUpObject object({{"put", 2}, {"walk", 1}});
    object.add_call(1, 1);
    Meter meter(object.table(), 0, costs, cache, true);
    object.run(0, 0, 3);
    object.run(0, 1, 5);
    object.run(1, 0, 5);
    EXPECT_THAT(calls_of(object, meter), ElementsAre("put:1>walk=5", "*>put=3"));
}

TEST(CallGraphTest, APointerLedToWhatDirectCallsDoNotExplain) {
    MadeUpObject object({{"entry", 1}, {"user", 1}, {"put", 1}});
    object.add_call(0, METER_UNKNOWN_CALLEE);
    object.add_call(1, 2);
    Meter meter(object.table(), 0, costs, cache, true);
    object.run(0, 0, 4);
    object.run(1, 0, 4);
    object.run(2, 0, 4);
    EXPECT_THAT(calls_of(object, meter), ElementsAre("user:1>put=4", "*>entry=4", "entry:0>user=4"));
}

TEST(CallGraphTest, WhatPointersCannotHaveCalledCameFromOutside) {
    MadeUpObject object({{"entry", 1}, {"user", 1}});
    object.add_call(0, METER_UNKNOWN_CALLEE);
    Meter meter(object.table(), 0, costs, cache, true);
    object.run(0, 0, 4);
    object.run(1, 0, 10);
    EXPECT_THAT(calls_of(object, meter), ElementsAre("*>entry=4", "entry:0>user=4", "*>user=6"));
}

TEST(CallGraphTest, ACalleeThatRanAtAnotherLevelIsEnteredThere) {
    MadeUpObject object({{"entry", 1}, {"handle", 1}});
    object.add_call(0, 1);
    Meter meter(object.table(), 0, costs, cache, true);
    object.run(0, 0, 2);
    meter.fold(Phase::measured);
    meter.set_origin({Hypercall::put_tce, PORT_HOST_KERNEL});
    object.run(1, 0, 2);
    EXPECT_THAT(calls_of(object, meter), ElementsAre("*>entry=2", "*>handle=2"));
}

TEST(CallGraphTest, RecursionIsCounted) {
    MadeUpObject object({{"free_tree", 1}});
    object.add_call(0, 0);
    Meter meter(object.table(), 0, costs, cache, true);
    object.run(0, 0, 7);
    EXPECT_THAT(calls_of(object, meter), ElementsAre("free_tree:0>free_tree=7"));
}

} // namespace
} // namespace tcesim
