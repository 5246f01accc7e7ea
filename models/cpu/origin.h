// SPDX-License-Identifier: Apache-2.0
/// \file
/// What a vCPU executes handler code for: which hypercall, and at which level of privilege.
#ifndef TCESIM_MODELS_CPU_ORIGIN_H
#define TCESIM_MODELS_CPU_ORIGIN_H

#include "hcall/port.h"

namespace tcesim {

/// Hypercalls that the guest makes; `none`: its own DMA API, which runs before and after them.
enum class Hypercall : unsigned { put_tce, put_tce_indirect, stuff_tce, none };
constexpr unsigned hypercall_count = 3; ///< without `none`
constexpr unsigned level_count = 5;     ///< of port_level
constexpr unsigned origin_count = (hypercall_count + 1) * level_count;

/// \returns `none` for an opcode that is none of the three.
constexpr Hypercall hypercall_of(std::uint64_t opcode) {
    return opcode == H_PUT_TCE            ? Hypercall::put_tce
           : opcode == H_PUT_TCE_INDIRECT ? Hypercall::put_tce_indirect
           : opcode == H_STUFF_TCE        ? Hypercall::stuff_tce
                                          : Hypercall::none;
}

struct Origin {
    Hypercall hypercall = Hypercall::none;
    port_level level = PORT_GUEST;

    /// 0 .. origin_count-1; of() is the inverse.
    constexpr unsigned number() const {
        return static_cast<unsigned>(level) * (hypercall_count + 1) + static_cast<unsigned>(hypercall);
    }
    static constexpr Origin of(unsigned number) {
        return {static_cast<Hypercall>(number % (hypercall_count + 1)),
                static_cast<port_level>(number / (hypercall_count + 1))};
    }
};

/// "H_PUT_TCE"; "" for none.
inline const char *to_string(Hypercall hypercall) {
    static constexpr const char *names[] = {"H_PUT_TCE", "H_PUT_TCE_INDIRECT", "H_STUFF_TCE", ""};
    return names[static_cast<unsigned>(hypercall)];
}

/// "real mode".
inline const char *to_string(port_level level) {
    static constexpr const char *names[] = {"guest", "real mode", "host kernel", "host user", "host syscall"};
    return names[level];
}

} // namespace tcesim

#endif
