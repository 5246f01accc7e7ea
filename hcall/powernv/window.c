// SPDX-License-Identifier: Apache-2.0
#include "window.h"

#include "../bits.h"
#include "tce.h"

u64 window_base(u32 window)
{
	return window ? IOMMU_WINDOW1_BASE : 0;
}

static u64 tve_of(const struct iommu_table *table)
{
	u64 address = port_to_hpa(table->base) >> 12 << 16;
	u64 size_field = log2_floor(table->level_size) - 8;

	return (address & TVE_TABLE_MASK) | (u64)(table->levels - 1) << TVE_LEVELS_SHIFT |
	       size_field << TVE_TABLE_SIZE_SHIFT | ((table->page_shift - 11) & TVE_PAGE_SIZE_MASK);
}

static void forget(struct iommu_group *group, u32 window)
{
	struct iommu_table *table = group->tables[window];

	iommu_table_unlink(table, group);
	group->tables[window] = NULL;
	iommu_table_put(table);
}

int window_set(struct iommu_group *group, u32 window, struct iommu_table *table)
{
	int rc = iommu_table_link(table, group);

	if (rc)
		return rc;
	iommu_table_get(table);
	group->tables[window] = table;
	rc = port_set_tve(group->phb->number, group->pe << 1 | window, tve_of(table));
	if (rc) {
		forget(group, window);
		return rc;
	}
	tce_kill_group(group);
	return 0;
}

void window_unset(struct iommu_group *group, u32 window)
{
	if (!group->tables[window])
		return;
	port_set_tve(group->phb->number, group->pe << 1 | window, 0);
	tce_kill_group(group);
	forget(group, window);
}

int window_set_default(struct iommu_group *group)
{
	struct iommu_table *table;
	int rc = iommu_table_create(TCE_PAGE_SHIFT_MIN, 0, group->dma32_size, 1, false, &table);

	if (rc)
		return rc;
	rc = window_set(group, 0, table);
	iommu_table_put(table);
	return rc;
}
