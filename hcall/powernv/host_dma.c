// SPDX-License-Identifier: Apache-2.0
#include "host_dma.h"

#include "../bits.h"
#include "../policy.h"
#include "tce.h"

int host_dma_build(struct iommu_table *table, u64 entry, u64 pages, u64 hpa, enum dma_direction direction)
{
	for (u64 i = 0; i < pages; i++) {
		u64 *slot = iommu_table_slot(table, entry + i, true);

		if (!slot)
			return -ENOMEM;
		*slot = be64((hpa + (i << table->page_shift)) | tce_permissions(direction));
	}
	return 0;
}

void host_dma_clear(struct iommu_table *table, u64 entry, u64 pages)
{
	u64 mask = table->level_size - 1;

	for (u64 i = 0; i < pages; i++) {
		u64 *slot = iommu_table_slot(table, entry + i, false);

		if (slot)
			*slot = 0;
		else if (POLICY_HOST_CLEAR_ROUNDS_COUNT)
			i |= mask;
		else
			i += mask - ((entry + i - table->offset) & mask);
	}
}

u64 host_dma_get(struct iommu_table *table, u64 entry)
{
	const u64 *slot = iommu_table_slot(table, entry, false);

	return slot ? be64(*slot) : 0;
}

u64 host_dma_page_sizes(const u32 *shifts, u32 count, bool power8)
{
	u64 sizes = 0;

	for (u32 i = 0; i < count; i++)
		sizes |= 1ULL << shifts[i];
	if (sizes)
		return sizes;
	return 1ULL << 12 | 1ULL << 16 | (power8 ? 1ULL << 24 | 1ULL << 28 : 0);
}
