// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/build_config.h"

#include "sim/scenario/files.h"
#include "sim/scenario/scenario.h"

namespace tcesim::scenario {

/// Words are stored by their index, which is the value of the enumeration. Not in the unnamed namespace: it would hide
/// word() of schema_row.h there.
template <class Enum>
static Enum word(const Values &values, const std::string &path) {
    return static_cast<Enum>(values.number(path));
}

namespace {

std::uint32_t small(const Values &values, const std::string &path) {
    return static_cast<std::uint32_t>(values.number(path));
}

/// Of a key that may be absent: 0, the first word, then.
std::uint64_t number_or_0(const Values &values, const std::string &path) {
    const Value *value = values.find(path);
    return value == nullptr ? 0 : value->number;
}

Window window(const Values &values, const std::string &path, std::uint64_t base) {
    return {base, values.number(path + ".size"), values.number(path + ".page"), small(values, path + ".levels")};
}

nlohmann::ordered_json to_json(const Window &window) {
    return {{"base", window.base}, {"size", window.size}, {"page", window.page}, {"levels", window.levels}};
}

nlohmann::ordered_json to_json(const Constant &constant) {
    nlohmann::ordered_json json{{"value", constant.value},
                                {"unit", base_unit(constant.dimension)},
                                {"confidence", to_string(constant.confidence)}};
    const auto put = [&](const char *key, const std::optional<std::int64_t> &value) {
        if (value)
            json[key] = *value;
    };
    put("low", constant.low);
    put("high", constant.high);
    put("allowed_low", constant.allowed_low);
    put("allowed_high", constant.allowed_high);
    json["overridden"] = constant.overridden;
    json["fits"] = constant.fits();
    return json;
}

} // namespace

Config build_config(const Values &values, const std::map<std::string, Constant> &constants, const SourceSet &sources) {
    Config out;
    out.guest.ram = values.number("guest.ram");
    out.host.page = values.number("host.page");
    const Value *ram_pages = values.find("guest.ram_pages");
    out.guest.ram_pages = ram_pages == nullptr ? out.host.page : ram_pages->number;
    out.guest.page = values.number("guest.page");
    out.guest.vcpus = small(values, "guest.vcpus");
    out.guest.core_threads = small(values, "guest.core_threads");
    out.guest.multitce = values.number("guest.multitce") != 0;
    out.guest.vio_devices = small(values, "guest.vio_devices");
    out.guest.mmu = word<Mmu>(values, "guest.mmu");
    const Value *lro = values.find("guest.lro");
    out.guest.lro = lro == nullptr || lro->number != 0;
    out.guest.ddw = static_cast<Ddw>(number_or_0(values, "guest.ddw"));
    out.guest.recovery = static_cast<Recovery>(number_or_0(values, "guest.recovery"));
    out.guest.watchdog = number_or_0(values, "guest.watchdog");
    out.host.kernel = word<HostKernel>(values, "host.kernel");
    out.host.tce = word<TcePath>(values, "host.tce");
    out.host.container = word<Container>(values, "host.container");
    out.host.clear = word<ClearWay>(values, "host.clear");
    const Value *msgsnd = values.find("host.msgsnd");
    out.host.msgsnd =
        msgsnd == nullptr ? word<MachineName>(values, "machine.name") != MachineName::power7 : msgsnd->number != 0;
    out.host.idle = word<IdleState>(values, "host.idle");
    if (const Value *handlers = values.find("host.handlers"))
        out.host.handlers = {handlers->text, file_named(handlers->text, handlers->position, sources).string()};
    out.iommu.phb = word<PhbModel>(values, "iommu.phb");
    out.iommu.translation = static_cast<Translation>(number_or_0(values, "iommu.translation"));
    out.iommu.promote_kills = values.number("iommu.promote_kills") != 0;
    out.iommu.limit = word<WindowLimit>(values, "iommu.limit");
    out.iommu.npu = word<Npu>(values, "iommu.npu");
    out.iommu.window = window(values, "iommu.windows[0]", 0);
    if (values.find("iommu.windows[1].size") != nullptr)
        out.iommu.second = window(values, "iommu.windows[1]", second_window_base);
    out.traffic.kind = word<TrafficKind>(values, "traffic.kind");
    if (out.has_device()) {
        out.device.model = word<DeviceModel>(values, "device.model");
        out.device.dma_mask = small(values, "device.dma_mask");
        out.device.link.gen = small(values, "device.link.gen");
        out.device.link.lanes = small(values, "device.link.lanes");
        out.device.link.mps = small(values, "device.link.mps");
        out.device.link.mrrs = small(values, "device.link.mrrs");
        out.device.link.rcb = static_cast<std::uint32_t>(number_or_0(values, "device.link.rcb"));
    }
    out.traffic.window = number_or_0(values, "traffic.window");
    out.traffic.duration = values.number("traffic.duration");
    out.traffic.warmup = number_or_0(values, "traffic.warmup");
    if (const Value *kill = values.find("traffic.kill"))
        out.traffic.kill = kill->number;
    out.traffic.direction = static_cast<Direction>(number_or_0(values, "traffic.direction"));
    out.traffic.chunk = number_or_0(values, "traffic.chunk");
    out.traffic.mtu = static_cast<std::uint32_t>(number_or_0(values, "traffic.mtu"));
    out.traffic.operation = static_cast<DmaOperation>(number_or_0(values, "traffic.operation"));
    out.traffic.pattern = static_cast<DmaPattern>(number_or_0(values, "traffic.pattern"));
    out.traffic.size = static_cast<std::uint32_t>(number_or_0(values, "traffic.size"));
    out.traffic.outstanding = static_cast<std::uint32_t>(number_or_0(values, "traffic.outstanding"));
    out.traffic.host_cache = static_cast<HostCache>(number_or_0(values, "traffic.host_cache"));
    out.traffic.memory = static_cast<MemoryPlace>(number_or_0(values, "traffic.memory"));
    out.traffic.call = static_cast<Call>(number_or_0(values, "traffic.call"));
    out.traffic.sleep = number_or_0(values, "traffic.sleep");
    out.traffic.mapped = number_or_0(values, "traffic.mapped");
    out.traffic.map = static_cast<MapBy>(number_or_0(values, "traffic.map"));
    out.traffic.clear = static_cast<ClearBy>(number_or_0(values, "traffic.clear"));
    out.traffic.hot_add = number_or_0(values, "traffic.hot_add");
    out.faults.skip_tce_kill = number_or_0(values, "faults.skip_tce_kill");
    out.faults.delay_tce_kill = number_or_0(values, "faults.delay_tce_kill");
    out.faults.drop_tce_kill = number_or_0(values, "faults.drop_tce_kill");
    out.traffic.io_size = static_cast<std::uint32_t>(number_or_0(values, "traffic.io_size"));
    const Value *segment = values.find("traffic.segment");
    out.traffic.segment = segment == nullptr ? out.traffic.io_size : static_cast<std::uint32_t>(segment->number);
    out.traffic.queues = static_cast<std::uint32_t>(number_or_0(values, "traffic.queues"));
    out.traffic.queue_depth = static_cast<std::uint32_t>(number_or_0(values, "traffic.queue_depth"));
    out.faults.unmapped_dma = number_or_0(values, "faults.unmapped_dma");
    out.machine.name = word<MachineName>(values, "machine.name");
    out.machine.weights = word<Weights>(values, "machine.weights");
    out.machine.constants = constants;
    return out;
}

nlohmann::ordered_json to_json(const Config &config) {
    const Link &link = config.device.link;
    const Traffic &traffic = config.traffic;
    nlohmann::ordered_json json;
    json["guest"] = {{"ram", config.guest.ram},
                     {"ram_pages", config.guest.ram_pages},
                     {"page", config.guest.page},
                     {"vcpus", config.guest.vcpus},
                     {"core_threads", config.guest.core_threads},
                     {"multitce", config.guest.multitce},
                     {"vio_devices", config.guest.vio_devices},
                     {"mmu", to_string(config.guest.mmu)}};
    if (config.has_device() || traffic.kind == TrafficKind::dynamic_window)
        json["guest"]["ddw"] = to_string(config.guest.ddw);
    if (traffic.kind == TrafficKind::dma_bench)
        json["guest"]["recovery"] = to_string(config.guest.recovery);
    if (config.guest.watchdog != 0)
        json["guest"]["watchdog"] = config.guest.watchdog;
    if (receives(traffic))
        json["guest"]["lro"] = config.guest.lro;
    json["host"] = {{"kernel", to_string(config.host.kernel)}, {"page", config.host.page},
                    {"tce", to_string(config.host.tce)},       {"container", to_string(config.host.container)},
                    {"clear", to_string(config.host.clear)},   {"msgsnd", config.host.msgsnd},
                    {"idle", to_string(config.host.idle)}};
    if (config.host.handlers)
        json["host"]["handlers"] = config.host.handlers->name;
    json["iommu"]["phb"] = to_string(config.iommu.phb);
    json["iommu"]["promote_kills"] = config.iommu.promote_kills;
    json["iommu"]["limit"] = to_string(config.iommu.limit);
    json["iommu"]["npu"] = to_string(config.iommu.npu);
    json["iommu"]["windows"] = nlohmann::ordered_json::array({to_json(config.iommu.window)});
    if (config.iommu.second)
        json["iommu"]["windows"].push_back(to_json(*config.iommu.second));
    if (config.has_device())
        json["device"] = {{"model", to_string(config.device.model)},
                          {"dma_mask", config.device.dma_mask},
                          {"link", {{"gen", link.gen}, {"lanes", link.lanes}, {"mps", link.mps}, {"mrrs", link.mrrs}}}};
    if (link.rcb != 0)
        json["device"]["link"]["rcb"] = link.rcb;
    if (config.has_device())
        json["iommu"]["translation"] = to_string(config.iommu.translation);
    json["traffic"]["kind"] = to_string(traffic.kind);
    if (traffic.kind == TrafficKind::tcp_stream) {
        json["traffic"]["direction"] = to_string(traffic.direction);
        json["traffic"]["chunk"] = traffic.chunk;
        json["traffic"]["mtu"] = traffic.mtu;
    } else if (traffic.kind == TrafficKind::block_io) {
        json["traffic"]["operation"] = to_string(traffic.operation);
        json["traffic"]["pattern"] = to_string(traffic.pattern);
        json["traffic"]["io_size"] = traffic.io_size;
        json["traffic"]["segment"] = traffic.segment;
        json["traffic"]["queues"] = traffic.queues;
        json["traffic"]["queue_depth"] = traffic.queue_depth;
    } else if (traffic.kind == TrafficKind::dma_bench) {
        json["traffic"]["operation"] = to_string(traffic.operation);
        json["traffic"]["pattern"] = to_string(traffic.pattern);
        json["traffic"]["size"] = traffic.size;
        json["traffic"]["outstanding"] = traffic.outstanding;
        json["traffic"]["host_cache"] = to_string(traffic.host_cache);
        json["traffic"]["memory"] = to_string(traffic.memory);
    }
    if (traffic.kind == TrafficKind::tcp_stream || traffic.kind == TrafficKind::dma_bench)
        json["traffic"]["window"] = traffic.window;
    if (traffic.kind == TrafficKind::hypercalls)
        json["traffic"]["call"] = to_string(traffic.call);
    if (traffic.sleep != 0)
        json["traffic"]["sleep"] = traffic.sleep;
    if (traffic.kind == TrafficKind::map_memory || traffic.kind == TrafficKind::clear_window ||
        traffic.kind == TrafficKind::container_life)
        json["traffic"]["mapped"] = traffic.mapped;
    if (traffic.kind == TrafficKind::map_memory)
        json["traffic"]["map"] = to_string(traffic.map);
    if (traffic.kind == TrafficKind::clear_window)
        json["traffic"]["clear"] = to_string(traffic.clear);
    if (traffic.kind == TrafficKind::dynamic_window)
        json["traffic"]["hot_add"] = traffic.hot_add;
    json["traffic"]["duration"] = traffic.duration;
    json["traffic"]["warmup"] = traffic.warmup;
    if (traffic.kill)
        json["traffic"]["kill"] = *traffic.kill;
    if (config.faults.skip_tce_kill != 0)
        json["faults"]["skip_tce_kill"] = config.faults.skip_tce_kill;
    if (config.faults.delay_tce_kill != 0)
        json["faults"]["delay_tce_kill"] = config.faults.delay_tce_kill;
    if (config.faults.drop_tce_kill != 0)
        json["faults"]["drop_tce_kill"] = config.faults.drop_tce_kill;
    if (config.faults.unmapped_dma != 0)
        json["faults"]["unmapped_dma"] = config.faults.unmapped_dma;
    json["machine"] = {{"name", to_string(config.machine.name)}, {"weights", to_string(config.machine.weights)}};
    for (const auto &[id, constant] : config.machine.constants)
        json["machine"]["constants"][id] = to_json(constant);
    return json;
}

nlohmann::ordered_json Scenario::resolved_json() const {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (const Variant &variant : variants)
        json[variant.name] = to_json(variant.config);
    return json;
}

} // namespace tcesim::scenario
