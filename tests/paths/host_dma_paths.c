// SPDX-License-Identifier: Apache-2.0
/* host_dma_paths.c - tables that the host fills for devices of its own. */
#include "hcall/powernv/host_dma.h"

#include "counting.h"
#include "direct.h"
#include "hypercall.h"

#define FIRST 0x1230ULL
#define HPA (1ULL << 32)
#define ONE_LEVEL SHAPE(.window_size = 1ULL << 30)
#define TWO_LEVELS SHAPE(.window_size = 1ULL << 30, .levels = 2)

static struct iommu_table *table(struct world *world)
{
	return world->group.tables[0];
}

static void filled(struct world *world)
{
	world_require(host_dma_build(table(world), FIRST, 512, HPA, DMA_BIDIRECTIONAL));
}

#define BUILD(name, pages, direction)                                                                                  \
	static long name(struct world *world, const struct world_shape *shape)                                         \
	{                                                                                                              \
		(void)shape;                                                                                           \
		return host_dma_build(table(world), FIRST, (pages), HPA, (direction));                                 \
	}

BUILD(build_1, 1, DMA_TO_DEVICE)
BUILD(build_16, 16, DMA_FROM_DEVICE)
BUILD(build_512, 512, DMA_BIDIRECTIONAL)
BUILD(build_bare, 16, DMA_NONE)

static long clear(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	host_dma_clear(table(world), FIRST, 512);
	return 0;
}

/* From mid-leaf on, over leaves that are not there. */
static long clear_much(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	host_dma_clear(table(world), FIRST, 1 << 16);
	return 0;
}

static long get(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return (long)host_dma_get(table(world), FIRST);
}

static const u32 shifts[] = {12, 16, 24, 28};

static long listed_sizes(struct world *world, const struct world_shape *shape)
{
	(void)world;
	(void)shape;
	return (long)host_dma_page_sizes(shifts, 4, true);
}

static long known_sizes(struct world *world, const struct world_shape *shape)
{
	(void)world;
	(void)shape;
	return (long)host_dma_page_sizes(shifts, 0, true);
}

static const struct meter_path paths[] = {
	DIRECT("host builds 1 entry", build_1, ONE_LEVEL),
	DIRECT("host builds 16 entries", build_16, ONE_LEVEL),
	DIRECT("host builds 512 entries", build_512, ONE_LEVEL),
	DIRECT("host builds 512 entries, 2 levels", build_512, TWO_LEVELS),
	DIRECT("host builds 16 bare addresses", build_bare, ONE_LEVEL),
	DIRECT("host clears 512 entries", clear, ONE_LEVEL, .prepare = filled),
	DIRECT("host clears 512 entries, 2 levels", clear, TWO_LEVELS, .prepare = filled),
	DIRECT("host clears 65536 entries, most leaves absent", clear_much, TWO_LEVELS, .prepare = filled),
	DIRECT("host reads an entry", get, ONE_LEVEL, .prepare = filled),
	DIRECT("host reads an entry, no level there", get, TWO_LEVELS),
	DIRECT("page sizes that firmware lists", listed_sizes, SHAPE(.no_device = true)),
	DIRECT("page sizes without a list", known_sizes, SHAPE(.no_device = true)),
};

GROUP(host_dma_paths, "host's own DMA", paths);
