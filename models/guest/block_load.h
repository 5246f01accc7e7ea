// SPDX-License-Identifier: Apache-2.0
/// \file
/// A guest process that keeps an NVMe device busy: as many I/Os in flight as allowed, all of one size.
///
/// Each I/O costs guest_io_submit before it reaches the driver, and guest_io_complete after. Queue pairs take turns.
/// Its buffer consists of pieces that are contiguous in guest memory; no two of them are neighbours.
///
/// Before a read the guest destroys the stamps of the buffer, and after it they must be those of the place that was
/// read: as delivered, if nothing was written there before, or as hosts write them, if somebody has begun to.
#ifndef TCESIM_MODELS_GUEST_BLOCK_LOAD_H
#define TCESIM_MODELS_GUEST_BLOCK_LOAD_H

#include <vector>

#include "models/cpu/latency_histogram.h"
#include "models/guest/nvme_driver.h"
#include "models/kernel/random_stream.h"

namespace tcesim {

enum class BlockOperation : std::uint8_t { read, write, mixed };

struct BlockLoadParameters {
    BlockOperation operation;    ///< mixed: either, one as likely as the other
    bool random;                 ///< places in random order; otherwise one after the other, again and again
    std::uint32_t io_bytes;      ///< a multiple of 4096
    std::uint32_t segment_bytes; ///< of a buffer's pieces; divides io_bytes, a multiple of 4096
    std::uint32_t pairs, depth;  ///< as the driver's
    std::uint64_t capacity;      ///< of the namespace in bytes
    std::uint64_t memory;        ///< gpa of memory_bytes() for buffers, 64 KiB aligned
    std::uint64_t seed;          ///< of stamps and order
};

struct BlockLoadCounters {
    std::uint64_t reads = 0, writes = 0; ///< done in the measured phase, whether they succeeded or not
    std::uint64_t errors = 0;            ///< of those, completed with another status than success
    LatencyHistogram read_latency, write_latency;
    LatencyHistogram latency; ///< ps, of both: from before guest_io_submit until after guest_io_complete
};

class BlockLoad {
public:
    BlockLoad(const BlockLoadParameters &parameters, SimPort &port, NvmeDriver &driver);

    static std::uint64_t memory_bytes(const BlockLoadParameters &parameters);

    /// For ever, on the vCPU whose thread calls it.
    void run(Vcpu &vcpu);

    const BlockLoadCounters &counters() const { return counters_; }
    /// I/Os that failed, from the beginning.
    std::uint64_t errors() const { return errors_; }
    /// Pages read whose stamp was not that of their place.
    std::uint64_t wrong_stamps() const { return wrong_stamps_; }
    /// Offset in the namespace of the first of them; meaningful when there is one.
    std::uint64_t first_wrong_offset() const { return first_wrong_; }

private:
    struct Io : NvmeIo {
        ps_t began = 0;
        std::vector<bool> was_written; // a read, by page: a write had ended before it began
    };

    bool submit_next(Vcpu &vcpu);
    void prepare(Io &io);
    void on_done(NvmeDriver::Place place, NvmeStatus status);
    void check(const Io &io);
    std::uint64_t next_offset();
    std::byte *page(const Io &io, std::uint32_t at) const;
    Io &io_at(NvmeDriver::Place place) { return ios_[std::size_t{place.pair} * parameters_.depth + place.slot]; }

    const BlockLoadParameters parameters_;
    SimPort &port_;
    NvmeDriver &driver_;
    std::vector<Io> ios_; // by pair and slot
    RandomStream places_, operations_;
    std::uint64_t next_ = 0; // sequential: number of the next place
    std::uint32_t next_pair_ = 0;
    std::vector<bool> writing_, written_; // by page of the namespace: a write has begun, has ended
    Vcpu *vcpu_ = nullptr;
    BlockLoadCounters counters_;
    std::uint64_t errors_ = 0, wrong_stamps_ = 0, first_wrong_ = 0;
};

} // namespace tcesim

#endif
