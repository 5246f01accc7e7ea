// SPDX-License-Identifier: Apache-2.0
// What a vCPU did in a piece of a long loop, extended to more steps.
#include "models/cpu/vcpu.h"
#include "models/kernel/check.h"

namespace tcesim {

namespace {

/// Of a row that may not reach so far yet.
ps_t time_of(const PortTime::Rows &rows, Leaf leaf, std::size_t access) {
    return leaf < rows.size() && access < rows[leaf].size() ? rows[leaf][access] : 0;
}

} // namespace

Vcpu::Progress Vcpu::progress() const {
    Progress progress{meter_.progress(), ledger_.clock(), {}, port_time_.of(meter_.origin().number()), port_steps_};
    for (Leaf leaf = 0; leaf < ledger_.leaves(); ++leaf)
        progress.leaves.push_back(ledger_.time(leaf, ledger_.phase()));
    return progress;
}

std::optional<Vcpu::Steps> Vcpu::learn(const Progress &a, const Progress &b, const Progress &c, std::uint64_t n) const {
    auto code = meter_.learn(a.meter, b.meter, c.meter, n);
    const auto port_steps = growth(a.port_steps, b.port_steps, c.port_steps, n);
    if (!code || !port_steps)
        return std::nullopt;
    Steps steps{std::move(*code), {}, {}, {}, *port_steps};
    for (Leaf leaf = 0; leaf < a.leaves.size(); ++leaf) {
        if (is_code(leaf) || is_wait(leaf))
            continue;
        const auto time = growth(a.leaves[leaf], b.leaves[leaf], c.leaves[leaf], n);
        if (!time)
            return std::nullopt;
        steps.leaves.push_back({leaf, 0, *time});
    }
    for (Leaf leaf = 0; leaf < c.port_time.size(); ++leaf)
        for (std::size_t access = 0; access < c.port_time[leaf].size(); ++access) {
            const ps_t first = time_of(a.port_time, leaf, access), last = c.port_time[leaf][access];
            if (first == last)
                continue;
            const auto time = growth(first, time_of(b.port_time, leaf, access), last, n);
            if (is_wait(leaf))
                steps.waits.emplace_back(leaf, access);
            else if (time)
                steps.port_time.push_back({leaf, access, *time});
            else
                return std::nullopt;
        }
    return steps;
}

ps_t Vcpu::waited(const Progress &from, const Progress &to) const {
    ps_t sum = 0;
    for (const Leaf wait : wait_leaves_)
        sum += to.leaves[wait] - from.leaves[wait];
    return sum;
}

void Vcpu::extend(const Steps &steps, std::uint64_t count, ps_t length) {
    const ps_t begun = ledger_.clock();
    ledger_.charge(code_leaf_, meter_.extend(steps.code, count));
    for (const Steps::Time &time : steps.leaves)
        ledger_.charge(time.leaf, time.growth.of(count));
    for (const Steps::Time &time : steps.port_time)
        port_time_.charge_more(meter_.origin(), time.leaf, time.access, time.growth.of(count));
    port_steps_ += steps.port_steps.of(count);
    if (!length)
        return;
    const ps_t waits = length - (ledger_.clock() - begun);
    ledger_.charge(wait_leaves_[static_cast<unsigned>(Wait::kill_queue)], waits);
    waited_ += waits;
    TCESIM_CHECK(steps.waits.size() <= 1, "steps that wait do so in one place");
    for (const auto &[leaf, access] : steps.waits)
        port_time_.charge_more(meter_.origin(), leaf, access, waits);
}

} // namespace tcesim
