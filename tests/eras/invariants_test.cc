// SPDX-License-Identifier: Apache-2.0
/// The nine invariants under random operations with random faults: they hold in "fixed", and a
/// recorded kernel breaks the ones that it is known to break.
#include "tests/eras/random_world.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <random>

namespace tcesim::test::invariants_test {
namespace {

constexpr u64 steps_per_world = 2000;

/// TCESIM_OPERATIONS: operations of the campaign; a small number by default.
u64 operations() {
    const char *asked = std::getenv("TCESIM_OPERATIONS");
    return asked ? std::strtoull(asked, nullptr, 10) : 20000;
}

struct Campaign {
    u64 done = 0;
    std::map<int, u64> broken; // invariant -> operations after which it did not hold, where it had held before
    std::map<int, std::string> examples;
    std::map<std::string, u64> counts;
};

void note(const std::set<int> &broken, std::set<int> *known, u64 seed, const RandomWorld &world, Campaign *campaign) {
    for (int invariant : broken) {
        if (!known->insert(invariant).second)
            continue;
        campaign->broken[invariant]++;
        auto reason = world.reasons().find(invariant);
        campaign->examples.emplace(invariant, "first in world " + std::to_string(seed) +
                                                  (reason == world.reasons().end() ? "" : ": " + reason->second));
    }
}

Campaign run(u64 wanted) {
    Campaign campaign;
    for (u64 seed = 1; campaign.done < wanted; seed++) {
        RandomWorld world{std::mt19937_64(seed)};
        std::set<int> known;
        for (u64 i = 0; i < steps_per_world && !world.host_stopped(); i++, campaign.done++)
            note(world.step(), &known, seed, world, &campaign);
        if (!world.host_stopped())
            note(world.close(), &known, seed, world, &campaign);
        for (const auto &[what, count] : world.counts())
            campaign.counts[what] += count;
    }
    return campaign;
}

void print(const Campaign &campaign) {
    std::cout << campaign.done << " operations on the handlers of " << hcall_object.preset << '\n';
    for (const auto &[what, count] : campaign.counts)
        std::cout << "  " << count << " x " << what << '\n';
    for (auto [invariant, worlds] : campaign.broken)
        std::cout << "  invariant " << invariant << " broken in " << worlds << " worlds; "
                  << campaign.examples.at(invariant) << '\n';
}

TEST(Invariants, HoldInFixedAndBreakWhereRecordedKernelsBreakThem) {
    Campaign campaign = run(operations());
    print(campaign);
    std::set<int> broken;
    for (auto [invariant, worlds] : campaign.broken)
        broken.insert(invariant);
    if (std::string(hcall_object.preset) == "fixed") {
        EXPECT_EQ(broken, std::set<int>{});
        EXPECT_EQ(campaign.counts.count("pages still pinned at the end"), 0U);
    } else {
        EXPECT_TRUE(broken.count(1)) << "every recorded kernel loses counts";
        EXPECT_FALSE(broken.count(8)) << "no kernel shows H_TOO_HARD to its guest";
    }
}

} // namespace
} // namespace tcesim::test::invariants_test
