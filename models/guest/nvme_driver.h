// SPDX-License-Identifier: Apache-2.0
/// \file
/// The guest's nvme driver: what it maps, writes and reads. Its own instructions are part of the constants
/// guest_io_submit and guest_io_complete.
///
/// Queues and pages for PRP lists are mapped once. Of each I/O the pieces of its buffer are mapped one by one, each as
/// a whole, so that a piece of several IOMMU pages is one call of the DMA API; a command and a doorbell follow. An
/// interrupt takes all completions that are there, of all queues, in the order of the queues: maps go, then the I/O
/// is reported done, and each queue that had some gets one doorbell.
#ifndef TCESIM_MODELS_GUEST_NVME_DRIVER_H
#define TCESIM_MODELS_GUEST_NVME_DRIVER_H

#include <functional>
#include <optional>
#include <vector>

#include "models/cpu/sim_port.h"
#include "models/device/nvme_prp.h"
#include "models/guest/guest_dma.h"

namespace tcesim {

struct NvmeDriverParameters {
    std::uint32_t pairs;         ///< queue pairs, at least 1
    std::uint32_t depth;         ///< I/Os of a pair in flight at most, at least 1
    std::uint32_t io_bytes;      ///< of the largest I/O
    std::uint64_t guest_page;    ///< bytes
    std::uint64_t device_window; ///< host real address of the device's registers
    std::uint64_t memory;        ///< gpa of memory_bytes() for queues and lists, 64 KiB aligned
};

/// A piece of a buffer that is contiguous in guest memory: it begins and ends at borders of memory pages of 4 KiB.
struct NvmeBuffer {
    std::uint64_t gpa;
    std::uint32_t bytes;
};

struct NvmeIo {
    NvmeOpcode opcode = NvmeOpcode::read;
    std::uint64_t offset = 0; ///< in the namespace, a multiple of 512
    std::vector<NvmeBuffer> buffer;
};

class NvmeDriver {
public:
    /// An I/O in flight: identifier of its command in queue pair \p pair (0, 1, ...).
    struct Place {
        std::uint32_t pair, slot;
    };

    NvmeDriver(const NvmeDriverParameters &parameters, SimPort &port, GuestDma &dma, MmioTarget &mmio);

    static std::uint64_t memory_bytes(const NvmeDriverParameters &parameters);

    /// Maps queues and lists, before the first vCPU runs. \returns what the device is told; empty when the window has
    /// no room for them.
    std::vector<NvmeQueuePair> open();

    /// Takes a place for one more I/O of \p pair, if it has one.
    std::optional<Place> take_place(std::uint32_t pair);
    /// Maps and submits \p io at a \p place that was taken; it is free again when the I/O is done. False, with nothing
    /// submitted and the place still taken, when the window is full.
    bool submit(Place place, const NvmeIo &io);

    /// Called when an I/O is done and its buffer unmapped.
    void set_done_handler(std::function<void(Place, NvmeStatus)> handler) { on_done_ = std::move(handler); }
    /// The device's interrupt: takes completions now, or at the end of the submission that it interrupted.
    void interrupt();
    /// Takes completions if an interrupt asked for it.
    void complete_if_asked();

private:
    struct Pair {
        std::uint64_t submission, completion, lists; // gpa
        std::uint32_t tail = 0, head = 0;
        bool phase = true;
        std::vector<std::uint64_t> list_bus;           // bus addresses of the lists' pages
        std::vector<std::uint32_t> free;               // slots
        std::vector<std::vector<DmaMapping>> mappings; // by slot
    };

    bool map_buffer(const NvmeIo &io, std::vector<DmaMapping> &mappings);
    NvmePrps build_prps(Pair &pair, std::uint32_t slot);
    void take_completions();
    void take_completions_of(std::uint32_t number);
    void device_write(std::uint64_t offset, std::uint64_t value);

    const NvmeDriverParameters parameters_;
    const std::uint32_t entries_; // of a queue
    const std::uint32_t lists_;   // pages for lists of an I/O
    SimPort &port_;
    GuestDma &dma_;
    MmioTarget &mmio_;
    std::function<void(Place, NvmeStatus)> on_done_;
    std::vector<Pair> pairs_;
    std::vector<NvmeSegment> segments_;
    bool busy_ = false;
    bool asked_ = false;
};

} // namespace tcesim

#endif
