// SPDX-License-Identifier: Apache-2.0
#include "models/phb/phb.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "models/kernel/check.h"
#include "models/phb/walk.h"

namespace tcesim {
namespace {

constexpr unsigned address_type_shift = 60; // bits 63:60 of a bus address: 0 memory
constexpr std::uint64_t tce_read = 1;
constexpr std::uint64_t tce_write = 2;

constexpr bool power_of_two(std::uint64_t value) {
    return value && !(value & (value - 1));
}

std::uint32_t line_shift(std::uint32_t line_bytes) {
    std::uint32_t shift = 0;
    while ((8u << shift) < line_bytes)
        ++shift;
    return shift;
}

} // namespace

const char *PhbParameters::problem() const {
    if (pe_count == 0 || pe_count > features_of(generation).pe_count_max)
        return "the number of PEs must be 1 to as many as the bridge has";
    if (tce_cache_ways == 0 || tce_cache_lines == 0 || tce_cache_lines % tce_cache_ways)
        return "the ways of the TCE cache must divide its lines";
    if (!power_of_two(tce_line_bytes) || tce_line_bytes < 8 || tce_line_bytes > 128)
        return "a line of the TCE cache must be a power of two from 8 to 128 bytes";
    if (tce_walkers == 0)
        return "at least one walker is needed";
    if (tce_tags == 0)
        return "at least one TCE tag is needed";
    if (kill_queue == 0)
        return "the kill queue must have at least one place";
    return nullptr;
}

const char *to_string(DmaFault fault) {
    switch (fault) {
    case DmaFault::none:
        return "no fault";
    case DmaFault::bad_pe:
        return "no PE for the requester";
    case DmaFault::frozen:
        return "PE frozen";
    case DmaFault::bad_tve:
        return "no such window";
    case DmaFault::out_of_window:
        return "beyond the window";
    case DmaFault::page_fault:
        return "page fault";
    case DmaFault::access_fault:
        return "access fault";
    case DmaFault::bad_address:
        return "no memory there";
    case DmaFault::interrupt_read:
        return "read of an interrupt window";
    }
    return "";
}

Phb::Phb(sc_core::sc_module_name name, Timeline &timeline, const HostMemory &memory, Link &link,
         const PhbParameters &parameters)
    : sc_module(name), timeline_(timeline), memory_(memory), link_(link), parameters_(parameters),
      features_(features_of(parameters.generation)), line_shift_(line_shift(parameters.tce_line_bytes)),
      select_(parameters.tves_per_pe()), tves_(parameters.pe_count * parameters.tves_per_pe()), tvt_(tves_.size()),
      pest_(parameters.pe_count), pe_cache_(65536, no_pe),
      cache_(parameters.tce_cache_lines, parameters.tce_cache_ways, parameters.tce_line_bytes / 8,
             parameters.tce_replacement),
      kill_queue_(parameters.kill_queue, parameters.kill_service), free_tags_(parameters.tce_tags),
      write_event_(Event::member<&Phb::perform_writes>(EventClass::phb, this)),
      pe_reads_(timeline, EventClass::phb, this), data_(timeline, EventClass::phb, this),
      kills_(timeline, EventClass::mmio, this), stores_(timeline, EventClass::mmio, this),
      own_answers_(timeline, EventClass::mmio, this), device_answers_(timeline, EventClass::mmio, this) {
    TCESIM_CHECK(!parameters.problem(), "the PHB's parameters are valid");
    for (std::uint32_t i = 0; i < parameters.tce_walkers; ++i) {
        walks_.push_back(std::make_unique<Walk>(*this));
        free_walks_.push_back(walks_.back().get());
    }
    link.connect_root(*this);
}

Phb::~Phb() = default;

void Phb::set_tve(std::uint32_t index, std::uint64_t value) {
    TCESIM_CHECK(index < tves_.size(), "a TVE's number is below the number of PEs times the TVEs of each");
    tvt_[index] = value;
    tves_[index] = decode_tve(value, parameters_.generation);
    cache_.drop_tve(index);
    // Also walks that have not sampled yet would still read the table of before.
    for (Walk *walk : active_walks_)
        if (walk->tve_index == index)
            walk->closed = true;
}

std::uint32_t Phb::read_pe(std::uint16_t requester_id) const {
    std::uint16_t entry = 0;
    std::memcpy(&entry, HostMemory::at(parameters_.rtt + 2ULL * requester_id), sizeof entry);
    return __builtin_bswap16(entry);
}

void Phb::on_request(DmaRequest &request) {
    request.arrived_at = timeline_.now();
    request.failed = false;
    request.interrupt = false;
    request.ready_at = ps_never;
    request.pe = 0;
    request.tve = 0;
    request.hpa = 0;
    if (request.write) {
        writes_.push(&request);
        ++writes_arrived_;
    } else {
        request.writes_before = writes_arrived_;
        request.epoch = read_epoch_;
        ++reads_in_flight_;
        if (parameters_.ordered_reads)
            reads_.push(&request);
    }
    if (pe_cache_[request.requester_id] == no_pe)
        pe_reads_.push(request.arrived_at + parameters_.memory_read, &request);
    else
        enter(&request);
}

/// The PE of the request is known, or has just been read from memory.
void Phb::enter(DmaRequest *request) {
    request->piped_at = timeline_.now() + parameters_.pipeline;
    std::uint32_t &pe = pe_cache_[request->requester_id];
    if (pe == no_pe)
        pe = read_pe(request->requester_id);
    if (pe >= parameters_.pe_count) {
        // A PHB4 logs the error and takes the number's low bits; its predecessors refuse.
        if (!features_.masks_pe) {
            refuse(*request, DmaFault::bad_pe);
            return;
        }
        pe %= parameters_.pe_count;
    }
    request->pe = pe;
    if (pest_[pe].dma) {
        refuse(*request, DmaFault::frozen);
        return;
    }
    if (in_interrupt_window(request->ioba)) {
        interrupt(*request);
        return;
    }
    request->tve = select_.tve(pe, request->ioba);
    if (request->ioba >> address_type_shift || request->tve >= tves_.size()) {
        refuse(*request, DmaFault::bad_tve);
        return;
    }
    if (!admit(*request))
        return;
    ++counters_.translations;
    if (look_up(*request)) {
        ++counters_.hits;
        return;
    }
    ++counters_.misses;
    miss(*request);
}

/// Whether \p request is to be translated by TCEs; if not, its fate is decided here.
bool Phb::admit(DmaRequest &request) {
    const Tve &tve = tves_[request.tve];
    if (tve.kind == Tve::Kind::bypass) {
        bypass(request, tve);
        return false;
    }
    if (tve.kind != Tve::Kind::translate) {
        refuse(request, DmaFault::bad_tve);
        return false;
    }
    if (tve.reach() < 60 && window_offset(request.ioba) >> tve.reach()) {
        refuse(request, DmaFault::out_of_window);
        return false;
    }
    return true;
}

/// For a request that has waited: its window may be another one by now.
void Phb::translate_again(DmaRequest &request) {
    if (!admit(request))
        return;
    // What others have fetched meanwhile serves it only where they are looked at: see merged_walks.
    if (!parameters_.merged_walks || !look_up(request))
        miss(request);
}

void Phb::bypass(DmaRequest &request, const Tve &tve) {
    request.hpa = window_offset(request.ioba);
    if (request.hpa < tve.start || request.hpa + request.bytes > tve.end) {
        refuse(request, DmaFault::out_of_window);
        return;
    }
    if (!memory_.contains(request.hpa, request.bytes)) {
        refuse(request, DmaFault::bad_address);
        return;
    }
    report(request, DmaFault::none, request.arrived_at, false);
    proceed(request, data_read(request));
}

void Phb::translated(DmaRequest &request, std::uint32_t page_shift, std::uint64_t tce, ps_t sampled_at,
                     bool from_cache) {
    if (!(tce & (request.write ? tce_write : tce_read))) {
        if (sampled_at < request.arrived_at) {
            const std::uint64_t line = line_of(page_shift, request.ioba);
            cache_.drop(request.tve, line, line);
            translate_again(request);
        } else {
            refuse(request, tce & (tce_read | tce_write) ? DmaFault::access_fault : DmaFault::page_fault);
        }
        return;
    }
    const std::uint64_t page_mask = (1ULL << page_shift) - 1;
    request.hpa = (tce & ~page_mask) | (request.ioba & page_mask);
    if (!memory_.contains(request.hpa, request.bytes)) {
        refuse(request, DmaFault::bad_address);
        return;
    }
    report(request, DmaFault::none, sampled_at, from_cache);
    proceed(request, data_read(request));
}

void Phb::refuse(DmaRequest &request, DmaFault fault) {
    request.failed = true;
    report(request, fault, request.arrived_at, false);
    if (fault != DmaFault::bad_pe && !pest_[request.pe].dma)
        freeze(access_of(request, fault, request.arrived_at, false));
    proceed(request, 0);
}

DmaAccess Phb::access_of(const DmaRequest &request, DmaFault fault, ps_t sampled_at, bool from_cache) const {
    return {request.ioba,  request.hpa, request.bytes, request.pe,         request.requester_id,
            request.write, from_cache,  fault,         request.arrived_at, sampled_at};
}

void Phb::report(const DmaRequest &request, DmaFault fault, ps_t sampled_at, bool from_cache) {
    if (observer_)
        observer_->on_access(access_of(request, fault, sampled_at, from_cache));
}

/// What memory takes to deliver the data of \p request, a read.
ps_t Phb::data_read(const DmaRequest &request) const {
    const bool far = memory_side_ && !request.write;
    return parameters_.memory_read + (far ? memory_side_->read(request.hpa, request.bytes) : 0);
}

/// The fate of \p request is known: on to its data (\p memory_read) or its place among the writes.
void Phb::proceed(DmaRequest &request, ps_t memory_read) {
    const ps_t ready = std::max(timeline_.now(), request.piped_at);
    if (!request.write) {
        if (request.writes_before > writes_performed_)
            hold(request, ready, memory_read);
        else
            data_.push(ready + memory_read, &request);
        return;
    }
    request.ready_at = ready;
    if (writes_.front() == &request)
        timeline_.schedule(write_event_, ready);
}

/// \p request, a read, waits for the writes that arrived before it.
void Phb::hold(DmaRequest &request, ps_t ready, ps_t memory_read) {
    std::size_t place = held_reads_.size();
    held_reads_.push({&request, ready, memory_read});
    for (; place > 0 && held_reads_[place - 1].request->writes_before > request.writes_before; --place)
        std::swap(held_reads_[place - 1], held_reads_[place]);
}

/// Lets reads go to memory whose writes have been performed.
void Phb::release_reads() {
    while (!held_reads_.empty() && held_reads_.front().request->writes_before <= writes_performed_) {
        const HeldRead held = held_reads_.pop();
        data_.push(std::max(timeline_.now(), held.ready) + held.memory_read, held.request);
    }
}

/// Memory has delivered the data of a read, or its failure is to be told.
void Phb::answer(DmaRequest *request) {
    if (!request->failed)
        std::memcpy(request->data, HostMemory::at(request->hpa), request->bytes);
    if (!parameters_.ordered_reads) {
        leave(*request);
        return;
    }
    request->ready_at = timeline_.now();
    while (!reads_.empty() && reads_.front()->ready_at != ps_never)
        leave(*reads_.pop());
}

/// The answer to a read is on its way.
void Phb::leave(DmaRequest &request) {
    --reads_in_flight_;
    reads_to_sync_ -= request.epoch != read_epoch_;
    link_.complete(request, timeline_.now() + parameters_.pipeline);
}

void Phb::perform_writes() {
    while (!writes_.empty() && writes_.front()->ready_at <= timeline_.now())
        perform(*writes_.pop());
    release_reads();
    if (!writes_.empty() && writes_.front()->ready_at != ps_never)
        timeline_.schedule(write_event_, writes_.front()->ready_at);
}

void Phb::perform(DmaRequest &request) {
    if (request.interrupt) {
        if (interrupts_ && !request.failed)
            interrupts_->on_interrupt(request.requester_id, request.ioba, interrupt_data(request));
    } else if (!request.failed) {
        std::memcpy(HostMemory::at(request.hpa), request.data, request.bytes);
        if (memory_side_)
            memory_side_->write(request.hpa, request.bytes);
    }
    ++writes_performed_;
    link_.release_posted(request);
}

} // namespace tcesim
