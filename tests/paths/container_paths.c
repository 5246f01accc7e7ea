// SPDX-License-Identifier: Apache-2.0
/* container_paths.c - memory, windows and groups of containers. */
#include "counting.h"
#include "direct.h"
#include "hcall/policy.h"
#include "hypercall.h"
#include "ioctl.h"

#define MIB (1ULL << 20)
#define BEHIND_RAM (64 * MIB) /* not registered */

#define EMPTY_V2 SHAPE(.no_device = true)
#define EMPTY_V1 SHAPE(.no_device = true, .version = 1)
#define SMALL(...) SHAPE(.window_size = 64 * MIB, __VA_ARGS__)
#define MEMORY(first, bytes) ARGUMENT(memory, .vaddr = (first), .size = (bytes))
#define CREATE_OF(shift, bytes, number)                                                                                \
	ARGUMENT(create, .page_shift = (shift), .window_size = (bytes), .levels = (number))

#define REGISTER(text, ...) IOCTL(text, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, __VA_ARGS__)
#define UNREGISTER(text, ...) IOCTL(text, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, __VA_ARGS__)
#define CREATE(text, ...) IOCTL(text, VFIO_IOMMU_SPAPR_TCE_CREATE, __VA_ARGS__)
#define REMOVE(text, ...) IOCTL(text, VFIO_IOMMU_SPAPR_TCE_REMOVE, __VA_ARGS__)

#define CHANGE(name, expression)                                                                                       \
	static void name(struct world *world, union ioctl_argument *argument)                                          \
	{                                                                                                              \
		(void)world;                                                                                           \
		(void)argument;                                                                                        \
		expression;                                                                                            \
	}

CHANGE(too_short, argument->memory.argsz = 8)
CHANGE(wraps, argument->memory.vaddr = ~0ULL - 0xffff)
CHANGE(limit_reached, world->mm.locked_limit = world->mm.locked_pages)
CHANGE(no_first_object, counting_fail(COUNTING_ALLOC, 1))
CHANGE(no_second_object, counting_fail(COUNTING_ALLOC, 2))
CHANGE(no_third_object, counting_fail(COUNTING_ALLOC, 3))
CHANGE(no_first_page, counting_fail(COUNTING_PAGES_ALLOC, 1))
CHANGE(no_second_page, counting_fail(COUNTING_PAGES_ALLOC, 2))
CHANGE(first_not_pinned, counting_fail(COUNTING_PIN, 1))
CHANGE(tenth_not_pinned, counting_fail(COUNTING_PIN, 10))
CHANGE(v1_window, world_require(window_set_default(&world->group)))
CHANGE(attached, world_require(vfio_attach(world->container, &world->group)))

static void registered(struct world *world, union ioctl_argument *argument)
{
	union ioctl_argument again = *argument;

	world_require(vfio_ioctl(world->container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &again));
}

static void registered_by_another(struct world *world, union ioctl_argument *argument)
{
	union ioctl_argument again = *argument;

	world_require(vfio_container_open(VFIO_SPAPR_TCE_v2_IOMMU, &world->mm, &world->other_container));
	world_require(vfio_ioctl(world->other_container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &again));
}

/* Looked up by a container that has not registered it itself. */
static void bound_and_registered_by_another(struct world *world, union ioctl_argument *argument)
{
	registered_by_another(world, argument);
	world->container->bound = true;
}

/* Registered by both containers. */
static void registered_twice(struct world *world, union ioctl_argument *argument)
{
	registered_by_another(world, argument);
	registered(world, argument);
}

static void region_in_use(struct world *world, union ioctl_argument *argument)
{
	registered(world, argument);
	region_lookup(&world->mm, argument->memory.vaddr, PAGE_SIZE)->mapped = 3;
}

static void v1_attached(struct world *world, union ioctl_argument *argument)
{
	v1_window(world, argument);
	attached(world, argument);
}

static void v1_enabled(struct world *world, union ioctl_argument *argument)
{
	v1_attached(world, argument);
	world_require(vfio_ioctl(world->container, VFIO_IOMMU_ENABLE, NULL));
}

static void v1_limit_reached(struct world *world, union ioctl_argument *argument)
{
	v1_attached(world, argument);
	limit_reached(world, argument);
}

