// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/config.h"

#include "sim/scenario/schema.h"

#include "models/kernel/check.h"

namespace tcesim::scenario {

namespace {

/// The schema's word at the place of \p value in its enumeration.
template <class Enum>
const char *word_of(const char *path, Enum value) {
    const KeySpec *key = find_key(path);
    const auto index = static_cast<std::size_t>(value);
    TCESIM_CHECK(key != nullptr && index < key->words.size(), "every enumerator has a word in the schema");
    return key->words[index].c_str();
}

} // namespace

const char *to_string(Mmu value) {
    return word_of("guest.mmu", value);
}
const char *to_string(HostKernel value) {
    return word_of("host.kernel", value);
}
const char *to_string(TcePath value) {
    return word_of("host.tce", value);
}
const char *to_string(Container value) {
    return word_of("host.container", value);
}
const char *to_string(Ddw value) {
    return word_of("guest.ddw", value);
}
const char *to_string(PhbModel value) {
    return word_of("iommu.phb", value);
}
const char *to_string(Translation value) {
    return word_of("iommu.translation", value);
}
const char *to_string(DeviceModel value) {
    return word_of("device.model", value);
}
const char *to_string(TrafficKind value) {
    return word_of("traffic.kind", value);
}
const char *to_string(IdleState value) {
    return word_of("host.idle", value);
}
const char *to_string(Call value) {
    return word_of("traffic.call", value);
}
const char *to_string(MapBy value) {
    return word_of("traffic.map", value);
}
const char *to_string(WindowLimit value) {
    return word_of("iommu.limit", value);
}
const char *to_string(ClearWay value) {
    return word_of("host.clear", value);
}
const char *to_string(ClearBy value) {
    return word_of("traffic.clear", value);
}
const char *to_string(Npu value) {
    return word_of("iommu.npu", value);
}
const char *to_string(Direction value) {
    return word_of("traffic.direction", value);
}
const char *to_string(Recovery value) {
    return word_of("guest.recovery", value);
}
const char *to_string(DmaOperation value) {
    return word_of("traffic.operation", value);
}
const char *to_string(DmaPattern value) {
    return word_of("traffic.pattern", value);
}
const char *to_string(HostCache value) {
    return word_of("traffic.host_cache", value);
}
const char *to_string(MemoryPlace value) {
    return word_of("traffic.memory", value);
}
const char *to_string(MachineName value) {
    return word_of("machine.name", value);
}
const char *to_string(Weights value) {
    return word_of("machine.weights", value);
}
const char *to_string(Confidence value) {
    return word_of("machine.constants.*.confidence", value);
}

std::string smt_speed_of(std::uint32_t threads) {
    return threads <= 2 ? "smt_speed_2" : threads <= 4 ? "smt_speed_4" : "smt_speed_8";
}

std::int64_t Machine::constant(std::string_view id) const {
    const auto found = constants.find(std::string(id));
    TCESIM_CHECK(found != constants.end(), "every constant that a model reads is in the schema");
    return found->second.value;
}

} // namespace tcesim::scenario
