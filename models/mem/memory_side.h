// SPDX-License-Identifier: Apache-2.0
/// \file
/// How long the data of a DMA take where memory is not equally far everywhere.
///
/// A last-level cache in front of memory: set associative, least recently used line replaced. What the CPU touches is
/// in it afterwards, what a device writes too; what a device reads stays where it is. Memory may be that of another
/// socket, behind that socket's cache.
#ifndef TCESIM_MODELS_MEM_MEMORY_SIDE_H
#define TCESIM_MODELS_MEM_MEMORY_SIDE_H

#include <cstdint>
#include <vector>

#include "models/kernel/timeline.h"

namespace tcesim {

struct MemorySideParameters {
    std::uint64_t cache_bytes; ///< a multiple of ways x line; 0: everything is equally far
    std::uint32_t cache_ways;
    std::uint32_t line; ///< bytes, a power of two
    ps_t cold;          ///< a read that misses the cache takes so much longer
    ps_t remote;        ///< every read of another socket's memory, whatever that one's cache holds
    bool is_remote;     ///< the memory of the DMAs is another socket's
};

class MemorySide {
public:
    explicit MemorySide(const MemorySideParameters &parameters);

    /// A CPU touches [\p hpa, + \p bytes) in the order of addresses.
    void touch(std::uint64_t hpa, std::uint64_t bytes);
    /// What a device's read of [\p hpa, + \p bytes) takes beyond that of cached memory next door; its lines are
    /// fetched together.
    ps_t read(std::uint64_t hpa, std::uint64_t bytes) const;
    /// A device has written [\p hpa, + \p bytes).
    void write(std::uint64_t hpa, std::uint64_t bytes) { touch(hpa, bytes); }

private:
    bool cached(std::uint64_t line) const;
    std::uint64_t line_of(std::uint64_t hpa) const { return hpa / parameters_.line; }
    std::size_t first_of_set(std::uint64_t line) const {
        return static_cast<std::size_t>(line % sets_) * parameters_.cache_ways;
    }

    const MemorySideParameters parameters_;
    const std::uint64_t sets_;
    std::vector<std::uint64_t> tags_; // most recent first in each set
};

} // namespace tcesim

#endif
