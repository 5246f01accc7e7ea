// SPDX-License-Identifier: Apache-2.0
/// \file
/// An NVMe controller: what the device does. The driver's side is elsewhere; layouts stand in nvme_command.h.
///
/// Every command, list of memory pages, byte of data, completion and interrupt goes through the link and the bridge.
///
/// - A tail doorbell lets the controller fetch commands: one read of each queue in flight, up to the end of the ring
///   and eight at a time (this model's choice). Commands are begun in the order in which they have arrived, one after
///   the other, each after `command`.
/// - PRP lists are fetched a page at a time.
/// - A read sends what the media deliver as it comes, and completes when all has been sent. A write fetches its data,
///   and completes when the media have all of them.
/// - A completion waits for room in its queue. With each the device sends the interrupt of that queue: no interrupts
///   are coalesced (the features' default).
///
/// A command that cannot be done completes with a status that says why; so does one whose data or lists could not be
/// read. A failed read of a submission queue leaves nothing to answer: the controller stops (CSTS.CFS) and says so in
/// failure().
///
/// Data. At each multiple of 4096 of the namespace stand 8 bytes: until the first write nvme_device_stamp(), then what
/// hosts must write there, nvme_host_stamp(). The controller checks what it fetches, and so sees every page that came
/// from a wrong place.
#ifndef TCESIM_MODELS_DEVICE_NVME_ENGINE_H
#define TCESIM_MODELS_DEVICE_NVME_ENGINE_H

#include <deque>
#include <memory>
#include <vector>

#include "models/device/nvme_media.h"
#include "models/device/nvme_prp.h"
#include "models/pcie/requester.h"

namespace tcesim {

constexpr std::uint32_t nvme_stamp_interval = 4096;
constexpr std::uint64_t nvme_host_stamp(std::uint64_t offset, std::uint64_t seed) {
    return offset ^ seed;
}
constexpr std::uint64_t nvme_device_stamp(std::uint64_t offset, std::uint64_t seed) {
    return ~(offset ^ seed);
}

struct NvmeParameters {
    std::uint16_t requester_id; ///< RID: bus << 8 | device and function
    std::uint32_t read_tags;    ///< outstanding reads, at least 1
    ps_t command;               ///< controller's work per command
    std::uint64_t msi_address;  ///< bus address of the interrupts
    NvmeMediaParameters media;
    std::uint64_t seed; ///< of the stamps
};

struct NvmeCounters {
    std::uint64_t reads = 0, writes = 0; ///< commands completed with success
    std::uint64_t refused = 0;           ///< with another status
    std::uint64_t interrupts = 0;
};

class NvmeEngine : public sc_core::sc_module, public DeviceRegisters, private NvmeMediaClient {
public:
    NvmeEngine(sc_core::sc_module_name name, Timeline &timeline, Link &link, const NvmeParameters &parameters);

    /// Queue pairs 1, 2, ... in order, as administrative commands have created them.
    void configure(const std::vector<NvmeQueuePair> &pairs);

    void on_register_write(std::uint64_t offset, std::uint64_t value) override;

    bool failed() const { return failure_ != nullptr; }
    /// Why the controller has stopped, as half a sentence; nullptr while it works.
    const char *failure() const { return failure_; }

    const NvmeCounters &counters() const { return counters_; }
    /// Pages fetched whose stamp was not that of their place.
    std::uint64_t wrong_stamps() const { return wrong_stamps_; }
    /// Offset in the namespace of the first of them; meaningful when there is one.
    std::uint64_t first_wrong_offset() const { return first_wrong_; }

private:
    struct QueuePair {
        NvmeQueuePair place;
        std::uint32_t number = 0;
        std::uint32_t tail = 0, asked = 0, head = 0; // of the submission queue; head: fetched up to here
        std::uint32_t produced = 0, consumed = 0;    // places in the completion queue
        bool phase = true;
        std::deque<NvmeCompletion> waiting; // for room there
        DmaRead fetch;
        std::vector<std::byte> fetched;
    };
    struct Transfer;
    struct TransferRead : DmaRead {
        Transfer *transfer = nullptr;
    };
    /// A command that has been fetched.
    struct Transfer {
        QueuePair *pair = nullptr;
        NvmeCommand command;
        NvmePrpWalk walk;
        NvmeStatus status = NvmeStatus::success;
        std::uint32_t bytes = 0;
        std::uint32_t moving = 0; // reads of data or pieces of the media under way
        TransferRead list_read;
        std::vector<std::byte> list;
        std::deque<TransferRead> page_reads; // grows, and keeps its elements where they are
        std::vector<std::byte> data;

        bool is_read() const { return command.opcode == static_cast<std::uint8_t>(NvmeOpcode::read); }
        std::uint64_t offset() const { return command.first_block * nvme_block; }
    };

    void fetch(QueuePair &pair);
    void on_commands(DmaRead &read, std::uint32_t bytes);
    void begin_next();
    void begin_command();
    NvmeStatus refusal(const NvmeCommand &command) const;
    void find_pages(Transfer &transfer);
    void on_list(DmaRead &read, std::uint32_t bytes);
    void move(Transfer &transfer);
    void on_page(DmaRead &read, std::uint32_t bytes);
    void on_media_read(const NvmePiece &piece) override;
    void on_media_written(const NvmePiece &piece) override;
    void check_written(const Transfer &transfer);
    void stamp_read(Transfer &transfer, std::uint64_t first, std::uint32_t bytes);
    void send(const Transfer &transfer, std::uint32_t first, std::uint32_t bytes);
    void finish(Transfer &transfer, NvmeStatus status);
    void post(QueuePair &pair);
    Transfer &free_transfer();

    Timeline &timeline_;
    const NvmeParameters parameters_;
    const char *failure_ = nullptr;
    DmaRequester requester_;
    DmaReadHandler<NvmeEngine, &NvmeEngine::on_commands> commands_client_{*this};
    DmaReadHandler<NvmeEngine, &NvmeEngine::on_list> list_client_{*this};
    DmaReadHandler<NvmeEngine, &NvmeEngine::on_page> page_client_{*this};
    const unsigned command_queue_, list_queue_, page_queue_;
    NvmeMedia media_;
    std::deque<QueuePair> pairs_;
    std::deque<Transfer *> fetched_; // not begun
    Event command_event_;
    std::vector<std::unique_ptr<Transfer>> transfers_;
    std::vector<Transfer *> free_transfers_;
    std::vector<bool> written_; // by 4 KiB of the namespace: not as delivered
    NvmeCounters counters_;
    std::uint64_t wrong_stamps_ = 0, first_wrong_ = 0;
};

} // namespace tcesim

#endif
