// SPDX-License-Identifier: Apache-2.0
/* map_paths.c - the ioctls MAP_DMA and UNMAP_DMA of a container by themselves. */
#include "counting.h"
#include "hcall/policy.h"
#include "hypercall.h"
#include "ioctl.h"

#define FIRST 0x1230000ULL
#define KIB 1024ULL
#define READ_WRITE (VFIO_DMA_MAP_READ | VFIO_DMA_MAP_WRITE)

#define V2(...) SHAPE(.in_user_space = true, __VA_ARGS__)
#define V1(...) SHAPE(.in_user_space = true, .version = 1, __VA_ARGS__)
#define MAP_OF(bytes, ...)                                                                                             \
	ARGUMENT(map, .flags = READ_WRITE, .vaddr = 64 * KIB, .iova = FIRST, .size = (bytes), __VA_ARGS__)
#define UNMAP_OF(bytes) ARGUMENT(unmap, .iova = FIRST, .size = (bytes))

static void map_first(struct world *world, union ioctl_argument *argument)
{
	union ioctl_argument map = *argument;

	if (map.map.flags) {
		world_require(vfio_ioctl(world->container, VFIO_IOMMU_MAP_DMA, &map));
		return;
	}
	map.map = (struct vfio_dma_map){.argsz = sizeof(map.map),
					.flags = READ_WRITE,
					.vaddr = world_ram(),
					.iova = argument->unmap.iova,
					.size = argument->unmap.size};
	world_require(vfio_ioctl(world->container, VFIO_IOMMU_MAP_DMA, &map));
}

/* The levels are there, the entries are clear. */
static void touch_first(struct world *world, union ioctl_argument *argument)
{
	union ioctl_argument unmap = {.unmap = {.argsz = sizeof(unmap.unmap)}};

	unmap.unmap.iova = argument->map.iova;
	unmap.unmap.size = argument->map.size;
	map_first(world, argument);
	world_require(vfio_ioctl(world->container, VFIO_IOMMU_UNMAP_DMA, &unmap));
}

static void disabled(struct world *world, union ioctl_argument *argument)
{
	(void)argument;
	world->container->enabled = false;
}

static void argument_too_short(struct world *world, union ioctl_argument *argument)
{
	(void)world;
	argument->map.argsz = 8;
}

static void unknown_flag(struct world *world, union ioctl_argument *argument)
{
	(void)world;
	argument->map.flags |= 8;
}

static void nothing_registered(struct world *world, union ioctl_argument *argument)
{
	(void)argument;
	list_init(&world->mm.regions);
}

static void region_ends(struct world *world, union ioctl_argument *argument)
{
	(void)world;
	(void)argument;
	world_ram_region()->mapped = 0;
}

static void third_page_not_pinned(struct world *world, union ioctl_argument *argument)
{
	(void)world;
	(void)argument;
	counting_fail(COUNTING_PIN, 3);
}

static void smaller_host_pages(struct world *world, union ioctl_argument *argument)
{
	(void)world;
	(void)argument;
	counting_set_host_page(PAGE_SHIFT);
}

static void no_page(struct world *world, union ioctl_argument *argument)
{
	(void)world;
	(void)argument;
	counting_fail(COUNTING_PAGES_ALLOC, 1);
}

/* The mirror's level comes first. */
static void no_second_page(struct world *world, union ioctl_argument *argument)
{
	(void)world;
	(void)argument;
	counting_fail(COUNTING_PAGES_ALLOC, 2);
}

/* A group without a window of its own: the first call makes the default window. */
static void attached(struct world *world, union ioctl_argument *argument)
{
	struct vfio_register_memory memory = {.argsz = sizeof(memory), .vaddr = world_ram(), .size = 1 << 20};

	(void)argument;
	world_require(vfio_attach(world->container, &world->group));
	world_require(vfio_ioctl(world->container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory));
}

static void attached_without_memory(struct world *world, union ioctl_argument *argument)
{
	attached(world, argument);
	world->mm.locked_limit = 0;
}

#define MAP(text, ...) IOCTL(text, VFIO_IOMMU_MAP_DMA, __VA_ARGS__)
#define UNMAP(text, ...) IOCTL(text, VFIO_IOMMU_UNMAP_DMA, __VA_ARGS__)

