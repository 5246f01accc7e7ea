// SPDX-License-Identifier: Apache-2.0
/// \file
/// Verifies the stamps of a stream (stream_pattern.h) as its bytes arrive, in order and in any pieces.
#ifndef TCESIM_MODELS_NET_STAMP_CHECK_H
#define TCESIM_MODELS_NET_STAMP_CHECK_H

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "models/net/stream_pattern.h"

namespace tcesim {

class StampCheck {
public:
    /// A stamp stands at every multiple of \p interval, at least stamp_bytes.
    StampCheck(std::uint64_t seed, std::uint64_t interval) : seed_(seed), interval_(interval) {}

    /// The next \p bytes of the stream: collects the stamps that begin, continue or end in them.
    void take(const std::byte *from, std::uint64_t bytes) {
        const std::uint64_t first = bytes_;
        bytes_ += bytes;
        while (next_ < bytes_) {
            const std::uint64_t begin = std::max(first, next_);
            const std::uint64_t end = std::min(bytes_, next_ + stamp_bytes);
            std::memcpy(stamp_.data() + (begin - next_), from + (begin - first), end - begin);
            if (end < next_ + stamp_bytes)
                return;
            compare();
            next_ += interval_;
        }
    }

    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t verified() const { return verified_; }
    /// Of these: not what the stream has at that offset.
    std::uint64_t wrong() const { return wrong_; }
    std::uint64_t first_wrong_offset() const { return first_wrong_offset_; }

private:
    void compare() {
        std::uint64_t stamp = 0;
        std::memcpy(&stamp, stamp_.data(), sizeof stamp);
        ++verified_;
        if (__builtin_bswap64(stamp) == stream_stamp(next_, seed_))
            return;
        if (wrong_ == 0)
            first_wrong_offset_ = next_;
        ++wrong_;
    }

    const std::uint64_t seed_, interval_;
    std::uint64_t bytes_ = 0;
    std::uint64_t next_ = 0;                     // offset of the stamp that comes next
    std::array<std::byte, stamp_bytes> stamp_{}; // its bytes so far
    std::uint64_t verified_ = 0, wrong_ = 0, first_wrong_offset_ = 0;
};

} // namespace tcesim

#endif
