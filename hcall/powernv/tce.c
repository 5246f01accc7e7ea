// SPDX-License-Identifier: Apache-2.0
#include "tce.h"

#include "../policy.h"

#include "../bits.h"

u64 tce_permissions(enum dma_direction direction)
{
	switch (direction) {
	case DMA_BIDIRECTIONAL:
	case DMA_FROM_DEVICE:
		return TCE_READ | TCE_WRITE;
	case DMA_TO_DEVICE:
		return TCE_READ;
	default:
		return 0;
	}
}

enum dma_direction tce_direction(u64 tce)
{
	switch (tce & TCE_PERM) {
	case TCE_PERM:
		return DMA_BIDIRECTIONAL;
	case TCE_READ:
		return DMA_TO_DEVICE;
	case TCE_WRITE:
		return DMA_FROM_DEVICE;
	default:
		return DMA_NONE;
	}
}

int tce_exchange_no_kill(struct iommu_table *table, u64 entry, u64 *hpa, enum dma_direction *direction, bool allocate)
{
	u64 *slot, old;

	if (unlikely(*hpa & ((1ULL << table->page_shift) - 1))) {
		if (POLICY_ASSERTS_ALIGNMENT)
			port_host_bug("hpa_not_aligned");
		return -EINVAL;
	}
	slot = iommu_table_slot(table, entry, allocate && *direction != DMA_NONE);
	if (!slot) {
		if (*direction != DMA_NONE)
			return -ENOMEM;
		*hpa = 0;
		return 0;
	}
	old = port_xchg_tce(slot, *hpa | tce_permissions(*direction));
	port_trace(PORT_EV_TCE_SET, table->number, entry, old, *hpa | tce_permissions(*direction));
	*hpa = old & ~TCE_PERM;
	*direction = tce_direction(old);
	return 0;
}

int tce_exchange(struct iommu_table *table, u64 entry, u64 *hpa, enum dma_direction *direction, bool allocate)
{
	int rc = tce_exchange_no_kill(table, entry, hpa, direction, allocate);

	if (POLICY_KILL_PER_EXCHANGE && !rc)
		tce_kill(table, entry, 1);
	return rc;
}
