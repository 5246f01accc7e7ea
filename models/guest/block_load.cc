// SPDX-License-Identifier: Apache-2.0
#include "models/guest/block_load.h"

#include <cstring>

#include "models/device/nvme_engine.h"
#include "models/kernel/check.h"

namespace tcesim {

namespace {

/// From one piece to the next in guest memory: a page of the guest is no piece's but its own.
std::uint64_t stride_of(std::uint32_t segment_bytes) {
    return (std::uint64_t{segment_bytes} + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

} // namespace

std::uint64_t BlockLoad::memory_bytes(const BlockLoadParameters &parameters) {
    const std::uint64_t ios = std::uint64_t{parameters.pairs} * parameters.depth;
    return ios * (parameters.io_bytes / parameters.segment_bytes) * stride_of(parameters.segment_bytes);
}

BlockLoad::BlockLoad(const BlockLoadParameters &parameters, SimPort &port, NvmeDriver &driver)
    : parameters_(parameters), port_(port), driver_(driver), ios_(std::size_t{parameters.pairs} * parameters.depth),
      places_("block_load/place", parameters.seed), operations_("block_load/operation", parameters.seed),
      writing_(parameters.capacity / nvme_stamp_interval), written_(writing_.size()) {
    TCESIM_CHECK(parameters.capacity >= parameters.io_bytes, "an I/O fits into the namespace");
    const std::uint32_t pieces = parameters.io_bytes / parameters.segment_bytes;
    for (std::size_t number = 0; number < ios_.size(); ++number)
        for (std::uint32_t piece = 0; piece < pieces; ++piece) {
            // The pieces of an I/O lie as far apart as possible.
            const std::uint64_t place = piece * ios_.size() + number;
            ios_[number].buffer.push_back(
                {parameters.memory + place * stride_of(parameters.segment_bytes), parameters.segment_bytes});
        }
    driver_.set_done_handler([this](NvmeDriver::Place place, NvmeStatus status) { on_done(place, status); });
}

void BlockLoad::run(Vcpu &vcpu) {
    vcpu_ = &vcpu;
    vcpu.set_interrupt_handler([this] { driver_.interrupt(); });
    for (;;) {
        driver_.complete_if_asked();
        if (!submit_next(vcpu))
            vcpu.idle();
    }
}

std::uint64_t BlockLoad::next_offset() {
    const std::uint64_t places = parameters_.capacity / parameters_.io_bytes;
    const std::uint64_t place =
        parameters_.random ? places_.below(static_cast<std::uint32_t>(places)) : next_++ % places;
    return place * parameters_.io_bytes;
}

/// One more I/O; false when every queue is full.
bool BlockLoad::submit_next(Vcpu &vcpu) {
    std::optional<NvmeDriver::Place> place;
    for (std::uint32_t tried = 0; tried < parameters_.pairs && !place; ++tried) {
        place = driver_.take_place(next_pair_);
        next_pair_ = (next_pair_ + 1) % parameters_.pairs;
    }
    if (!place)
        return false;
    vcpu.fold();
    const ps_t began = vcpu.now();
    vcpu.guest_work(Cost::guest_io_submit, vcpu.costs().of(Cost::guest_io_submit));
    Io &io = io_at(*place);
    io.began = began;
    io.offset = next_offset();
    const bool reads = parameters_.operation == BlockOperation::read ||
                       (parameters_.operation == BlockOperation::mixed && operations_.below(2) == 0);
    io.opcode = reads ? NvmeOpcode::read : NvmeOpcode::write;
    prepare(io);
    // A full window has room when others are done.
    while (!driver_.submit(*place, io))
        vcpu.idle();
    return true;
}

std::byte *BlockLoad::page(const Io &io, std::uint32_t at) const {
    const NvmeBuffer &piece = io.buffer[at / parameters_.segment_bytes];
    return port_.guest_memory(piece.gpa + at % parameters_.segment_bytes);
}

void BlockLoad::prepare(Io &io) {
    io.was_written.clear();
    for (std::uint32_t at = 0; at < parameters_.io_bytes; at += nvme_stamp_interval) {
        const std::uint64_t number = (io.offset + at) / nvme_stamp_interval;
        std::uint64_t stamp = 0;
        if (io.opcode == NvmeOpcode::write) {
            stamp = nvme_host_stamp(io.offset + at, parameters_.seed);
            writing_[number] = true;
        } else {
            io.was_written.push_back(written_[number]);
            // Neither the stamp of this place nor of another one.
            stamp = nvme_host_stamp(io.offset + at, parameters_.seed) ^ 1;
        }
        std::memcpy(page(io, at), &stamp, sizeof stamp);
    }
}

void BlockLoad::on_done(NvmeDriver::Place place, NvmeStatus status) {
    Io &io = io_at(place);
    vcpu_->fold();
    vcpu_->spend(Cost::guest_io_complete);
    const bool measured = vcpu_->phase() == Phase::measured;
    const bool reads = io.opcode == NvmeOpcode::read;
    errors_ += status != NvmeStatus::success;
    if (measured) {
        const ps_t latency = vcpu_->now() - io.began;
        ++(reads ? counters_.reads : counters_.writes);
        counters_.errors += status != NvmeStatus::success;
        (reads ? counters_.read_latency : counters_.write_latency).record(latency);
        counters_.latency.record(latency);
    }
    if (status != NvmeStatus::success)
        return;
    if (reads) {
        check(io);
        return;
    }
    for (std::uint32_t at = 0; at < parameters_.io_bytes; at += nvme_stamp_interval)
        written_[(io.offset + at) / nvme_stamp_interval] = true;
}

void BlockLoad::check(const Io &io) {
    for (std::uint32_t at = 0; at < parameters_.io_bytes; at += nvme_stamp_interval) {
        const std::uint64_t offset = io.offset + at;
        std::uint64_t stamp = 0;
        std::memcpy(&stamp, page(io, at), sizeof stamp);
        const bool as_delivered =
            !io.was_written[at / nvme_stamp_interval] && stamp == nvme_device_stamp(offset, parameters_.seed);
        const bool as_written =
            writing_[offset / nvme_stamp_interval] && stamp == nvme_host_stamp(offset, parameters_.seed);
        if (!as_delivered && !as_written && wrong_stamps_++ == 0)
            first_wrong_ = offset;
    }
}

} // namespace tcesim
