// SPDX-License-Identifier: Apache-2.0
/// \file
/// When the flash behind an NVMe controller has data, and when it has taken them.
///
/// The namespace is striped: stripe s (stripe_bytes each) belongs to channel s modulo channels. A read of a stripe
/// occupies its channel for read_latency; what it brought then passes the one bus of all channels at read_bandwidth.
/// Written data pass that bus, in a direction of its own, at write_bandwidth, and are safe in the controller's buffer
/// write_latency later; the flash takes them from there, and write_bandwidth is its pace.
#ifndef TCESIM_MODELS_DEVICE_NVME_MEDIA_H
#define TCESIM_MODELS_DEVICE_NVME_MEDIA_H

#include <vector>

#include "models/kernel/delay_line.h"

namespace tcesim {

struct NvmeMediaParameters {
    std::uint64_t capacity; ///< of the namespace in bytes, a multiple of 4096
    std::uint32_t channels; ///< at least 1
    std::uint32_t stripe_bytes;
    ps_t read_latency, write_latency;
    std::uint64_t read_bandwidth, write_bandwidth; ///< bytes per second, at least 1
};

/// Data of one stripe that a transfer moves.
struct NvmePiece {
    void *transfer = nullptr; ///< the client's
    std::uint64_t offset = 0; ///< in the namespace
    std::uint32_t bytes = 0;
};

class NvmeMediaClient {
public:
    virtual ~NvmeMediaClient() = default;
    /// The data of \p piece are in the controller now.
    virtual void on_media_read(const NvmePiece &piece) = 0;
    /// Those of \p piece are safe now.
    virtual void on_media_written(const NvmePiece &piece) = 0;
};

class NvmeMedia {
public:
    NvmeMedia(Timeline &timeline, NvmeMediaClient &client, const NvmeMediaParameters &parameters);

    /// Moves [\p offset, + \p bytes) of the namespace for \p transfer, in pieces. \returns how many.
    std::uint32_t read(void *transfer, std::uint64_t offset, std::uint32_t bytes);
    std::uint32_t write(void *transfer, std::uint64_t offset, std::uint32_t bytes);

private:
    void on_bus(NvmePiece piece);
    void has_read(NvmePiece piece) { client_.on_media_read(piece); }
    void has_written(NvmePiece piece) { client_.on_media_written(piece); }
    ps_t pass(ps_t &bus_free, std::uint32_t bytes, std::uint64_t bandwidth) const;
    NvmePiece piece_at(void *transfer, std::uint64_t offset, std::uint32_t left) const;

    Timeline &timeline_;
    NvmeMediaClient &client_;
    const NvmeMediaParameters parameters_;
    std::vector<ps_t> channel_free_;
    ps_t read_bus_free_ = 0, write_bus_free_ = 0;
    DelayLine<NvmeMedia, NvmePiece, &NvmeMedia::on_bus> channels_;
    DelayLine<NvmeMedia, NvmePiece, &NvmeMedia::has_read> reading_;
    DelayLine<NvmeMedia, NvmePiece, &NvmeMedia::has_written> writing_;
};

} // namespace tcesim

#endif
