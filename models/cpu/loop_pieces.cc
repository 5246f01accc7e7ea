// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/loop_pieces.h"

#include "models/cpu/growth.h"
#include "models/kernel/check.h"

namespace tcesim {

namespace {

bool is_long(const port_steps &steps) {
    return steps.alike && steps.count / steps.step >= LoopPieces::long_stretch;
}

} // namespace

/// Asks the handlers, at nobody's charge.
port_steps LoopPieces::steps_at(std::uint64_t at, std::uint64_t count) {
    vcpu_.fold();
    Meter *const meter = use_meter(nullptr);
    const port_steps steps = loop_.steps(loop_.context, at, count);
    use_meter(meter);
    vcpu_.meter().discard();
    TCESIM_CHECK(steps.count && steps.count <= count && steps.step, "a loop's steps are at least one, and end with it");
    return steps;
}

void LoopPieces::run(std::uint64_t first, std::uint64_t count) {
    const std::uint64_t end = first + count;
    for (std::uint64_t at = first; at < end;) {
        const port_steps steps = steps_at(at, end - at);
        at = is_long(steps) ? run_alike(at, steps.count / steps.step, steps.step) : run_different(at, end);
    }
}

/// What comes before the next long stretch of steps that are alike. \returns where to go on.
std::uint64_t LoopPieces::run_different(std::uint64_t at, std::uint64_t end) {
    std::uint64_t stop = at;
    while (stop < end) {
        const port_steps steps = steps_at(stop, end - stop);
        if (is_long(steps))
            break;
        stop += steps.count;
    }
    return run_piece(at, stop - at);
}

std::uint64_t LoopPieces::run_piece(std::uint64_t at, std::uint64_t numbers) {
    stores_ = {};
    const std::uint64_t next = loop_.body(loop_.context, at, numbers);
    vcpu_.fold();
    return next;
}

std::uint64_t LoopPieces::run_alike(std::uint64_t at, std::uint64_t steps, std::uint64_t step) {
    vcpu_.sync(); // stores of before the loop are over, if they have had the time
    std::vector<std::uint64_t> before;
    const bool compared = pattern_ && pattern_->steps && pattern_->step == step;
    if (compared)
        before = vcpu_.meter().executions(pattern_->steps->code);
    at = run_piece(at, short_piece * step);
    steps -= short_piece;
    if (!compared || !vcpu_.meter().began(pattern_->steps->code, before)) {
        at = learn(at, step);
        steps -= 3 * short_piece;
    }
    steps -= short_piece;
    at = !exact_ && leap(steps) ? at + steps * step : run_piece(at, steps * step);
    // Where stores wait, the end of a piece is known to the rounding only; that of their waits, here, exactly.
    return run_piece(at, short_piece * step);
}

std::uint64_t LoopPieces::learn(std::uint64_t at, std::uint64_t step) {
    const Vcpu::Progress a = vcpu_.progress();
    at = run_piece(at, short_piece * step);
    const Vcpu::Progress b = vcpu_.progress();
    const StoreSeries first = stores_;
    at = run_piece(at, 2 * short_piece * step);
    const Vcpu::Progress c = vcpu_.progress();
    pattern_.emplace(Pattern{step, vcpu_.learn(a, b, c, short_piece), stores_, {}, {}, 0});
    const auto stores = growth(0, first.count, first.count + stores_.count, short_piece);
    if (!stores || first.spoilt || stores_.spoilt || (stores_.count && !stores_.follows(first)))
        pattern_->steps.reset();
    if (!pattern_->steps)
        return at;
    pattern_->store_count = *stores;
    learn_pace(a, b, c);
    return at;
}

/// Where every store waits, a step takes as long as the bridge needs for its stores. Waits differ by the picosecond
/// that rounding adds or takes, and the first of a piece is shorter by what entering the loop takes.
void LoopPieces::learn_pace(const Vcpu::Progress &a, const Vcpu::Progress &b, const Vcpu::Progress &c) {
    const ps_t first = b.clock - a.clock, second = c.clock - b.clock;
    const ps_t waited_first = vcpu_.waited(a, b), waited_second = vcpu_.waited(b, c);
    pattern_->pace = {second - first, pattern_->store_count.first, 0}; // without entering the loop
    if (!waited_first && !waited_second)
        return;
    const ps_t busy = first - waited_first, busy_second = second - waited_second;
    const ps_t entering = 2 * busy > busy_second ? 2 * busy - busy_second : 0;
    if (second == 2 * first && first % short_piece == 0 && waited_first / short_piece >= entering + 2 &&
        pattern_->steps->waits.size() <= 1)
        pattern_->held_step = first / short_piece;
    else
        pattern_->steps.reset();
}

/// As if \p steps more had run; false, and nothing is changed, when they might do something else.
bool LoopPieces::leap(std::uint64_t steps) {
    const Pattern &p = *pattern_;
    if (!p.steps || stores_.spoilt || !vcpu_.stays_in_phase((p.pace.time / short_piece + 1) * steps + p.pace.time))
        return false;
    const std::uint64_t stores = p.store_count.of(steps);
    StorePace pace = p.pace;
    pace.held = p.held_step * steps;
    if (stores ? !stores_.like(p.stores) || !phb_.repeat_mmio_writes(stores_.next(stores), pace)
               : timeline_.pending_before_end() != 0)
        return false;
    vcpu_.extend(*p.steps, steps, pace.held);
    return true;
}

} // namespace tcesim
