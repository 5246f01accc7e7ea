// SPDX-License-Identifier: Apache-2.0
/* container.c - life of a container: groups, windows, end. */
#include "container.h"

#include "../bits.h"
#include "../policy.h"
#include "../powernv/window.h"

#define DEFAULT_WINDOW_SHIFT 12

int vfio_container_open(u32 type, struct mm_context *mm, struct vfio_container **result)
{
	struct vfio_container *container;

	if (type != VFIO_SPAPR_TCE_IOMMU && type != VFIO_SPAPR_TCE_v2_IOMMU)
		return -EINVAL;
	container = port_alloc(sizeof(*container));
	if (!container)
		return -ENOMEM;
	container->version = type == VFIO_SPAPR_TCE_v2_IOMMU ? 2 : 1;
	container->mm = mm;
	list_init(&container->groups);
	list_init(&container->regions);
	*result = container;
	return 0;
}

static int set_existing_windows(struct vfio_container *container, struct iommu_group *group)
{
	for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++) {
		int rc = container->tables[i] ? window_set(group, i, container->tables[i]) : 0;

		if (!rc)
			continue;
		while (i--)
			window_unset(group, i);
		return rc;
	}
	return 0;
}

int vfio_attach(struct vfio_container *container, struct iommu_group *group)
{
	int rc;

	if (!group->phb)
		return -ENODEV;
	if (group->in_use)
		return -EBUSY;
	if (group->dynamic_windows != (container->version == 2))
		return -EPERM;
	if (container->version == 1) {
		if (!list_empty(&container->groups))
			return -EBUSY;
		for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++)
			container->tables[i] = group->tables[i];
	} else {
		rc = set_existing_windows(container, group);
		if (rc)
			return rc;
		if (list_empty(&container->groups) && !container->tables[0])
			container->default_window_pending = true;
	}
	container->clear = group->clear;
	container->window_bits = group->window_bits;
	group->in_use = true;
	list_add_tail(&group->container_link, &container->groups);
	return 0;
}

void vfio_detach(struct vfio_container *container, struct iommu_group *group)
{
	if (!group->in_use)
		return;
	for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++) {
		if (container->version == 2) {
			window_unset(group, i);
		} else if (container->tables[i]) {
			vfio_unmap(container, container->tables[i], container->tables[i]->offset,
				   container->tables[i]->size);
			container->tables[i] = NULL;
		}
	}
	list_del(&group->container_link);
	group->in_use = false;
}

struct iommu_table *vfio_find_table(struct vfio_container *container, u64 iova)
{
	for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++) {
		struct iommu_table *table = container->tables[i];

		if (table && iommu_table_contains(table, iova >> table->page_shift, 1))
			return table;
	}
	return NULL;
}

static void uncharge_table(struct vfio_container *container, u64 bytes)
{
	mm_unlock_pages(container->mm, bytes >> PAGE_SHIFT);
}

static void free_table(struct vfio_container *container, struct iommu_table *table)
{
	table->removed = true;
	uncharge_table(container, table->allocated_size);
	iommu_table_put(table);
}

static int program_groups(struct vfio_container *container, u32 window, struct iommu_table *table)
{
	list_for_each(group, &container->groups, struct iommu_group, container_link) {
		int rc = window_set(group, window, table);

		if (!rc)
			continue;
		list_for_each(undo, &container->groups, struct iommu_group, container_link)
			window_unset(undo, window);
		return rc;
	}
	return 0;
}

/* The charge is kept when the table cannot be made, as recorded; not in "fixed". */
long vfio_create_window(struct vfio_container *container, u32 page_shift, u64 size, u32 levels, u64 *start)
{
	u32 window = container->tables[0] ? 1 : 0;
	u64 charge = iommu_table_charge(page_shift, size, levels);
	struct iommu_table *table;
	long rc;

	if (container->tables[window])
		return -ENOSPC;
	if (!charge)
		return -EINVAL;
	rc = mm_lock_pages(container->mm, charge >> PAGE_SHIFT);
	if (rc)
		return rc;
	rc = iommu_table_create_within(container->window_bits, page_shift, window_base(window), size, levels, true,
				       &table);
	if (rc && POLICY_CREATE_KEEPS_CHARGE)
		container->mm->lost_pages += charge >> PAGE_SHIFT;
	else if (rc)
		uncharge_table(container, charge);
	if (rc)
		return rc;
	rc = program_groups(container, window, table);
	if (rc) {
		free_table(container, table);
		return rc;
	}
	container->tables[window] = table;
	*start = window_base(window);
	return 0;
}

long vfio_ensure_default_window(struct vfio_container *container)
{
	struct iommu_group *group;
	u64 start;
	long rc;

	if (!container->default_window_pending)
		return 0;
	group = list_entry(container->groups.next, struct iommu_group, container_link);
	rc = vfio_create_window(container, DEFAULT_WINDOW_SHIFT, group->dma32_size, 1, &start);
	if (!rc)
		container->default_window_pending = false;
	return rc;
}

long vfio_remove_window(struct vfio_container *container, u64 start)
{
	for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++) {
		struct iommu_table *table = container->tables[i];

		if (!table || !iommu_table_contains(table, start >> table->page_shift, 1))
			continue;
		list_for_each(group, &container->groups, struct iommu_group, container_link)
			window_unset(group, i);
		vfio_unmap(container, table, table->offset, table->size);
		container->tables[i] = NULL;
		free_table(container, table);
		return 0;
	}
	return -EINVAL;
}

static void release_regions(struct vfio_container *container)
{
	list_for_each_safe(known, after, &container->regions, struct vfio_region, list) {
#if SOUND
		region_abandon(known->region);
#else
		if (region_put(known->region))
			port_trace(PORT_EV_WARN, PORT_WARN_PREREG_FREE_FAILED, 0, 0, 0);
#endif
		list_del(&known->list);
		port_free(known);
	}
}

void vfio_close(struct vfio_container *container)
{
	list_for_each_safe(group, after, &container->groups, struct iommu_group, container_link)
		vfio_detach(container, group);
	for (u32 i = 0; container->version == 2 && i < IOMMU_WINDOWS_PER_GROUP; i++) {
		struct iommu_table *table = container->tables[i];

		if (!table)
			continue;
		vfio_unmap(container, table, table->offset, table->size);
		container->tables[i] = NULL;
		free_table(container, table);
	}
	release_regions(container);
	mm_unlock_pages(container->mm, container->enabled_pages);
	port_free(container);
}
