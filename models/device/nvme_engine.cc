// SPDX-License-Identifier: Apache-2.0
#include "models/device/nvme_engine.h"

#include <algorithm>
#include <cstring>

#include "models/kernel/check.h"

namespace tcesim {

namespace {

constexpr std::uint32_t commands_at_once = 8;

} // namespace

NvmeEngine::NvmeEngine(sc_core::sc_module_name name, Timeline &timeline, Link &link, const NvmeParameters &parameters)
    : sc_module(name), timeline_(timeline), parameters_(parameters),
      requester_(link, parameters.requester_id, parameters.read_tags),
      command_queue_(requester_.add_queue(commands_client_, 0)), list_queue_(requester_.add_queue(list_client_, 0)),
      page_queue_(requester_.add_queue(page_client_, 1)), media_(timeline, *this, parameters.media),
      command_event_(Event::member<&NvmeEngine::begin_command>(EventClass::device, this)),
      written_(parameters.media.capacity / nvme_stamp_interval) {
    link.connect_device(requester_, *this);
}

void NvmeEngine::configure(const std::vector<NvmeQueuePair> &pairs) {
    for (const NvmeQueuePair &place : pairs) {
        TCESIM_CHECK(place.entries >= 2 && place.entries <= 65536, "a queue has 2 to 65536 entries");
        QueuePair &pair = pairs_.emplace_back();
        pair.place = place;
        pair.number = static_cast<std::uint32_t>(pairs_.size());
        pair.fetched.resize(std::size_t{place.entries} * nvme_command_bytes);
    }
}

void NvmeEngine::on_register_write(std::uint64_t offset, std::uint64_t value) {
    const std::uint64_t doorbell = (offset - nvme_doorbells) / 8;
    TCESIM_CHECK(offset >= nvme_doorbells && offset % 8 == 0 && doorbell >= 2 && doorbell / 2 <= pairs_.size(),
                 "the driver stores only to doorbells of its queues");
    if (failure_)
        return;
    QueuePair &pair = pairs_[doorbell / 2 - 1];
    if (value >= pair.place.entries) {
        failure_ = "a doorbell was rung with a place that its queue does not have";
    } else if (doorbell % 2 == 0) {
        pair.tail = static_cast<std::uint32_t>(value);
        fetch(pair);
    } else {
        pair.consumed = static_cast<std::uint32_t>(value);
        post(pair);
    }
}

// ---- commands ----

void NvmeEngine::fetch(QueuePair &pair) {
    if (failure_ || pair.asked != pair.head || pair.tail == pair.head)
        return;
    const std::uint32_t end = pair.tail > pair.head ? pair.tail : pair.place.entries;
    const std::uint32_t count = std::min(end - pair.head, commands_at_once);
    const std::uint64_t at = std::uint64_t{pair.head} * nvme_command_bytes;
    pair.fetch.ioba = pair.place.submission + at;
    pair.fetch.to = pair.fetched.data() + at;
    pair.fetch.bytes = count * nvme_command_bytes;
    pair.asked = pair.head + count;
    requester_.read(command_queue_, pair.fetch);
}

void NvmeEngine::on_commands(DmaRead &read, std::uint32_t) {
    if (read.arrived < read.bytes || failure_)
        return;
    if (read.failed) {
        failure_ = "the read of a submission queue failed";
        return;
    }
    QueuePair &pair =
        *std::find_if(pairs_.begin(), pairs_.end(), [&](const QueuePair &p) { return &p.fetch == &read; });
    for (; pair.head != pair.asked; ++pair.head) {
        Transfer &transfer = free_transfer();
        transfer.pair = &pair;
        transfer.command = nvme_decode_command(pair.fetched.data() + std::size_t{pair.head} * nvme_command_bytes);
        transfer.status = NvmeStatus::success;
        transfer.bytes = transfer.command.blocks * nvme_block;
        fetched_.push_back(&transfer);
    }
    pair.head = pair.asked %= pair.place.entries;
    begin_next();
    fetch(pair);
}

void NvmeEngine::begin_next() {
    if (!fetched_.empty() && !command_event_.pending())
        timeline_.schedule(command_event_, timeline_.now() + parameters_.command);
}

void NvmeEngine::begin_command() {
    if (failure_)
        return;
    Transfer &transfer = *fetched_.front();
    fetched_.pop_front();
    begin_next();
    const NvmeStatus status = refusal(transfer.command);
    if (status != NvmeStatus::success) {
        finish(transfer, status);
        return;
    }
    transfer.data.resize(transfer.bytes);
    transfer.walk.begin({transfer.command.prp1, transfer.command.prp2}, transfer.bytes);
    find_pages(transfer);
}

NvmeStatus NvmeEngine::refusal(const NvmeCommand &command) const {
    if (command.opcode != static_cast<std::uint8_t>(NvmeOpcode::read) &&
        command.opcode != static_cast<std::uint8_t>(NvmeOpcode::write))
        return NvmeStatus::invalid_opcode;
    if (command.name_space != 1)
        return NvmeStatus::invalid_namespace;
    const std::uint64_t blocks = parameters_.media.capacity / nvme_block;
    if (command.first_block >= blocks || command.blocks > blocks - command.first_block)
        return NvmeStatus::lba_out_of_range;
    return NvmeStatus::success;
}

/// Reads lists until every page of the data is known.
void NvmeEngine::find_pages(Transfer &transfer) {
    if (!transfer.walk.valid()) {
        finish(transfer, NvmeStatus::invalid_prp_offset);
        return;
    }
    if (transfer.walk.finished()) {
        move(transfer);
        return;
    }
    const NvmeSegment list = transfer.walk.next_list();
    transfer.list.resize(nvme_page);
    transfer.list_read.transfer = &transfer;
    transfer.list_read.ioba = list.ioba;
    transfer.list_read.to = transfer.list.data();
    transfer.list_read.bytes = list.bytes;
    requester_.read(list_queue_, transfer.list_read);
}

void NvmeEngine::on_list(DmaRead &read, std::uint32_t) {
    if (read.arrived < read.bytes || failure_)
        return;
    Transfer &transfer = *static_cast<TransferRead &>(read).transfer;
    if (read.failed) {
        finish(transfer, NvmeStatus::data_transfer_error);
        return;
    }
    transfer.walk.on_list(transfer.list.data());
    find_pages(transfer);
}

// ---- data ----

void NvmeEngine::move(Transfer &transfer) {
    if (transfer.is_read()) {
        transfer.moving = media_.read(&transfer, transfer.offset(), transfer.bytes);
        return;
    }
    const std::vector<NvmeSegment> &pages = transfer.walk.pages();
    while (transfer.page_reads.size() < pages.size())
        transfer.page_reads.emplace_back();
    transfer.moving = static_cast<std::uint32_t>(pages.size());
    std::byte *to = transfer.data.data();
    for (std::size_t i = 0; i < pages.size(); ++i) {
        TransferRead &read = transfer.page_reads[i];
        read.transfer = &transfer;
        read.ioba = pages[i].ioba;
        read.bytes = pages[i].bytes;
        read.to = to;
        to += read.bytes;
        requester_.read(page_queue_, read);
    }
}

void NvmeEngine::on_page(DmaRead &read, std::uint32_t) {
    if (read.arrived < read.bytes || failure_)
        return;
    Transfer &transfer = *static_cast<TransferRead &>(read).transfer;
    if (read.failed)
        transfer.status = NvmeStatus::data_transfer_error;
    if (--transfer.moving > 0)
        return;
    if (transfer.status != NvmeStatus::success) {
        finish(transfer, transfer.status);
        return;
    }
    check_written(transfer);
    transfer.moving = media_.write(&transfer, transfer.offset(), transfer.bytes);
}

void NvmeEngine::on_media_written(const NvmePiece &piece) {
    Transfer &transfer = *static_cast<Transfer *>(piece.transfer);
    if (!failure_ && --transfer.moving == 0)
        finish(transfer, NvmeStatus::success);
}

void NvmeEngine::on_media_read(const NvmePiece &piece) {
    if (failure_)
        return;
    Transfer &transfer = *static_cast<Transfer *>(piece.transfer);
    const auto first = static_cast<std::uint32_t>(piece.offset - transfer.offset());
    stamp_read(transfer, piece.offset, piece.bytes);
    send(transfer, first, piece.bytes);
    if (--transfer.moving == 0)
        finish(transfer, NvmeStatus::success);
}

/// Writes [\p first, + \p bytes) of the data to the memory pages that they belong to.
void NvmeEngine::send(const Transfer &transfer, std::uint32_t first, std::uint32_t bytes) {
    const std::uint32_t end = first + bytes;
    const std::uint32_t in_first_page = transfer.walk.pages().front().bytes;
    // All pages but the first are whole ones.
    std::size_t page = first < in_first_page ? 0 : 1 + (first - in_first_page) / nvme_page;
    std::uint32_t page_begin = page == 0 ? 0 : in_first_page + static_cast<std::uint32_t>(page - 1) * nvme_page;
    while (first < end) {
        const NvmeSegment &segment = transfer.walk.pages()[page];
        const std::uint32_t until = std::min(end, page_begin + segment.bytes);
        requester_.write(segment.ioba + (first - page_begin), transfer.data.data() + first, until - first);
        first = until;
        page_begin += segment.bytes;
        ++page;
    }
}

/// Puts what stands in [\p first, + \p bytes) of the namespace into the data.
void NvmeEngine::stamp_read(Transfer &transfer, std::uint64_t first, std::uint32_t bytes) {
    std::byte *const data = transfer.data.data() + (first - transfer.offset());
    std::memset(data, 0, bytes);
    const std::uint64_t begin = (first + nvme_stamp_interval - 1) / nvme_stamp_interval * nvme_stamp_interval;
    for (std::uint64_t at = begin; at + sizeof at <= first + bytes; at += nvme_stamp_interval) {
        const std::uint64_t stamp = written_[at / nvme_stamp_interval] ? nvme_host_stamp(at, parameters_.seed)
                                                                       : nvme_device_stamp(at, parameters_.seed);
        std::memcpy(data + (at - first), &stamp, sizeof stamp);
    }
}

void NvmeEngine::check_written(const Transfer &transfer) {
    const std::uint64_t first = transfer.offset();
    const std::uint64_t begin = (first + nvme_stamp_interval - 1) / nvme_stamp_interval * nvme_stamp_interval;
    for (std::uint64_t at = begin; at < first + transfer.bytes; at += nvme_stamp_interval) {
        std::uint64_t stamp = 0;
        std::memcpy(&stamp, transfer.data.data() + (at - first), sizeof stamp);
        written_[at / nvme_stamp_interval] = true;
        if (stamp != nvme_host_stamp(at, parameters_.seed) && wrong_stamps_++ == 0)
            first_wrong_ = at;
    }
}

// ---- completions ----

void NvmeEngine::finish(Transfer &transfer, NvmeStatus status) {
    QueuePair &pair = *transfer.pair;
    if (status != NvmeStatus::success)
        ++counters_.refused;
    else
        ++(transfer.is_read() ? counters_.reads : counters_.writes);
    pair.waiting.push_back({0, static_cast<std::uint16_t>(pair.number), transfer.command.identifier, status});
    free_transfers_.push_back(&transfer);
    post(pair);
}

/// Writes completions as long as there is room for them.
void NvmeEngine::post(QueuePair &pair) {
    while (!pair.waiting.empty() && (pair.produced + 1) % pair.place.entries != pair.consumed) {
        NvmeCompletion completion = pair.waiting.front();
        pair.waiting.pop_front();
        completion.head = static_cast<std::uint16_t>(pair.head);
        const NvmeCompletionBytes entry = nvme_encode(completion, pair.phase);
        requester_.write(pair.place.completion + std::uint64_t{pair.produced} * nvme_completion_bytes, entry.data(),
                         nvme_completion_bytes);
        if (++pair.produced == pair.place.entries) {
            pair.produced = 0;
            pair.phase = !pair.phase;
        }
        const std::uint32_t message = __builtin_bswap32(pair.place.vector);
        requester_.write(parameters_.msi_address, reinterpret_cast<const std::byte *>(&message), sizeof message);
        ++counters_.interrupts;
    }
}

NvmeEngine::Transfer &NvmeEngine::free_transfer() {
    if (free_transfers_.empty()) {
        transfers_.push_back(std::make_unique<Transfer>());
        free_transfers_.push_back(transfers_.back().get());
    }
    Transfer &transfer = *free_transfers_.back();
    free_transfers_.pop_back();
    return transfer;
}

} // namespace tcesim
