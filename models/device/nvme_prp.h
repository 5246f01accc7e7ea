// SPDX-License-Identifier: Apache-2.0
/// \file
/// How a command says which memory its data are in: physical region pages, PRPs (NVM Express base specification 1.4,
/// section 4.3).
///
/// PRP1 is the first memory page and may begin inside it. One more page stands in PRP2 itself. Of more than one, PRP2
/// is the bus address of a list of their addresses, 8 bytes each. A list ends with its memory page; if more entries are
/// needed than fit, the last one there is the address of the next page of the list instead. Only PRP1 and the first
/// list may have an offset in their page.
#ifndef TCESIM_MODELS_DEVICE_NVME_PRP_H
#define TCESIM_MODELS_DEVICE_NVME_PRP_H

#include <functional>
#include <vector>

#include "models/device/nvme_command.h"

namespace tcesim {

/// A piece of a buffer that is contiguous on the bus.
struct NvmeSegment {
    std::uint64_t ioba;
    std::uint32_t bytes;
};

struct NvmePrps {
    std::uint64_t prp1 = 0, prp2 = 0;
};

/// Memory pages that a list for \p bytes of data takes, of data that begin at \p offset in their first page and of a
/// list that begins at the beginning of a page.
std::uint32_t nvme_list_pages(std::uint32_t offset, std::uint64_t bytes);

/// PRPs of the buffer that \p segments make together. All but the first begin at the beginning of a memory page, all
/// but the last end at the end of one.
/// \param lists bus addresses of nvme_list_pages() pages for lists
/// \param store called with the number of such a page, the place in it and the entry that belongs there
NvmePrps
nvme_build_prps(const std::vector<NvmeSegment> &segments, const std::vector<std::uint64_t> &lists,
                const std::function<void(std::uint32_t page, std::uint32_t place, std::uint64_t entry)> &store);

/// The controller's way through the PRPs of one command. It finds the memory pages of the data; the controller reads
/// what next_list() names and hands it over, until finished().
class NvmePrpWalk {
public:
    /// \p bytes of data, at least 1.
    void begin(const NvmePrps &prps, std::uint32_t bytes);

    /// Whether all pages are known, or never will be.
    bool finished() const { return !valid_ || known_ == bytes_; }
    /// False: some address had an offset that it must not have.
    bool valid() const { return valid_; }
    /// What has to be read next; of a walk that is not finished.
    NvmeSegment next_list() const;
    /// The entries that next_list() named.
    void on_list(const std::byte *entries);

    /// The data's memory, in order: each piece within one memory page.
    const std::vector<NvmeSegment> &pages() const { return pages_; }

private:
    void add(std::uint64_t ioba);
    std::uint32_t entries_wanted() const { return (bytes_ - known_ + nvme_page - 1) / nvme_page; }

    std::uint32_t bytes_ = 0, known_ = 0; // of data; of these: place known
    std::uint64_t list_ = 0;              // bus address of the next entries
    bool valid_ = true;
    std::vector<NvmeSegment> pages_;
};

} // namespace tcesim

#endif
