// SPDX-License-Identifier: Apache-2.0
#include "surface.h"

#include "bits.h"
#include "kvm/ioctl.h"
#include "kvm/table_file.h"
#include "kvm/tce_hcalls.h"
#include "kvm/vfio_device.h"
#include "powernv/host_dma.h"
#include "powernv/tce.h"
#include "vfio/files.h"

struct driven_host {
	struct mm_context mm;
	struct file_table files;
	struct kvm kvm;
};

struct driven_group {
	struct iommu_group iommu;
	struct phb phb;
	struct vfio_group vfio;
	struct driven_host *host;
	s32 fd;
};

/* ---- host ---- */

static struct driven_host *host_create(u64 locked_limit, bool radix)
{
	struct driven_host *host = port_alloc(sizeof(*host));

	if (!host)
		return NULL;
	mm_context_init(&host->mm, locked_limit);
	files_init(&host->files, FILES_LIMIT);
	kvm_init(&host->kvm, &host->mm);
	host->kvm.radix = radix;
	kvm_enable_multi_tce(&host->kvm, true);
	return kvm_vm_open(&host->files, &host->kvm) < 0 || kvm_vfio_open(&host->kvm, &host->files) < 0 ? NULL : host;
}

static void host_set_locked_limit(struct driven_host *host, u64 pages)
{
	host->mm.locked_limit = pages;
}

static u64 host_locked_pages(const struct driven_host *host)
{
	return host->mm.locked_pages;
}

static void host_set_radix(struct driven_host *host, bool radix)
{
	host->kvm.radix = radix;
}

static void host_set_slots(struct driven_host *host, const struct surface_slot *slots, u32 count)
{
	struct kvm_memslot copy[KVM_MEMSLOTS_MAX];

	PORT_BUG_ON(count > KVM_MEMSLOTS_MAX);
	for (u32 i = 0; i < count; i++)
		copy[i] = (struct kvm_memslot){.gpa = slots[i].gpa, .pages = slots[i].pages, .ua = slots[i].ua};
	kvm_set_memslots(&host->kvm, copy, count);
}

static bool host_gpa_to_ua(const struct driven_host *host, u64 gpa, u64 *ua)
{
	return kvm_gpa_to_ua(&host->kvm, gpa, ua);
}

/* As recorded: each handler is called, also where its kernel would not have called it. */
static long handle(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)
{
	switch (call->opcode) {
	case H_PUT_TCE:
		return kvm_h_put_tce(kvm, call, mode);
	case H_PUT_TCE_INDIRECT:
		return kvm_h_put_tce_indirect(kvm, call, mode);
	case H_STUFF_TCE:
		return kvm_h_stuff_tce(kvm, call, mode);
	default:
		return kvm_h_get_tce(kvm, call, mode);
	}
}

static long host_hypercall(struct driven_host *host, bool real_mode, u64 opcode, u64 liobn, u64 ioba, u64 value,
			   u64 count, u64 *result)
{
	struct hcall call = {.opcode = opcode, .liobn = liobn, .ioba = ioba, .value = value, .count = count};
	long rc = handle(&host->kvm, &call, real_mode ? KVM_REAL_MODE : KVM_VIRTUAL_MODE);

	*result = call.result;
	return rc;
}

static const struct file_kind other_file;

static int host_open_file(struct driven_host *host)
{
	return file_open(&host->files, &other_file, NULL);
}

static int host_close_file(struct driven_host *host, s32 fd)
{
	return file_close(&host->files, fd);
}

/* ---- groups ---- */

static struct driven_group *group_create(struct driven_host *host, u32 phb, u32 pe)
{
	struct driven_group *group = port_alloc(sizeof(*group));

	if (!group)
		return NULL;
	group->phb = (struct phb){.number = phb, .model = PHB_PHB4};
	group->iommu.pe = pe;
	group->vfio.iommu_group = &group->iommu;
	group->host = host;
	group->fd = vfio_group_open(&host->files, &group->vfio);
	return group->fd < 0 ? NULL : group;
}

