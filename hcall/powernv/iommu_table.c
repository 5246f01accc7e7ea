// SPDX-License-Identifier: Apache-2.0
#include "iommu_table.h"

#include "../bits.h"
#include "../policy.h"

#define LEVEL_POINTER_MASK (~(u64)0xfff)

static u64 tables_created;

/* Bits of the entry number that one level resolves; a level fills at least one host page. */
static u32 level_bits(u32 page_shift, u64 window_size, u32 levels)
{
	u32 entry_bits = log2_floor(window_size) - page_shift;
	u32 bits = (entry_bits + levels - 1) / levels;

	return bits > PAGE_SHIFT - 3 ? bits : PAGE_SHIFT - 3;
}

static bool geometry_valid(u32 page_shift, u64 window_size, u32 levels, u32 window_bits)
{
	if (!levels || levels > IOMMU_LEVELS_MAX || !is_power_of_two(window_size))
		return false;
	if (log2_floor(window_size) < page_shift)
		return false;
	if (window_bits)
		return log2_floor(window_size) <= window_bits;
	return level_bits(page_shift, window_size, levels) * levels + page_shift < IOMMU_ADDRESS_LIMIT;
}

u64 iommu_table_charge(u32 page_shift, u64 window_size, u32 levels)
{
	u64 table_bytes, level_bytes, sum = 0;

	if (!levels || levels > IOMMU_LEVELS_MAX || !is_power_of_two(window_size) ||
	    log2_floor(window_size) < page_shift)
		return 0;
	level_bytes = 8ULL << level_bits(page_shift, window_size, levels);
	table_bytes = max_u64((window_size >> page_shift) * 8, 4096);
	for (; levels; levels--) {
		sum += round_up(table_bytes, level_bytes);
		table_bytes = max_u64(table_bytes / level_bytes * 8, level_bytes);
	}
	return 2 * sum;
}

static void free_tree(u64 *level, u64 level_size, u32 levels_below)
{
	for (u64 i = 0; levels_below && i < level_size; i++) {
		u64 next = be64(level[i]) & LEVEL_POINTER_MASK;

		if (next)
			free_tree(port_from_hpa(next), level_size, levels_below - 1);
	}
	port_pages_free(level, level_size * 8);
}

static void free_table(struct iommu_table *table)
{
	if (table->base)
		free_tree(table->base, table->level_size, table->levels - 1);
	if (table->mirror)
		free_tree(table->mirror, table->mirror_level_size, table->mirror_levels - 1);
	port_free(table);
}

static int fill_tree(u64 *level, u64 level_size, u32 levels_below, u64 entries)
{
	u64 span = 1;

	for (u32 below = levels_below; below; below--)
		span *= level_size;
	for (u64 i = 0; levels_below && i * span < entries; i++) {
		u64 *next = port_pages_alloc(level_size * 8);

		if (!next)
			return -ENOMEM;
		level[i] = be64(port_to_hpa(next) | TCE_PERM);
		if (fill_tree(next, level_size, levels_below - 1, min_u64(entries - i * span, span)))
			return -ENOMEM;
	}
	return 0;
}

static int allocate(struct iommu_table *table, bool mirrored)
{
	table->base = port_pages_alloc(table->level_size * 8);
	if (!table->base)
		return -ENOMEM;
	if (POLICY_EAGER_LEVELS && fill_tree(table->base, table->level_size, table->levels - 1, table->size))
		return -ENOMEM;
	return mirrored && !POLICY_FLAT_MIRROR ? iommu_table_make_mirror(table) : 0;
}

int iommu_table_create(u32 page_shift, u64 bus_offset, u64 window_size, u32 levels, bool mirrored,
		       struct iommu_table **result)
{
	return iommu_table_create_within(0, page_shift, bus_offset, window_size, levels, mirrored, result);
}

int iommu_table_create_within(u32 window_bits, u32 page_shift, u64 bus_offset, u64 window_size, u32 levels,
			      bool mirrored, struct iommu_table **result)
{
	struct iommu_table *table;
	int rc;

	if (!geometry_valid(page_shift, window_size, levels, window_bits))
		return -EINVAL;
	table = port_alloc(sizeof(*table));
	if (!table)
		return -ENOMEM;
	table->offset = bus_offset >> page_shift;
	table->size = max_u64(window_size >> page_shift, TCES_PER_PAGE);
	table->page_shift = page_shift;
	table->levels = levels;
	table->level_size = 1ULL << level_bits(page_shift, window_size, levels);
	table->allocated_size = iommu_table_charge(page_shift, window_size, levels);
	table->references = 1;
	table->number = tables_created++;
	list_init(&table->groups);

	rc = allocate(table, mirrored);
	if (rc) {
		free_table(table);
		return rc;
	}
	*result = table;
	return 0;
}

