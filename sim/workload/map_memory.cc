// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/map_memory.h"

namespace tcesim {

std::string MapMemory::open() {
    return memory_.pages() ? "" : "traffic.mapped is 0B: there is nothing to map";
}

namespace {

/// What telling bridges of changed TCEs has taken: firmware's calls, or stores.
ps_t invalidations(const Vcpu &vcpu) {
    return vcpu.spent(Cost::opal_tce_kill) + vcpu.spent(Cost::kill_interference) + vcpu.spent(Cost::mmio_store);
}

} // namespace

void MapMemory::run(Vcpu &vcpu) {
    const ps_t begin = vcpu.now(), killed = invalidations(vcpu);
    while (problem_.empty() && !memory_.done())
        problem_ = by_ == scenario::MapBy::hypercalls ? memory_.map_by_hypercall() : memory_.map_by_container();
    vcpu.fold();
    time_ = vcpu.now() - begin;
    kill_time_ = invalidations(vcpu) - killed;
    table_bytes_ = parts_.port.counters().page_bytes;
    ended_ = true;
    vcpu.halt();
}

std::string MapMemory::unfinished() const {
    if (!problem_.empty() || memory_.done())
        return problem_;
    return "of " + std::to_string(memory_.pages()) + " pages " + std::to_string(memory_.mapped()) +
           " are mapped by its end";
}

void MapMemory::fill(VariantResult &result) const {
    result.set("pages_mapped", memory_.pages());
    result.set("map_time", time_);
    result.set("table_memory", table_bytes_);
    result.set("map_time_per_page", time_ / memory_.pages());
    result.set("map_update_per_page", (time_ - kill_time_) / memory_.pages());
}

} // namespace tcesim
