// SPDX-License-Identifier: Apache-2.0
/// \file
/// The DMA unit of a device: turns transfers into request TLPs.
///
/// Reads are split at MRRS and at 4 KiB boundaries and are limited by the device's tags and the
/// PHB's credits for reads, whichever are fewer. Answers may come in any order; the data of a queue
/// are handed over in the order of its reads, or as they come. Writes are split at MPS and at 4 KiB
/// boundaries and are posted in the order of the calls. A read finds in memory what was written by calls
/// before it, unless its queue is one of an engine apart.
#ifndef TCESIM_MODELS_PCIE_REQUESTER_H
#define TCESIM_MODELS_PCIE_REQUESTER_H

#include <memory>
#include <vector>

#include "models/pcie/link.h"

namespace tcesim {

/// One read of any size; owned by the device, which keeps it until all of its data have arrived.
struct DmaRead {
    std::uint64_t ioba = 0;
    std::byte *to = nullptr;
    std::uint32_t bytes = 0; ///< at least 1
    // Kept by the requester.
    std::uint32_t issued = 0;  ///< bytes asked for
    std::uint32_t arrived = 0; ///< bytes handed over
    bool failed = false;       ///< some request was answered "unsupported request"
};

class DmaReadClient {
public:
    virtual ~DmaReadClient() = default;
    /// The next \p bytes of \p read have arrived; with read.arrived == read.bytes it is finished.
    virtual void on_read_data(DmaRead &read, std::uint32_t bytes) = 0;
};

/// A client that passes data on to (unit.*method)(read, bytes).
template <class Unit, void (Unit::*method)(DmaRead &, std::uint32_t)>
class DmaReadHandler : public DmaReadClient {
public:
    explicit DmaReadHandler(Unit &unit) : unit_(unit) {}
    void on_read_data(DmaRead &read, std::uint32_t bytes) override { (unit_.*method)(read, bytes); }

private:
    Unit &unit_;
};

class DmaRequester : public CompletionSink {
public:
    /// \p requester_id: RID, bus << 8 | device and function. \p read_tags: outstanding reads, at least 1.
    DmaRequester(Link &link, std::uint16_t requester_id, std::uint32_t read_tags);

    enum class Handover : std::uint8_t { in_order, as_they_come };
    enum class Engine : std::uint8_t { with_writes, apart };
    /// Adds a queue of reads for \p client. Whenever a tag is free, the queue of the smallest
    /// \p priority goes first; of equal ones, the queue added first.
    /// \p engine apart: reads do not wait for writes that wait for credits.
    unsigned add_queue(DmaReadClient &client, unsigned priority, Handover handover = Handover::in_order,
                       Engine engine = Engine::with_writes);

    /// Starts \p read; its kept fields are reset here.
    void read(unsigned queue, DmaRead &read);
    /// Writes a copy of the \p bytes at \p from.
    void write(std::uint64_t ioba, const std::byte *from, std::uint32_t bytes);

    /// Reads sent and not answered.
    std::uint32_t outstanding() const { return outstanding_; }

    void on_completion(DmaRequest &request) override;
    void on_write_gone(DmaRequest &request) override { free_writes_.push(request); }

private:
    struct Queue {
        DmaReadClient *client;
        unsigned priority;
        Handover handover;
        Engine engine;
        Ring<DmaRead *> unissued;     // the front one may be issued in part
        Ring<DmaRequest *> in_flight; // in order of issue; not kept where data are handed over as they come
    };

    void issue();
    void issue_one(unsigned number);
    void hand_over(DmaRequest &request);
    DmaRequest &free_write();

    Link &link_;
    const std::uint16_t requester_id_;
    const std::uint32_t limit_;
    std::uint32_t outstanding_ = 0;
    std::vector<Queue> queues_;
    std::vector<unsigned> by_priority_; // numbers of the queues
    std::vector<std::unique_ptr<DmaRequest>> requests_;
    std::vector<std::unique_ptr<std::byte[]>> write_buffers_;
    RequestList free_reads_, free_writes_;
};

} // namespace tcesim

#endif
