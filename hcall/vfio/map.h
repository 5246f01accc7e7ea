/* SPDX-License-Identifier: Apache-2.0 */
/* map.h - what filling and clearing hardware entries for a container share. For this folder. */
#ifndef HCALL_VFIO_MAP_H
#define HCALL_VFIO_MAP_H

#include "container.h"

/* vfio_page_contains - is the memory at @hpa one page of at least 1 << @page_shift bytes, or device memory? */
bool vfio_page_contains(struct mm_context *mm, u64 hpa, u32 page_shift);

/*
 * vfio_exchange - exchange one entry; what the device may have written through the old one
 * gets dirty [sync]. As tce_exchange(), but H_HARDWARE for its failure until v5.9.
 */
long vfio_exchange(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 *hpa,
		   enum dma_direction *direction);

/* vfio_release_region_of - take the count of a replaced entry back from its region and empty its mirror. */
void vfio_release_region_of(struct vfio_container *container, struct iommu_table *table, u64 entry);

/* vfio_clear_entries - exchange @pages entries with nothing; no kill but the exchange's own [sync]. */
void vfio_clear_entries(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 pages);

/* vfio_kill_range - the kill at the end of the work, in kernels that do not kill in each exchange [sync]. */
void vfio_kill_range(struct iommu_table *table, u64 entry, u64 pages);

#endif
