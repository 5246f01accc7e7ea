// SPDX-License-Identifier: Apache-2.0
/* clear.c - clearing hardware entries for a container, and what maps share with it. */
#include "../bits.h"
#include "../policy.h"
#include "../powernv/tce.h"
#include "map.h"

bool vfio_page_contains(struct mm_context *mm, u64 hpa, u32 page_shift)
{
	return region_holds_device_memory(mm, hpa) || port_page_shift(hpa) >= page_shift;
}

/* Exchanges one entry; what the device may have written through the old one gets dirty. */
long vfio_exchange(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 *hpa,
		   enum dma_direction *direction)
{
	int rc = tce_exchange(table, entry, hpa, direction, true);

	if (rc)
		return POLICY_MAP_FAILS_WITH_HYPERCALL_CODE ? H_HARDWARE : rc;
	if (tce_permissions(*direction) & TCE_WRITE &&
	    (!POLICY_DEVICE_MEMORY || !region_holds_device_memory(container->mm, *hpa)))
		port_set_dirty(*hpa);
	return 0;
}

void vfio_release_region_of(struct vfio_container *container, struct iommu_table *table, u64 entry)
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

/* Absent mirror leaf means absent hardware leaf: whole leaves are passed over. */
static u64 skip_absent_leaf(struct iommu_table *table, u64 entry)
{
	if (!POLICY_SKIP_ABSENT_LEAVES || table->levels == 1 || !table->mirror ||
	    iommu_table_mirror(table, entry, false))
		return entry;
	return entry | (table->level_size - 1);
}

void vfio_clear_entries(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 pages)
{
	u64 end = entry + pages;

	for (; entry < end; entry++) {
		enum dma_direction direction = DMA_NONE;
		u64 hpa = 0, last_absent = skip_absent_leaf(table, entry);

		if (last_absent != entry) {
			entry = last_absent;
			continue;
		}
		if (vfio_exchange(container, table, entry, &hpa, &direction) || direction == DMA_NONE)
			continue;
		if (container->version == 2)
			vfio_release_region_of(container, table, entry);
		else
			port_unpin(hpa, tce_permissions(direction) & TCE_WRITE);
	}
}

void vfio_kill_range(struct iommu_table *table, u64 entry, u64 pages)
{
	if (!POLICY_KILL_PER_EXCHANGE)
		tce_kill(table, entry, pages);
}

void vfio_unmap(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 pages)
{
	vfio_clear_entries(container, table, entry, pages);
	vfio_kill_range(table, entry, pages);
}
