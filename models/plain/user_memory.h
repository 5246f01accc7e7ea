// SPDX-License-Identifier: Apache-2.0
/// The memory of the one process of a plain world: pages of 64 KiB, their state, their contents.
#ifndef TCESIM_MODELS_PLAIN_USER_MEMORY_H
#define TCESIM_MODELS_PLAIN_USER_MEMORY_H

#include "hcall/port.h"

#include <array>
#include <map>
#include <set>
#include <vector>

namespace tcesim::plain {

/// The byte order of hardware tables, mirrors and lists, from or to that of the CPU.
inline u64 big_endian(u64 value) {
    return __builtin_bswap64(value);
}

/// What the process's page table says of a page.
enum class PageState {
    Hole,   ///< nothing there, cannot be faulted in
    Young,  ///< present and recently used
    Old,    ///< present, not recently used
    Absent, ///< not present, can be faulted in
};

class UserMemory {
public:
    /// Backs @p pages host pages from @p ua on by real memory from @p hpa on; a later call replaces.
    /// @p shift: log2 of the size of the pages that the process got, 16 or more.
    void map(u64 ua, u64 pages, u64 hpa, u32 shift, PageState state);
    void set_state(u64 ua, u64 pages, PageState state);
    /// While an invalidation of the process's page table runs, real mode may not use it.
    void set_invalidation_running(bool running) { invalidation_running_ = running; }

    /// Virtual mode: brings the page in. False where nothing can be faulted in.
    bool fault_in(u64 ua, u64 *hpa, u32 *shift);
    bool invalidation_running() const { return invalidation_running_; }
    /// Real mode: only young single pages.
    bool translate_real_mode(u64 ua, u64 *hpa) const;
    /// Without touching the page's state; false in a hole.
    bool translate(u64 ua, u64 *hpa) const;
    /// log2 of the size of the page at @p hpa, PAGE_SHIFT where the process has none.
    u32 shift_of(u64 hpa) const;

    void write64(u64 hpa, u64 big_endian_value);
    u64 read64(u64 hpa) const;

    void pin(u64 hpa);
    /// False if the page is not pinned.
    bool unpin(u64 hpa);
    u64 pins() const { return pins_; }
    bool pinned(u64 hpa) const { return pin_counts_.count(hpa >> PAGE_SHIFT); }

    /// Marks the page dirty: the whole huge page for a part of one.
    void set_dirty(u64 hpa);
    /// Pages that have become dirty, in this order; hpa of their first byte.
    const std::vector<u64> &dirty_pages() const { return dirty_order_; }
    /// Dirty marks for memory that the process does not have.
    u64 stray_dirty_marks() const { return stray_dirty_marks_; }

private:
    struct Page {
        u64 hpa;
        u32 shift;
        PageState state;
    };
    using Contents = std::array<u64, PAGE_SIZE / sizeof(u64)>;

    Page *find(u64 ua);
    const Page *find(u64 ua) const;

    std::map<u64, Page> pages_;      // by ua / PAGE_SIZE
    std::map<u64, u32> shifts_;      // by hpa / PAGE_SIZE
    std::map<u64, Contents> memory_; // by hpa / PAGE_SIZE
    std::map<u64, u64> pin_counts_;  // by hpa / PAGE_SIZE
    std::set<u64> dirty_;
    std::vector<u64> dirty_order_;
    u64 pins_ = 0;
    u64 stray_dirty_marks_ = 0;
    bool invalidation_running_ = false;
};

} // namespace tcesim::plain

#endif
