/* SPDX-License-Identifier: Apache-2.0 */
/* window.h - giving a PE its DMA windows. */
#ifndef HCALL_POWERNV_WINDOW_H
#define HCALL_POWERNV_WINDOW_H

#include "iommu_table.h"

/* window_base - bus address of window @window: 0 or IOMMU_WINDOW1_BASE. */
u64 window_base(u32 window);

/*
 * window_set - let @group translate window @window through @table [sync].
 * Programs the TVE, links the group and invalidates the whole PE. Takes a reference.
 * 0, or -ENOMEM or -EBUSY (firmware refuses) with nothing changed.
 */
int window_set(struct iommu_group *group, u32 window, struct iommu_table *table);

/* window_unset - the opposite; drops the reference. An empty window is left alone. */
void window_unset(struct iommu_group *group, u32 window);

/*
 * window_set_default - the host's own 32-bit window of a group without dynamic windows:
 * 4 KiB pages, one level, dma32_size bytes at 0, no mirror. 0, or a negative errno.
 */
int window_set_default(struct iommu_group *group);

#endif
