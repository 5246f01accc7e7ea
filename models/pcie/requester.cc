// SPDX-License-Identifier: Apache-2.0
#include "models/pcie/requester.h"

#include <algorithm>
#include <cstring>

#include "models/kernel/check.h"

namespace tcesim {
namespace {

/// Bytes of the next request of a transfer that has \p left bytes to go from \p ioba.
std::uint32_t request_bytes(std::uint64_t ioba, std::uint32_t left, std::uint32_t limit) {
    const auto to_boundary = static_cast<std::uint32_t>(request_boundary - ioba % request_boundary);
    return std::min({left, limit, to_boundary});
}

} // namespace

DmaRequester::DmaRequester(Link &link, std::uint16_t requester_id, std::uint32_t read_tags)
    : link_(link), requester_id_(requester_id), limit_(std::min(read_tags, link.parameters().read_credits)) {
    TCESIM_CHECK(limit_ > 0, "a device has at least one tag");
}

unsigned DmaRequester::add_queue(DmaReadClient &client, unsigned priority, Handover handover, Engine engine) {
    const auto number = static_cast<unsigned>(queues_.size());
    queues_.push_back({&client, priority, handover, engine, {}, {}});
    by_priority_.push_back(number);
    std::stable_sort(by_priority_.begin(), by_priority_.end(),
                     [this](unsigned a, unsigned b) { return queues_[a].priority < queues_[b].priority; });
    return number;
}

void DmaRequester::read(unsigned queue, DmaRead &read) {
    TCESIM_CHECK(read.bytes > 0, "a read has at least one byte");
    read.issued = 0;
    read.arrived = 0;
    read.failed = false;
    queues_[queue].unissued.push(&read);
    issue();
}

void DmaRequester::issue() {
    for (const unsigned number : by_priority_)
        while (outstanding_ < limit_ && !queues_[number].unissued.empty())
            issue_one(number);
}

void DmaRequester::issue_one(unsigned number) {
    Queue &queue = queues_[number];
    // An answered request whose predecessor is not answered may still hold its object, not its tag.
    if (free_reads_.empty()) {
        requests_.push_back(std::make_unique<DmaRequest>());
        free_reads_.push(*requests_.back());
    }
    DmaRead &read = *queue.unissued.front();
    DmaRequest &request = free_reads_.pop();
    request.ioba = read.ioba + read.issued;
    request.data = read.to + read.issued;
    request.bytes = request_bytes(request.ioba, read.bytes - read.issued, link_.parameters().max_read);
    request.requester_id = requester_id_;
    request.write = false;
    request.apart = queue.engine == Engine::apart;
    request.read = &read;
    request.queue = number;
    request.done = false;
    read.issued += request.bytes;
    if (read.issued == read.bytes)
        queue.unissued.pop();
    if (queue.handover == Handover::in_order)
        queue.in_flight.push(&request);
    ++outstanding_;
    link_.send(request);
}

void DmaRequester::on_completion(DmaRequest &request) {
    request.done = true;
    --outstanding_;
    const unsigned number = request.queue;
    if (queues_[number].handover == Handover::as_they_come)
        hand_over(request);
    while (!queues_[number].in_flight.empty() && queues_[number].in_flight.front()->done)
        hand_over(*queues_[number].in_flight.pop());
    issue();
}

/// The data of \p request have arrived, and nothing has to come before them.
void DmaRequester::hand_over(DmaRequest &request) {
    DmaRead &read = *request.read;
    const std::uint32_t bytes = request.bytes;
    const unsigned number = request.queue;
    read.failed |= request.failed;
    read.arrived += bytes;
    free_reads_.push(request);
    queues_[number].client->on_read_data(read, bytes);
}

DmaRequest &DmaRequester::free_write() {
    if (free_writes_.empty()) {
        requests_.push_back(std::make_unique<DmaRequest>());
        write_buffers_.push_back(std::make_unique<std::byte[]>(link_.parameters().max_payload));
        requests_.back()->data = write_buffers_.back().get();
        requests_.back()->write = true;
        free_writes_.push(*requests_.back());
    }
    return free_writes_.pop();
}

void DmaRequester::write(std::uint64_t ioba, const std::byte *from, std::uint32_t bytes) {
    while (bytes > 0) {
        DmaRequest &request = free_write();
        request.ioba = ioba;
        request.bytes = request_bytes(ioba, bytes, link_.parameters().max_payload);
        request.requester_id = requester_id_;
        std::memcpy(request.data, from, request.bytes);
        ioba += request.bytes;
        from += request.bytes;
        bytes -= request.bytes;
        link_.send(request);
    }
}

} // namespace tcesim
