// SPDX-License-Identifier: Apache-2.0
#include "models/guest/page_chunks.h"

#include <algorithm>

#include "models/kernel/check.h"

namespace tcesim {

PageChunks::PageChunks(GuestDma &dma, std::uint64_t guest_page, std::uint32_t chunk_bytes, std::uint64_t memory,
                       std::uint64_t bytes)
    : dma_(dma), chunk_bytes_(chunk_bytes), page_bytes_(std::max<std::uint64_t>(guest_page, chunk_bytes)),
      memory_(memory), chunks_per_page_(static_cast<std::uint32_t>(page_bytes_ / chunk_bytes)),
      pages_(bytes / page_bytes_) {
    for (std::size_t page = pages_.size(); page-- > 0;)
        free_.push_back(static_cast<std::uint32_t>(page));
}

bool PageChunks::open_page() {
    if (free_.empty())
        return false;
    const std::uint32_t page = free_.back();
    const DmaMapping mapping =
        dma_.map(memory_ + page * page_bytes_, static_cast<std::uint32_t>(page_bytes_), DMA_FROM_DEVICE);
    if (!mapping.valid()) {
        ++map_failures_;
        return false;
    }
    free_.pop_back();
    pages_[page] = {mapping, 0, 0};
    current_ = page;
    return true;
}

std::optional<PageChunk> PageChunks::take() {
    if (!current_ && !open_page())
        return std::nullopt;
    const std::uint32_t number = *current_;
    Page &page = pages_[number];
    const std::uint64_t offset = std::uint64_t{page.taken} * chunk_bytes_;
    ++page.taken;
    ++page.out;
    if (page.taken == chunks_per_page_)
        current_.reset();
    return PageChunk{memory_ + number * page_bytes_ + offset, page.mapping.bus_address + offset, number};
}

void PageChunks::put(const PageChunk &chunk) {
    Page &page = pages_[chunk.page];
    TCESIM_CHECK(page.out > 0, "a chunk comes back once");
    --page.out;
    if (page.out > 0 || page.taken < chunks_per_page_)
        return;
    dma_.unmap(page.mapping);
    free_.push_back(chunk.page);
}

} // namespace tcesim
