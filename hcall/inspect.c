// SPDX-License-Identifier: Apache-2.0
#include "inspect.h"

#include "bits.h"
#include "qemu/user_phb.h"

static void inspect_account(const struct user_process *process, struct account_state *state)
{
	state->locked_pages = process->kvm->mm->locked_pages;
	state->enabled_pages = 0;
	list_for_each(phb, &process->phbs, struct user_phb, list) {
		list_for_each(container, &phb->containers, struct user_container, list)
			state->enabled_pages += container->vfio->enabled_pages;
	}
}

/* ---- regions ---- */

static const struct mm_region *nth_region(const struct user_process *process, u32 index)
{
	list_for_each(region, &process->kvm->mm->regions, struct mm_region, list) {
		if (!index--)
			return region;
	}
	return NULL;
}

static bool inspect_region(const struct user_process *process, u32 index, struct region_state *state)
{
	const struct mm_region *found = nth_region(process, index);

	if (!found)
		return false;
	state->ua = found->ua;
	state->pages = found->pages;
	state->mapped = found->mapped;
	state->page_shift = found->page_shift;
	state->pinned = found->device_hpa == REGION_RAM;
	return true;
}

static u64 inspect_region_hpa(const struct user_process *process, u32 index, u64 ua)
{
	const struct mm_region *found = nth_region(process, index);
	u64 offset = ua - found->ua;

	if (found->device_hpa != REGION_RAM)
		return found->device_hpa + offset;
	return (found->hpas[offset >> PAGE_SHIFT] & ~REGION_DIRTY) | (ua & (PAGE_SIZE - 1));
}

/* ---- hardware tables ---- */

static bool has_table(const struct vfio_container *container, const struct iommu_table *table)
{
	for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++) {
		if (container->tables[i] == table)
			return true;
	}
	return false;
}

/* A container of @phb that has @table, or NULL. */
static const struct vfio_container *container_on(const struct user_phb *phb, const struct iommu_table *table)
{
	list_for_each(container, &phb->containers, struct user_container, list) {
		if (has_table(container->vfio, table))
			return container->vfio;
	}
	return NULL;
}

static const struct vfio_container *container_of_table(const struct user_process *process,
						       const struct iommu_table *table)
{
	list_for_each(phb, &process->phbs, struct user_phb, list) {
		const struct vfio_container *found = container_on(phb, table);

		if (found)
			return found;
	}
	return NULL;
}

static bool followed_by(const struct kvm_tce_table *view, const struct iommu_table *table)
{
	list_for_each(link, &view->links, struct kvm_tce_link, list) {
		if (link->table == table)
			return true;
	}
	return false;
}

/* Is @table, which @view has, in a view before it or in the container? */
static bool known_before(const struct user_process *process, const struct kvm_tce_table *view,
			 const struct iommu_table *table)
{
	list_for_each(other, &process->kvm->tables, struct kvm_tce_table, list) {
		if (other == view)
			break;
		if (followed_by(other, table))
			return true;
	}
	return container_of_table(process, table) != NULL;
}

/* @index: in and out, less the tables passed. */
static const struct iommu_table *nth_of_container(const struct vfio_container *container, u32 *index)
{
	for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++) {
		if (container->tables[i] && !(*index)--)
			return container->tables[i];
	}
	return NULL;
}

static const struct iommu_table *nth_of_containers(const struct user_process *process, u32 *index)
{
	list_for_each(phb, &process->phbs, struct user_phb, list) {
		list_for_each(container, &phb->containers, struct user_container, list) {
			const struct iommu_table *found = nth_of_container(container->vfio, index);

			if (found)
				return found;
		}
	}
	return NULL;
}

static const struct iommu_table *nth_table(const struct user_process *process, u32 index)
{
	const struct iommu_table *found = nth_of_containers(process, &index);

	if (found)
		return found;
	list_for_each(view, &process->kvm->tables, struct kvm_tce_table, list) {
		list_for_each(link, &view->links, struct kvm_tce_link, list) {
			if (!known_before(process, view, link->table) && !index--)
				return link->table;
		}
	}
	return NULL;
}

static bool inspect_table(const struct user_process *process, u32 index, struct table_state *state)
{
	const struct iommu_table *found = nth_table(process, index);
	const struct vfio_container *container;

	if (!found)
		return false;
	container = container_of_table(process, found);
	state->number = found->number;
	state->offset = found->offset;
	state->size = found->size;
	state->page_shift = found->page_shift;
	state->levels = found->levels;
	state->level_size = found->level_size;
	state->base = found->base;
	state->mirrored = found->mirror != NULL;
	state->locked_pages = container && container->version == 2 ? found->allocated_size >> PAGE_SHIFT : 0;
	return true;
}

