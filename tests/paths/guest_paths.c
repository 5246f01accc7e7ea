// SPDX-License-Identifier: Apache-2.0
/* guest_paths.c - the guest's allocator of bus addresses and its DMA API. */
#include "counting.h"
#include "direct.h"
#include "guest_dma.h"
#include "hcall/policy.h"
#include "hypercall.h"

#define KIB 1024ULL

/* ---- Bus addresses ---- */

static void use(struct world *world, u64 first, u64 end)
{
	for (u64 page = first; page < end; page++)
		world->window.space.bitmap[page / 64] |= 1ULL << (page % 64);
}

static struct iova_pool *own_pool(struct world *world)
{
	return &world->window.space.pools[0];
}

static void hint_taken(struct world *world)
{
	use(world, own_pool(world)->hint, own_pool(world)->hint + 100);
}

/* Every other page is free: no room for more than one. */
static void hint_in_fragments(struct world *world)
{
	struct iova_pool *pool = own_pool(world);

	for (u64 page = pool->hint; page < pool->hint + 128; page += 2)
		use(world, page, page + 1);
}

static void hint_at_the_end(struct world *world)
{
	own_pool(world)->hint = own_pool(world)->end;
}

static void hint_near_the_end(struct world *world)
{
	own_pool(world)->hint = own_pool(world)->end - 1;
}

static void own_pool_full(struct world *world)
{
	use(world, 0, own_pool(world)->end);
}

static void large_pool_full(struct world *world)
{
	use(world, world->window.space.large.start, world->window.space.large.end);
}

static void all_full(struct world *world)
{
	use(world, 0, world->window.space.size);
}

static long allocate_1(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return (long)iova_alloc(&world->window.space, 1, 0);
}

static long allocate_8(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return (long)iova_alloc(&world->window.space, 8, 0);
}

static long allocate_16_aligned(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return (long)iova_alloc(&world->window.space, 16, 4);
}

static long allocate_100(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return (long)iova_alloc(&world->window.space, 100, 0);
}

static long allocate_512(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return (long)iova_alloc(&world->window.space, 512, 0);
}

/* Pages of 16 MiB: 256 of them make 4 GiB, and no allocation crosses such a border. */
static void before_a_border(struct world *world)
{
	world->window.space.large.hint = (world->window.space.large.start | 255) - 9;
}

static u64 page;

static void allocated_1(struct world *world)
{
	page = iova_alloc(&world->window.space, 1, 0);
}

static void allocated_512(struct world *world)
{
	page = iova_alloc(&world->window.space, 512, 0);
}

static long free_1(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	iova_free(&world->window.space, page, 1);
	return 0;
}

static long free_512(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	iova_free(&world->window.space, page, 512);
	return 0;
}

static long init_space(struct world *world, const struct world_shape *shape)
{
	return iova_init(&world->window.space, 0, shape->window_size >> 12, 12);
}

static long init_window(struct world *world, const struct world_shape *shape)
{
	return dma_window_init(&world->window, &world->kvm, WORLD_LIOBN, IOMMU_WINDOW1_BASE, shape->window_size, 12,
			       PAGE_SHIFT, shape->multi_tce, 0);
}

static long destroy_space(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	iova_destroy(&world->window.space);
	return 0;
}

static void no_bitmap(struct world *world)
{
	(void)world;
	counting_fail(COUNTING_ALLOC, 1);
}

/* ---- Mappings ---- */

static long no_resources(struct kvm_user *user, struct hcall *call)
{
	(void)user;
	(void)call;
	return H_NOT_ENOUGH_RESOURCES;
}

static struct kvm_user unwilling = {.papr_hcall = no_resources};

/* What KVM passes on is refused for want of resources. */
static void unwilling_user_space(struct world *world)
{
	world->kvm.user = &unwilling;
}

static void unknown_to_the_host(struct world *world)
{
	world->window.liobn = 7;
}

