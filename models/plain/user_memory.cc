// SPDX-License-Identifier: Apache-2.0
#include "models/plain/user_memory.h"

namespace tcesim::plain {

void UserMemory::map(u64 ua, u64 pages, u64 hpa, u32 shift, PageState state) {
    for (u64 i = 0; i < pages; i++) {
        pages_[(ua >> PAGE_SHIFT) + i] = {hpa + (i << PAGE_SHIFT), shift, state};
        shifts_[(hpa >> PAGE_SHIFT) + i] = shift;
    }
}

void UserMemory::set_state(u64 ua, u64 pages, PageState state) {
    for (u64 i = 0; i < pages; i++) {
        if (Page *page = find(ua + (i << PAGE_SHIFT)))
            page->state = state;
    }
}

UserMemory::Page *UserMemory::find(u64 ua) {
    auto found = pages_.find(ua >> PAGE_SHIFT);
    return found == pages_.end() ? nullptr : &found->second;
}

const UserMemory::Page *UserMemory::find(u64 ua) const {
    auto found = pages_.find(ua >> PAGE_SHIFT);
    return found == pages_.end() ? nullptr : &found->second;
}

bool UserMemory::fault_in(u64 ua, u64 *hpa, u32 *shift) {
    Page *page = find(ua);
    if (!page || page->state == PageState::Hole)
        return false;
    page->state = PageState::Young;
    *hpa = page->hpa;
    *shift = page->shift;
    return true;
}

bool UserMemory::translate_real_mode(u64 ua, u64 *hpa) const {
    const Page *page = find(ua);
    if (!page || page->state != PageState::Young || page->shift != PAGE_SHIFT)
        return false;
    *hpa = page->hpa | (ua & (PAGE_SIZE - 1));
    return true;
}

bool UserMemory::translate(u64 ua, u64 *hpa) const {
    const Page *page = find(ua);
    if (!page || page->state == PageState::Hole)
        return false;
    *hpa = page->hpa | (ua & (PAGE_SIZE - 1));
    return true;
}

u32 UserMemory::shift_of(u64 hpa) const {
    auto found = shifts_.find(hpa >> PAGE_SHIFT);
    return found == shifts_.end() ? PAGE_SHIFT : found->second;
}

void UserMemory::write64(u64 hpa, u64 big_endian_value) {
    memory_[hpa >> PAGE_SHIFT][(hpa & (PAGE_SIZE - 1)) / sizeof(u64)] = big_endian_value;
}

u64 UserMemory::read64(u64 hpa) const {
    auto found = memory_.find(hpa >> PAGE_SHIFT);
    return found == memory_.end() ? 0 : found->second[(hpa & (PAGE_SIZE - 1)) / sizeof(u64)];
}

void UserMemory::pin(u64 hpa) {
    pin_counts_[hpa >> PAGE_SHIFT]++;
    pins_++;
}

bool UserMemory::unpin(u64 hpa) {
    auto found = pin_counts_.find(hpa >> PAGE_SHIFT);
    if (found == pin_counts_.end())
        return false;
    pins_--;
    if (!--found->second)
        pin_counts_.erase(found);
    return true;
}

void UserMemory::set_dirty(u64 hpa) {
    auto found = shifts_.find(hpa >> PAGE_SHIFT);
    if (found == shifts_.end()) {
        stray_dirty_marks_++;
        return;
    }
    u64 head = hpa >> found->second << found->second;
    if (dirty_.insert(head).second)
        dirty_order_.push_back(head);
}

} // namespace tcesim::plain
