// SPDX-License-Identifier: Apache-2.0
#include "models/guest/nvme_driver.h"

#include <cstring>

#include "models/kernel/check.h"

namespace tcesim {

namespace {

constexpr std::uint64_t whole_pages(std::uint64_t value) {
    return (value + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
}

struct Sizes {
    std::uint64_t submission, completion, lists; // bytes of one pair
};

/// A queue that is full has an empty entry.
std::uint32_t entries_of(const NvmeDriverParameters &parameters) {
    return parameters.depth + 1;
}

Sizes sizes_of(const NvmeDriverParameters &parameters) {
    const std::uint64_t list_pages = nvme_list_pages(0, parameters.io_bytes);
    return {whole_pages(std::uint64_t{entries_of(parameters)} * nvme_command_bytes),
            whole_pages(std::uint64_t{entries_of(parameters)} * nvme_completion_bytes),
            whole_pages(parameters.depth * list_pages * nvme_page)};
}

} // namespace

std::uint64_t NvmeDriver::memory_bytes(const NvmeDriverParameters &parameters) {
    const Sizes sizes = sizes_of(parameters);
    return parameters.pairs * (sizes.submission + sizes.completion + sizes.lists);
}

NvmeDriver::NvmeDriver(const NvmeDriverParameters &parameters, SimPort &port, GuestDma &dma, MmioTarget &mmio)
    : parameters_(parameters), entries_(entries_of(parameters)), lists_(nvme_list_pages(0, parameters.io_bytes)),
      port_(port), dma_(dma), mmio_(mmio) {
    const Sizes sizes = sizes_of(parameters);
    std::uint64_t gpa = parameters.memory;
    for (std::uint32_t number = 0; number < parameters.pairs; ++number) {
        Pair &pair = pairs_.emplace_back();
        pair.submission = gpa;
        pair.completion = pair.submission + sizes.submission;
        pair.lists = pair.completion + sizes.completion;
        gpa = pair.lists + sizes.lists;
        pair.mappings.resize(parameters.depth);
        for (std::uint32_t slot = parameters.depth; slot > 0; --slot)
            pair.free.push_back(slot - 1);
    }
}

std::vector<NvmeQueuePair> NvmeDriver::open() {
    std::vector<NvmeQueuePair> places;
    const std::uint32_t list_pages = lists_ * parameters_.depth;
    const auto at_once = static_cast<std::uint32_t>(parameters_.guest_page / nvme_page);
    for (Pair &pair : pairs_) {
        const DmaMapping submission = dma_.map(pair.submission, entries_ * nvme_command_bytes, DMA_BIDIRECTIONAL);
        const DmaMapping completion = dma_.map(pair.completion, entries_ * nvme_completion_bytes, DMA_BIDIRECTIONAL);
        if (!submission.valid() || !completion.valid())
            return {};
        for (std::uint32_t first = 0; first < list_pages; first += at_once) {
            const DmaMapping page = dma_.map(pair.lists + std::uint64_t{first} * nvme_page,
                                             static_cast<std::uint32_t>(parameters_.guest_page), DMA_BIDIRECTIONAL);
            if (!page.valid())
                return {};
            for (std::uint32_t i = 0; i < at_once; ++i)
                pair.list_bus.push_back(page.bus_address + std::uint64_t{i} * nvme_page);
        }
        const auto number = static_cast<std::uint32_t>(places.size()) + 1;
        places.push_back({submission.bus_address, completion.bus_address, entries_, number});
    }
    return places;
}

void NvmeDriver::device_write(std::uint64_t offset, std::uint64_t value) {
    current_vcpu->fold();
    current_vcpu->spend(Cost::mmio_store);
    current_vcpu->sync();
    mmio_.mmio_write(parameters_.device_window + offset, value);
}

// ---- submission ----

std::optional<NvmeDriver::Place> NvmeDriver::take_place(std::uint32_t pair) {
    std::vector<std::uint32_t> &free = pairs_[pair].free;
    if (free.empty())
        return std::nullopt;
    const Place place{pair, free.back()};
    free.pop_back();
    return place;
}

bool NvmeDriver::map_buffer(const NvmeIo &io, std::vector<DmaMapping> &mappings) {
    const dma_direction direction = io.opcode == NvmeOpcode::read ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
    for (const NvmeBuffer &piece : io.buffer) {
        mappings.push_back(dma_.map(piece.gpa, piece.bytes, direction));
        if (mappings.back().valid())
            continue;
        mappings.pop_back();
        for (const DmaMapping &mapping : mappings)
            dma_.unmap(mapping);
        mappings.clear();
        return false;
    }
    return true;
}

NvmePrps NvmeDriver::build_prps(Pair &pair, std::uint32_t slot) {
    segments_.clear();
    for (const DmaMapping &mapping : pair.mappings[slot])
        segments_.push_back({mapping.bus_address, mapping.bytes});
    const auto first = static_cast<std::ptrdiff_t>(slot) * lists_;
    const std::vector<std::uint64_t> lists(pair.list_bus.begin() + first, pair.list_bus.begin() + first + lists_);
    return nvme_build_prps(segments_, lists, [&](std::uint32_t page, std::uint32_t place, std::uint64_t entry) {
        const std::uint64_t list = pair.lists + (std::uint64_t{slot} * lists_ + page) * nvme_page;
        std::memcpy(port_.guest_memory(list + std::uint64_t{place} * nvme_prp_bytes), &entry, sizeof entry);
    });
}

bool NvmeDriver::submit(Place place, const NvmeIo &io) {
    Pair &pair = pairs_[place.pair];
    TCESIM_CHECK(pair.mappings[place.slot].empty(), "a place has one I/O at a time");
    busy_ = true;
    const bool mapped = map_buffer(io, pair.mappings[place.slot]);
    if (mapped) {
        const NvmePrps prps = build_prps(pair, place.slot);
        std::uint32_t bytes = 0;
        for (const NvmeBuffer &piece : io.buffer)
            bytes += piece.bytes;
        NvmeCommand command;
        command.opcode = static_cast<std::uint8_t>(io.opcode);
        command.identifier = static_cast<std::uint16_t>(place.slot);
        command.prp1 = prps.prp1;
        command.prp2 = prps.prp2;
        command.first_block = io.offset / nvme_block;
        command.blocks = bytes / nvme_block;
        const NvmeCommandBytes entry = nvme_encode(command);
        std::memcpy(port_.guest_memory(pair.submission + std::uint64_t{pair.tail} * nvme_command_bytes), entry.data(),
                    entry.size());
        pair.tail = (pair.tail + 1) % entries_;
        device_write(nvme_tail_doorbell(place.pair + 1), pair.tail);
    }
    busy_ = false;
    complete_if_asked();
    return mapped;
}

// ---- completion ----

void NvmeDriver::interrupt() {
    asked_ = true;
    if (!busy_)
        complete_if_asked();
}

void NvmeDriver::complete_if_asked() {
    while (asked_) {
        asked_ = false;
        busy_ = true;
        take_completions();
        busy_ = false;
    }
}

void NvmeDriver::take_completions() {
    current_vcpu->sync();
    for (std::uint32_t number = 0; number < pairs_.size(); ++number)
        take_completions_of(number);
}

void NvmeDriver::take_completions_of(std::uint32_t number) {
    Pair &pair = pairs_[number];
    bool any = false;
    for (;;) {
        const std::byte *entry = port_.guest_memory(pair.completion + std::uint64_t{pair.head} * nvme_completion_bytes);
        if (nvme_phase(entry) != pair.phase)
            break;
        any = true;
        const NvmeCompletion completion = nvme_decode_completion(entry);
        if (++pair.head == entries_) {
            pair.head = 0;
            pair.phase = !pair.phase;
        }
        const std::uint32_t slot = completion.identifier;
        TCESIM_CHECK(slot < parameters_.depth && !pair.mappings[slot].empty(), "what completes is in flight");
        for (const DmaMapping &mapping : pair.mappings[slot])
            dma_.unmap(mapping);
        pair.mappings[slot].clear();
        pair.free.push_back(slot);
        on_done_({number, slot}, completion.status);
        current_vcpu->sync();
    }
    if (any)
        device_write(nvme_head_doorbell(number + 1), pair.head);
}

} // namespace tcesim
