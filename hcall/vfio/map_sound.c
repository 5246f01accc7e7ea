// SPDX-License-Identifier: Apache-2.0
/*
 * map_sound.c - filling hardware entries for a container, so that a failure changes nothing.
 *
 * First all pages are held for the map: pinned (v1) or counted in their region (v2), and
 * their levels made. Then entries are exchanged, which cannot fail any more.
 */
#include "../bits.h"
#include "../policy.h"
#include "../powernv/tce.h"
#include "map.h"

#if SOUND

/* One map of a range. */
struct range {
	struct vfio_container *container;
	struct iommu_table *table;
	u64 entry;
	u64 ua;
	u64 *hpas; /* v1: what has been pinned, one per page */
};

static u64 ua_of(const struct range *range, u64 i)
{
	return range->ua + (i << range->table->page_shift);
}

static struct mm_region *region_of(const struct range *range, u64 i)
{
	return region_lookup(range->container->mm, ua_of(range, i), 1ULL << range->table->page_shift);
}

static bool aligned(const struct range *range, u64 hpa)
{
	return !(hpa & ((1ULL << range->table->page_shift) - 1));
}

static long pin_page(const struct range *range, u64 i)
{
	u64 hpa;
	u32 shift;

	if (port_pin(ua_of(range, i), &hpa, &shift))
		return -EFAULT;
	range->hpas[i] = hpa + (ua_of(range, i) & (PAGE_SIZE - 1));
	if (shift >= range->table->page_shift && aligned(range, range->hpas[i]))
		return 0;
	port_unpin(range->hpas[i], false);
	return -EPERM;
}

static long count_page(const struct range *range, u64 i)
{
	struct mm_region *region = region_of(range, i);
	u64 hpa;

	if (!region || region_ua_to_hpa(region, ua_of(range, i), range->table->page_shift, &hpa))
		return -EINVAL;
	if (!aligned(range, hpa) || !vfio_page_contains(range->container->mm, hpa, range->table->page_shift))
		return -EPERM;
	return region_mapped_inc(region);
}

static void give_back(const struct range *range, u64 pages)
{
	for (u64 i = 0; i < pages; i++) {
		if (range->hpas)
			port_unpin(range->hpas[i], false);
		else
			region_mapped_dec(region_of(range, i));
	}
}

static long hold_page(const struct range *range, u64 i)
{
	bool mirrored = !range->hpas;

	if (!iommu_table_slot(range->table, range->entry + i, true))
		return -ENOMEM;
	if (mirrored && !iommu_table_mirror(range->table, range->entry + i, true))
		return -ENOMEM;
	return mirrored ? count_page(range, i) : pin_page(range, i);
}

static long hold(const struct range *range, u64 pages)
{
	for (u64 i = 0; i < pages; i++) {
		long rc = hold_page(range, i);

		if (rc) {
			give_back(range, i);
			return rc;
		}
	}
	return 0;
}

static void exchange_pinned(const struct range *range, u64 i, enum dma_direction direction)
{
	u64 hpa = range->hpas[i];

	PORT_BUG_ON(vfio_exchange(range->container, range->table, range->entry + i, &hpa, &direction));
	if (direction != DMA_NONE)
		port_unpin(hpa, tce_permissions(direction) & TCE_WRITE);
}

static void exchange_counted(const struct range *range, u64 i, enum dma_direction direction)
{
	u64 hpa;

	PORT_BUG_ON(region_ua_to_hpa(region_of(range, i), ua_of(range, i), range->table->page_shift, &hpa));
	PORT_BUG_ON(vfio_exchange(range->container, range->table, range->entry + i, &hpa, &direction));
	if (direction != DMA_NONE)
		vfio_release_region_of(range->container, range->table, range->entry + i);
	*iommu_table_mirror(range->table, range->entry + i, false) = be64(ua_of(range, i));
}

static long map_range(const struct range *range, u64 pages, enum dma_direction direction)
{
	long rc = hold(range, pages);

	if (rc)
		return rc;
	port_lock(&range->container->mm->update_lock);
	for (u64 i = 0; i < pages; i++) {
		if (range->hpas)
			exchange_pinned(range, i, direction);
		else
			exchange_counted(range, i, direction);
	}
	vfio_kill_range(range->table, range->entry, pages);
	port_unlock(&range->container->mm->update_lock);
	return 0;
}

long vfio_map(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 ua, u64 pages,
	      enum dma_direction direction)
{
	struct range range = {.container = container, .table = table, .entry = entry, .ua = ua};
	long rc;

	if (container->version == 1 && pages) {
		range.hpas = port_alloc(pages * sizeof(u64));
		if (!range.hpas)
			return -ENOMEM;
	}
	rc = map_range(&range, pages, direction);
	port_free(range.hpas);
	return rc;
}

#endif