static void group_describe(struct driven_group *group, bool dynamic_windows, u64 dma32_size, u64 page_sizes)
{
	group->iommu.phb = &group->phb;
	group->iommu.dynamic_windows = dynamic_windows;
	group->iommu.dma32_size = dma32_size;
	group->iommu.page_sizes = page_sizes;
}

static void group_put_table(struct driven_group *group, u32 window, struct iommu_table *table)
{
	group->iommu.tables[window] = table;
}

static struct iommu_table *group_table(const struct driven_group *group, u32 window)
{
	return group->iommu.tables[window];
}

static long group_add(struct driven_group *group)
{
	return kvm_vfio_set_attr(group->host->kvm.vfio_device, &group->host->files, KVM_DEV_VFIO_GROUP_ADD, &group->fd);
}

static long group_attach(struct driven_group *group, s32 table_fd)
{
	struct kvm_vfio_spapr_tce pair = {.groupfd = group->fd, .tablefd = table_fd};

	return kvm_vfio_set_attr(group->host->kvm.vfio_device, &group->host->files, KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE,
				 &pair);
}

static long group_leave(struct driven_group *group)
{
	return kvm_vfio_set_attr(group->host->kvm.vfio_device, &group->host->files, KVM_DEV_VFIO_GROUP_DEL, &group->fd);
}

/* ---- regions ---- */

static long region_create(struct driven_host *host, u64 ua, u64 pages)
{
	struct mm_region *region;

	return region_new(&host->mm, ua, pages, &region);
}

static long region_create_device(struct driven_host *host, u64 ua, u64 pages, u64 hpa)
{
	struct mm_region *region;

	return region_new_device(&host->mm, ua, pages, hpa, &region);
}

static struct mm_region *region_find(struct driven_host *host, u64 ua, u64 pages)
{
	list_for_each(region, &host->mm.regions, struct mm_region, list) {
		if (region->ua == ua && region->pages == pages)
			return region;
	}
	return NULL;
}

static long region_take(struct driven_host *host, u64 ua, u64 pages)
{
	return region_get(&host->mm, ua, pages) ? 0 : -ENOENT;
}

static struct mm_region *region_next(const struct driven_host *host, const struct mm_region *region)
{
	const struct list *next = region ? region->list.next : host->mm.regions.next;

	return next == &host->mm.regions ? NULL : list_entry(next, struct mm_region, list);
}

static void region_state(const struct mm_region *region, struct surface_region *state)
{
	state->ua = region->ua;
	state->pages = region->pages;
	state->mapped = region->mapped;
	state->used = region->used;
	state->page_shift = region->page_shift;
	state->device_memory = region->device_hpa != REGION_RAM;
}

static bool region_dirty(const struct mm_region *region, u64 page)
{
	return region->device_hpa == REGION_RAM && region->hpas[page] & REGION_DIRTY;
}

/* ---- hardware tables ---- */

static long table_create(u32 page_shift, u64 bus_offset, u64 window_size, u32 levels, bool mirrored,
			 struct iommu_table **table)
{
	return iommu_table_create(page_shift, bus_offset, window_size, levels, mirrored, table);
}

static void table_state(const struct iommu_table *table, struct surface_table *state)
{
	state->offset = table->offset;
	state->size = table->size;
	state->page_shift = table->page_shift;
	state->allocated_size = table->allocated_size;
	state->hardware = (struct surface_tree){table->base, table->levels, table->level_size};
	state->mirror = (struct surface_tree){table->mirror, table->mirror_levels, table->mirror_level_size};
}

static int table_link(struct iommu_table *table, struct driven_group *group)
{
	return iommu_table_link(table, &group->iommu);
}

static void table_unlink(struct iommu_table *table, struct driven_group *group)
{
	iommu_table_unlink(table, &group->iommu);
}

static long table_exchange(struct iommu_table *table, u64 entry, u64 hpa, u32 direction)
{
	enum dma_direction exchanged = direction;

	return tce_exchange_no_kill(table, entry, &hpa, &exchanged, true);
}

static long table_set_mirror(struct iommu_table *table, u64 entry, u64 ua)
{
	u64 *mirror = iommu_table_mirror(table, entry, true);

	if (!mirror)
		return -ENOMEM;
	*mirror = be64(ua);
	return 0;
}

