// SPDX-License-Identifier: Apache-2.0
/// \file
/// From the counts of a vCPU to the line profile of its result.
#ifndef TCESIM_SIM_PROFILE_MEASUREMENT_H
#define TCESIM_SIM_PROFILE_MEASUREMENT_H

#include "models/cpu/profile.h"
#include "sim/line_profile.h"

namespace tcesim {

/// The rows of \p profile with the names of \p table, in the order of results.
LineProfile line_profile(const Profile &profile, const struct meter_table &table, unsigned vcpu);

} // namespace tcesim

#endif
