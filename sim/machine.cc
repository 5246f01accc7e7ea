// SPDX-License-Identifier: Apache-2.0
#include "sim/machine.h"

#include <cstring>
#include <utility>

#include "sim/machine_parameters.h"
#include "sim/story.h"

namespace tcesim {

namespace {

using namespace address_map;

std::uint32_t log2_of(std::uint64_t power_of_two) {
    return static_cast<std::uint32_t>(__builtin_ctzll(power_of_two));
}

constexpr std::uint64_t bypass_granule = 16ULL << 20; // of a window's borders

std::uint64_t align(std::uint64_t value, std::uint64_t granule) {
    return (value + granule - 1) / granule * granule;
}

/// Where each buffer is mapped; nowhere else does the checker keep notes of pages.
DmaCheckerParameters checker_parameters(const scenario::Config &config) {
    const scenario::Window &window = config.device_window();
    const bool direct = config.makes_window() && config.guest.ddw == scenario::Ddw::direct;
    // Without a device nobody asks what is mapped, which may be more than there is memory to note it in.
    return {window.base, direct || !config.has_device() ? 0 : window.size, log2_of(hardware_page(config)), guest_ram,
            config.iommu.phb != scenario::PhbModel::p7ioc};
}

GuestRam guest_ram_of(const scenario::Config &config) {
    return {guest_ram_ua, guest_ram, config.guest.ram, log2_of(config.guest.ram_pages), log2_of(config.host.page)};
}

} // namespace

void Machine::DmaObservers::on_access(const DmaAccess &access) {
    for (DmaObserver *observer : observers_)
        observer->on_access(access);
}

void Machine::DmaObservers::on_kill(const TceKill &kill) {
    for (DmaObserver *observer : observers_)
        observer->on_kill(kill);
}

void Machine::DmaObservers::on_freeze(const DmaAccess &access) {
    for (DmaObserver *observer : observers_)
        observer->on_freeze(access);
}

void Machine::MappingObservers::on_call(const char *function) {
    for (MappingObserver *observer : observers_)
        observer->on_call(function);
}

void Machine::MappingObservers::on_return() {
    for (MappingObserver *observer : observers_)
        observer->on_return();
}

void Machine::MappingObservers::on_mapped(std::uint64_t bus_address, std::uint64_t bytes, std::uint64_t gpa) {
    for (MappingObserver *observer : observers_)
        observer->on_mapped(bus_address, bytes, gpa);
}

void Machine::MappingObservers::on_unmapped(std::uint64_t bus_address, std::uint64_t bytes) {
    for (MappingObserver *observer : observers_)
        observer->on_unmapped(bus_address, bytes);
}

void Machine::Firmware::set_tve(std::uint32_t index, std::uint64_t tve) {
    // Handlers number two windows per PE; a bridge with one has window 0 only.
    phb_.set_tve(index / 2 * phb_.parameters().tves_per_pe() + index % 2, tve);
}

ps_t Machine::Firmware::tce_kill(opal_tce_kill kind, std::uint32_t pe, std::uint32_t shift, std::uint64_t ioba,
                                 std::uint64_t pages) {
    static constexpr TceKillKind kinds[] = {TceKillKind::one, TceKillKind::pe, TceKillKind::all};
    return phb_.kill(kinds[kind], pe, shift, ioba, pages);
}

Machine::Machine(sc_core::sc_module_name name, const scenario::Config &config, const HandlerObject &object,
                 const RunOptions &options, const Software &software)
    : sc_module(name), config_(config), object_(object), setup_(handlers_setup(config)),
      timeline_("timeline", options.one_wakeup_per_event), memory_(guest_ram + config.guest.ram),
      port_(memory_, guest_ram_of(config)), link_("link", timeline_, link_parameters(config)),
      phb_("phb", timeline_, memory_, link_, phb_parameters(config)), firmware_(phb_, link_),
      kill_fault_(timeline_, phb_, firmware_, kill_fault_parameters(config)), interrupts_(*this),
      handlers_machine_(make_handlers_machine()), dma_(*object.handlers, handlers_machine_.window),
      workload_(software({config_, options.seed, timeline_, port_, link_, phb_, dma_, *object.handlers, setup_,
                          handlers_machine_, [this] { kill_process(); }})),
      checker_(checker_parameters(config)) {
    SC_HAS_PROCESS(Machine);
    meter_ = std::make_unique<Meter>(*object.meter, object.cpu, code_costs(config), cache_parameters(config.machine),
                                     options.memory_model);
    vcpu_ = std::make_unique<Vcpu>(0, timeline_, *meter_, cpu_costs(config), measured_from(), measured_to());
    port_.connect(timeline_, kill_fault_, kill_fault_);
    if (options.exact_loops)
        port_.run_loops_exactly();
    port_.add_observer(checker_);
    dma_observers_.add(checker_);
    mapping_observers_.add(checker_);
    phb_.set_observer(&dma_observers_);
    phb_.set_interrupt_sink(&interrupts_);
    dma_.set_observer(mapping_observers_);
    SC_THREAD(run_vcpu);
}

Machine::~Machine() {
    current_vcpu = nullptr;
    use_meter(nullptr);
}

hcall_machine Machine::make_handlers_machine() {
    memory_.set_heap(heap, guest_ram);
    hcall_machine machine = {};
    if (object_.handlers->machine_new(&setup_, &machine))
        problem_ = "the handlers' own objects do not fit into the memory of the host";
    return machine;
}

/// What the user process does before the guest starts, on the handlers themselves.
bool Machine::pass_device_through() {
    const struct hcall_object &handlers = *object_.handlers;
    if (handlers.machine_default_window(&setup_, &handlers_machine_)) {
        problem_ = "the host's default window cannot be made: no memory for a table of this size";
        return false;
    }
    before_process_ = port_.counters();
    // Traffic that is about how devices come adds them itself.
    const bool adds = config_.traffic.kind != scenario::TrafficKind::container_life;
    if (const long rc = adds ? handlers.machine_add_device(&setup_, &handlers_machine_) : 0) {
        problem_ = "the device cannot be passed through: errno " + std::to_string(-rc) +
                   " from VFIO or KVM for this window (size, page or levels)";
        return false;
    }
    if (const int rc = handlers.machine_add_vio_devices(&setup_, &handlers_machine_)) {
        problem_ = "guest.vio_devices cannot be made: errno " + std::to_string(-rc) + " from KVM for a table of theirs";
        return false;
    }
    if (handlers.machine_open_window(&setup_, &handlers_machine_)) {
        problem_ = "the guest has no memory for its window's bitmap";
        return false;
    }
    return true;
}

bool Machine::open_second_window() {
    const struct hcall_object &handlers = *object_.handlers;
    long rc = handlers.ddw(&setup_, &handlers_machine_, MACHINE_DDW_CREATE, 0, 0);
    if (!rc)
        rc = handlers.ddw(&setup_, &handlers_machine_, MACHINE_DDW_ADD_MEMORY, 0, config_.guest.ram);
    if (rc) {
        problem_ = "the guest cannot make its second window: errno " + std::to_string(-rc) +
                   " from firmware, VFIO or KVM for iommu.windows[1] (size, page or levels)";
        return false;
    }
    dma_.use(handlers_machine_.window);
    if (config_.guest.ddw == scenario::Ddw::direct)
        checker_.stands_for(config_.iommu.second->base, config_.guest.ram, guest_ram);
    return true;
}

void Machine::open_bypass() {
    Tve all;
    all.kind = Tve::Kind::bypass;
    all.end = align(guest_ram + config_.guest.ram, bypass_granule);
    phb_.set_tve(pe * phb_.parameters().tves_per_pe() + 1, encode_tve(all, phb_.parameters().generation));
    dma_.pass_by(scenario::second_window_base + guest_ram);
    checker_.stands_for(scenario::second_window_base + guest_ram, config_.guest.ram, guest_ram);
}

void Machine::set_up() {
    const std::uint16_t entry = __builtin_bswap16(static_cast<std::uint16_t>(pe));
    std::memcpy(HostMemory::at(rtt + std::uint64_t{requester_id} * sizeof(entry)), &entry, sizeof(entry));
    if (!problem_.empty() || !pass_device_through())
        return;
    if (config_.iommu.translation == scenario::Translation::bypass)
        open_bypass();
    if (config_.has_device() && config_.makes_window() && !open_second_window())
        return;
    problem_ = workload_->open();
    meter_->discard();
}

void Machine::watch(Story &story) {
    port_.add_observer(story);
    dma_observers_.add(story);
    mapping_observers_.add(story);
    workload_->watch(story);
}

HandlerState Machine::handler_state() const {
    // The inspection is code of the object: what it executes and touches is nobody's.
    Meter *const meter = use_meter(nullptr);
    HandlerState state =
        scan_handlers(*object_.handlers->inspection, *handlers_machine_.process, MemoryOfHandlers(port_), hypercalls());
    use_meter(meter);
    return state;
}

std::optional<ps_t> Machine::killed_at() const {
    return config_.traffic.kill ? std::optional(measured_from() + *config_.traffic.kill) : std::nullopt;
}

void Machine::kill_process() {
    killed_at_ = timeline_.now();
    checker_.process_killed();
    vcpu_->kill([this] { end_on_vcpu(); });
}

/// Version 2 pins regions only, and whole.
std::uint64_t Machine::count_needless_pins() const {
    if (config_.host.container == scenario::Container::v2)
        return 0;
    return scan_handlers(*object_.handlers->inspection, *handlers_machine_.process, MemoryOfHandlers(port_), {})
        .needless_pins;
}

void Machine::end_on_vcpu() {
    vcpu_->fold();
    Meter *const meter = use_meter(nullptr);
    needless_pins_ = count_needless_pins();
    use_meter(meter);
    meter->discard();
    object_.handlers->machine_end(&handlers_machine_);
    // The host's memory management has code of its own.
    vcpu_->spend(Cost::page_release, config_.guest.ram / config_.host.page * vcpu_->costs().of(Cost::page_release));
    vcpu_->sync();
    checker_.process_ended();
    end_time_ = vcpu_->now() - *killed_at_;
}

Remains Machine::end_process() {
    if (!killed_at_ && !vcpu_->outside_host()) {
        // The scan of what handlers keep has run code of theirs in the middle of the call that goes on now.
        meter_->discard();
        vcpu_->kill([this] { timeline_.stop(); });
        timeline_.go_on();
        sc_core::sc_start();
    }
    current_vcpu = nullptr;
    use_meter(nullptr);
    if (!killed_at_) {
        needless_pins_ = count_needless_pins();
        object_.handlers->machine_end(&handlers_machine_);
    }
    Remains remains = {};
    object_.handlers->machine_count_remains(&handlers_machine_, &remains.of_handlers);
    const PortCounters &now = port_.counters();
    remains.needless_pins = needless_pins_;
    remains.pins = now.pins - now.unpins;
    remains.objects = now.objects - before_process_.objects;
    remains.page_bytes = now.page_bytes - before_process_.page_bytes;
    return remains;
}

void Machine::run_vcpu() {
    timeline_.start(vcpu_->actor());
    vcpu_->activate();
    workload_->run(*vcpu_);
}

} // namespace tcesim
