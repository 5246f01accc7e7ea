// SPDX-License-Identifier: Apache-2.0
#include "sim/replay/log/shadow_table.h"

#include <utility>

#include "hcall/abi.h"

namespace tcesim::replay {

std::uint64_t ShadowTable::set(std::uint64_t page, std::uint64_t tce) {
    std::unique_ptr<Group> &group = groups_[page / group_size];
    if (!group) {
        if (tce == 0) { // most of a window is cleared without ever having been mapped
            groups_.erase(page / group_size);
            return 0;
        }
        group = std::make_unique<Group>();
        group->fill(0);
    }
    const std::uint64_t before = std::exchange((*group)[page % group_size], tce);
    live_ += (tce & TCE_PERM) != 0;
    live_ -= (before & TCE_PERM) != 0;
    return before;
}

std::uint64_t ShadowTable::get(std::uint64_t page) const {
    const auto found = groups_.find(page / group_size);
    return found == groups_.end() ? 0 : (*found->second)[page % group_size];
}

void ShadowTable::clear() {
    groups_.clear();
    live_ = 0;
}

} // namespace tcesim::replay
