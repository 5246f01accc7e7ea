// SPDX-License-Identifier: Apache-2.0
/// \file
/// What the guest has asked for in one window, page by page, kept without any handler.
#ifndef TCESIM_SIM_REPLAY_LOG_SHADOW_TABLE_H
#define TCESIM_SIM_REPLAY_LOG_SHADOW_TABLE_H

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace tcesim::replay {

class ShadowTable {
public:
    /// The entry \p page is \p tce now. \returns what it was.
    std::uint64_t set(std::uint64_t page, std::uint64_t tce);
    std::uint64_t get(std::uint64_t page) const;
    /// Entries that let a device in.
    std::uint64_t live() const { return live_; }
    void clear();

private:
    static constexpr std::uint64_t group_size = 512;
    using Group = std::array<std::uint64_t, group_size>;

    std::unordered_map<std::uint64_t, std::unique_ptr<Group>> groups_;
    std::uint64_t live_ = 0;
};

} // namespace tcesim::replay

#endif
