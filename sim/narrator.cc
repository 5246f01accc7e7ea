// SPDX-License-Identifier: Apache-2.0
#include "sim/narrator.h"

#include "sim/quantity_text.h"

#include <algorithm>

namespace tcesim {

namespace {

/// No call of a handler takes so long.
constexpr ps_t longest_call = 10'000'000'000;
/// One that takes the whole measured phase leaves nothing to measure; a phase shorter than this may be as short.
constexpr ps_t shortest_doubt = 1'000'000'000;
/// A hundred for each TCE of the longest list.
constexpr std::uint64_t most_steps = 100 * 512;

const char *name_of(std::uint64_t opcode) {
    switch (opcode) {
    case H_PUT_TCE:
        return "H_PUT_TCE of vcpu0";
    case H_PUT_TCE_INDIRECT:
        return "H_PUT_TCE_INDIRECT of vcpu0";
    case H_STUFF_TCE:
        return "H_STUFF_TCE of vcpu0";
    case H_GET_TCE:
        return "H_GET_TCE of vcpu0";
    case H_RTAS:
        return "H_RTAS of vcpu0";
    default:
        return "an unknown hypercall of vcpu0";
    }
}

} // namespace

void Narrator::run(const Vcpu &vcpu) {
    vcpu_ = &vcpu;
    tell();
}

void Narrator::tell() {
    progress_.doing(hypercall_.name ? hypercall_.name : function_.name ? function_.name : "the guest's own work");
}

void Narrator::on_call(const char *function) {
    const bool map = std::string_view(function) == "dma_map";
    function_ = {map ? "dma_map() in the guest" : "dma_unmap() in the guest", vcpu_ ? vcpu_->now() : 0,
                 steps()};
    tell();
}

void Narrator::on_return() {
    function_.name = nullptr;
    tell();
}

void Narrator::on_trace(const Trace &trace) {
    if (trace.event == PORT_EV_HCALL_ENTER)
        hypercall_ = {name_of(trace.a), trace.time, steps()};
    else if (trace.event == PORT_EV_HCALL_RETURN) {
        hypercall_.name = nullptr;
        function_.steps = steps();
    } else
        return;
    tell();
}

std::optional<Narrator::Call> Narrator::under_way() const {
    const Open &open = hypercall_.name ? hypercall_ : function_;
    return open.name ? std::optional(Call{open.name, open.since}) : std::nullopt;
}

std::optional<std::string> Narrator::unfinished(ps_t end, ps_t measured) const {
    for (const Open &open : {hypercall_, function_})
        if (open.name && steps() - open.steps > most_steps &&
            end - std::min(open.since, end) >= std::clamp(measured, shortest_doubt, longest_call))
            return std::string(open.name) + " does not return: it was called at " +
                   scaled(static_cast<std::int64_t>(open.since), "ps") + " and took time until the run ended at " +
                   scaled(static_cast<std::int64_t>(end), "ps");
    return std::nullopt;
}

} // namespace tcesim
