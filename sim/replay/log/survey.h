// SPDX-License-Identifier: Apache-2.0
/// \file
/// What has to be known of a log before its first call can be made: windows, memory, what the guest was offered.
#ifndef TCESIM_SIM_REPLAY_LOG_SURVEY_H
#define TCESIM_SIM_REPLAY_LOG_SURVEY_H

#include <map>
#include <set>
#include <string>

#include "sim/replay/log/recorded_call.h"
#include "sim/replay/log/trace_reader.h"

namespace tcesim::replay {

constexpr std::uint64_t pci_liobn = 0x80000000; ///< | bridge << 8 | window
constexpr bool is_pci(std::uint64_t liobn) {
    return liobn & pci_liobn;
}
constexpr std::uint64_t bridge_of(std::uint64_t liobn) {
    return liobn >> 8 & 0xff;
}

struct Survey {
    LogKind kind = LogKind::none;
    /// By LIOBN, windows that are there from the start: the smallest power of two that the calls which succeed ask for;
    /// 256 MiB of devices on the virtual I/O bus.
    std::map<std::uint64_t, WindowShape> windows;
    std::set<std::uint64_t> bridges; ///< numbers of all whose windows are used or made
    std::uint64_t calls = 0;
    std::uint64_t first_map = 0; ///< number of the call, from 1, that first lets a device in; 0: none does
    std::uint64_t last_map = 0;
    std::uint64_t highest = 0; ///< last byte of guest memory that a TCE or a list names
    std::uint64_t beyond = 0;  ///< TCEs that name what is taken for no memory
    bool lists = false;        ///< the guest is offered H_PUT_TCE_INDIRECT and H_STUFF_TCE
    bool timed = false;
    std::uint64_t events = 0;
    std::set<std::uint64_t> vcpus; ///< threads that make calls, or vCPUs; the first 64
    ReadStatistics statistics;

    /// Bytes of memory that such a guest has at least: a multiple of 256 MiB.
    std::uint64_t memory() const;
};

/// Names of guest memory end here; what is higher belongs to a guest that tries something.
constexpr std::uint64_t memory_limit = 1ULL << 40;

/// Reads all of \p reader. \throws BadLog if its events cannot be replayed; \p name names the log.
Survey survey(TraceReader &reader, const std::string &name);

} // namespace tcesim::replay

#endif
