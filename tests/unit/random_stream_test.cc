// SPDX-License-Identifier: Apache-2.0
#include "models/kernel/random_stream.h"

#include <gtest/gtest.h>

#include <vector>

namespace tcesim {
namespace {

std::vector<std::uint64_t> drawn(RandomStream stream) {
    std::vector<std::uint64_t> numbers;
    for (unsigned n = 0; n < 100; ++n)
        numbers.push_back(stream.next());
    return numbers;
}

TEST(RandomStream, DependsOnNameAndSeedAlone) {
    EXPECT_EQ(drawn(RandomStream("a")), drawn(RandomStream("a", 0)));
    EXPECT_NE(drawn(RandomStream("a")), drawn(RandomStream("b")));
    EXPECT_NE(drawn(RandomStream("a")), drawn(RandomStream("a", 1)));
    EXPECT_NE(drawn(RandomStream("ab")), drawn(RandomStream("ba")));
}

TEST(RandomStream, IsTheSameOnEveryHost) {
    RandomStream stream("phb/tce_cache");
    EXPECT_EQ(stream.next(), 2193124699834496249u);
}

TEST(RandomStream, NumbersBelowALimitAreEquallyLikely) {
    RandomStream stream("test");
    std::vector<unsigned> seen(7);
    for (unsigned n = 0; n < 70'000; ++n)
        ++seen.at(stream.below(7));
    for (const unsigned count : seen)
        EXPECT_NEAR(count, 10'000, 500);
    EXPECT_EQ(stream.below(1), 0u);
}

} // namespace
} // namespace tcesim
