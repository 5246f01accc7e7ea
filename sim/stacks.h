// SPDX-License-Identifier: Apache-2.0
/// \file
/// The handlers' time as call stacks, for tools that draw flame graphs.
///
/// Inline chains are exact. Within one hypercall and level, the time of a machine function is divided among those who
/// called it by the number of their calls, as gprof does; calls that close a circle are left out.
#ifndef TCESIM_SIM_STACKS_H
#define TCESIM_SIM_STACKS_H

#include "sim/results.h"

#include <string>
#include <vector>

namespace tcesim {

struct Frame {
    std::string name;
    std::string file;       ///< relative to hcall/; empty: no place in the source
    std::uint64_t line = 0; ///< 0: the function as a whole

    bool operator<(const Frame &other) const;
};

struct Stack {
    std::vector<Frame> frames; ///< outermost first: vCPU, hypercall, level, functions, line, port function
    std::uint64_t ps;
};

/// The stacks of \p variant, each once, in the order of their frames; they sum to the time of its profile.
std::vector<Stack> stacks_of(const VariantResult &variant);

/// One line a stack, "real;vcpu0;H_PUT_TCE;...;kvm/put_tce.c:57 1234", in picoseconds: the input of flamegraph.pl.
std::string folded_stacks(const std::vector<VariantResult> &variants);

/// A document for https://www.speedscope.app named \p name: a profile for each variant, in nanoseconds with three
/// decimals.
std::string speedscope_document(const std::string &name, const std::vector<VariantResult> &variants);

} // namespace tcesim

#endif
