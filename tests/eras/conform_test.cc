// SPDX-License-Identifier: Apache-2.0
/// The recordings in conform/vectors of this program's kernel era, replayed whole.
#include "sim/conform/program.h"
#include "sim/conform/report.h"
#include "tests/support/plain_port.h"

#include <gmock/gmock.h>

namespace tcesim::conform {
namespace {

struct Sample {
    const char *file;
    const char *preset;
    u64 sequences;
    u64 end_out_of_bounds;
};

const Sample samples[] = {
    {"directed", "5.10", 258, 3},          {"directed_510_era", "5.10", 28, 2},   {"random_A_sel", "5.10", 92, 0},
    {"random_C1_vfio_sel", "5.10", 41, 0}, {"directed_61", "6.1", 161, 3},        {"random_61_sel", "6.1", 8, 0},
    {"vfio_61_sel", "6.1", 14, 0},         {"directed_419", "4.19", 286, 5},      {"random_419_sel", "4.19", 27, 0},
    {"vfio_419_sel", "4.19", 20, 0},       {"directed_41981", "4.19.81", 259, 2},
};

class Recordings : public testing::TestWithParam<Sample> {};

TEST_P(Recordings, MatchCallByCall) {
    if (GetParam().preset != std::string(hcall_object.preset))
        return; // of another kernel era, whose program replays it
    Recording recording(std::string("tests/conform/vectors/") + GetParam().file + ".jsonl.gz");
    EXPECT_EQ(recording.preset(), GetParam().preset);
    FileOutcome file;
    file.path = recording.path();
    file.preset = recording.preset();
    u64 ended = 0;
    for (Sequence sequence; recording.next(&sequence);) {
        Observer nobody;
        Outcome outcome = replay(hcall_object, recording, sequence, nobody);
        file.sequences++;
        file.compared += outcome.compared;
        file.failed += outcome.divergence.has_value();
        ended += outcome.out_of_bounds.has_value();
        if (outcome.divergence)
            file.notable.push_back({sequence.number, sequence.name, std::move(outcome)});
    }
    EXPECT_EQ(file.failed, 0U) << file_in_words(file, true);
    EXPECT_EQ(file.sequences, GetParam().sequences);
    EXPECT_EQ(ended, GetParam().end_out_of_bounds);
}

INSTANTIATE_TEST_SUITE_P(Files, Recordings, testing::ValuesIn(samples),
                         [](const auto &sample) { return std::string(sample.param.file); });

} // namespace
} // namespace tcesim::conform
