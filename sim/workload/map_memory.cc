// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/map_memory.h"

namespace tcesim {

std::string MapMemory::open() {
    return memory_.pages() ? "" : "traffic.mapped is 0B: there is nothing to map";
}

void MapMemory::run(Vcpu &vcpu) {
    const ps_t begin = vcpu.now();
    while (problem_.empty() && !memory_.done())
        problem_ = by_ == scenario::MapBy::hypercalls ? memory_.map_by_hypercall() : memory_.map_by_container();
    vcpu.fold();
    time_ = vcpu.now() - begin;
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
    result.set("map_time_per_page", time_ / memory_.pages());
}

} // namespace tcesim
