// SPDX-License-Identifier: Apache-2.0
/* map.c - filling and clearing hardware entries for a container. */
#include "../bits.h"
#include "../powernv/tce.h"
#include "container.h"

static bool page_contains(struct mm_context *mm, u64 hpa, u32 page_shift)
{
	return region_holds_device_memory(mm, hpa) || port_page_shift(hpa) >= page_shift;
}

/* Exchanges one entry; what the device may have written through the old one gets dirty. */
static int exchange(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 *hpa,
		    enum dma_direction *direction)
{
	int rc = tce_exchange(table, entry, hpa, direction, true);

	if (!rc && tce_permissions(*direction) & TCE_WRITE && !region_holds_device_memory(container->mm, *hpa))
		port_set_dirty(*hpa);
	return rc;
}

/* v1: pin now, unpin what was mapped before. A page that fails the size check stays pinned, as recorded. */
static long map_pinned(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 ua,
		       enum dma_direction direction)
{
	u32 shift;
	u64 hpa;
	int rc = port_pin(ua, &hpa, &shift);

	if (rc)
		return -EFAULT;
	if (shift < table->page_shift)
		return -EPERM;
	hpa += ua & (PAGE_SIZE - 1);
	rc = exchange(container, table, entry, &hpa, &direction);
	if (rc)
		return rc;
	if (direction != DMA_NONE)
		port_unpin(hpa, tce_permissions(direction) & TCE_WRITE);
	return 0;
}

static void release_region_of(struct vfio_container *container, struct iommu_table *table, u64 entry)
{
	u64 *mirror = iommu_table_mirror(table, entry, false);
	struct mm_region *region;

	if (!mirror)
		return;
	region = region_lookup(container->mm, be64(*mirror), 1ULL << table->page_shift);
	if (region)
		region_mapped_dec(region);
	*mirror = 0;
}

/*
 * v2: the region pins already. As recorded, a region that is being released ends the
 * map with success, and a failing exchange drops the count of the old mapping.
 */
static long map_registered(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 ua,
			   enum dma_direction direction, bool *stop)
{
	u64 *mirror = iommu_table_mirror(table, entry, true);
	struct mm_region *region;
	u64 hpa;
	int rc;

	if (!mirror)
		return -ENOMEM;
	region = region_lookup(container->mm, ua, 1ULL << table->page_shift);
	if (!region || region_ua_to_hpa(region, ua, table->page_shift, &hpa))
		return -EINVAL;
	if (!page_contains(container->mm, hpa, table->page_shift))
		return -EPERM;
	if (region_mapped_inc(region)) {
		*stop = true;
		return 0;
	}
	rc = exchange(container, table, entry, &hpa, &direction);
	if (rc) {
		release_region_of(container, table, entry);
		return rc;
	}
	if (direction != DMA_NONE)
		release_region_of(container, table, entry);
	*mirror = be64(ua);
	return 0;
}

/* Absent mirror leaf means absent hardware leaf: whole leaves are passed over. */
static u64 skip_absent_leaf(struct iommu_table *table, u64 entry)
{
	if (table->levels == 1 || !table->mirror || iommu_table_mirror(table, entry, false))
		return entry;
	return entry | (table->level_size - 1);
}

static void clear_entries(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 pages)
{
	u64 end = entry + pages;

	for (; entry < end; entry++) {
		enum dma_direction direction = DMA_NONE;
		u64 hpa = 0, last_absent = skip_absent_leaf(table, entry);

		if (last_absent != entry) {
			entry = last_absent;
			continue;
		}
		if (exchange(container, table, entry, &hpa, &direction) || direction == DMA_NONE)
			continue;
		if (container->version == 2)
			release_region_of(container, table, entry);
		else
			port_unpin(hpa, tce_permissions(direction) & TCE_WRITE);
	}
}

long vfio_map(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 ua, u64 pages,
	      enum dma_direction direction)
{
	bool stop = false;
	long rc = 0;

	for (u64 i = 0; i < pages && !stop; i++) {
		u64 page_ua = ua + (i << table->page_shift);

		rc = container->version == 2
			     ? map_registered(container, table, entry + i, page_ua, direction, &stop)
			     : map_pinned(container, table, entry + i, page_ua, direction);
		if (rc) {
			clear_entries(container, table, entry, i);
			tce_kill(table, entry, i);
			return rc;
		}
	}
	tce_kill(table, entry, pages);
	return 0;
}

void vfio_unmap(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 pages)
{
	clear_entries(container, table, entry, pages);
	tce_kill(table, entry, pages);
}
