// SPDX-License-Identifier: Apache-2.0
/// \file
/// Guest memory mapped one to one, from gpa 0 and bus address 0 on: up to 512 pages with each call.
#ifndef TCESIM_SIM_WORKLOAD_MEMORY_MAP_H
#define TCESIM_SIM_WORKLOAD_MEMORY_MAP_H

#include "sim/workload/workload.h"

namespace tcesim {

class MemoryMap {
public:
    explicit MemoryMap(const MachineParts &parts);

    /// IOMMU pages that there are to map.
    std::uint64_t pages() const { return pages_; }
    std::uint64_t mapped() const { return mapped_; }
    bool done() const { return mapped_ == pages_; }

    /// The guest maps the next pages: one with H_PUT_TCE, or a list of 512 where it is offered H_PUT_TCE_INDIRECT.
    /// \returns what went wrong, for the user; empty when nothing did.
    std::string map_by_hypercall();
    /// The process maps the next 512 pages on its container.
    std::string map_by_container();

private:
    std::uint64_t next_count() const { return std::min<std::uint64_t>(pages_ - mapped_, TCE_LIST_MAX); }
    long put_one();
    long put_list(std::uint64_t count);

    const MachineParts parts_;
    const std::uint64_t page_, pages_;
    std::uint64_t mapped_ = 0;
};

} // namespace tcesim

#endif