static const struct meter_path paths[] = {
	DIRECT("allocate 1 page at the hint", allocate_1, SHAPE(.levels = 1)),
	DIRECT("allocate 8 pages at the hint", allocate_8, SHAPE(.levels = 1)),
	DIRECT("allocate 1 page, 100 taken at the hint", allocate_1, SHAPE(.levels = 1), .prepare = hint_taken),
	DIRECT("allocate 8 pages, fragments at the hint", allocate_8, SHAPE(.levels = 1), .prepare = hint_in_fragments),
	DIRECT("allocate 1 page, hint past the end", allocate_1, SHAPE(.levels = 1), .prepare = hint_at_the_end),
	DIRECT("allocate 8 pages, wrap around", allocate_8, SHAPE(.levels = 1), .prepare = hint_near_the_end),
	DIRECT("allocate 1 page, own pool full", allocate_1, SHAPE(.window_size = 256ULL << 20),
	       .prepare = own_pool_full),
	DIRECT("allocate 1 page, own of four pools full", allocate_1, SHAPE(.levels = 1), .prepare = own_pool_full),
	DIRECT("allocate 1 page, all full", allocate_1, SHAPE(.levels = 1), .prepare = all_full),
	DIRECT("allocate 16 aligned pages", allocate_16_aligned, SHAPE(.levels = 1)),
	DIRECT("allocate 100 pages", allocate_100, SHAPE(.levels = 1)),
	DIRECT("allocate 512 pages", allocate_512, SHAPE(.levels = 1)),
	DIRECT("allocate 100 pages, large pool full", allocate_100, SHAPE(.levels = 1), .prepare = large_pool_full),
	DIRECT("allocate 100 pages, across a border of 4 GiB", allocate_100,
	       SHAPE(.window_size = 1ULL << 36, .page_shift = 24, .ram_size = 64ULL << 20), .prepare = before_a_border),
	DIRECT("free 1 page", free_1, SHAPE(.levels = 1), .prepare = allocated_1),
	DIRECT("free 512 pages", free_512, SHAPE(.levels = 1), .prepare = allocated_512),
	DIRECT("initialize addresses of 1 GiB", init_space, SHAPE(.window_size = 1ULL << 30)),
	DIRECT("initialize addresses, no memory", init_space, SHAPE(.window_size = 1ULL << 30), .prepare = no_bitmap),
	DIRECT("forget addresses", destroy_space, SHAPE(.levels = 1)),
	DIRECT("initialize second window", init_window, SHAPE(.window_size = 1ULL << 30)),
	DMA_MAP("map 100 bytes across a page", .offset = 4050, .size = 100),
	DMA_MAP("map 4 KiB to the device", .size = 4 * KIB, .direction = DMA_TO_DEVICE),
	DMA_MAP("map 4 KiB, user space v2", SHAPE(.in_user_space = true), .size = 4 * KIB),
	DMA_MAP("map 4 KiB, 20th region", SHAPE(.newer_regions = 19), .size = 4 * KIB),
	DMA_MAP("map 64 KiB, 64 KiB pages", SHAPE(.page_shift = 16), .size = 64 * KIB),
	DMA_MAP("map 1 MiB by single entries", .size = 1024 * KIB),
	DMA_MAP("map 4 MiB by two lists", SHAPE(.multi_tce = true), .size = 4096 * KIB),
	DMA_MAP("map 64 KiB by a list, 4 levels", SHAPE(.multi_tce = true, .levels = 4), .size = 64 * KIB),
	DMA_MAP("map 4 KiB, window full", .size = 4 * KIB, .prepare = all_full),
	DMA_MAP("map 4 KiB, unknown to the host", .size = 4 * KIB, .prepare = unknown_to_the_host),
	DMA_MAP("map 4 KiB, no resources", SHAPE(.in_user_space = true), .size = 4 * KIB,
		.prepare = unwilling_user_space),
	DMA_MAP("map 64 KiB by a list, no resources", SHAPE(.in_user_space = true, .multi_tce = true), .size = 64 * KIB,
		.prepare = unwilling_user_space),
	DMA_UNMAP("unmap 4 KiB, user space v2", SHAPE(.in_user_space = true), .size = 4 * KIB),
	DMA_UNMAP("unmap 100 bytes across a page", .offset = 4050, .size = 100),
	DMA_UNMAP("unmap 4 MiB in two calls", SHAPE(.multi_tce = true), .size = 4096 * KIB),
	DMA_UNMAP("unmap 64 KiB, 64 KiB pages", SHAPE(.page_shift = 16), .size = 64 * KIB),
#if POLICY_REAL_MODE
	DMA_MAP("map 64 KiB by a list, virtual mode", SHAPE(.multi_tce = true, .virtual_mode = true), .size = 64 * KIB),
	DMA_UNMAP("unmap 4 KiB, virtual mode, 3 levels", SHAPE(.virtual_mode = true, .levels = 3), .size = 4 * KIB),
#endif
#if !POLICY_EAGER_LEVELS
	DMA_MAP("map 4 KiB, 3 levels, first", SHAPE(.levels = 3), .first = true, .size = 4 * KIB),
#endif
};

GROUP(guest_paths, "guest", paths);
