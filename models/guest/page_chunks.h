// SPDX-License-Identifier: Apache-2.0
/// \file
/// Receive buffers as a driver makes them: whole guest pages, cut into chunks.
///
/// A page is mapped once, when its first chunk is wanted; its chunks share the mapping. It is
/// unmapped when all of its chunks have been taken and all have come back, and can then be used again.
#ifndef TCESIM_MODELS_GUEST_PAGE_CHUNKS_H
#define TCESIM_MODELS_GUEST_PAGE_CHUNKS_H

#include <optional>
#include <vector>

#include "models/guest/guest_dma.h"

namespace tcesim {

/// Part of a mapped page.
struct PageChunk {
    std::uint64_t gpa = 0;
    std::uint64_t bus_address = 0;
    std::uint32_t page = 0; ///< number of the page in its pool
};

class PageChunks {
public:
    /// \p memory: gpa of \p bytes for pages, aligned to them. \p guest_page and \p chunk_bytes are powers of
    /// two; where a chunk is larger than a guest page, as many pages as it needs are one.
    PageChunks(GuestDma &dma, std::uint64_t guest_page, std::uint32_t chunk_bytes, std::uint64_t memory,
               std::uint64_t bytes);

    std::uint32_t chunk_bytes() const { return chunk_bytes_; }
    /// Bytes that are mapped at once.
    std::uint64_t page_bytes() const { return page_bytes_; }
    /// The next chunk; none when there is no page left, or the window has no room for it.
    std::optional<PageChunk> take();
    /// Takes \p chunk back; the last one of its page unmaps that.
    void put(const PageChunk &chunk);

    std::uint64_t mapped_pages() const { return pages_.size() - free_.size(); }
    /// Pages that the window had no room for.
    std::uint64_t map_failures() const { return map_failures_; }

private:
    struct Page {
        DmaMapping mapping;
        std::uint32_t taken = 0; // chunks, since it was mapped
        std::uint32_t out = 0;   // of these: not back
    };

    bool open_page();

    GuestDma &dma_;
    const std::uint32_t chunk_bytes_;
    const std::uint64_t page_bytes_, memory_;
    const std::uint32_t chunks_per_page_;
    std::vector<Page> pages_;
    std::vector<std::uint32_t> free_; // the one to use next is the last
    std::optional<std::uint32_t> current_;
    std::uint64_t map_failures_ = 0;
};

} // namespace tcesim

#endif
