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

static inline void run_loop(port_loop_body *body, port_loop_steps *steps, void *context, u64 entry, u64 pages)
{
	if (pages < PORT_LOOP_LONG)
		body(context, entry, pages);
	else
		port_loop(body, steps, context, entry, pages);
}

/* A range that is being cleared. */
struct clearing {
	struct vfio_container *container;
	struct iommu_table *table;
	enum clear_way way;
};

static inline bool clear_entry(struct vfio_container *container, struct iommu_table *table, u64 entry)
{
	enum dma_direction direction = DMA_NONE;
	u64 hpa = 0;

	if (vfio_exchange(container, table, entry, &hpa, &direction) || direction == DMA_NONE)
		return false;
	if (container->version == 2)
		vfio_release_region_of(container, table, entry);
	else
		port_unpin(hpa, tce_permissions(direction) & TCE_WRITE);
	return true;
}

/* Absent mirror leaf means absent hardware leaf: whole leaves are passed over. */
static bool leaf_is_absent(struct iommu_table *table, u64 entry)
{
	return table->levels > 1 && table->mirror && !iommu_table_mirror(table, entry, false);
}

static u64 walk_entries(void *context, u64 entry, u64 pages)
{
	const struct clearing *clearing = context;

	for (u64 end = entry + pages; entry < end; entry++)
		clear_entry(clearing->container, clearing->table, entry);
	return entry;
}

static u64 skip_leaves(void *context, u64 entry, u64 pages)
{
	const struct clearing *clearing = context;

	for (u64 end = entry + pages; entry < end; entry++) {
		if (leaf_is_absent(clearing->table, entry))
			entry |= clearing->table->level_size - 1;
		else
			clear_entry(clearing->container, clearing->table, entry);
	}
	return entry;
}

/* From the middle of an absent leaf this jumps into the middle of the next one, whose first part stays. */
static u64 skip_leaves_as_posted(void *context, u64 entry, u64 pages)
{
	const struct clearing *clearing = context;

	for (u64 end = entry + pages; entry < end; entry++) {
		if (leaf_is_absent(clearing->table, entry))
			entry += clearing->table->level_size - 1;
		else
			clear_entry(clearing->container, clearing->table, entry);
	}
	return entry;
}

/* Alike is what lies in the same absent subtree, entry by entry or leaf by leaf. */
static struct port_steps clearing_steps(void *context, u64 entry, u64 pages)
{
	const struct clearing *clearing = context;
	struct iommu_table *table = clearing->table;
	bool skips = clearing->way != CLEAR_WALK && table->levels > 1 && table->mirror;
	u64 absent = iommu_table_absent_slots(table, entry);
	u64 in_leaf = (entry - table->offset) & (table->level_size - 1);
	struct port_steps steps = {.count = table->level_size - in_leaf, .step = 1};

	if (skips)
		absent = min_u64(absent, iommu_table_absent_mirror(table, entry));
	if (absent && !(clearing->way == CLEAR_SKIP_LEAF && skips && in_leaf)) {
		steps.count = absent;
		steps.step = skips ? table->level_size : 1;
		steps.alike = true;
	}
	steps.count = min_u64(steps.count, pages);
	return steps;
}

static u64 kill_entries(void *context, u64 entry, u64 pages)
{
	tce_kill(context, entry, pages);
	return entry + pages;
}

static struct port_steps kill_steps(void *context, u64 entry, u64 pages)
{
	(void)context;
	(void)entry;
	return (struct port_steps){.count = pages, .step = 1, .alike = true};
}

void vfio_kill_range(struct iommu_table *table, u64 entry, u64 pages)
{
	if (!POLICY_KILL_PER_EXCHANGE)
		run_loop(kill_entries, kill_steps, table, entry, pages);
}

/* Kills what was cleared in one stretch, unless each exchange has. */
static void kill_stretch(struct iommu_table *table, u64 first, u64 end)
{
	if (first < end)
		vfio_kill_range(table, first, end - first);
}

/* The entries of one leaf from @entry on; @first, @last: the stretch that has not been killed. */
static void clear_leaf(const struct clearing *clearing, u64 entry, u64 end, u64 *first, u64 *last)
{
	const u64 *slot = iommu_table_slot(clearing->table, entry, false);

	for (; entry < end; entry++, slot++) {
		if (!*slot || !clear_entry(clearing->container, clearing->table, entry))
			continue;
		if (entry != *last) {
			kill_stretch(clearing->table, *first, *last);
			*first = entry;
		}
		*last = entry + 1;
	}
}

static void clear_subtrees(const struct clearing *clearing, u64 entry, u64 pages)
{
	struct iommu_table *table = clearing->table;
	u64 end = entry + pages, first = entry, last = entry;

	while (entry < end) {
		u64 absent = iommu_table_absent_slots(table, entry), next = entry + absent;

		if (!absent) {
			next = entry + table->level_size - ((entry - table->offset) & (table->level_size - 1));
			clear_leaf(clearing, entry, min_u64(next, end), &first, &last);
		}
		entry = next;
	}
	kill_stretch(table, first, last);
}

static enum clear_way way_of(const struct vfio_container *container)
{
	if (container->clear != CLEAR_AS_RELEASED)
		return container->clear;
	return POLICY_SKIP_ABSENT_LEAVES ? CLEAR_SKIP_LEAF : CLEAR_WALK;
}

void vfio_clear_entries(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 pages)
{
	struct clearing clearing = {.container = container, .table = table, .way = way_of(container)};

	switch (clearing.way) {
	case CLEAR_SKIP_LEAF_POSTED:
		run_loop(skip_leaves_as_posted, clearing_steps, &clearing, entry, pages);
		break;
	case CLEAR_SKIP_LEAF:
		run_loop(skip_leaves, clearing_steps, &clearing, entry, pages);
		break;
	default: /* also of subtrees, where a map that has failed takes back the few entries that it made */
		run_loop(walk_entries, clearing_steps, &clearing, entry, pages);
	}
}

void vfio_unmap(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 pages)
{
	if (container->clear == CLEAR_SUBTREE) {
		clear_subtrees(&(struct clearing){.container = container, .table = table}, entry, pages);
		return;
	}
	vfio_clear_entries(container, table, entry, pages);
	vfio_kill_range(table, entry, pages);
}
