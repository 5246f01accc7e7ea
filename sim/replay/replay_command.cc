// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/replay_command.h"

#include "sim/answer.h"
#include "sim/commands.h"
#include "sim/replay/log/trace_counts.h"

namespace tcesim::replay {

int replay(const CommandLine &line) {
    try {
        TraceReader reader(open_file(line.file));
        return answer(counts_text(reader, line.file));
    } catch (const BadLog &bad) {
        complain(bad.what());
        return exit_usage;
    }
}

} // namespace tcesim::replay