int iommu_table_make_mirror(struct iommu_table *table)
{
	if (table->mirror)
		return 0;
	table->mirror_levels = POLICY_FLAT_MIRROR ? 1 : table->levels;
	table->mirror_level_size = POLICY_FLAT_MIRROR ? table->size : table->level_size;
	table->mirror = port_pages_alloc(table->mirror_level_size * 8);
	return table->mirror ? 0 : -ENOMEM;
}

void iommu_table_get(struct iommu_table *table)
{
	table->references++;
}

void iommu_table_put(struct iommu_table *table)
{
	PORT_BUG_ON(!table->references);
	if (!--table->references)
		free_table(table);
}

int iommu_table_link(struct iommu_table *table, struct iommu_group *group)
{
	struct iommu_group_link *link = port_alloc(sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->group = group;
	list_add(&link->list, &table->groups);
	return 0;
}

void iommu_table_unlink(struct iommu_table *table, struct iommu_group *group)
{
	list_for_each_safe(link, after, &table->groups, struct iommu_group_link, list) {
		if (link->group == group) {
			list_del(&link->list);
			port_free(link);
		}
	}
}

/*
 * Puts a fresh level into the empty inner @slot. Two vCPUs may come here at once: the loser
 * gives its copy back and goes on with the winner's. As the kernels do it, with the size of
 * one host page, so that a larger level is lost. Before v5.3 the second simply overwrites
 * the first.
 */
static u64 *add_level(u64 *slot, u64 level_size)
{
	u64 *level = port_pages_alloc(level_size * 8);
	u64 inner = level ? be64(port_to_hpa(level) | TCE_PERM) : 0;
	u64 expected = 0;

	if (!level)
		return NULL;
	if (POLICY_LEVEL_RACE) {
		*slot = inner;
	} else if (!__atomic_compare_exchange_n(slot, &expected, inner, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		if (!POLICY_LOST_LEVEL_LEAKS || level_size * 8 <= PAGE_SIZE)
			port_pages_free(level, level_size * 8);
		level = port_from_hpa(be64(expected) & LEVEL_POINTER_MASK);
	}
	return level;
}

/* @level: the top one of @levels */
static u64 *walk(u64 *level, u32 levels, u64 level_size, u64 index, bool allocate)
{
	u32 shift = log2_floor(level_size);

	for (u32 below = levels - 1; below; below--) {
		u64 *slot = level + ((index >> (below * shift)) & (level_size - 1));
		u64 inner = be64(*slot);

		if (inner) {
			level = port_from_hpa(inner & LEVEL_POINTER_MASK);
		} else {
			if (!allocate)
				return NULL;
			level = add_level(slot, level_size);
			if (!level)
				return NULL;
		}
	}
	return level + (index & (level_size - 1));
}

u64 *iommu_table_slot(struct iommu_table *table, u64 entry, bool allocate)
{
	return walk(table->base, table->levels, table->level_size, entry - table->offset, allocate);
}

u64 *iommu_table_mirror(struct iommu_table *table, u64 entry, bool allocate)
{
	if (unlikely(!table->mirror))
		return NULL;
	return walk(table->mirror, table->mirror_levels, table->mirror_level_size, entry - table->offset, allocate);
}

/* The numbers below the first empty slot on the way to @index, from @index on; 0 if there is none. */
static u64 absent_below(const u64 *level, u32 levels, u64 level_size, u64 index)
{
	u32 shift = log2_floor(level_size);

	for (u32 below = levels - 1; below; below--) {
		u64 inner = be64(level[(index >> (below * shift)) & (level_size - 1)]);
		u64 span = 1ULL << (below * shift);

		if (!inner)
			return span - (index & (span - 1));
		level = port_from_hpa(inner & LEVEL_POINTER_MASK);
	}
	return 0;
}

u64 iommu_table_absent_slots(struct iommu_table *table, u64 entry)
{
	return absent_below(table->base, table->levels, table->level_size, entry - table->offset);
}

u64 iommu_table_absent_mirror(struct iommu_table *table, u64 entry)
{
	if (!table->mirror)
		return table->offset + table->size - entry;
	return absent_below(table->mirror, table->mirror_levels, table->mirror_level_size, entry - table->offset);
}
