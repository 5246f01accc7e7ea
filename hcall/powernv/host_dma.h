/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_dma.h - hardware tables as the host uses them for devices of its own.
 *
 * Here the host is the only user of a table: entries are written without exchange,
 * without mirror, without counters and without invalidation; the caller kills.
 */
#ifndef HCALL_POWERNV_HOST_DMA_H
#define HCALL_POWERNV_HOST_DMA_H

#include "iommu_table.h"

/*
 * host_dma_build - let @pages entries from @entry on translate to consecutive memory.
 * @hpa: of the first page, aligned to the IOMMU page
 * @direction: DMA_NONE stores the bare address, a write permission carries read
 *
 * Missing levels are made. 0, or -ENOMEM with the entries before the missing level
 * written; the kernels dereference NULL there.
 */
int host_dma_build(struct iommu_table *table, u64 entry, u64 pages, u64 hpa, enum dma_direction direction);

/*
 * host_dma_clear - let @pages entries from @entry on translate to nothing.
 *
 * Where a leaf is absent the rest of it is passed over. As the kernels do it, the count of
 * entries is rounded, not the number of the entry: from a start in mid-leaf too many are
 * passed over, and entries at the beginning of the next leaf stay. "fixed" clears them.
 */
void host_dma_clear(struct iommu_table *table, u64 entry, u64 pages);

/* host_dma_get - the raw entry, 0 where its level is absent. */
u64 host_dma_get(struct iommu_table *table, u64 entry);

/*
 * host_dma_page_sizes - sizes of IOMMU pages that a bridge supports, as a bitmap of bytes.
 * @shifts: what firmware lists, @count of them
 *
 * Without a list 4 KiB and 64 KiB, on POWER8 also 16 MiB and 256 MiB.
 */
u64 host_dma_page_sizes(const u32 *shifts, u32 count, bool power8);

#endif