static const u64 *inspect_mirror(const struct user_process *process, u32 index, u64 page, u64 *count)
{
	const struct iommu_table *found = nth_table(process, index);
	u32 level_shift = log2_floor(found->mirror_level_size);
	u64 entry = page - found->offset;
	const u64 *level = found->mirror;

	for (u32 below = found->mirror_levels - 1; below; below--) {
		u64 span = (u64)1 << (below * level_shift);
		u64 inner = be64(level[entry / span & (found->mirror_level_size - 1)]);

		*count = span - entry % span;
		if (!inner)
			return NULL;
		level = port_from_hpa(inner & ~(u64)TCE_PERM);
	}
	*count = found->mirror_level_size - entry % found->mirror_level_size;
	return level + entry % found->mirror_level_size;
}

/* ---- the guest's values ---- */

/* Values are those of the views, then those of the process's own tables. @index: in and out, less the views passed. */
static const struct kvm_tce_table *nth_view(const struct user_process *process, u32 *index)
{
	list_for_each(view, &process->kvm->tables, struct kvm_tce_table, list) {
		if (!(*index)--)
			return view;
	}
	return NULL;
}

/* @index: counted behind the views */
static const struct user_tce_table *nth_own_table(const struct user_process *process, u32 index)
{
	list_for_each(own, &process->tables, struct user_tce_table, list) {
		if (own->values && !index--)
			return own;
	}
	return NULL;
}

static u64 first_page(const struct user_tce_table *own)
{
	return own->bus_offset >> own->page_shift;
}

/* Value pages, present or not, and the descriptor with its array of them. */
static u64 pages_of_view(const struct kvm_tce_table *view)
{
	u64 descriptor = sizeof(*view) + view->page_count * sizeof(u64 *);

	return view->page_count + (round_up(descriptor, PAGE_SIZE) >> PAGE_SHIFT);
}

static bool inspect_values(const struct user_process *process, u32 index, struct values_state *state)
{
	const struct kvm_tce_table *view = nth_view(process, &index);
	const struct user_tce_table *own = view ? NULL : nth_own_table(process, index);

	if (view)
		*state = (struct values_state){.in_kernel = true,
					       .page_shift = view->page_shift,
					       .offset = view->offset,
					       .size = view->size,
					       .locked_pages = pages_of_view(view)};
	else if (own)
		*state = (struct values_state){
			.page_shift = own->page_shift, .offset = first_page(own), .size = own->entries};
	return view || own;
}

static const u64 *inspect_value(const struct user_process *process, u32 index, u64 page, u64 *count)
{
	const struct kvm_tce_table *view = nth_view(process, &index);
	const struct user_tce_table *own = view ? NULL : nth_own_table(process, index);

	if (view) {
		*count = TCES_PER_PAGE - (page - view->offset) % TCES_PER_PAGE;
		return kvm_tce_table_slot(view, page - view->offset);
	}
	if (!own)
		return NULL;
	*count = own->entries - (page - first_page(own));
	return own->values + (page - first_page(own));
}

static const u64 *const *inspect_value_pages(const struct user_process *process, u32 index, u64 *first, u64 *end,
					     u64 *count)
{
	const struct kvm_tce_table *view = nth_view(process, &index);

	if (!view)
		return NULL;
	*first = view->first_page;
	*end = view->end_page;
	*count = view->page_count;
	return (const u64 *const *)view->pages;
}

static bool inspect_values_of(const struct user_process *process, u32 index, u32 table)
{
	const struct iommu_table *hardware = nth_table(process, table);
	const struct kvm_tce_table *view = nth_view(process, &index);
	const struct user_tce_table *own = view ? NULL : nth_own_table(process, index);

	if (!hardware)
		return false;
	if (view)
		return followed_by(view, hardware);
	return own && own->phb && container_on(own->phb, hardware) &&
	       iommu_table_contains(hardware, own->bus_offset >> hardware->page_shift, 1);
}

const struct hcall_inspection hcall_inspection = {
	.account = inspect_account,
	.region = inspect_region,
	.region_hpa = inspect_region_hpa,
	.table = inspect_table,
	.mirror = inspect_mirror,
	.values = inspect_values,
	.value = inspect_value,
	.value_pages = inspect_value_pages,
	.values_of = inspect_values_of,
};
