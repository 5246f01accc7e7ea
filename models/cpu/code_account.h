// SPDX-License-Identifier: Apache-2.0
/// \file
/// What handler code has executed for one origin in one phase: counts only, from which Profile makes
/// time by line of source.
#ifndef TCESIM_MODELS_CPU_CODE_ACCOUNT_H
#define TCESIM_MODELS_CPU_CODE_ACCOUNT_H

#include <array>
#include <cstdint>
#include <vector>

#include "tools/meter/meter_abi.h"

namespace tcesim {

/// What a share of handler time was spent on: instructions, or an event of an access.
enum class CodeKind : unsigned { code, atomic, fence, l2, l3, memory };
constexpr unsigned code_kind_count = 6;
const char *to_string(CodeKind kind);

struct CodeAccount {
    explicit CodeAccount(const struct meter_table &table) : executed(table.sites) {
        for (unsigned kind = 1; kind < code_kind_count; ++kind)
            events[kind].resize(table.accesses);
        for (std::vector<std::uint64_t> &served : in_port)
            served.resize(table.accesses);
    }

    std::vector<std::uint64_t> executed; ///< by site
    /// By kind and access; nothing for `code`. Accesses that L1 serves are no event.
    std::array<std::vector<std::uint64_t>, code_kind_count> events;
    /// Accesses of port functions that L2, L3 and memory served, by the access that stands for the call. Their time is
    /// the port functions'.
    std::array<std::vector<std::uint64_t>, 3> in_port;
};

} // namespace tcesim

#endif
