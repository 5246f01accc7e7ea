// SPDX-License-Identifier: Apache-2.0
/* map.c - filling hardware entries for a container, as the recorded kernels do it. */
#include "map.h"

#include "../bits.h"
#include "../policy.h"
#include "../powernv/tce.h"

#if !SOUND

/* v1: pin now, unpin what was mapped before. A page that fails the size check stays pinned, as recorded. */
static long map_pinned(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 ua,
		       enum dma_direction direction)
{
	u32 shift;
	u64 hpa;
	long rc;

	if (port_pin(ua, &hpa, &shift))
		return -EFAULT;
	if (shift < table->page_shift)
		return -EPERM;
	hpa += ua & (PAGE_SIZE - 1);
	rc = vfio_exchange(container, table, entry, &hpa, &direction);
	if (rc)
		return rc;
	if (direction != DMA_NONE)
		port_unpin(hpa, tce_permissions(direction) & TCE_WRITE);
	return 0;
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
	long rc;

	if (!mirror)
		return -ENOMEM;
	region = region_lookup(container->mm, ua, 1ULL << table->page_shift);
	if (!region || region_ua_to_hpa(region, ua, table->page_shift, &hpa))
		return -EINVAL;
	if (!vfio_page_contains(container->mm, hpa, table->page_shift))
		return -EPERM;
	if (region_mapped_inc(region)) {
		*stop = true;
		return 0;
	}
	rc = vfio_exchange(container, table, entry, &hpa, &direction);
	if (rc) {
		vfio_release_region_of(container, table, entry);
		return rc;
	}
	if (direction != DMA_NONE)
		vfio_release_region_of(container, table, entry);
	*mirror = be64(ua);
	return 0;
}

static long map_entry(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 ua,
		      enum dma_direction direction, bool *stop)
{
	if (container->version == 2)
		return map_registered(container, table, entry, ua, direction, stop);
	return map_pinned(container, table, entry, ua, direction);
}

long vfio_map(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 ua, u64 pages,
	      enum dma_direction direction)
{
	bool stop = false;

	if (POLICY_FLAT_MIRROR && container->version == 2 && iommu_table_make_mirror(table))
		return -ENOMEM;
	for (u64 i = 0; i < pages && !stop; i++) {
		long rc = map_entry(container, table, entry + i, ua + (i << table->page_shift), direction, &stop);

		if (rc) {
			vfio_clear_entries(container, table, entry, i);
			vfio_kill_range(table, entry, i);
			return rc;
		}
	}
	vfio_kill_range(table, entry, pages);
	return 0;
}

#endif