static void v1_no_window(struct world *world, union ioctl_argument *argument)
{
	attached(world, argument);
	world->group.dma32_size = 0;
}

static void second_window(struct world *world, union ioctl_argument *argument)
{
	union ioctl_argument create = {
		.create = {.argsz = sizeof(create.create), .page_shift = 16, .window_size = 64 * MIB, .levels = 1}};

	(void)argument;
	world_require(vfio_ioctl(world->container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create));
}

static void one_mib_mapped(struct world *world, union ioctl_argument *argument)
{
	union ioctl_argument map = {.map = {.argsz = sizeof(map.map),
					    .flags = VFIO_DMA_MAP_READ | VFIO_DMA_MAP_WRITE,
					    .vaddr = world_ram(),
					    .size = MIB}};

	(void)argument;
	world_require(vfio_ioctl(world->container, VFIO_IOMMU_MAP_DMA, &map));
}

/* ---- Groups ---- */

static void open_v2(struct world *world)
{
	world_require(vfio_container_open(VFIO_SPAPR_TCE_v2_IOMMU, &world->mm, &world->container));
}

static void open_v1(struct world *world)
{
	world_require(window_set_default(&world->group));
	world_require(vfio_container_open(VFIO_SPAPR_TCE_IOMMU, &world->mm, &world->container));
}

static void open_v1_attached(struct world *world)
{
	open_v1(world);
	world_require(vfio_attach(world->container, &world->group));
	world->other_group.dynamic_windows = false;
}

static void no_link(struct world *world)
{
	(void)world;
	counting_fail(COUNTING_ALLOC, 1);
}

/* The second window finds no memory, so that the first has to be taken back. */
static void second_window_no_link(struct world *world)
{
	second_window(world, NULL);
	counting_fail(COUNTING_ALLOC, 2);
}

static long open_container(struct world *world, const struct world_shape *shape)
{
	return vfio_container_open(shape->version == 1 ? VFIO_SPAPR_TCE_IOMMU : VFIO_SPAPR_TCE_v2_IOMMU, &world->mm,
				   &world->container);
}

static long open_unknown(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return vfio_container_open(VFIO_EEH, &world->mm, &world->container);
}

static long attach(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return vfio_attach(world->container, &world->group);
}

static long attach_other(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return vfio_attach(world->container, &world->other_group);
}

static long detach(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	vfio_detach(world->container, &world->group);
	return 0;
}

static long close_container(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	vfio_close(world->container);
	return 0;
}

static void region_kept(struct world *world)
{
	(void)world;
	world_ram_region()->mapped = 2;
}

/* Memory of a device, as the host kernel itself registers it. */
static long register_device(struct world *world, const struct world_shape *shape)
{
	u64 ua = world_ram() + (shape->levels ? 0 : BEHIND_RAM);
	struct mm_region *region;

	return region_new_device(&world->mm, ua, 16, 1ULL << 45, &region);
}

