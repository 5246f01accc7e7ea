// SPDX-License-Identifier: Apache-2.0
/* refused_paths.c - hypercalls that fail a check, and what their fall through the levels costs. */
#include "counting.h"
#include "hcall/policy.h"
#include "hypercall.h"

#define MULTI(...) SHAPE(.multi_tce = true, __VA_ARGS__)
#define VIRTUAL SHAPE(.virtual_mode = true)
#define MULTI_VIRTUAL SHAPE(.multi_tce = true, .virtual_mode = true)

/* Paths that change nothing but the call are written as one expression on it. */
#define CHANGE_CALL(name, expression)                                                                                  \
	static void name(struct world *world, const struct world_shape *shape, struct hcall *call)                     \
	{                                                                                                              \
		(void)world;                                                                                           \
		(void)shape;                                                                                           \
		expression;                                                                                            \
	}

CHANGE_CALL(misaligned_page, call->value += 4096)
CHANGE_CALL(no_such_memory, call->value = 1ULL << 50 | TCE_PERM)
CHANGE_CALL(list_misaligned, call->value += 8)
CHANGE_CALL(list_nowhere, call->value = 1ULL << 50)
CHANGE_CALL(too_many, call->count = 513)
CHANGE_CALL(none, call->count = 0)
CHANGE_CALL(more_than_fit, call->ioba = (1ULL << 30) - (8ULL << 12))
CHANGE_CALL(value_with_permission, call->value = TCE_READ)
CHANGE_CALL(value_without_permission, call->value = 1ULL << 20)
CHANGE_CALL(unknown_call, call->opcode = 0x24)
CHANGE_CALL(liobn_of_64_bits, call->liobn |= 1ULL << 40)

static void nobody_in_user_space(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	world->kvm.user = NULL;
	unknown_liobn(world, shape, call);
}

static void radix_guest(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)shape;
	(void)call;
	world->kvm.radix = true;
}

static void not_registered(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)shape;
	(void)call;
	list_init(&world->mm.regions);
}

/* A slot of 16 MiB pages, of which only the first half is registered. */
static void half_registered(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	struct mm_region *region;

	(void)shape;
	(void)call;
	list_init(&world->mm.regions);
	world_require(region_new(&world->mm, world_ram(), (24ULL << 20) >> PAGE_SHIFT, &region));
}

static void region_being_released(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)world;
	(void)shape;
	(void)call;
	world_ram_region()->mapped = 0;
}

/* Host pages that a region takes for huge ones although they do not begin one. */
static void scattered_huge_pages(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	struct mm_region *region = world_ram_region();

	(void)world;
	(void)shape;
	(void)call;
	for (u64 i = 0; i < region->pages; i++)
		region->hpas[i] += PAGE_SIZE;
}

static void mirror_forgotten(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	struct iommu_table *table = world->group.tables[0];

	(void)shape;
	*iommu_table_mirror(table, call->ioba >> table->page_shift, true) = 0;
}

/* The view's page is there, the levels below it are not. */
static void next_entry_only(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)shape;
	(void)world;
	*kvm_tce_table_slot_alloc(world_view(), (call->ioba >> world_view()->page_shift) + 1) = TCE_PERM;
}

/* "fixed" makes place in the view before anything else. */
#define PAGES_OF_THE_VIEW (SOUND ? 1 : 0)

static void no_memory_for_a_page(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)world;
	(void)shape;
	(void)call;
	counting_fail(COUNTING_PAGES_ALLOC, 1);
}

static void no_memory_for_the_mirror(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)world;
	(void)shape;
	(void)call;
	counting_fail(COUNTING_PAGES_ALLOC, PAGES_OF_THE_VIEW + 1);
}

/* Virtual mode makes the mirror's leaf first, then the table's. */
static void no_memory_for_a_level(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)world;
	(void)shape;
	(void)call;
	counting_fail(COUNTING_PAGES_ALLOC, PAGES_OF_THE_VIEW + 2);
}

static void translation_fails(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	not_registered(world, shape, call);
	counting_fail(COUNTING_TRANSLATE, 1);
}

/* Only the part of RAM that holds no list is registered. */
static void list_not_registered(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	struct mm_region *region;

	(void)call;
	list_init(&world->mm.regions);
	world_require(region_new(&world->mm, world_ram(), world_list_gpa(shape) >> PAGE_SHIFT, &region));
}

static void list_unreadable(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)world;
	(void)shape;
	(void)call;
	counting_fail(COUNTING_READ_UA, 10);
}

