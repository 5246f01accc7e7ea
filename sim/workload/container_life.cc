// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/container_life.h"

namespace tcesim {

std::string ContainerLife::open() {
    return memory_.pages() ? "" : "traffic.mapped is 0B: there is nothing to map";
}

void ContainerLife::run(Vcpu &vcpu) {
    vcpu_ = &vcpu;
    tables_before_ = parts_.port.counters().page_bytes;
    live();
    ended_ = true;
    if (problem_.empty())
        parts_.kill_process();
    vcpu.halt();
}

void ContainerLife::live() {
    life("attach", MACHINE_LIFE_PLUG);
    life("create", MACHINE_LIFE_OPEN_WINDOW);
    stage("map", [this] { map(); });
    life("plug", MACHINE_LIFE_PLUG_SECOND);
    life("unplug", MACHINE_LIFE_UNPLUG_SECOND);
    life("close", MACHINE_LIFE_UNPLUG);
    life("mirror", MACHINE_LIFE_PLUG);
}

/// What registering memory takes of a step is a step of its own, but where all is done again.
template <class Work>
void ContainerLife::stage(const char *name, Work work) {
    if (!problem_.empty())
        return;
    const ps_t begin = vcpu_->now();
    registering_ = 0;
    work();
    vcpu_->fold();
    const bool first = stages_.size() == 1;
    note(name, vcpu_->now() - begin - (first ? registering_ : 0));
}

void ContainerLife::life(const char *name, enum machine_life_step what) {
    stage(name, [&] {
        if (const long rc = parts_.handlers.life(&parts_.setup, &parts_.handlers_machine, what))
            problem_ =
                std::string("the step ") + name + " of the container's life failed with errno " + std::to_string(-rc);
    });
}

void ContainerLife::map() {
    while (problem_.empty() && !memory_.done())
        problem_ = memory_.map_by_hypercall();
}

void ContainerLife::note(const char *name, ps_t time) {
    account_state account = {};
    Meter *const meter = use_meter(nullptr);
    parts_.handlers.inspection->account(parts_.handlers_machine.process, &account);
    use_meter(meter);
    meter->discard();
    const PortCounters &counters = parts_.port.counters();
    stages_.push_back({name, time, account.locked_pages << parts_.port.ram().host_page_shift,
                       counters.page_bytes - tables_before_, counters.pins - counters.unpins});
}

void ContainerLife::on_trace(const Trace &trace) {
    if (trace.event != PORT_EV_REGISTER || !vcpu_)
        return;
    vcpu_->fold();
    if (!trace.c) {
        register_began_ = vcpu_->now();
        return;
    }
    registering_ += vcpu_->now() - register_began_;
    if (stages_.empty())
        note("register", registering_);
}

std::string ContainerLife::unfinished() const {
    if (!problem_.empty() || ended_)
        return problem_;
    return "the container's life is at step " + std::to_string(stages_.size() + 1) + " of 8 at its end";
}

void ContainerLife::fill(VariantResult &result) const {
    if (memory_.done())
        result.set("pages_mapped", memory_.pages());
    for (const Stage &stage : stages_) {
        result.set(stage.name + "_time", stage.time);
        result.set(stage.name + "_locked", stage.locked);
        result.set(stage.name + "_tables", stage.tables);
        result.set(stage.name + "_pinned", stage.pinned);
    }
}

} // namespace tcesim
