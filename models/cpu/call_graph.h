// SPDX-License-Identifier: Apache-2.0
/// \file
/// Who called whom among the functions of a handler object, and how often.
///
/// Direct calls are counted: a block is executed as often as each call in it. A call through a pointer is taken to
/// have gone to those functions that were entered more often than direct calls explain.
#ifndef TCESIM_MODELS_CPU_CALL_GRAPH_H
#define TCESIM_MODELS_CPU_CALL_GRAPH_H

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "models/cpu/profile.h"

namespace tcesim {

/// Calls of one machine function for one origin.
struct FunctionCalls {
    unsigned origin;
    std::optional<ProfileKey> caller; ///< row of the profile; none: from outside of the object, or from another level
    std::uint32_t callee;
    std::uint64_t times;
};

class CallGraph {
public:
    CallGraph(const Meter &meter, Phase phase);

    /// Of functions that the origin has executed; by origin.
    const std::vector<FunctionCalls> &calls() const { return calls_; }

private:
    struct Counts {
        unsigned origin;
        const CodeAccount *account;
        std::vector<std::uint64_t> entered; ///< by function: executions of its first block
        std::vector<bool> executed;         ///< by function
        std::vector<std::uint64_t> explained;
        std::map<ProfileKey, std::uint64_t> through_pointers;
        std::map<std::uint32_t, std::set<std::uint32_t>> callees; ///< of direct calls
    };

    void add_origin(unsigned origin, const CodeAccount &account);
    void add_direct(Counts &counts);
    void add_the_rest(const Counts &counts);
    std::uint32_t function_of(std::uint32_t site) const;
    std::uint32_t row_of(const struct meter_call &call) const;

    const struct meter_table &table_;
    std::vector<FunctionCalls> calls_;
};

} // namespace tcesim

#endif