static long table_build(struct iommu_table *table, u64 entry, u64 pages, u64 hpa, u32 direction)
{
	return host_dma_build(table, entry, pages, hpa, direction);
}

/* ---- views ---- */

static long view_create(struct driven_host *host, u64 liobn, u32 page_shift, u64 offset, u64 size)
{
	struct kvm_create_spapr_tce_64 args = {
		.liobn = liobn, .page_shift = page_shift, .offset = offset, .size = size};

	return kvm_ioctl(&host->kvm, &host->files, KVM_CREATE_SPAPR_TCE_64, &args);
}

static struct kvm_tce_table *view_find(const struct driven_host *host, u64 liobn)
{
	return kvm_tce_table_find(&host->kvm, liobn);
}

static void view_state(const struct kvm_tce_table *view, struct surface_view *state)
{
	state->liobn = view->liobn;
	state->offset = view->offset;
	state->page_count = view->page_count;
}

static const u64 *view_page(const struct kvm_tce_table *view, u64 page)
{
	return view->pages[page];
}

static enum surface_fault view_touch(struct kvm_tce_table *view, u64 page)
{
	u64 *values;

	switch (kvm_tce_table_fault(view, page, &values)) {
	case KVM_FAULT_DONE:
		return SURFACE_FAULT_DONE;
	case KVM_FAULT_OUT_OF_MEMORY:
		return SURFACE_FAULT_OUT_OF_MEMORY;
	default:
		return SURFACE_FAULT_BEYOND_THE_END;
	}
}

static long view_poke(struct kvm_tce_table *view, u64 entry, u64 value)
{
	u64 index = entry - view->offset, *values;

	switch (kvm_tce_table_fault(view, index / TCES_PER_PAGE, &values)) {
	case KVM_FAULT_DONE:
		values[index % TCES_PER_PAGE] = value;
		return 0;
	case KVM_FAULT_OUT_OF_MEMORY:
		return -ENOMEM;
	default:
		return -EINVAL;
	}
}

/* ---- containers ---- */

static long container_open(struct driven_host *host, u32 type, struct vfio_container **container)
{
	return vfio_container_open(type, &host->mm, container);
}

static long container_attach(struct vfio_container *container, struct driven_group *group)
{
	return vfio_attach(container, &group->iommu);
}

static void container_detach(struct vfio_container *container, struct driven_group *group)
{
	vfio_detach(container, &group->iommu);
}

const struct hcall_surface hcall_surface = {
	.host = {.create = host_create,
		 .set_locked_limit = host_set_locked_limit,
		 .locked_pages = host_locked_pages,
		 .set_radix = host_set_radix,
		 .set_slots = host_set_slots,
		 .gpa_to_ua = host_gpa_to_ua,
		 .hypercall = host_hypercall,
		 .open_file = host_open_file,
		 .close_file = host_close_file},
	.group = {.create = group_create,
		  .describe = group_describe,
		  .put_table = group_put_table,
		  .table = group_table,
		  .add = group_add,
		  .attach = group_attach,
		  .leave = group_leave},
	.region = {.create = region_create,
		   .create_device = region_create_device,
		   .find = region_find,
		   .get = region_take,
		   .put = region_put,
		   .next = region_next,
		   .state = region_state,
		   .dirty = region_dirty},
	.table = {.create = table_create,
		  .put = iommu_table_put,
		  .state = table_state,
		  .link = table_link,
		  .unlink = table_unlink,
		  .exchange = table_exchange,
		  .set_mirror = table_set_mirror,
		  .build = table_build,
		  .clear = host_dma_clear,
		  .get = host_dma_get,
		  .page_sizes = host_dma_page_sizes},
	.view = {.create = view_create,
		 .find = view_find,
		 .state = view_state,
		 .page = view_page,
		 .touch = view_touch,
		 .store = view_poke},
	.container = {.open = container_open,
		      .attach = container_attach,
		      .detach = container_detach,
		      .close = vfio_close,
		      .ioctl = vfio_ioctl},
	.machine = {.add_bridge = machine_add_bridge,
		    .add_vio_device = machine_add_vio_device,
		    .hypercall = machine_hypercall,
		    .translate = machine_translate},
};
