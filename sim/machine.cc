// SPDX-License-Identifier: Apache-2.0
#include "sim/machine.h"

#include <cstring>

#include "models/kernel/check.h"
#include "sim/machine_parameters.h"

namespace tcesim {

namespace {

using namespace address_map;

std::uint32_t log2_of(std::uint64_t power_of_two) {
    return static_cast<std::uint32_t>(__builtin_ctzll(power_of_two));
}

GuestRam guest_ram_of(const scenario::Config &config) {
    return {guest_ram_ua, guest_ram, config.guest.ram};
}

/// Zeroed object in host memory, where the cache model sees it.
template <class T>
T *allocate(HostMemory &memory) {
    void *object = memory.allocate((sizeof(T) + 127) & ~std::size_t{127}, 128);
    TCESIM_CHECK(object, "the machine's own objects fit into its memory");
    return static_cast<T *>(object);
}

phb_model model_of(scenario::PhbModel model) {
    switch (model) {
    case scenario::PhbModel::p7ioc:
        return PHB_P7IOC;
    case scenario::PhbModel::phb3:
        return PHB_PHB3;
    case scenario::PhbModel::phb4:
        return PHB_PHB4;
    }
    return PHB_PHB3;
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
                 unsigned weights, const RunOptions &options)
    : sc_module(name), config_(config), object_(object),
      timeline_("timeline", options.one_wakeup_per_event), memory_(guest_ram + config.guest.ram),
      port_(memory_, guest_ram_of(config)), link_("link", timeline_, link_parameters(config)),
      phb_("phb", timeline_, memory_, link_, phb_parameters(config)), firmware_(phb_),
      kill_fault_(phb_, firmware_, kill_fault_parameters(config)), interrupts_(*this),
      wire_("wire", wire_parameters(config.machine)),
      peer_("peer", timeline_, wire_, peer_parameters(config.machine, options.seed)),
      engine_("t3", timeline_, link_, wire_, peer_, t3_parameters(config.machine)),
      mm_((memory_.set_heap(heap, guest_ram), allocate<struct mm_context>(memory_))),
      kvm_(allocate<struct kvm>(memory_)), process_(allocate<struct user_process>(memory_)),
      window_(allocate<struct dma_window>(memory_)), group_(allocate<struct iommu_group>(memory_)),
      host_phb_(allocate<struct phb>(memory_)), dma_(*object.handlers, *window_),
      driver_({config.guest.page, device_window, driver_memory + PAGE_SIZE, msi}, port_, dma_, phb_),
      sender_(sender_parameters(config, options.seed), port_, driver_),
      checker_({config.iommu.window.base, config.iommu.window.size, log2_of(config.iommu.window.page), guest_ram,
                config.iommu.phb != scenario::PhbModel::p7ioc}) {
    SC_HAS_PROCESS(Machine);
    meter_ = std::make_unique<Meter>(*object.meter, weights, code_costs(config.machine),
                                     cache_parameters(config.machine), options.memory_model);
    vcpu_ = std::make_unique<Vcpu>(0, timeline_, *meter_, cpu_costs(config.machine, config.guest.core_threads), measured_from(), measured_to());
    port_.connect(kill_fault_, kill_fault_);
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
    current_meter = nullptr;
}

/// What the user process does before the guest starts, on the handlers themselves.
bool Machine::pass_device_through() {
    const struct hcall_object &handlers = *object_.handlers;
    const scenario::Window &window = config_.iommu.window;
    const bool v2 = config_.host.container == scenario::Container::v2;
    const std::uint32_t shift = log2_of(window.page);

    handlers.mm_context_init(mm_, ~std::uint64_t{0} >> 1);
    handlers.kvm_init(kvm_, mm_);
    const struct kvm_memslot slot = {0, config_.guest.ram >> PAGE_SHIFT, guest_ram_ua};
    handlers.kvm_set_memslots(kvm_, &slot, 1);
    kvm_->radix = config_.guest.mmu == scenario::Mmu::radix;
    kvm_->real_mode = config_.host.tce == scenario::TcePath::real_mode;
    kvm_->multi_tce = config_.guest.multitce;
    handlers.user_init(process_, kvm_, guest_ram_ua, config_.guest.ram);

    *host_phb_ = {0, model_of(config_.iommu.phb), phb_registers};
    group_->phb = host_phb_;
    group_->pe = pe;
    group_->dynamic_windows = v2;
    group_->dma32_size = window.size;
    group_->page_sizes = 1 << 12 | 1 << 16 | 1 << 24;
    if (!v2 && handlers.window_set_default(group_)) {
        problem_ = "the host's default window cannot be made: no memory for a table of this size";
        return false;
    }
    const struct user_window wanted = {liobn, window.base,   window.size,
                                       shift, window.levels, config_.host.tce != scenario::TcePath::userspace};
    const long rc = handlers.user_add_device(process_, group_, v2 ? 2 : 1, &wanted);
    if (rc) {
        problem_ = "the device cannot be passed through: errno " + std::to_string(-rc) +
                   " from VFIO or KVM for this window (size, page or levels)";
        return false;
    }
    if (handlers.dma_window_init(window_, kvm_, liobn, window.base, window.size, shift, log2_of(config_.guest.page),
                                 config_.guest.multitce, driver_memory)) {
        problem_ = "the guest has no memory for its window's bitmap";
        return false;
    }
    return true;
}

void Machine::set_up() {
    const std::uint16_t entry = __builtin_bswap16(static_cast<std::uint16_t>(pe));
    std::memcpy(HostMemory::at(rtt + std::uint64_t{requester_id} * sizeof(entry)), &entry, sizeof(entry));
    if (!problem_.empty() || !pass_device_through())
        return;
    const auto [rings, mapped] = driver_.open();
    if (!mapped)
        problem_ = "iommu.windows[0] has no room for the rings and receive buffers of the device";
    else
        engine_.configure(rings);
    meter_->discard();
}

void Machine::run_vcpu() {
    timeline_.start(vcpu_->actor());
    vcpu_->activate();
    sender_.run(*vcpu_);
}

} // namespace tcesim
