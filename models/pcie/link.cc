// SPDX-License-Identifier: Apache-2.0
#include "models/pcie/link.h"

#include <algorithm>

namespace tcesim {

Link::Link(sc_core::sc_module_name name, Timeline &timeline, const LinkParameters &parameters)
    : sc_module(name), timeline_(timeline), parameters_(parameters), rate_(parameters),
      upstream_(timeline, EventClass::phb, this), answers_(timeline, EventClass::phb, this),
      downstream_(timeline, EventClass::link, this), posted_credits_(parameters.posted_credits),
      credit_event_(Event::member<&Link::send_waiting>(EventClass::link, this)) {}

void Link::connect_device(CompletionSink &requester, DeviceRegisters &registers) {
    requester_ = &requester;
    registers_ = &registers;
}

void Link::send(DmaRequest &request) {
    if (!request.write && (request.apart || waiting_.empty())) {
        transmit(request);
        return;
    }
    collect_credits();
    if (waiting_.empty() && posted_credits_ > 0) {
        --posted_credits_;
        transmit(request);
        return;
    }
    waiting_.push(request);
    if (!credit_event_.pending() && !returning_credits_.empty())
        timeline_.schedule(credit_event_, returning_credits_.front());
}

void Link::transmit(DmaRequest &request) {
    const std::uint32_t bytes = request.write ? memory_write_overhead + request.bytes : read_request_overhead;
    ++counters_.requests;
    upstream_free_ = std::max(upstream_free_, timeline_.now()) + rate_.time(bytes);
    upstream_.push(upstream_free_ + parameters_.flight, &request);
}

void Link::collect_credits() {
    while (!returning_credits_.empty() && returning_credits_.front() <= timeline_.now()) {
        returning_credits_.pop();
        ++posted_credits_;
    }
}

void Link::send_waiting() {
    collect_credits();
    while (!waiting_.empty() && (!waiting_.front().write || posted_credits_ > 0)) {
        posted_credits_ -= waiting_.front().write;
        transmit(waiting_.pop());
    }
    if (!waiting_.empty() && !returning_credits_.empty())
        timeline_.schedule(credit_event_, returning_credits_.front());
}

void Link::release_posted(DmaRequest &request) {
    returning_credits_.push(timeline_.now() + parameters_.flight);
    requester_->on_write_gone(request);
    if (!waiting_.empty() && !credit_event_.pending())
        timeline_.schedule(credit_event_, returning_credits_.front());
}

ps_t Link::transmit_downstream(std::uint32_t bytes, ps_t ready) {
    downstream_free_ = std::max(downstream_free_, ready) + rate_.time(bytes);
    return downstream_free_ + parameters_.flight;
}

void Link::complete(DmaRequest &request, ps_t ready) {
    std::uint32_t completions = 1;
    std::uint32_t payload = 0;
    if (!request.failed) {
        const std::uint64_t last = request.ioba + request.bytes - 1;
        const std::uint32_t boundary = parameters_.completion_boundary();
        completions = static_cast<std::uint32_t>(last / boundary - request.ioba / boundary) + 1;
        payload = request.bytes;
    }
    counters_.completions += completions;
    const ps_t arrival = transmit_downstream(completions * completion_overhead + payload, ready);
    downstream_.push(arrival, {&request, 0, 0, nullptr});
}

void Link::store(std::uint64_t offset, std::uint64_t value, ps_t ready) {
    ++counters_.stores;
    downstream_.push(transmit_downstream(memory_write_overhead + sizeof value, ready),
                     {nullptr, offset, value, nullptr});
}

void Link::load(std::uint64_t offset, LoadClient &client, ps_t ready) {
    ++counters_.loads;
    downstream_.push(transmit_downstream(read_request_overhead, ready), {nullptr, offset, 0, &client});
}

void Link::arrive_downstream(Downstream item) {
    if (item.answered) {
        requester_->on_completion(*item.answered);
    } else if (item.loads) {
        const std::uint64_t value = registers_->on_register_read(item.offset);
        upstream_free_ = std::max(upstream_free_, timeline_.now()) + rate_.time(completion_overhead + sizeof value);
        answers_.push(upstream_free_ + parameters_.flight, {item.loads, value});
    } else {
        registers_->on_register_write(item.offset, item.value);
    }
}

} // namespace tcesim
