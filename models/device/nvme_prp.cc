// SPDX-License-Identifier: Apache-2.0
#include "models/device/nvme_prp.h"

#include <algorithm>
#include <cstring>

#include "models/kernel/check.h"

namespace tcesim {

namespace {

constexpr std::uint32_t entries_per_page = nvme_page / nvme_prp_bytes;

std::uint32_t offset_of(std::uint64_t ioba) {
    return static_cast<std::uint32_t>(ioba % nvme_page);
}

/// Memory pages that \p bytes from \p offset on touch.
std::uint64_t pages_touched(std::uint32_t offset, std::uint64_t bytes) {
    return (offset + bytes + nvme_page - 1) / nvme_page;
}

} // namespace

std::uint32_t nvme_list_pages(std::uint32_t offset, std::uint64_t bytes) {
    const std::uint64_t pages = pages_touched(offset, bytes);
    if (pages <= 2)
        return 0;
    // All but the last page of a list give one entry to the link.
    const std::uint64_t entries = pages - 1;
    return static_cast<std::uint32_t>((entries - 1 + entries_per_page - 2) / (entries_per_page - 1));
}

NvmePrps
nvme_build_prps(const std::vector<NvmeSegment> &segments, const std::vector<std::uint64_t> &lists,
                const std::function<void(std::uint32_t page, std::uint32_t place, std::uint64_t entry)> &store) {
    std::vector<std::uint64_t> pages;
    for (const NvmeSegment &segment : segments)
        for (std::uint64_t at = segment.ioba; at < segment.ioba + segment.bytes; at += nvme_page - offset_of(at))
            pages.push_back(at);
    TCESIM_CHECK(!pages.empty(), "a buffer has at least one byte");
    for (std::size_t i = 1; i < pages.size(); ++i)
        TCESIM_CHECK(offset_of(pages[i]) == 0, "only the first memory page of a buffer begins inside");
    NvmePrps prps{pages[0], 0};
    if (pages.size() <= 2) {
        prps.prp2 = pages.size() == 2 ? pages[1] : 0;
        return prps;
    }
    prps.prp2 = lists.at(0);
    std::uint32_t list = 0;
    std::uint32_t place = 0;
    for (std::size_t i = 1; i < pages.size(); ++i) {
        if (place == entries_per_page - 1 && i + 1 < pages.size()) {
            store(list, place, lists.at(list + 1));
            ++list;
            place = 0;
        }
        store(list, place++, pages[i]);
    }
    return prps;
}

void NvmePrpWalk::begin(const NvmePrps &prps, std::uint32_t bytes) {
    TCESIM_CHECK(bytes > 0, "a command moves at least one byte");
    bytes_ = bytes;
    known_ = 0;
    pages_.clear();
    valid_ = prps.prp1 % 4 == 0; // dword aligned: the two lowest bits are 0
    add(prps.prp1);
    if (known_ == bytes_ || !valid_)
        return;
    if (entries_wanted() == 1) {
        valid_ = offset_of(prps.prp2) == 0;
        add(prps.prp2);
        return;
    }
    valid_ = prps.prp2 % nvme_prp_bytes == 0;
    list_ = prps.prp2;
}

void NvmePrpWalk::add(std::uint64_t ioba) {
    const std::uint32_t bytes = std::min(nvme_page - offset_of(ioba), bytes_ - known_);
    pages_.push_back({ioba, bytes});
    known_ += bytes;
}

NvmeSegment NvmePrpWalk::next_list() const {
    const std::uint32_t to_end = (nvme_page - offset_of(list_)) / nvme_prp_bytes;
    return {list_, std::min(to_end, entries_wanted()) * nvme_prp_bytes};
}

void NvmePrpWalk::on_list(const std::byte *entries) {
    const std::uint32_t count = next_list().bytes / nvme_prp_bytes;
    const bool linked = entries_wanted() > count;
    for (std::uint32_t i = 0; i < count && valid_; ++i) {
        std::uint64_t entry = 0;
        std::memcpy(&entry, entries + std::size_t{i} * nvme_prp_bytes, sizeof entry);
        valid_ = offset_of(entry) == 0;
        if (linked && i + 1 == count)
            list_ = entry;
        else if (valid_)
            add(entry);
    }
}

} // namespace tcesim
