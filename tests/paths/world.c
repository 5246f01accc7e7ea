// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <stdlib.h>
#include <string.h>

#define DMA32_SIZE (1ULL << 30)
#define OTHER_REGION_PAGES 16
#define USER_MEMORY_SIZE (2 * WORLD_RAM_SIZE)

static struct world world;
static u64 user_memory;

/* RAM and the other regions are one block: their order decides how far a look-up compares. */
u64 world_ram(void)
{
	if (!user_memory)
		user_memory = port_to_hpa(port_pages_alloc(USER_MEMORY_SIZE));
	return user_memory;
}

static u32 or_default(u32 value, u32 standard)
{
	return value ? value : standard;
}

static void require(long rc)
{
	PORT_BUG_ON(rc);
}

static void make_machine(const struct world_shape *shape)
{
	struct kvm_memslot slots[] = {{.gpa = 0, .pages = WORLD_RAM_SIZE >> PAGE_SHIFT, .ua = world_ram()}};

	mm_context_init(&world.mm, ~0ULL >> PAGE_SHIFT);
	kvm_init(&world.kvm, &world.mm);
	kvm_set_memslots(&world.kvm, slots, 1);
	world.kvm.real_mode = !shape->virtual_mode;
	world.kvm.multi_tce = shape->multi_tce;
	user_init(&world.process, &world.kvm, world_ram(), WORLD_RAM_SIZE);
	world.phb.model = shape->phb;
	world.group.phb = &world.phb;
	world.group.pe = 1;
	world.group.dma32_size = DMA32_SIZE;
	world.group.page_sizes = 1ULL << 12 | 1ULL << 16;
	world.group.dynamic_windows = or_default(shape->version, 2) == 2;
}

/* A guest view with pages of another size than the hardware's: made past user space. */
static void add_view(const struct world_shape *shape)
{
	struct kvm_create_spapr_tce_64 args = {
		.liobn = WORLD_LIOBN, .page_shift = shape->view_shift, .size = DMA32_SIZE >> shape->view_shift};
	struct kvm_tce_table *view;

	require(kvm_tce_table_create(&world.kvm, &args, &view));
	require(kvm_tce_table_attach(view, &world.group));
}

static void add_device(const struct world_shape *shape)
{
	struct user_window window = {.liobn = WORLD_LIOBN,
				     .size = DMA32_SIZE,
				     .page_shift = or_default(shape->page_shift, 12),
				     .levels = or_default(shape->levels, 1),
				     .in_kernel = !shape->in_user_space && !shape->view_shift};

	if (!world.group.dynamic_windows)
		require(window_set_default(&world.group));
	require(user_add_device(&world.process, &world.group, or_default(shape->version, 2), &window));
	if (shape->view_shift)
		add_view(shape);
}

static void add_others(const struct world_shape *shape)
{
	for (u32 i = 0; i < shape->newer_tables; i++) {
		struct kvm_create_spapr_tce_64 args = {.liobn = WORLD_LIOBN + 1 + i, .page_shift = 12, .size = 16};
		struct kvm_tce_table *table;

		require(kvm_tce_table_create(&world.kvm, &args, &table));
	}
	for (u32 i = 0; i < shape->newer_regions; i++) {
		u64 ua = world_ram() + WORLD_RAM_SIZE + i * (OTHER_REGION_PAGES << PAGE_SHIFT);
		struct mm_region *region;

		require(region_new(&world.mm, ua, OTHER_REGION_PAGES, &region));
	}
}

struct world *world_make(const struct world_shape *shape)
{
	u32 guest_shift = or_default(shape->view_shift, or_default(shape->page_shift, 12));

	memset(&world, 0, sizeof(world));
	make_machine(shape);
	add_device(shape);
	add_others(shape);
	require(dma_window_init(&world.window, &world.kvm, WORLD_LIOBN, 0, DMA32_SIZE, guest_shift, PAGE_SHIFT,
				shape->multi_tce, WORLD_LIST_GPA));
	return &world;
}
