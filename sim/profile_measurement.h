// SPDX-License-Identifier: Apache-2.0
/// \file
/// From the counts of a vCPU to the line profile of its result.
#ifndef TCESIM_SIM_PROFILE_MEASUREMENT_H
#define TCESIM_SIM_PROFILE_MEASUREMENT_H

#include "models/cpu/call_graph.h"
#include "models/cpu/profile.h"
#include "sim/line_profile.h"

namespace tcesim {

struct MeasuredLines {
    LineProfile profile;
    std::vector<CallRow> call_graph;
};

/// The rows of \p profile, in the order of results, and the calls among them, with the names of \p table.
MeasuredLines measured_lines(const Profile &profile, const CallGraph &calls, const struct meter_table &table,
                             unsigned vcpu);

} // namespace tcesim

#endif
