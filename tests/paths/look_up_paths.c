// SPDX-License-Identifier: Apache-2.0
/* look_up_paths.c - where in the lists of tables, regions and memory slots a hypercall finds what it looks for. */
#include "hcall/policy.h"
#include "hypercall.h"

/* The page belongs to a device behind a memory slot of its own, as when one device writes to another. */
static void page_of_a_device(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	struct mm_region *region;
	u64 gpa = 1ULL << 40, ua = world_ram() + (64ULL << 20);

	(void)shape;
	world_require(region_new_device(&world->mm, ua, 16, 1ULL << 45, &region));
	world->kvm.slots[world->kvm.slot_count++] = (struct kvm_memslot){.gpa = gpa, .pages = 16, .ua = ua};
	call->value = gpa | TCE_PERM;
}

static const struct meter_path paths[] = {
	PATH("put, 5th table", SHAPE(.newer_tables = 4), CALL(PUT, TOUCHED, 1)),
	PATH("put, 20th table", SHAPE(.newer_tables = 19), CALL(PUT, TOUCHED, 1)),
	PATH("put, 5th region", SHAPE(.newer_regions = 4), CALL(PUT, TOUCHED, 1)),
	PATH("put, 20th region", SHAPE(.newer_regions = 19), CALL(PUT, TOUCHED, 1)),
	PATH("put, 20th region, others below", SHAPE(.newer_regions = 19, .regions_below = true),
	     CALL(PUT, TOUCHED, 1)),
	PATH("put over old, 20th region", SHAPE(.newer_regions = 19), CALL(PUT, MAPPED, 1)),
	PATH("put, 5th slot", SHAPE(.earlier_slots = 4), CALL(PUT, TOUCHED, 1)),
	PATH("put, 20th slot", SHAPE(.earlier_slots = 19), CALL(PUT, TOUCHED, 1)),
	PATH("put, 20th table, region and slot, virtual mode",
	     SHAPE(.newer_tables = 19, .newer_regions = 19, .earlier_slots = 19, .virtual_mode = true),
	     CALL(PUT, TOUCHED, 1)),
	PATH("put, 20th table, user space v2", SHAPE(.newer_tables = 19, .in_user_space = true), CALL(PUT, TOUCHED, 1)),
	PATH("put, 20th region, user space v2", SHAPE(.newer_regions = 19, .in_user_space = true),
	     CALL(PUT, TOUCHED, 1)),
	PATH("clear, 5th region", SHAPE(.newer_regions = 4), CALL(CLEAR, MAPPED, 1)),
	PATH("clear, 20th region", SHAPE(.newer_regions = 19), CALL(CLEAR, MAPPED, 1)),
	PATH("clear, 20th table", SHAPE(.newer_tables = 19), CALL(CLEAR, MAPPED, 1)),
	PATH("get, 5th table", SHAPE(.newer_tables = 4), CALL(GET, MAPPED, 1)),
	PATH("get, 20th table", SHAPE(.newer_tables = 19), CALL(GET, MAPPED, 1)),
	PATH("indirect 16, 5th region", SHAPE(.multi_tce = true, .newer_regions = 4), CALL(INDIRECT, TOUCHED, 16)),
	PATH("indirect 16, 20th region", SHAPE(.multi_tce = true, .newer_regions = 19), CALL(INDIRECT, TOUCHED, 16)),
	PATH("indirect 16, 20th slot", SHAPE(.multi_tce = true, .earlier_slots = 19), CALL(INDIRECT, TOUCHED, 16)),
	PATH("indirect 512, 20th region", SHAPE(.multi_tce = true, .newer_regions = 19), CALL(INDIRECT, MAPPED, 512)),
	PATH("stuff 16, 5th region", SHAPE(.multi_tce = true, .newer_regions = 4), CALL(STUFF, MAPPED, 16)),
	PATH("stuff 16, 20th region", SHAPE(.multi_tce = true, .newer_regions = 19), CALL(STUFF, MAPPED, 16)),
	PATH("stuff 512, 20th region", SHAPE(.multi_tce = true, .newer_regions = 19), CALL(STUFF, MAPPED, 512)),
#if POLICY_REAL_MODE
	PATH("put over old, 20th region, virtual mode", SHAPE(.newer_regions = 19, .virtual_mode = true),
	     CALL(PUT, MAPPED, 1)),
#endif
#if POLICY_DEVICE_MEMORY
	PATH("put, page of a device", CALL(PUT, MAPPED, 1), .prepare = page_of_a_device),
#endif
#if POLICY_DEVICE_MEMORY && POLICY_REAL_MODE
	PATH("put, page of a device, virtual mode", SHAPE(.virtual_mode = true), CALL(PUT, MAPPED, 1),
	     .prepare = page_of_a_device),
#endif
};

GROUP(look_up_paths, "look-ups", paths);