static const struct meter_path paths[] = {
	MAP("map ioctl, 1 page, v2", V2(), MAP_OF(4 * KIB), .prepare = touch_first),
	MAP("map ioctl, 16 pages, v2", V2(), MAP_OF(64 * KIB), .prepare = touch_first),
	MAP("map ioctl, 512 pages, v2", V2(), MAP_OF(2048 * KIB), .prepare = touch_first),
	MAP("map ioctl, 1 page, v1", V1(), MAP_OF(4 * KIB), .prepare = touch_first),
	MAP("map ioctl, 16 pages, v1", V1(), MAP_OF(64 * KIB), .prepare = touch_first),
	MAP("map ioctl, 512 pages, v1", V1(), MAP_OF(2048 * KIB), .prepare = touch_first),
	MAP("map ioctl, 16 pages over old, v2", V2(), MAP_OF(64 * KIB), .prepare = map_first),
	MAP("map ioctl, 16 pages over old, v1", V1(), MAP_OF(64 * KIB), .prepare = map_first),
	MAP("map ioctl, 16 pages, 2 levels", V2(.levels = 2), MAP_OF(64 * KIB), .prepare = touch_first),
	MAP("map ioctl, 16 pages, 4 levels", V2(.levels = 4), MAP_OF(64 * KIB), .prepare = touch_first),
	MAP("map ioctl, 16 pages, 20th region", V2(.newer_regions = 19), MAP_OF(64 * KIB), .prepare = touch_first),
	MAP("map ioctl, 1 page for reading, v2", V2(),
	    ARGUMENT(map, .flags = VFIO_DMA_MAP_READ, .iova = FIRST, .size = 4 * KIB)),
	MAP("map ioctl, 1 page for writing, v1", V1(),
	    ARGUMENT(map, .flags = VFIO_DMA_MAP_WRITE, .iova = FIRST, .size = 4 * KIB)),
	MAP("map ioctl, 16 pages, P7IOC", V2(.phb = WORLD_P7IOC), MAP_OF(64 * KIB), .prepare = touch_first),
	MAP("map ioctl, 16 pages, PHB4", V2(.phb = WORLD_PHB4), MAP_OF(64 * KIB), .prepare = touch_first),
	MAP("map ioctl, first, makes the default window", SHAPE(.no_device = true, .window_size = 64ULL << 20),
	    MAP_OF(4 * KIB), .prepare = attached),
	MAP("map ioctl, no memory for the default window", SHAPE(.no_device = true), MAP_OF(4 * KIB),
	    .prepare = attached_without_memory),
	MAP("map ioctl, disabled", V2(), MAP_OF(4 * KIB), .prepare = disabled),
	MAP("map ioctl, argument too short", V2(), MAP_OF(4 * KIB), .prepare = argument_too_short),
	MAP("map ioctl, unknown flag", V2(), MAP_OF(4 * KIB), .prepare = unknown_flag),
	MAP("map ioctl, no flag", V2(), ARGUMENT(map, .iova = FIRST, .size = 4 * KIB)),
	MAP("map ioctl, no window there", V2(),
	    ARGUMENT(map, .flags = READ_WRITE, .iova = 1ULL << 40, .size = 4 * KIB)),
	MAP("map ioctl, size misaligned", V2(), MAP_OF(5000)),
	MAP("map ioctl, iova misaligned", V2(), ARGUMENT(map, .flags = READ_WRITE, .iova = FIRST + 8, .size = 4 * KIB)),
	MAP("map ioctl, past the window", V2(),
	    ARGUMENT(map, .flags = READ_WRITE, .iova = (1ULL << 30) - 4 * KIB, .size = 8 * KIB)),
	MAP("map ioctl, not registered", V2(), MAP_OF(64 * KIB), .prepare = nothing_registered),
	MAP("map ioctl, 16 pages, 9th not registered", V2(),
	    ARGUMENT(map, .flags = READ_WRITE, .vaddr = (16ULL << 20) - 32 * KIB, .iova = FIRST, .size = 64 * KIB)),
	MAP("map ioctl, region being released", V2(), MAP_OF(64 * KIB), .prepare = region_ends),
	MAP("map ioctl, 3rd page not to be pinned, v1", V1(), MAP_OF(64 * KIB), .prepare = third_page_not_pinned),
	MAP("map ioctl, 16 MiB pages on small host pages",
	    V2(.page_shift = 24, .host_shift = 24, .ram_size = 64ULL << 20),
	    ARGUMENT(map, .flags = READ_WRITE, .iova = 16ULL << 20, .size = 16ULL << 20),
	    .prepare = smaller_host_pages),
	MAP("map ioctl, no memory for the mirror", V2(.levels = 3), MAP_OF(64 * KIB), .prepare = no_page),
	UNMAP("unmap ioctl, 1 page, v2", V2(), UNMAP_OF(4 * KIB), .prepare = map_first),
	UNMAP("unmap ioctl, 16 pages, v2", V2(), UNMAP_OF(64 * KIB), .prepare = map_first),
	UNMAP("unmap ioctl, 512 pages, v2", V2(), UNMAP_OF(2048 * KIB), .prepare = map_first),
	UNMAP("unmap ioctl, 1 page, v1", V1(), UNMAP_OF(4 * KIB), .prepare = map_first),
	UNMAP("unmap ioctl, 512 pages, v1", V1(), UNMAP_OF(2048 * KIB), .prepare = map_first),
	UNMAP("unmap ioctl, 16 pages, 3 levels", V2(.levels = 3), UNMAP_OF(64 * KIB), .prepare = map_first),
	UNMAP("unmap ioctl, 16 pages, 4 levels", V2(.levels = 4), UNMAP_OF(64 * KIB), .prepare = map_first),
	UNMAP("unmap ioctl, 16 clear pages, v2", V2(), UNMAP_OF(64 * KIB)),
	UNMAP("unmap ioctl, 16 clear pages, v1", V1(), UNMAP_OF(64 * KIB)),
	UNMAP("unmap ioctl, disabled", V2(), UNMAP_OF(4 * KIB), .prepare = disabled),
	UNMAP("unmap ioctl, argument too short", V2(), UNMAP_OF(4 * KIB), .prepare = argument_too_short),
	UNMAP("unmap ioctl, no window there", V2(), ARGUMENT(unmap, .iova = 1ULL << 40, .size = 4 * KIB)),
	UNMAP("unmap ioctl, size misaligned", V2(), UNMAP_OF(5000)),
	UNMAP("unmap ioctl, past the window", V2(), UNMAP_OF(1ULL << 30)),
#if !POLICY_EAGER_LEVELS
	MAP("map ioctl, 16 pages, levels absent", V2(.levels = 3), MAP_OF(64 * KIB)),
	MAP("map ioctl, no memory for a level", V2(.levels = 2), MAP_OF(64 * KIB), .prepare = no_second_page),
	UNMAP("unmap ioctl, levels absent, PHB4", V2(.levels = 3, .phb = WORLD_PHB4), UNMAP_OF(256ULL << 20)),
#endif
};

GROUP(map_paths, "map and unmap ioctls", paths);
