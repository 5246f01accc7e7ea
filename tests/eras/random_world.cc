// SPDX-License-Identifier: Apache-2.0
#include "tests/eras/random_world.h"

namespace tcesim::test {

namespace {

// RAM: two blocks of 16 MiB in huge pages, then two in single ones; behind them a page for lists.
constexpr u64 block = u64(1) << 24;
constexpr u64 blocks = 4;
constexpr u64 huge_blocks = 2;
constexpr u64 ua_base = 0x7f0000000000;
constexpr u64 hpa_base = 0x4000000000;
constexpr u64 list_gpa = blocks * block;
constexpr u64 device_ua = 0x7e0000000000; // memory of a device that the process has mapped
constexpr u64 device_hpa = 0x6000000000000;
constexpr u64 device_pages = 16;
constexpr u64 device_gpa = u64(1) << 40;
constexpr u64 locked_limit = u64(1) << 20;

constexpr u64 window_size = u64(1) << 28;
constexpr u32 view_shifts[] = {12, 16, 16};

} // namespace

RandomWorld::RandomWorld(std::function<u64()> random) : random_(std::move(random)), watch_(&world_, &mm_, &kvm_) {
    for (u64 i = 0; i < blocks; i++)
        world_.memory.map(ua_base + i * block, block >> PAGE_SHIFT, hpa_base + i * block,
                          i < huge_blocks ? 24 : PAGE_SHIFT, PageState::Young);
    world_.memory.map(ua_base + list_gpa, 1, hpa_base + list_gpa, PAGE_SHIFT, PageState::Young);
    mm_context_init(&mm_, locked_limit);
    kvm_init(&kvm_, &mm_);
    kvm_enable_multi_tce(&kvm_, true);
    kvm_.radix = chance(6);
    world_.guest = memory_of(&kvm_);
    slots_ = {
        {0, list_gpa >> PAGE_SHIFT, ua_base}, {list_gpa, 1, ua_base + list_gpa}, {device_gpa, device_pages, device_ua}};
    set_slots();
    open_container(2);
    open_container(2);
    containers_[0].groups = {add_group(true), add_group(true)};
    containers_[1].groups = {add_group(true)};
    open_container(1);
    containers_[2].groups = {add_group(false)};
    if (window_set_default(containers_[2].groups[0]))
        port_bug("no default window");
    for (auto &container : containers_)
        attach_groups(container);
    set_up_views();
}

RandomWorld::~RandomWorld() = default;

void RandomWorld::set_slots() {
    kvm_set_memslots(&kvm_, slots_.data(), static_cast<u32>(slots_.size()));
}

iommu_group *RandomWorld::add_group(bool dynamic_windows) {
    auto group = std::make_unique<iommu_group>();
    group->phb = &bridge_;
    group->pe = static_cast<u32>(groups_.size());
    group->dynamic_windows = dynamic_windows;
    group->dma32_size = window_size;
    group->page_sizes = u64(1) << 12 | 1 << 16 | 1 << 24;
    groups_.push_back(std::move(group));
    return groups_.back().get();
}

void RandomWorld::open_container(u32 version) {
    Container opened;
    if (vfio_container_open(version == 2 ? VFIO_SPAPR_TCE_v2_IOMMU : VFIO_SPAPR_TCE_IOMMU, &mm_, &opened.container))
        port_bug("no container");
    watch_.add(opened.container);
    containers_.push_back(std::move(opened));
}

void RandomWorld::attach_groups(const Container &container) {
    for (iommu_group *group : container.groups)
        if (vfio_attach(container.container, group))
            port_bug("a group cannot be attached");
    if (container.groups[0]->dynamic_windows)
        return;
    if (vfio_ioctl(container.container, VFIO_IOMMU_ENABLE, nullptr))
        port_bug("a container cannot be enabled");
}

/// The process that has the container ends and another begins.
void RandomWorld::reopen(Container *container) {
    watch_.remove(container->container);
    vfio_close(container->container);
    bool dynamic = container->groups[0]->dynamic_windows;
    if (vfio_container_open(dynamic ? VFIO_SPAPR_TCE_v2_IOMMU : VFIO_SPAPR_TCE_IOMMU, &mm_, &container->container))
        port_bug("no container");
    watch_.add(container->container);
    container->registered.clear();
    attach_groups(*container);
    count("reopen");
}

void RandomWorld::set_up_views() {
    for (u32 i = 0; i < 3; i++) {
        u64 offset = i == 2 ? IOMMU_WINDOW1_BASE >> view_shifts[i] : 0;
        kvm_create_spapr_tce_64 args{i + 1, view_shifts[i], 0, offset, window_size >> view_shifts[i]};
        kvm_tce_table *view = nullptr;
        if (kvm_tce_table_create(&kvm_, &args, &view))
            port_bug("no view");
        views_.push_back(view);
    }
}

u64 RandomWorld::random_tce(u32 page_shift) {
    if (chance(30))
        return (device_gpa + (pick(device_pages) << PAGE_SHIFT)) | pick(4);
    u64 gpa = pick(list_gpa >> page_shift) << page_shift;
    // The first pages of each block more often, so that entries meet again.
    if (pick(4))
        gpa = (gpa & ~(block - 1)) | (pick(8) << page_shift);
    u64 tce = gpa | pick(4);
    switch (pick(60)) {
    case 0:
        return tce | 0x800; // misaligned
    case 1:
        return tce | u64(1) << 44; // no such memory
    case 2:
        return 0;
    default:
        return tce;
    }
}

u64 RandomWorld::random_page() {
    switch (pick(16)) {
    case 0:
        return window_size >> 16; // around the end of the views with pages of 64 KiB
    case 1:
        return TCES_PER_PAGE - 4 + pick(8); // two pages of the view, two leaves
    default:
        return pick(24);
    }
}

RandomWorld::Request RandomWorld::random_request() {
    const kvm_tce_table &view = *views_[pick(views_.size())];
    Request request;
    u64 count = pick(12);
    request.call.liobn = chance(80) ? 99 : view.liobn;
    request.call.ioba = (view.offset + random_page()) << view.page_shift | (chance(50) ? 0x10 : 0);
    switch (pick(5)) {
    case 0:
        request.call.opcode = H_GET_TCE;
        break;
    case 1:
        request.call.opcode = H_STUFF_TCE;
        request.call.value = chance(4) ? random_tce(view.page_shift) : 0;
        request.call.count = count;
        request.values.assign(count, request.call.value);
        break;
    case 2:
        request.call.opcode = H_PUT_TCE_INDIRECT;
        request.call.value = chance(60) ? list_gpa + 8 : chance(60) ? u64(1) << 45 : list_gpa;
        request.call.count = chance(80) ? 513 : count;
        for (u64 i = 0; i < count; i++) {
            request.values.push_back(random_tce(view.page_shift));
            world_.memory.write64(hpa_base + list_gpa + i * sizeof(u64), big_endian(request.values.back()));
        }
        break;
    default:
        request.call.opcode = H_PUT_TCE;
        request.values = {random_tce(view.page_shift)};
        request.call.value = request.values[0];
    }
    return request;
}

std::set<int> RandomWorld::hypercall() {
    Request request = random_request();
    kvm_.real_mode = pick(2);
    long rc = 0;
    stopped_by_ = world_.run([&] { rc = kvm_hcall(&kvm_, &request.call); });
    disarm_faults();
    if (host_stopped()) {
        count("the host stopped: " + stopped_by_);
        return {};
    }
    if (request.call.opcode == H_GET_TCE)
        request.values.clear();
    std::set<int> broken = watch_.after(request.call, rc, request.values);
    count("hypercall that returns " + std::to_string(rc));
    return broken;
}

void RandomWorld::arm_faults() {
    if (pick(8))
        return;
    switch (pick(4)) {
    case 0:
        count("fault: no page");
        world_.fail_page_allocation(pick(3));
        break;
    case 1:
        count("fault: no object");
        world_.fail_small_allocation(pick(3));
        break;
    case 2:
        count("fault: list page away");
        world_.memory.set_state(ua_base + list_gpa, 1, chance(2) ? PageState::Hole : PageState::Absent);
        break;
    default:
        if (list_empty(&mm_.regions))
            return;
        // A region is unlinked and its count 0 before the last user of the look-up is gone.
        dying_ = reinterpret_cast<mm_region *>(mm_.regions.next);
        if (dying_->mapped != 1) {
            dying_ = nullptr;
            return;
        }
        count("fault: dying region");
        dying_mapped_ = dying_->mapped;
        dying_->mapped = 0;
    }
}

void RandomWorld::disarm_faults() {
    world_.fail_no_allocation();
    world_.memory.set_state(ua_base + list_gpa, 1, PageState::Young);
    if (dying_)
        dying_->mapped += dying_mapped_;
    dying_ = nullptr;
}

void RandomWorld::register_or_not(Container *container) {
    u64 first = pick(blocks), pages = block >> PAGE_SHIFT;
    if (chance(4) && first + 1 < blocks)
        pages *= 2;
    vfio_register_memory memory{sizeof(memory), 0, ua_base + first * block, pages << PAGE_SHIFT};
    bool known = container->registered.count({memory.vaddr, pages});
    if (known && pick(3))
        return;
    u32 command = known ? VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY : VFIO_IOMMU_SPAPR_REGISTER_MEMORY;
    long rc = vfio_ioctl(container->container, command, &memory);
    count((known ? "unregister: " : "register: ") + std::to_string(rc));
    if (!rc && known)
        container->registered.erase({memory.vaddr, pages});
    else if (!rc)
        container->registered.insert({memory.vaddr, pages});
}

void RandomWorld::change_windows(Container *container) {
    if (chance(2)) {
        vfio_tce_remove remove{sizeof(remove), 0, chance(2) ? 0 : IOMMU_WINDOW1_BASE};
        count("remove: " + std::to_string(vfio_ioctl(container->container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove)));
        return;
    }
    constexpr u32 shifts[] = {12, 16, 16, 24};
    vfio_tce_create create{};
    create.argsz = sizeof(create);
    create.page_shift = shifts[pick(4)];
    create.window_size = window_size;
    create.levels = static_cast<u32>(pick(2)) + 1;
    count("create: " + std::to_string(vfio_ioctl(container->container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create)));
}

void RandomWorld::map_or_unmap(Container *container) {
    u32 shift = chance(3) ? 12 : 16;
    u64 iova = (random_page() << shift) | (chance(2) ? IOMMU_WINDOW1_BASE : 0) | (chance(50) ? 0x10 : 0);
    u64 size = pick(6) << shift;
    if (chance(2)) {
        vfio_dma_unmap unmap{sizeof(unmap), 0, iova, size};
        count("unmap: " + std::to_string(vfio_ioctl(container->container, VFIO_IOMMU_UNMAP_DMA, &unmap)));
        return;
    }
    vfio_dma_map map{sizeof(map), static_cast<u32>(pick(4)), ua_base + (random_tce(shift) & ~TCE_PERM), iova, size};
    long rc = 0;
    stopped_by_ = world_.run([&] { rc = vfio_ioctl(container->container, VFIO_IOMMU_MAP_DMA, &map); });
    count("map: " + std::to_string(rc));
}

void RandomWorld::container_call() {
    Container *container = &containers_[pick(containers_.size())];
    if (chance(100)) {
        disarm_faults();
        return reopen(container);
    }
    switch (container->groups[0]->dynamic_windows ? pick(8) : 3) {
    case 0:
    case 1:
        return register_or_not(container);
    case 2:
        return change_windows(container);
    default:
        return map_or_unmap(container);
    }
}

void RandomWorld::attach_or_detach() {
    iommu_group *group = groups_[pick(groups_.size())].get();
    if (chance(5)) {
        kvm_detach_group(&kvm_, group);
        count("detach");
        return;
    }
    count("attach: " + std::to_string(kvm_tce_table_attach(views_[pick(views_.size())], group)));
}

void RandomWorld::register_device_memory() {
    if (!device_region_) {
        count("device memory: " +
              std::to_string(region_new_device(&mm_, device_ua, device_pages, device_hpa, &device_region_)));
    } else if (!region_put(device_region_)) {
        device_region_ = nullptr;
        count("device memory gone");
    }
}

void RandomWorld::change_memory() {
    if (chance(3))
        return register_device_memory();
    if (chance(2)) {
        // One slot goes for a while; entries made from it stay.
        slots_[0].pages = slots_[0].pages ? 0 : list_gpa >> PAGE_SHIFT;
        set_slots();
        count("slot changed");
        return;
    }
    kvm_.radix = chance(6);
    world_.memory.set_invalidation_running(chance(4));
    count("page table changed");
}

std::set<int> RandomWorld::step() {
    watch_.begin();
    arm_faults();
    u64 kind = pick(100);
    if (kind < 70)
        return hypercall();
    if (kind < 92)
        container_call();
    else if (kind < 98)
        attach_or_detach();
    else
        change_memory();
    disarm_faults();
    return host_stopped() ? std::set<int>{} : watch_.after();
}

std::set<int> RandomWorld::close() {
    for (auto &group : groups_)
        kvm_detach_group(&kvm_, group.get());
    list_for_each_safe(view, after, &kvm_.tables, struct kvm_tce_table, list) kvm_tce_table_close(view);
    for (auto &container : containers_) {
        watch_.remove(container.container);
        vfio_close(container.container);
    }
    for (auto &group : groups_)
        window_unset(group.get(), 0);
    if (device_region_ && region_put(device_region_))
        count("device memory still mapped");
    std::set<int> broken = watch_.at_end();
    if (world_.memory.pins())
        count("pages still pinned at the end");
    return broken;
}

} // namespace tcesim::test
