// SPDX-License-Identifier: Apache-2.0
#include "models/device/nvme_media.h"

#include <algorithm>

#include "models/kernel/check.h"

namespace tcesim {

NvmeMedia::NvmeMedia(Timeline &timeline, NvmeMediaClient &client, const NvmeMediaParameters &parameters)
    : timeline_(timeline), client_(client), parameters_(parameters), channel_free_(parameters.channels),
      channels_(timeline, EventClass::device, this), reading_(timeline, EventClass::device, this),
      writing_(timeline, EventClass::device, this) {
    TCESIM_CHECK(parameters.channels > 0 && parameters.stripe_bytes > 0, "a namespace is on some channel");
}

/// What of a transfer's next \p left bytes is in the stripe at \p offset.
NvmePiece NvmeMedia::piece_at(void *transfer, std::uint64_t offset, std::uint32_t left) const {
    const auto to_end = static_cast<std::uint32_t>(parameters_.stripe_bytes - offset % parameters_.stripe_bytes);
    return {transfer, offset, std::min(left, to_end)};
}

/// Instant at which \p bytes have passed a bus that they reach now.
ps_t NvmeMedia::pass(ps_t &bus_free, std::uint32_t bytes, std::uint64_t bandwidth) const {
    constexpr std::uint64_t ps_per_second = 1'000'000'000'000;
    const auto time = static_cast<ps_t>(static_cast<unsigned __int128>(bytes) * ps_per_second / bandwidth);
    bus_free = std::max(bus_free, timeline_.now()) + time;
    return bus_free;
}

std::uint32_t NvmeMedia::read(void *transfer, std::uint64_t offset, std::uint32_t bytes) {
    std::uint32_t pieces = 0;
    for (; bytes > 0; ++pieces) {
        const NvmePiece piece = piece_at(transfer, offset, bytes);
        ps_t &channel = channel_free_[offset / parameters_.stripe_bytes % channel_free_.size()];
        channel = std::max(channel, timeline_.now()) + parameters_.read_latency;
        channels_.push(channel, piece);
        offset += piece.bytes;
        bytes -= piece.bytes;
    }
    return pieces;
}

void NvmeMedia::on_bus(NvmePiece piece) {
    reading_.push(pass(read_bus_free_, piece.bytes, parameters_.read_bandwidth), piece);
}

std::uint32_t NvmeMedia::write(void *transfer, std::uint64_t offset, std::uint32_t bytes) {
    std::uint32_t pieces = 0;
    for (; bytes > 0; ++pieces) {
        const NvmePiece piece = piece_at(transfer, offset, bytes);
        const ps_t passed = pass(write_bus_free_, piece.bytes, parameters_.write_bandwidth);
        writing_.push(passed + parameters_.write_latency, piece);
        offset += piece.bytes;
        bytes -= piece.bytes;
    }
    return pieces;
}

} // namespace tcesim
