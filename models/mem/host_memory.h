// SPDX-License-Identifier: Apache-2.0
/// \file
/// The memory of the simulated host: one sparse mapping at a fixed address.
///
/// The address is the same in every run, so that the cache model sees the same lines whatever the
/// host's address-space randomisation does. Host real address (hpa) 0 is the first byte.
#ifndef TCESIM_MODELS_MEM_HOST_MEMORY_H
#define TCESIM_MODELS_MEM_HOST_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace tcesim {

class HostMemory {
public:
    /// Free under AddressSanitizer too.
    static constexpr std::uintptr_t base = 0x200000000000;

    /// Reserves \p size bytes. When the host forbids the mapping: one line on stderr and exit 2.
    explicit HostMemory(std::uint64_t size);
    ~HostMemory();
    HostMemory(const HostMemory &) = delete;
    HostMemory &operator=(const HostMemory &) = delete;

    std::uint64_t size() const { return size_; }
    /// Memory at host real address \p hpa.
    static std::byte *at(std::uint64_t hpa) { return reinterpret_cast<std::byte *>(base + hpa); }
    static std::uint64_t hpa_of(const void *memory) { return reinterpret_cast<std::uintptr_t>(memory) - base; }
    /// Whether [hpa, hpa + bytes) is memory of this host.
    bool contains(std::uint64_t hpa, std::uint64_t bytes) const { return hpa < size_ && bytes <= size_ - hpa; }

    /// Zeroed block of \p size bytes, aligned to \p alignment (a power of two); nullptr when the
    /// memory below \p limit of set_heap() is used up.
    void *allocate(std::uint64_t size, std::uint64_t alignment);
    void release(void *block, std::uint64_t size, std::uint64_t alignment);
    /// Blocks come from [first, last) of host real memory.
    void set_heap(std::uint64_t first, std::uint64_t last);

private:
    std::uint64_t size_, next_ = 0, last_ = 0;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<void *>> free_; // by (size, alignment)
};

} // namespace tcesim

#endif