static const struct meter_path paths[] = {
	REGISTER("register 16 pages", EMPTY_V2, MEMORY(BEHIND_RAM, MIB)),
	REGISTER("register 1024 pages", EMPTY_V2, MEMORY(0, 64 * MIB)),
	REGISTER("register 256 pages, huge host pages", SHAPE(.no_device = true, .host_shift = 24),
		 MEMORY(0, 16 * MIB)),
	REGISTER("register 16 pages, 20 regions", SHAPE(.newer_regions = 19), MEMORY(-MIB, MIB)),
	REGISTER("register what another container has", EMPTY_V2, MEMORY(0, MIB), .prepare = registered_by_another),
	REGISTER("register twice", EMPTY_V2, MEMORY(0, MIB), .prepare = registered),
	REGISTER("register, overlaps", SHAPE(.newer_regions = 4), MEMORY(8 * MIB, 16 * MIB)),
	REGISTER("register, misaligned", EMPTY_V2, MEMORY(4096, MIB)),
	REGISTER("register, wraps", EMPTY_V2, MEMORY(0, MIB), .prepare = wraps),
	REGISTER("register, argument too short", EMPTY_V2, MEMORY(0, MIB), .prepare = too_short),
	REGISTER("register, limit reached", EMPTY_V2, MEMORY(0, MIB), .prepare = limit_reached),
	REGISTER("register, no memory for the region", EMPTY_V2, MEMORY(0, MIB), .prepare = no_first_object),
	REGISTER("register, no memory for the pages", EMPTY_V2, MEMORY(0, MIB), .prepare = no_second_object),
	REGISTER("register, no memory for the entry", EMPTY_V2, MEMORY(0, MIB), .prepare = no_third_object),
	REGISTER("register, 1st page not to be pinned", EMPTY_V2, MEMORY(0, MIB), .prepare = first_not_pinned),
	REGISTER("register, 10th page not to be pinned", EMPTY_V2, MEMORY(0, MIB), .prepare = tenth_not_pinned),
	REGISTER("register, no pages", EMPTY_V2, MEMORY(0, 0)),
	UNREGISTER("unregister 16 pages", EMPTY_V2, MEMORY(0, MIB), .prepare = registered),
	UNREGISTER("unregister 1024 pages", EMPTY_V2, MEMORY(0, 64 * MIB), .prepare = registered),
	UNREGISTER("unregister what another container has, too", EMPTY_V2, MEMORY(0, MIB), .prepare = registered_twice),
	UNREGISTER("unregister, 20th region", SHAPE(.newer_regions = 19), MEMORY(0, 16 * MIB)),
	UNREGISTER("unregister, in use", EMPTY_V2, MEMORY(0, MIB), .prepare = region_in_use),
	UNREGISTER("unregister, unknown", SHAPE(.newer_regions = 19), MEMORY(0, MIB)),
	UNREGISTER("unregister, of another container", EMPTY_V2, MEMORY(0, MIB),
		   .prepare = bound_and_registered_by_another),
	UNREGISTER("unregister, not bound", EMPTY_V2, MEMORY(0, MIB)),
	UNREGISTER("unregister, argument too short", SHAPE(.levels = 1), MEMORY(0, MIB), .prepare = too_short),
	UNREGISTER("unregister, misaligned", SHAPE(.levels = 1), MEMORY(0, 5000)),
	CREATE("create window", SHAPE(.levels = 1), CREATE_OF(16, 64 * MIB, 1)),
	CREATE("create window, 3 levels", SHAPE(.levels = 1), CREATE_OF(12, 1ULL << 36, 3)),
	CREATE("create window, two groups", SHAPE(.second_group = true), CREATE_OF(16, 64 * MIB, 1)),
	CREATE("create window, PHB4", SHAPE(.phb = WORLD_PHB4), CREATE_OF(16, 64 * MIB, 2)),
	CREATE("create window, P7IOC", SHAPE(.phb = WORLD_P7IOC), CREATE_OF(16, 64 * MIB, 2)),
	CREATE("create window, makes the default window first", EMPTY_V2, CREATE_OF(16, 64 * MIB, 1),
	       .prepare = attached),
	CREATE("create window, no group", EMPTY_V2, CREATE_OF(16, 64 * MIB, 1)),
	CREATE("create window, argument too short", SHAPE(.levels = 1), CREATE_OF(16, 64 * MIB, 1),
	       .prepare = too_short),
	CREATE("create window, third one", SMALL(), CREATE_OF(16, 64 * MIB, 1), .prepare = second_window),
	CREATE("create window, unknown page size", SHAPE(.levels = 1), CREATE_OF(20, 64 * MIB, 1)),
	CREATE("create window, size no power of two", SHAPE(.levels = 1), CREATE_OF(16, 65 * MIB, 1)),
	CREATE("create window, 4 levels of 64 KiB", SHAPE(.levels = 1), CREATE_OF(12, 64 * MIB, 4)),
	CREATE("create window, limit reached", SHAPE(.levels = 1), CREATE_OF(16, 64 * MIB, 1),
	       .prepare = limit_reached),
	CREATE("create window, no memory for the table", SHAPE(.levels = 1), CREATE_OF(16, 64 * MIB, 1),
	       .prepare = no_first_object),
	CREATE("create window, no memory for its entries", SHAPE(.levels = 1), CREATE_OF(16, 64 * MIB, 1),
	       .prepare = no_first_page),
	CREATE("create window, no memory for the second group", SHAPE(.second_group = true), CREATE_OF(16, 64 * MIB, 1),
	       .prepare = no_third_object),
	REMOVE("remove window", SMALL(), ARGUMENT(remove, .start_addr = 0)),
	REMOVE("remove window, 256 entries mapped", SMALL(.page_shift = 12), ARGUMENT(remove, .start_addr = 0),
	       .prepare = one_mib_mapped),
	REMOVE("remove window, 3 levels", SHAPE(.levels = 3), ARGUMENT(remove, .start_addr = 0)),
	REMOVE("remove window, 3 levels, 256 entries mapped", SHAPE(.levels = 3), ARGUMENT(remove, .start_addr = 0),
	       .prepare = one_mib_mapped),
	REMOVE("remove second window, two groups", SMALL(.second_group = true),
	       ARGUMENT(remove, .start_addr = IOMMU_WINDOW1_BASE), .prepare = second_window),
	REMOVE("remove window, pending", EMPTY_V2, ARGUMENT(remove, .start_addr = 0), .prepare = attached),
	REMOVE("remove window, no group", EMPTY_V2, ARGUMENT(remove, .start_addr = 0)),
	REMOVE("remove window, unknown", SMALL(), ARGUMENT(remove, .start_addr = 1ULL << 40)),
	REMOVE("remove window, argument too short", SMALL(), ARGUMENT(remove, .start_addr = 0), .prepare = too_short),
	IOCTL("enable", VFIO_IOMMU_ENABLE, EMPTY_V1, .prepare = v1_attached),
	IOCTL("enable twice", VFIO_IOMMU_ENABLE, EMPTY_V1, .prepare = v1_enabled),
	IOCTL("enable, no group", VFIO_IOMMU_ENABLE, EMPTY_V1),
	IOCTL("enable, no window", VFIO_IOMMU_ENABLE, EMPTY_V1, .prepare = v1_no_window),
	IOCTL("enable, limit reached", VFIO_IOMMU_ENABLE, EMPTY_V1, .prepare = v1_limit_reached),
	IOCTL("disable", VFIO_IOMMU_DISABLE, EMPTY_V1, .prepare = v1_enabled),
	IOCTL("enable of v2", VFIO_IOMMU_ENABLE, EMPTY_V2),
	IOCTL("register of v1", VFIO_IOMMU_SPAPR_REGISTER_MEMORY, EMPTY_V1),
	DIRECT("open container, v2", open_container, EMPTY_V2),
	DIRECT("open container, unknown type", open_unknown, EMPTY_V2),
	DIRECT("open container, no memory", open_container, EMPTY_V2, .prepare = no_link),
	DIRECT("attach, v2", attach, EMPTY_V2, .prepare = open_v2),
	DIRECT("attach, v1", attach, EMPTY_V1, .prepare = open_v1),
	DIRECT("attach twice", attach, SHAPE(.levels = 1)),
	DIRECT("attach, second group, v2", attach_other, SHAPE(.levels = 1)),
	DIRECT("attach, second group, v1", attach_other, EMPTY_V1, .prepare = open_v1_attached),
	DIRECT("attach, second group, no memory", attach_other, SMALL(), .prepare = no_link),
	DIRECT("attach, second group, no memory for the second window", attach_other, SMALL(),
	       .prepare = second_window_no_link),
	DIRECT("attach, wrong version", attach, EMPTY_V1, .prepare = open_v2),
	DIRECT("detach, v2", detach, SHAPE(.second_group = true)),
	DIRECT("detach, v1", detach, SMALL(.in_user_space = true, .version = 1)),
	DIRECT("close container, v2", close_container, SMALL()),
	DIRECT("close container, region in use", close_container, SMALL(), .prepare = region_kept),
	DIRECT("close container, v1", close_container, SMALL(.in_user_space = true, .version = 1)),
#if !POLICY_FLAT_MIRROR
	CREATE("create window, no memory for the mirror", SHAPE(.levels = 1), CREATE_OF(16, 64 * MIB, 1),
	       .prepare = no_second_page),
#endif
#if POLICY_DEVICE_MEMORY
	DIRECT("register 16 pages of a device", register_device, EMPTY_V2),
	DIRECT("register 16 pages of a device, overlaps", register_device, SHAPE(.levels = 1)),
	DIRECT("register 16 pages of a device, no memory", register_device, EMPTY_V2, .prepare = no_link),
#endif
};

GROUP(container_paths, "containers", paths);
