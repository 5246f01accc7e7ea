// SPDX-License-Identifier: Apache-2.0
#include "models/cpu/vcpu.h"

#include "models/kernel/check.h"

namespace tcesim {

Vcpu *current_vcpu = nullptr;

const char *leaf_name(Cost cost) {
    static constexpr const char *names[cost_count] = {"cpu/real_mode_round_trip/constant",
                                                      "cpu/guest_exit/constant",
                                                      "cpu/guest_entry/constant",
                                                      "cpu/syscall/constant",
                                                      "user/user_operation_rest/dispatch",
                                                      "user/user_operation_rest/notify",
                                                      "mm/pin_page/constant",
                                                      "cpu/mmio_store/constant",
                                                      "cpu/opal_tce_kill/constant",
                                                      "guest/guest_send/constant",
                                                      "guest/guest_ack/constant",
                                                      "guest/guest_poll/constant",
                                                      "guest/guest_interrupt/constant",
                                                      "host/host_interrupt/constant",
                                                      "cpu/siblings_out/constant",
                                                      "host/core_turn/constant",
                                                      "cpu/siblings_in/constant",
                                                      "cpu/kill_interference/constant",
                                                      "mm/page_release/constant",
                                                      "cpu/idle_wake/constant",
                                                      "guest/guest_receive_frame/constant",
                                                      "guest/guest_receive/constant",
                                                      "guest/guest_read/constant",
                                                      "guest/guest_ack_send/constant",
                                                      "guest/guest_io_submit/constant",
                                                      "guest/guest_io_complete/constant"};
    return names[static_cast<unsigned>(cost)];
}

Vcpu::Vcpu(unsigned number, Timeline &timeline, Meter &meter, const CpuCosts &costs, ps_t measured_from,
           ps_t measured_to)
    : timeline_(timeline), meter_(meter), costs_(costs), actor_(number), ledger_(measured_from, measured_to),
      port_time_(meter.table().accesses) {
    code_leaf_ = ledger_.add_leaf("handlers");
    idle_leaf_ = ledger_.add_leaf("guest/idle/idle");
    waiting_leaf_ = idle_leaf_;
    for (unsigned cost = 0; cost < cost_count; ++cost)
        cost_leaves_[cost] = ledger_.add_leaf(leaf_name(static_cast<Cost>(cost)));
    static constexpr const char *work_names[] = {"port/atomic/constant", "port/fence/constant", "port/clear/constant",
                                                 "port/copy/constant", "port/access/memory"};
    for (unsigned work = 0; work < work_leaves_.size(); ++work)
        work_leaves_[work] = ledger_.add_leaf(work_names[work]);
    static constexpr const char *wait_names[] = {"lock/wait/wait", "kill_queue/wait/wait", "mmio_load/wait/wait"};
    for (unsigned wait = 0; wait < wait_leaves_.size(); ++wait)
        wait_leaves_[wait] = ledger_.add_leaf(wait_names[wait]);
}

bool Vcpu::is_wait(Leaf leaf) const {
    for (Leaf wait : wait_leaves_)
        if (leaf == wait)
            return true;
    return false;
}

void Vcpu::activate() {
    if (current_vcpu == this)
        return;
    TCESIM_CHECK(meter_.folded(), "no handler code is unaccounted when vCPUs change");
    if (current_vcpu)
        current_vcpu->calling_ = meter_calling;
    meter_calling = calling_;
    current_vcpu = this;
    use_meter(&meter_);
}

void Vcpu::sync() {
    ++port_steps_;
    fold();
    let_others_act();
}

void Vcpu::let_others_act() {
    timeline_.sync(actor_, ledger_.clock());
    activate();
    if (dies())
        die();
}

/// Of the measured phase only: that is what lines of source are shown for.
void Vcpu::charge_in_port(Leaf leaf, ps_t ps) {
    ++port_steps_;
    const ps_t before = ledger_.time(leaf, Phase::measured);
    ledger_.charge(leaf, ps);
    const ps_t measured = ledger_.time(leaf, Phase::measured) - before;
    if (measured && meter_calling)
        port_time_.charge(meter_.origin(), leaf, static_cast<std::uint32_t>(meter_calling - meter_.table().access),
                          measured);
}

/// The time up to \p when, which the timeline has reached, belongs to \p leaf.
void Vcpu::catch_up(Leaf leaf, ps_t when) {
    TCESIM_CHECK(when >= ledger_.clock(), "a vCPU goes on no earlier than it has stopped");
    ledger_.charge(leaf, when - ledger_.clock());
}

void Vcpu::settle(ps_t end) {
    if (ledger_.clock() >= end)
        return;
    TCESIM_CHECK(waiting_, "a vCPU that is behind the end of the run works or sleeps up to there");
    catch_up(waiting_leaf_, end);
}

void Vcpu::wait_until(Wait reason, ps_t when) {
    fold();
    waited_ += when - ledger_.clock();
    charge_in_port(wait_leaves_[static_cast<unsigned>(reason)], when - ledger_.clock());
    sync();
}

namespace {

class WaitingLoad : public LoadClient {
public:
    explicit WaitingLoad(Vcpu &vcpu) : vcpu_(vcpu) {}
    void on_load(std::uint64_t value) override {
        value_ = value;
        vcpu_.wake();
    }
    std::uint64_t value() const { return value_; }

private:
    Vcpu &vcpu_;
    std::uint64_t value_ = 0;
};

} // namespace

std::uint64_t Vcpu::load(MmioTarget &target, std::uint64_t address) {
    WaitingLoad waiting(*this);
    sync();
    target.mmio_load(address, waiting);
    wait_for_wake(Wait::mmio_load);
    return waiting.value();
}

/// Sleeps; until it goes on the time belongs to \p leaf.
ps_t Vcpu::block(Leaf leaf) {
    waiting_leaf_ = leaf;
    waiting_ = asleep_ = true;
    const ps_t woken = timeline_.block(actor_);
    waiting_ = asleep_ = false;
    activate();
    if (dies()) {
        catch_up(leaf, woken);
        die();
    }
    return woken;
}

void Vcpu::halt() {
    sync();
    halted_ = true;
    if (dies())
        die();
    for (;;)
        block(idle_leaf_);
}

void Vcpu::wait_for_wake(Wait reason) {
    fold();
    const ps_t woken = block(wait_leaves_[static_cast<unsigned>(reason)]);
    TCESIM_CHECK(woken >= ledger_.clock(), "a vCPU goes on no earlier than it has stopped");
    waited_ += woken - ledger_.clock();
    charge_in_port(wait_leaves_[static_cast<unsigned>(reason)], woken - ledger_.clock());
}

void Vcpu::guest_work(Cost cost, ps_t ps) {
    const Leaf leaf = cost_leaves_[static_cast<unsigned>(cost)];
    for (;;) {
        // What is older than the work cannot interrupt it.
        sync();
        if (deliver_interrupts())
            continue;
        const ps_t end = ledger_.clock() + ps;
        waiting_leaf_ = leaf;
        waiting_ = true;
        interruptible_ = !in_handler_;
        timeline_.sync(actor_, end);
        interruptible_ = false;
        waiting_ = false;
        activate();
        ps = end - timeline_.now();
        catch_up(leaf, timeline_.now());
        if (dies())
            die();
        if (!ps)
            return;
    }
}

/// The whole core changes hands: who leaves waits for its siblings, who enters for those that it has woken.
void Vcpu::leave_guest() {
    spend(Cost::guest_exit);
    spend(Cost::siblings_out);
    spend(Cost::core_turn);
    ++counters_.exits_to_host;
}

void Vcpu::enter_guest() {
    spend(Cost::siblings_in);
    spend(Cost::guest_entry);
}

void Vcpu::rest_until(ps_t when) {
    sync();
    if (ledger_.clock() >= when)
        return;
    waiting_leaf_ = idle_leaf_;
    waiting_ = true;
    timeline_.sync(actor_, when);
    waiting_ = false;
    activate();
    catch_up(idle_leaf_, timeline_.now());
    if (dies())
        die();
}

void Vcpu::idle_until(ps_t when) {
    leave_guest();
    ceded_ = true;
    rest_until(when);
    ceded_ = false;
    spend(Cost::idle_wake);
    enter_guest();
}

void Vcpu::idle() {
    sync();
    if (deliver_interrupts())
        return;
    leave_guest();
    ceded_ = true;
    sync();
    if (!interrupt_pending_) {
        interruptible_ = true;
        const ps_t woken = block(idle_leaf_);
        interruptible_ = false;
        catch_up(idle_leaf_, woken);
        spend(Cost::idle_wake);
    }
    ceded_ = false;
    take_in_host();
    enter_guest();
    deliver_interrupts();
}

void Vcpu::raise_interrupt() {
    interrupt_pending_ = true;
    if (interruptible_)
        timeline_.wake(actor_, timeline_.now());
}

void Vcpu::kill(std::function<void()> end) {
    killed_ = std::move(end);
    // A load of its own ends first: the bridge answers to where it waits.
    if (waiting_ && !is_wait(waiting_leaf_) && timeline_.waiting(actor_))
        timeline_.wake(actor_, timeline_.now());
}

/// On top of what is left as it is.
void Vcpu::die() {
    const std::function<void()> end = std::move(killed_);
    killed_ = nullptr;
    halted_ = false;
    in_handler_ = true; // no interrupt reaches the guest any more
    opcode_ = 0;
    if (ceded_)
        level_ = PORT_HOST_KERNEL;
    else if (level_ == PORT_GUEST)
        enter_level(PORT_HOST_KERNEL);
    else if (level_ == PORT_HOST_USER)
        enter_level(PORT_HOST_SYSCALL);
    end();
    halt();
}

/// The host, which runs on this CPU now, handles a pending interrupt; the guest sees it when it runs again.
void Vcpu::take_in_host() {
    if (!interrupt_pending_)
        return;
    interrupt_pending_ = false;
    injected_ = true;
    spend(Cost::host_interrupt);
    waited_ += costs_.of(Cost::host_interrupt);
}

/// In the guest: takes what is pending. \returns whether there was something.
bool Vcpu::deliver_interrupts() {
    if (in_handler_)
        return false;
    if (interrupt_pending_) {
        leave_guest();
        take_in_host();
        enter_guest();
    }
    if (!injected_)
        return false;
    injected_ = false;
    ++counters_.interrupts;
    spend(Cost::guest_interrupt);
    sync();
    // The guest may be about to make a hypercall; the handler makes others.
    const std::uint64_t opcode = opcode_;
    const std::uint8_t *calling = meter_calling;
    in_handler_ = true;
    handler_();
    in_handler_ = false;
    opcode_ = opcode;
    meter_calling = calling;
    return true;
}

void Vcpu::charge_transition(port_level from, port_level to) {
    const auto half = [this](Cost cost) { spend_in_port(cost, costs_.of(cost) / 2); };
    const auto second_half = [this](Cost cost) { spend_in_port(cost, costs_.of(cost) - costs_.of(cost) / 2); };
    switch (to) {
    case PORT_REAL_MODE:
        half(Cost::real_mode_round_trip);
        break;
    case PORT_GUEST:
        if (from == PORT_REAL_MODE)
            second_half(Cost::real_mode_round_trip);
        else
            for (Cost cost : {Cost::siblings_in, Cost::guest_entry})
                spend_in_port(cost);
        break;
    case PORT_HOST_KERNEL:
        if (from == PORT_HOST_USER) {
            second_half(Cost::syscall);
        } else {
            for (Cost cost : {Cost::guest_exit, Cost::siblings_out, Cost::core_turn})
                spend_in_port(cost);
            ++counters_.exits_to_host;
        }
        break;
    case PORT_HOST_USER:
        if (from == PORT_HOST_SYSCALL) {
            second_half(Cost::syscall);
        } else {
            half(Cost::syscall);
            ++counters_.exits_to_user;
        }
        break;
    case PORT_HOST_SYSCALL:
        half(Cost::syscall);
        break;
    }
}

void Vcpu::enter_level(port_level level) {
    sync();
    if (level_ == PORT_HOST_USER && killed_)
        die();
    if (level_ == PORT_GUEST) {
        if (deliver_interrupts())
            fold(); // what its handler did is no part of the hypercall
        begin_hypercall();
    } else if (level_ != PORT_REAL_MODE) {
        take_in_host();
    }
    charge_transition(level_, level);
    level_ = level;
    meter_.set_origin({level == PORT_GUEST ? Hypercall::none : hypercall_of(opcode_), level});
    let_others_act();
    if (level == PORT_HOST_USER && killed_)
        die();
    if (level == PORT_GUEST)
        end_hypercall();
}

const Vcpu::HypercallTimes &Vcpu::hypercall_times(std::uint64_t opcode) const {
    return times_.at(static_cast<unsigned>(hypercall_of(opcode)));
}

void Vcpu::begin_hypercall() {
    hypercall_began_ = ledger_.clock();
    waited_ = 0;
}

void Vcpu::end_hypercall() {
    // Firmware calls are none of those that the figures are about.
    if (phase() != Phase::measured || opcode_ == H_RTAS)
        return;
    ++counters_.hypercalls;
    const ps_t whole = ledger_.clock() - hypercall_began_;
    const auto record = [&](HypercallTimes &times) {
        times.whole.record(whole);
        times.service.record(whole - waited_);
    };
    record(all_times_);
    if (const Hypercall hypercall = hypercall_of(opcode_); hypercall != Hypercall::none)
        record(times_[static_cast<unsigned>(hypercall)]);
}

ps_t Vcpu::spent(Cost cost) const {
    const Leaf leaf = cost_leaves_[static_cast<unsigned>(cost)];
    return ledger_.time(leaf, Phase::warmup) + ledger_.time(leaf, Phase::measured) + ledger_.time(leaf, Phase::after);
}

} // namespace tcesim
