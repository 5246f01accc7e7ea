// SPDX-License-Identifier: Apache-2.0
#include "tests/conform/summary.h"

namespace tcesim::conform {

Summary replay_file(const std::string &path) {
    Recording recording(path);
    Summary summary;
    for (Sequence sequence; recording.next(&sequence);) {
        Outcome outcome = replay(sequence);
        summary.sequences++;
        summary.compared += outcome.compared;
        for (const auto &[reason, count] : outcome.left_out)
            summary.left_out[reason] += count;
        for (auto deviation : outcome.deviations)
            summary.deviations.push_back({sequence.number, sequence.name, deviation});
        if (!outcome.unsupported.empty())
            summary.unsupported.push_back(std::to_string(sequence.number) + ": " + outcome.unsupported);
        if (!outcome.mismatch.empty())
            summary.mismatches.push_back(outcome.mismatch);
    }
    return summary;
}

void print(std::ostream &out, const std::string &path, const Summary &summary) {
    out << path << ": " << summary.sequences << " sequences, " << summary.compared << " operations compared, "
        << summary.mismatches.size() << " mismatches\n";
    for (const auto &[reason, count] : summary.left_out)
        out << "  left out: " << count << " x " << reason << '\n';
    for (const auto &sequence : summary.unsupported)
        out << "  not replayed to its end: sequence " << sequence << '\n';
    for (const auto &deviation : summary.deviations)
        out << "  deviates on purpose: sequence " << deviation.sequence << " (" << deviation.name << "), operation "
            << deviation.at.operation << ": " << name_of(deviation.at.deviation) << '\n';
    for (const auto &mismatch : summary.mismatches)
        out << "  mismatch: " << mismatch << '\n';
}

} // namespace tcesim::conform
