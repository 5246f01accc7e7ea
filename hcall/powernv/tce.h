/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tce.h - changing one hardware TCE and telling the PHB.
 *
 * Order that keeps DMA safe: exchange the entry, barrier, kill. Since v5.4 the exchange
 * and the kill are separate, so that a caller can kill once for several entries; before,
 * each exchange kills its entry, whether it changed or not.
 */
#ifndef HCALL_POWERNV_TCE_H
#define HCALL_POWERNV_TCE_H

#include "iommu_table.h"

/* tce_permissions - permission bits of a hardware entry; write always carries read. */
u64 tce_permissions(enum dma_direction direction);

/* tce_direction - direction that the permission bits of @tce stand for. */
enum dma_direction tce_direction(u64 tce);

/*
 * tce_exchange - replace one hardware entry [sync].
 * @hpa, @direction: in, the new entry, hpa aligned to the IOMMU page; out, the old one
 * @allocate: may bring missing levels into being
 *
 * Clearing needs no level: an absent one is already clear and yields DMA_NONE.
 * 0; -ENOMEM when a level is absent and not allowed or not to be had. A misaligned @hpa
 * stops the host with the assertion "hpa_not_aligned"; -EINVAL in "fixed".
 */
int tce_exchange(struct iommu_table *table, u64 entry, u64 *hpa, enum dma_direction *direction, bool allocate);

/* tce_exchange_no_kill - the same without the kill that it holds up to v5.3. */
int tce_exchange_no_kill(struct iommu_table *table, u64 entry, u64 *hpa, enum dma_direction *direction, bool allocate);

/*
 * tce_kill - invalidate @pages entries from @entry on in every PHB that may cache them [sync].
 * P7IOC: one store for two TCEs; PHB3: one store per page; PHB4: one firmware call.
 */
void tce_kill(struct iommu_table *table, u64 entry, u64 pages);

/* tce_kill_group - invalidate everything cached for @group's PE [sync]. */
void tce_kill_group(struct iommu_group *group);

#endif
