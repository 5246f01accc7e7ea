// SPDX-License-Identifier: Apache-2.0
/* era_paths.c - what only some eras do: failures inside, what is taken back, mirrors made late; what containers say. */
#include "counting.h"
#include "direct.h"
#include "hcall/policy.h"
#include "hypercall.h"

#define TWO_TABLES(...) SHAPE(.second_container = true, __VA_ARGS__)
#define CHANGE_CALL(name, expression)                                                                                  \
	static void name(struct world *world, const struct world_shape *shape, struct hcall *call)                     \
	{                                                                                                              \
		(void)world;                                                                                           \
		(void)shape;                                                                                           \
		(void)call;                                                                                            \
		expression;                                                                                            \
	}

CHANGE_CALL(region_being_released, world_ram_region()->mapped = 0)
CHANGE_CALL(page_table_changes, (list_init(&world->mm.regions), counting_fail(COUNTING_INVALIDATION, 1)))

/* The oldest table comes last; it has no mirror that could take the entry. */
CHANGE_CALL(last_table_unprepared, world->group.tables[0]->mirror = NULL)
CHANGE_CALL(window_removed, world->group.tables[0]->removed = true)
CHANGE_CALL(no_page, counting_fail(COUNTING_PAGES_ALLOC, 1))

/* Of the 16 entries behind the page the last 8 are in no region. */
static void half_registered(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	u64 ua = world_ram() + (call->value & ~TCE_PERM);
	struct mm_region *region;

	(void)shape;
	list_init(&world->mm.regions);
	world_require(region_new(&world->mm, ua & ~((1ULL << 24) - 1), (8ULL << 20) >> PAGE_SHIFT, &region));
}

/* Its container is gone: the region goes with the last entry. */
static void region_abandoned(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)world;
	(void)shape;
	(void)call;
	world_ram_region()->used = 0;
}

static struct vfio_tce_info info;

static void whole_info(struct world *world)
{
	(void)world;
	info = (struct vfio_tce_info){.argsz = sizeof(info)};
}

static void short_info(struct world *world)
{
	(void)world;
	info = (struct vfio_tce_info){.argsz = offsetof(struct vfio_tce_info, page_sizes)};
}

static void shorter_info(struct world *world)
{
	(void)world;
	info = (struct vfio_tce_info){.argsz = 8};
}

static long get_info(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return vfio_ioctl(world->container, VFIO_IOMMU_SPAPR_TCE_GET_INFO, &info);
}

static long check_v2(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return vfio_ioctl(world->container, VFIO_CHECK_EXTENSION, (void *)(uintptr_t)VFIO_SPAPR_TCE_v2_IOMMU);
}

static long check_unknown(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return vfio_ioctl(world->container, VFIO_CHECK_EXTENSION, (void *)(uintptr_t)VFIO_EEH);
}

static const struct meter_path paths[] = {
	DIRECT("container, information", get_info, SHAPE(.levels = 1), .prepare = whole_info),
	DIRECT("container, short information", get_info, SHAPE(.levels = 1), .prepare = short_info),
	DIRECT("container, too short information", get_info, SHAPE(.levels = 1), .prepare = shorter_info),
	DIRECT("container, information, v1", get_info, SHAPE(.in_user_space = true, .version = 1),
	       .prepare = whole_info),
	DIRECT("container, check extension", check_v2, SHAPE(.levels = 1)),
	DIRECT("container, check unknown extension", check_unknown, SHAPE(.levels = 1)),
	PATH("put, two tables, region being released", TWO_TABLES(.virtual_mode = true), CALL(PUT, TOUCHED, 1),
	     .prepare = region_being_released),
	PATH("indirect 16, two tables, region being released", TWO_TABLES(.multi_tce = true, .virtual_mode = true),
	     CALL(INDIRECT, TOUCHED, 16), .prepare = region_being_released),
#if POLICY_REAL_MODE
	PATH("put, 16 MiB pages on small host pages, virtual mode",
	     SHAPE(.page_shift = 24, .ram_size = 64ULL << 20, .virtual_mode = true), CALL(PUT, TOUCHED, 1)),
#endif
	PATH("put, two tables, the last without mirror", TWO_TABLES(.virtual_mode = true), CALL(PUT, TOUCHED, 1),
	     .prepare = last_table_unprepared),
	PATH("clear, two tables, the last without mirror", TWO_TABLES(.virtual_mode = true), CALL(CLEAR, TOUCHED, 1),
	     .prepare = last_table_unprepared),
#if POLICY_REAL_MODE && POLICY_WALK_HEEDS_INVALIDATION
	PATH("indirect 16, page table being changed", SHAPE(.multi_tce = true), CALL(INDIRECT, TOUCHED, 16),
	     .prepare = page_table_changes),
#endif
#if POLICY_FLAT_MIRROR
	PATH("put, makes the flat mirror", CALL(PUT, EMPTY, 1)),
	PATH("put, makes the flat mirror, virtual mode", SHAPE(.virtual_mode = true), CALL(PUT, EMPTY, 1)),
	PATH("put, no memory for the flat mirror", CALL(PUT, EMPTY, 1), .prepare = no_page),
#endif
#if SOUND
	PATH("put, 16 MiB on 64 KiB, later half not registered",
	     SHAPE(.view_shift = 24, .page_shift = 16, .ram_size = 64ULL << 20), CALL(PUT, TOUCHED, 1),
	     .prepare = half_registered),
	PATH("put, one of two tables removed", TWO_TABLES(.levels = 1), CALL(PUT, TOUCHED, 1),
	     .prepare = window_removed),
	PATH("clear, last entry of an abandoned region", CALL(CLEAR, MAPPED, 1), .prepare = region_abandoned),
	PATH("put over old, abandoned region", CALL(PUT, MAPPED, 1), .prepare = region_abandoned),
	PATH("stuff 16, abandoned region", SHAPE(.multi_tce = true), CALL(STUFF, MAPPED, 16),
	     .prepare = region_abandoned),
#endif
};

GROUP(era_paths, "eras", paths);