static void tenth_entry_nowhere(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)world;
	(void)call;
	hypercall_write_list(shape, 9, 1ULL << 50 | TCE_PERM);
}

static void tenth_entry_empty(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)world;
	(void)call;
	hypercall_write_list(shape, 9, 0);
}

/* A table of a v1 container has no mirror; its data pages are registered all the same. */
static void registered_memory(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	struct mm_region *region;

	(void)call;
	world_require(region_new(&world->mm, world_ram(), world_list_gpa(shape) >> PAGE_SHIFT, &region));
}

static const struct meter_path paths[] = {
	PATH("put, unknown LIOBN of 64 bits", CALL(PUT, TOUCHED, 1), .prepare = liobn_of_64_bits),
	PATH("put, unknown LIOBN, nobody in user space", CALL(PUT, TOUCHED, 1), .prepare = nobody_in_user_space),
	PATH("put, past the window", CALL(PUT, TOUCHED, 1), .prepare = past_the_window),
	PATH("put, past the window, user space", SHAPE(.in_user_space = true), CALL(PUT, TOUCHED, 1),
	     .prepare = past_the_window),
	PATH("put, misaligned page", SHAPE(.page_shift = 16), CALL(PUT, TOUCHED, 1), .prepare = misaligned_page),
	PATH("put, page not in RAM", CALL(PUT, TOUCHED, 1), .prepare = no_such_memory),
	PATH("put, page not in RAM, 20 slots, virtual mode", SHAPE(.earlier_slots = 19, .virtual_mode = true),
	     CALL(PUT, TOUCHED, 1), .prepare = no_such_memory),
	PATH("put, page not in RAM, user space", SHAPE(.in_user_space = true), CALL(PUT, TOUCHED, 1),
	     .prepare = no_such_memory),
	PATH("put, page not registered", CALL(PUT, TOUCHED, 1), .prepare = not_registered),
	PATH("put, page not registered, user space", SHAPE(.in_user_space = true), CALL(PUT, TOUCHED, 1),
	     .prepare = not_registered),
	PATH("put, 16 MiB pages on small host pages", SHAPE(.page_shift = 24, .ram_size = 64ULL << 20),
	     CALL(PUT, TOUCHED, 1)),
	PATH("put, region being released", CALL(PUT, TOUCHED, 1), .prepare = region_being_released),
	PATH("put, table without mirror", SHAPE(.version = 1), CALL(PUT, EMPTY, 1), .prepare = registered_memory),
	PATH("clear, table without mirror", SHAPE(.version = 1), CALL(CLEAR, MAPPED, 1)),
	PATH("clear, mirror forgotten", CALL(CLEAR, MAPPED, 1), .prepare = mirror_forgotten),
	PATH("clear, past the window", CALL(CLEAR, MAPPED, 1), .prepare = past_the_window),
	PATH("get, unknown LIOBN", CALL(GET, MAPPED, 1), .prepare = unknown_liobn),
	PATH("get, misaligned", CALL(GET, MAPPED, 1), .prepare = misaligned_ioba),
	PATH("get, past the window, user space", SHAPE(.in_user_space = true), CALL(GET, MAPPED, 1),
	     .prepare = past_the_window),
	PATH("unknown hypercall", CALL(GET, EMPTY, 1), .prepare = unknown_call),
	PATH("indirect 16, unknown LIOBN", MULTI(), CALL(INDIRECT, TOUCHED, 16), .prepare = unknown_liobn),
	PATH("indirect 513", MULTI(), CALL(INDIRECT, TOUCHED, 16), .prepare = too_many),
	PATH("indirect 513, user space", SHAPE(.in_user_space = true), CALL(INDIRECT, TOUCHED, 16),
	     .prepare = too_many),
	PATH("indirect 0", MULTI(), CALL(INDIRECT, TOUCHED, 1), .prepare = none),
	PATH("indirect 16, list misaligned", MULTI(), CALL(INDIRECT, TOUCHED, 16), .prepare = list_misaligned),
	PATH("indirect 16, list not in RAM", MULTI(), CALL(INDIRECT, TOUCHED, 16), .prepare = list_nowhere),
	PATH("indirect 16, list unreadable, virtual mode", MULTI_VIRTUAL, CALL(INDIRECT, TOUCHED, 16),
	     .prepare = list_unreadable),
	PATH("indirect 16, misaligned", MULTI(), CALL(INDIRECT, TOUCHED, 16), .prepare = misaligned_ioba),
	PATH("indirect 16, more than fit", MULTI(), CALL(INDIRECT, TOUCHED, 16), .prepare = more_than_fit),
	PATH("indirect 16, more than fit, user space", SHAPE(.in_user_space = true), CALL(INDIRECT, TOUCHED, 16),
	     .prepare = more_than_fit),
	PATH("indirect 16, 10th not in RAM", MULTI(), CALL(INDIRECT, TOUCHED, 16), .prepare = tenth_entry_nowhere),
	PATH("indirect 16, 10th empty", MULTI(), CALL(INDIRECT, TOUCHED, 16), .prepare = tenth_entry_empty),
	PATH("indirect 16, region being released", MULTI(), CALL(INDIRECT, TOUCHED, 16),
	     .prepare = region_being_released),
	PATH("stuff 16, unknown LIOBN", MULTI(), CALL(STUFF, TOUCHED, 16), .prepare = unknown_liobn),
	PATH("stuff 16, misaligned", MULTI(), CALL(STUFF, TOUCHED, 16), .prepare = misaligned_ioba),
	PATH("stuff 16, more than fit", MULTI(), CALL(STUFF, TOUCHED, 16), .prepare = more_than_fit),
	PATH("stuff 16, with permissions", MULTI(), CALL(STUFF, TOUCHED, 16), .prepare = value_with_permission),
	PATH("stuff 16, mirror forgotten", MULTI(), CALL(STUFF, MAPPED, 16), .prepare = mirror_forgotten),
	PATH("stuff 0, user space", SHAPE(.in_user_space = true), CALL(STUFF, TOUCHED, 1), .prepare = none),
#if POLICY_REAL_MODE
	PATH("put, unknown LIOBN, virtual mode", VIRTUAL, CALL(PUT, TOUCHED, 1), .prepare = unknown_liobn),
	PATH("put, misaligned, virtual mode", VIRTUAL, CALL(PUT, TOUCHED, 1), .prepare = misaligned_ioba),
	PATH("put, past the window, virtual mode", VIRTUAL, CALL(PUT, TOUCHED, 1), .prepare = past_the_window),
	PATH("put, misaligned page, virtual mode", SHAPE(.page_shift = 16, .virtual_mode = true), CALL(PUT, TOUCHED, 1),
	     .prepare = misaligned_page),
	PATH("clear, table without mirror, virtual mode", SHAPE(.version = 1, .virtual_mode = true),
	     CALL(CLEAR, MAPPED, 1)),
	PATH("indirect 16, list not registered", MULTI(), CALL(INDIRECT, TOUCHED, 16), .prepare = list_not_registered),
	PATH("indirect 16, list not to be translated", MULTI(), CALL(INDIRECT, TOUCHED, 16),
	     .prepare = translation_fails),
#endif
#if POLICY_REAL_MODE && POLICY_REAL_MODE_REFUSES_RADIX
	PATH("put, radix guest", CALL(PUT, TOUCHED, 1), .prepare = radix_guest),
	PATH("indirect 16, radix guest", MULTI(), CALL(INDIRECT, TOUCHED, 16), .prepare = radix_guest),
#endif
#if POLICY_REAL_MODE && !POLICY_EAGER_LEVELS
	PATH("put, level absent", SHAPE(.levels = 3), CALL(PUT, EMPTY, 1), .prepare = next_entry_only),
#endif
#if !POLICY_ATTACH_EXACT
	PATH("put, page half registered", SHAPE(.view_shift = 24, .page_shift = 16, .ram_size = 64ULL << 20),
	     CALL(PUT, TOUCHED, 1), .prepare = half_registered),
#endif
#if !POLICY_EAGER_VIEW
	PATH("put, no memory for the view", CALL(PUT, EMPTY, 1), .prepare = no_memory_for_a_page),
	PATH("stuff 16, a value, absent page", MULTI(), CALL(STUFF, EMPTY, 16), .prepare = value_without_permission),
#endif
#if !POLICY_EAGER_LEVELS
	PATH("put, no memory for the mirror", SHAPE(.levels = 3), CALL(PUT, EMPTY, 1),
	     .prepare = no_memory_for_the_mirror),
	PATH("put, no memory for a level", SHAPE(.levels = 2), CALL(PUT, EMPTY, 1), .prepare = no_memory_for_a_level),
#endif
#if !POLICY_ASSERTS_ALIGNMENT
	PATH("put, 16 MiB pages, scattered host pages",
	     SHAPE(.page_shift = 24, .host_shift = 24, .ram_size = 64ULL << 20), CALL(PUT, TOUCHED, 1),
	     .prepare = scattered_huge_pages),
#endif
};

GROUP(refused_paths, "refused", paths);
