// SPDX-License-Identifier: Apache-2.0
#include "models/mem/host_memory.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

#include "models/kernel/check.h"

namespace tcesim {

namespace {

/// Whether such a block leaves nothing behind in the host's memory when it is free: there are large tables of which next
/// to nothing is ever touched.
bool gives_back(std::uint64_t size, std::uint64_t alignment) {
    static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return size >= 1 << 20 && size % page == 0 && alignment % page == 0;
}

} // namespace

HostMemory::HostMemory(std::uint64_t size) : size_(size) {
    void *wanted = reinterpret_cast<void *>(base);
    void *got = mmap(wanted, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (got == wanted)
        return;
    std::fprintf(stderr,
                 "tcesim: error: this host does not let %llu GiB be mapped (reserved, not used) at %p: %s; "
                 "allow it with 'sysctl vm.overcommit_memory=1' or lift 'ulimit -v'\n",
                 static_cast<unsigned long long>(size >> 30), wanted, std::strerror(errno));
    std::_Exit(2);
}

HostMemory::~HostMemory() {
    munmap(reinterpret_cast<void *>(base), size_);
}

void HostMemory::set_heap(std::uint64_t first, std::uint64_t last) {
    next_ = first;
    last_ = last;
}

void *HostMemory::allocate(std::uint64_t size, std::uint64_t alignment) {
    auto &list = free_[{size, alignment}];
    if (!list.empty()) {
        void *block = list.back();
        list.pop_back();
        if (!gives_back(size, alignment))
            std::memset(block, 0, size);
        return block;
    }
    const std::uint64_t first = (next_ + alignment - 1) & ~(alignment - 1);
    if (first > last_ || size > last_ - first)
        return nullptr;
    next_ = first + size;
    return at(first);
}

void HostMemory::release(void *block, std::uint64_t size, std::uint64_t alignment) {
    if (gives_back(size, alignment))
        TCESIM_CHECK(!madvise(block, size, MADV_DONTNEED), "the host takes back pages of memory that it gave");
    free_[{size, alignment}].push_back(block);
}

} // namespace tcesim
