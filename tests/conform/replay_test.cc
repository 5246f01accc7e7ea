// SPDX-License-Identifier: Apache-2.0
/// The recorded sample in vectors/, replayed whole. Every deviation is listed here with its reason.
#include "tests/conform/summary.h"
#include "tests/support/plain_port.h"

#include <gmock/gmock.h>
#include <tuple>

namespace tcesim::conform {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Listed = std::tuple<u64, u64, Deviation>; // sequence, operation

// The recorded kernel looks at the first page of the range only and writes past the table or past
// the guest view; here the whole range is checked, as kernels do since 6.1.189.
constexpr Deviation past_end = Deviation::PastWindowEnd;
// The recording's own failure on demand of a window answers -EBUSY; here memory fails, -ENOMEM.
constexpr Deviation injected = Deviation::InjectedErrorCode;

Summary replay_sample(const std::string &name) {
    std::string path = "tests/conform/vectors/" + name + ".jsonl.gz";
    Summary summary = replay_file(path);
    print(std::cout, path, summary);
    return summary;
}

std::vector<Listed> deviations(const Summary &summary) {
    std::vector<Listed> list;
    for (const auto &deviation : summary.deviations)
        list.emplace_back(deviation.sequence, deviation.at.operation, deviation.at.deviation);
    return list;
}

TEST(Conform, DirectedSequencesMatch) {
    Summary summary = replay_sample("directed");
    EXPECT_EQ(summary.sequences, 258U);
    EXPECT_THAT(summary.mismatches, IsEmpty());
    EXPECT_THAT(deviations(summary),
                ElementsAre(Listed{99, 6, past_end}, Listed{214, 6, past_end}, Listed{244, 8, past_end},
                            Listed{250, 33, injected}, Listed{253, 18, injected}));
    // Tables that the host itself fills, without any container, do not exist here.
    EXPECT_THAT(summary.unsupported, ElementsAre(testing::HasSubstr("hwbuild")));
}

TEST(Conform, RandomRequestsMatch) {
    Summary summary = replay_sample("random_A_sel");
    EXPECT_EQ(summary.sequences, 92U);
    EXPECT_THAT(summary.mismatches, IsEmpty());
    EXPECT_THAT(deviations(summary), IsEmpty());
    EXPECT_THAT(summary.unsupported, IsEmpty());
}

TEST(Conform, RandomContainerCallsMatch) {
    Summary summary = replay_sample("random_C1_vfio_sel");
    EXPECT_EQ(summary.sequences, 41U);
    EXPECT_THAT(summary.mismatches, IsEmpty());
    EXPECT_THAT(deviations(summary), IsEmpty());
    EXPECT_THAT(summary.unsupported, IsEmpty());
}

} // namespace
} // namespace tcesim::conform
