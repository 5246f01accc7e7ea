// SPDX-License-Identifier: Apache-2.0
/* view_paths.c - life of KVM's tables and of the process's, and how devices come to them. */
#include "counting.h"
#include "direct.h"
#include "hcall/policy.h"
#include "hypercall.h"

#define SMALL(...) SHAPE(.window_size = 64ULL << 20, __VA_ARGS__)

static long create(struct world *world, u32 shift, u64 size, u32 flags)
{
	struct kvm_create_spapr_tce_64 args = {
		.liobn = WORLD_LIOBN + 0x100, .page_shift = shift, .flags = flags, .size = size};
	struct kvm_tce_table *table;

	return kvm_tce_table_create(&world->kvm, &args, &table);
}

static long create_view(struct world *world, const struct world_shape *shape)
{
	return create(world, 16, (1ULL << 30) >> 16, shape->multi_tce);
}

static long create_view_twice(struct world *world, const struct world_shape *shape)
{
	struct kvm_create_spapr_tce_64 args = {.liobn = WORLD_LIOBN, .page_shift = 12, .size = 16};
	struct kvm_tce_table *table;

	(void)shape;
	return kvm_tce_table_create(&world->kvm, &args, &table);
}

static long create_view_of_nothing(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return create(world, 16, 0, 0);
}

static long create_view_past_the_end(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return create(world, 34, 1ULL << 40, 0);
}

static long close_view(struct world *world, const struct world_shape *shape)
{
	(void)world;
	(void)shape;
	kvm_tce_table_close(world_view());
	return 0;
}

static struct kvm_tce_table *view;

static void find_view(struct world *world)
{
	(void)world;
	view = world_view();
}

static void limit_reached(struct world *world)
{
	world->mm.locked_limit = world->mm.locked_pages;
}

/* The view has as many pages as it can have. */
static void all_pages(struct world *world)
{
	(void)world;
	for (u64 entry = 0; entry < world_view()->size; entry += TCES_PER_PAGE)
		kvm_tce_table_slot_alloc(world_view(), entry);
}

static void no_object(struct world *world)
{
	find_view(world);
	counting_fail(COUNTING_ALLOC, 1);
}

static void other_group_attached(struct world *world)
{
	find_view(world);
	world_require(vfio_container_open(VFIO_SPAPR_TCE_v2_IOMMU, &world->mm, &world->other_container));
	world_require(vfio_attach(world->other_container, &world->other_group));
}

static void other_window_no_object(struct world *world)
{
	struct vfio_tce_create create_window = {
		.argsz = sizeof(create_window), .page_shift = 12, .window_size = world->group.dma32_size, .levels = 1};
	struct vfio_tce_remove remove = {.argsz = sizeof(remove)};

	other_group_attached(world);
	world_require(vfio_ioctl(world->other_container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove));
	world_require(vfio_ioctl(world->other_container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create_window));
	counting_fail(COUNTING_ALLOC, 1);
}

static void other_window(struct world *world)
{
	other_window_no_object(world);
	counting_fail(COUNTING_ALLOC, 0);
}

static long attach(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return kvm_tce_table_attach(view, &world->group);
}

static long attach_other(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	return kvm_tce_table_attach(view, &world->other_group);
}

static long detach(struct world *world, const struct world_shape *shape)
{
	(void)shape;
	kvm_detach_group(&world->kvm, &world->group);
	return 0;
}

/* A second device of the same guest, as user space adds it; each of these steps can fail. */
static long add_another_device(struct world *world, const struct world_shape *shape)
{
	struct hcall_setup setup = {.window = {.liobn = WORLD_LIOBN + 0x100,
					       .size = shape->window_size,
					       .page_shift = 12,
					       .levels = 1,
					       .in_kernel = !shape->in_user_space}};

	return user_add_device(&world->process, &world->other_group, &setup);
}

static void no_container(struct world *world)
{
	(void)world;
	counting_fail(COUNTING_ALLOC, 3);
}

static void no_user_table(struct world *world)
{
	(void)world;
	counting_fail(COUNTING_ALLOC, 5);
}

static void no_user_values(struct world *world)
{
	(void)world;
	counting_fail(COUNTING_ALLOC, 8);
}

static const struct meter_path paths[] = {
	DIRECT("create view", create_view, SHAPE(.no_device = true)),
	DIRECT("create view, 20 tables", create_view, SHAPE(.newer_tables = 19)),
	DIRECT("create view, LIOBN taken", create_view_twice, SHAPE(.newer_tables = 4)),
	DIRECT("create view, flags", create_view, SHAPE(.multi_tce = true)),
	DIRECT("create view, no size", create_view_of_nothing, SHAPE(.levels = 1)),
	DIRECT("create view, limit reached", create_view, SHAPE(.levels = 1), .prepare = limit_reached),
	DIRECT("create view, no memory", create_view, SHAPE(.levels = 1), .prepare = no_object),
	DIRECT("close view", close_view, SHAPE(.levels = 1)),
	DIRECT("close view, 32 pages", close_view, SHAPE(.levels = 1), .prepare = all_pages),
	DIRECT("close view, two tables, 5th", close_view, SHAPE(.second_container = true, .newer_tables = 4)),
	DIRECT("attach view again", attach, SHAPE(.levels = 1), .prepare = find_view),
	DIRECT("attach view, second table", attach_other, SMALL(), .prepare = other_window),
	DIRECT("attach view, no window fits", attach_other, SMALL(), .prepare = other_group_attached),
	DIRECT("attach view, no memory", attach_other, SMALL(), .prepare = other_window_no_object),
	DIRECT("detach group, 20 views", detach, SHAPE(.newer_tables = 19)),
	DIRECT("detach group, two tables", detach, SHAPE(.second_container = true)),
	DIRECT("add a second device", add_another_device, SMALL()),
	DIRECT("add a second device, table in the process", add_another_device, SMALL(.in_user_space = true)),
	DIRECT("add a second device, no memory for a container", add_another_device, SMALL(), .prepare = no_container),
	DIRECT("add a second device, limit reached", add_another_device, SMALL(), .prepare = limit_reached),
	DIRECT("add a second device, no memory for a table", add_another_device, SMALL(), .prepare = no_user_table),
	DIRECT("add a second device, no memory for its entries", add_another_device, SMALL(.in_user_space = true),
	       .prepare = no_user_values),
#if !POLICY_VIEW_SIZE_UNCHECKED
	DIRECT("create view, past the end", create_view_past_the_end, SHAPE(.levels = 1)),
#endif
};

GROUP(view_paths, "views and devices", paths);
