// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/profile.h"

#include <gtest/gtest.h>

#include "tests/unit/made_up_object.h"
#include "tests/unit/vcpu_bench.h"

namespace tcesim::cpu_profile_test {
namespace {

constexpr CacheParameters cache = {128, 1024, 4096, 16384, 4};
// One instruction is one cycle and one cycle one nanosecond.
constexpr CodeCosts costs = {1'000'000'000, 1000, 44'000, 33'000, 13'000, 28'000, 90'000};
constexpr unsigned guest = Origin{}.number();

TEST(ProfileTest, ABlockIsDividedAmongItsLinesByTheirStatements) {
    MadeUpObject object({{"put", 2}});
    object.set_weight(0, 8 * METER_WEIGHT_ONE);
    object.set_parts(0, {{0, 3}, {1, 1}});
    Meter meter(object.table(), 0, costs, cache, true);
    object.run(0, 0, 10);
    const Profile profile(meter, Phase::measured, meter.fold(Phase::measured));
    const ProfileRow &most = profile.rows().at({guest, 0, 0}), &least = profile.rows().at({guest, 0, 1});
    EXPECT_EQ(most.instructions, 60u);
    EXPECT_EQ(least.instructions, 20u);
    EXPECT_EQ(most.time.at("code"), 60'000u);
    EXPECT_EQ(least.time.at("code"), 20'000u);
    EXPECT_EQ(least.executions, 10u);
}

TEST(ProfileTest, ALineOfSeveralBlocksIsExecutedAsOftenAsTheBusiest) {
    MadeUpObject object({{"loop", 2}});
    object.set_parts(1, {{0, 1}}); // entered once, then 511 times from its end
    Meter meter(object.table(), 0, costs, cache, true);
    object.run(0, 0, 1);
    object.run(0, 1, 512);
    const Profile profile(meter, Phase::measured, meter.fold(Phase::measured));
    ASSERT_EQ(profile.rows().size(), 1u);
    EXPECT_EQ(profile.rows().at({guest, 0, 0}).executions, 512u);
    EXPECT_EQ(profile.rows().at({guest, 0, 0}).instructions, 513u);
}

TEST(ProfileTest, WhatRanForAnotherHypercallIsKeptApart) {
    MadeUpObject object({{"walk", 1}});
    const Origin put{Hypercall::put_tce, PORT_REAL_MODE}, stuff{Hypercall::stuff_tce, PORT_HOST_KERNEL};
    Meter meter(object.table(), 0, costs, cache, true);
    ps_t sum = 0;
    for (const auto &[origin, times] : {std::pair{put, 3u}, {stuff, 5u}}) {
        meter.set_origin(origin);
        object.run(0, 0, times);
        sum += meter.fold(Phase::measured);
    }
    const Profile profile(meter, Phase::measured, sum);
    EXPECT_EQ(profile.rows().at({put.number(), 0, 0}).instructions, 3u);
    EXPECT_EQ(profile.rows().at({stuff.number(), 0, 0}).instructions, 5u);
    EXPECT_EQ(profile.shares().size(), 1u); // the ledger names the function, whoever called it
}

TEST(ProfileTest, MissesBelongToTheLineOfTheAccess) {
    MadeUpObject object({{"walk", 2}});
    Meter meter(object.table(), 0, costs, cache, true);
    object.run(0, 0, 1);
    meter.fold(Phase::measured);
    meter.on_access(0, object.access(1));
    const Profile profile(meter, Phase::measured, 1000 + meter.fold(Phase::measured));
    EXPECT_EQ(profile.rows().at({guest, 0, 1}).misses[2], 1u);
    EXPECT_EQ(profile.rows().at({guest, 0, 1}).time.at("memory"), 90'000u);
    EXPECT_EQ(profile.rows().at({guest, 0, 1}).instructions, 0u);
    EXPECT_EQ(profile.rows().at({guest, 0, 0}).sum(), 1000u);
}

TEST(ProfileTest, WhatAPortFunctionTakesBelongsToTheLineThatCalledIt) {
    VcpuBench bench;
    Vcpu &vcpu = bench.add([&](Vcpu &self) {
        meter_calling = self.meter().table().access;
        self.spend_in_port(Cost::mmio_store);
        self.spend(Cost::guest_send); // is not the port's
    });
    bench.run();
    Profile profile(vcpu.meter(), Phase::measured, vcpu.code_time(Phase::measured));
    profile.add(vcpu.port_time(), vcpu.ledger());
    ASSERT_EQ(profile.rows().size(), 1u);
    const ProfileRow &row = profile.rows().begin()->second;
    EXPECT_EQ(row.time.at("cpu/mmio_store/constant"), bench.of(Cost::mmio_store));
    EXPECT_EQ(row.sum(), bench.of(Cost::mmio_store));
}

TEST(ProfileTest, MissesInAPortFunctionBelongToTheLineThatCalledIt) {
    MadeUpObject object({{"put", 1}});
    Meter meter(object.table(), 0, costs, cache, true);
    object.run(0, 0, 1);
    const ps_t code = meter.fold(Phase::measured);
    meter_calling = object.access(0);
    meter.touch(0, 256); // two lines
    meter_calling = nullptr;
    const Profile profile(meter, Phase::measured, code);
    EXPECT_EQ(profile.rows().at({guest, 0, 0}).misses[2], 2u);
    EXPECT_EQ(profile.rows().at({guest, 0, 0}).sum(), code); // the time is charged by whoever called touch()
}

TEST(ProfileTest, OriginsHaveDifferentNumbers) {
    for (unsigned number = 0; number < origin_count; ++number)
        EXPECT_EQ(Origin::of(number).number(), number);
}

} // namespace
} // namespace tcesim::cpu_profile_test
