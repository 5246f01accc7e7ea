// SPDX-License-Identifier: Apache-2.0
/* entry_paths.c - entries made, replaced and cleared: levels, numbers of entries, page sizes, kinds of PHB. */
#include "hcall/policy.h"
#include "hypercall.h"

#define MULTI(...) SHAPE(.multi_tce = true, __VA_ARGS__)

static void read_only(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)world;
	(void)shape;
	call->value &= ~TCE_WRITE;
}

/* What stands there was made for reading, too. */
static void read_only_over_read_only(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	read_only(world, shape, call);
	kvm_hcall(&world->kvm, call);
}

static void write_only(struct world *world, const struct world_shape *shape, struct hcall *call)
{
	(void)world;
	(void)shape;
	call->value &= ~TCE_READ;
}

static const struct meter_path paths[] = {
	PATH("put, 2 levels", SHAPE(.levels = 2), CALL(PUT, TOUCHED, 1)),
	PATH("put, 4 levels", SHAPE(.levels = 4), CALL(PUT, TOUCHED, 1)),
	PATH("put over old, 4 levels", SHAPE(.levels = 4), CALL(PUT, MAPPED, 1)),
	PATH("put, read only", CALL(PUT, TOUCHED, 1), .prepare = read_only),
	PATH("put, write only, virtual mode", SHAPE(.virtual_mode = true), CALL(PUT, TOUCHED, 1),
	     .prepare = write_only),
	PATH("put read only over old", CALL(PUT, MAPPED, 1), .prepare = read_only),
	PATH("put read only over read only", CALL(PUT, MAPPED, 1), .prepare = read_only_over_read_only),
	PATH("put, 64 KiB pages", SHAPE(.page_shift = 16), CALL(PUT, TOUCHED, 1)),
	PATH("put over old, 16 MiB pages", SHAPE(.page_shift = 24, .host_shift = 24, .ram_size = 64ULL << 20),
	     CALL(PUT, MAPPED, 1)),
	PATH("put, 16 MiB pages, user space v2",
	     SHAPE(.page_shift = 24, .host_shift = 24, .ram_size = 64ULL << 20, .in_user_space = true),
	     CALL(PUT, TOUCHED, 1)),
	PATH("put, P7IOC", SHAPE(.phb = WORLD_P7IOC), CALL(PUT, TOUCHED, 1)),
	PATH("put over old, two groups", SHAPE(.second_group = true), CALL(PUT, MAPPED, 1)),
	PATH("put over old, two tables", SHAPE(.second_container = true), CALL(PUT, MAPPED, 1)),
	PATH("put, two tables, virtual mode", SHAPE(.second_container = true, .virtual_mode = true),
	     CALL(PUT, TOUCHED, 1)),
	PATH("clear, 3 levels", SHAPE(.levels = 3), CALL(CLEAR, MAPPED, 1)),
	PATH("clear, 4 levels", SHAPE(.levels = 4), CALL(CLEAR, MAPPED, 1)),
	PATH("clear, 3 levels, user space v2", SHAPE(.levels = 3, .in_user_space = true), CALL(CLEAR, MAPPED, 1)),
	PATH("clear, two tables", SHAPE(.second_container = true), CALL(CLEAR, MAPPED, 1)),
	PATH("clear, PHB4", SHAPE(.phb = WORLD_PHB4), CALL(CLEAR, MAPPED, 1)),
	PATH("clear nothing, 4 levels", SHAPE(.levels = 4), CALL(CLEAR, TOUCHED, 1)),
	PATH("clear nothing, user space v1", SHAPE(.in_user_space = true, .version = 1), CALL(CLEAR, TOUCHED, 1)),
	PATH("get, user space v2", SHAPE(.in_user_space = true), CALL(GET, MAPPED, 1)),
	PATH("indirect 1, virtual mode", MULTI(.virtual_mode = true), CALL(INDIRECT, TOUCHED, 1)),
	PATH("indirect 1, 4 levels", MULTI(.levels = 4), CALL(INDIRECT, TOUCHED, 1)),
	PATH("indirect 16, 4 levels", MULTI(.levels = 4), CALL(INDIRECT, TOUCHED, 16)),
	PATH("indirect 16, two tables", MULTI(.second_container = true), CALL(INDIRECT, MAPPED, 16)),
	PATH("indirect 16, PHB4", MULTI(.phb = WORLD_PHB4), CALL(INDIRECT, TOUCHED, 16)),
	PATH("indirect 512 over old", MULTI(), CALL(INDIRECT, MAPPED, 512)),
	PATH("indirect 512 over old, 2 levels, virtual mode", MULTI(.levels = 2, .virtual_mode = true),
	     CALL(INDIRECT, MAPPED, 512)),
	PATH("indirect 512, 4 levels", MULTI(.levels = 4), CALL(INDIRECT, TOUCHED, 512)),
	PATH("indirect 512, user space v1", SHAPE(.in_user_space = true, .version = 1), CALL(INDIRECT, TOUCHED, 512)),
	PATH("stuff 1 clear one", MULTI(), CALL(STUFF, TOUCHED, 1)),
	PATH("stuff 16", MULTI(), CALL(STUFF, MAPPED, 16)),
	PATH("stuff 16, 4 levels", MULTI(.levels = 4), CALL(STUFF, MAPPED, 16)),
	PATH("stuff 16, P7IOC", MULTI(.phb = WORLD_P7IOC), CALL(STUFF, MAPPED, 16)),
	PATH("stuff 512, 4 levels, virtual mode", MULTI(.levels = 4, .virtual_mode = true), CALL(STUFF, MAPPED, 512)),
	PATH("stuff 512, user space v1", SHAPE(.in_user_space = true, .version = 1), CALL(STUFF, MAPPED, 512)),
#if POLICY_REAL_MODE
	PATH("put read only over read only, virtual mode", SHAPE(.virtual_mode = true), CALL(PUT, MAPPED, 1),
	     .prepare = read_only_over_read_only),
	PATH("clear, 4 levels, virtual mode", SHAPE(.levels = 4, .virtual_mode = true), CALL(CLEAR, MAPPED, 1)),
	PATH("clear nothing, virtual mode", SHAPE(.virtual_mode = true), CALL(CLEAR, TOUCHED, 1)),
	PATH("stuff 1, virtual mode", MULTI(.virtual_mode = true), CALL(STUFF, MAPPED, 1)),
#endif
#if !POLICY_ATTACH_EXACT
	PATH("put, 64 KiB on 4 KiB", SHAPE(.view_shift = 16), CALL(PUT, TOUCHED, 1)),
	PATH("put, 64 KiB on 4 KiB, virtual mode, 3 levels", SHAPE(.view_shift = 16, .levels = 3, .virtual_mode = true),
	     CALL(PUT, TOUCHED, 1)),
	PATH("put over old, 16 MiB on 64 KiB", SHAPE(.view_shift = 24, .page_shift = 16, .ram_size = 64ULL << 20),
	     CALL(PUT, MAPPED, 1)),
	PATH("clear, 64 KiB on 4 KiB", SHAPE(.view_shift = 16), CALL(CLEAR, MAPPED, 1)),
	PATH("put over old, 64 KiB on 4 KiB, P7IOC", SHAPE(.phb = WORLD_P7IOC, .view_shift = 16), CALL(PUT, MAPPED, 1)),
	PATH("put over old, 64 KiB on 4 KiB, PHB4", SHAPE(.phb = WORLD_PHB4, .view_shift = 16), CALL(PUT, MAPPED, 1)),
	PATH("stuff 16, 64 KiB on 4 KiB", MULTI(.view_shift = 16), CALL(STUFF, MAPPED, 16)),
#endif
#if !POLICY_EAGER_VIEW
	PATH("get, absent page", CALL(GET, EMPTY, 1)),
#endif
#if !POLICY_EAGER_LEVELS
	PATH("put, first of its page, 4 levels", SHAPE(.levels = 4), CALL(PUT, EMPTY, 1)),
	PATH("put, first of its page, virtual mode, 2 levels", SHAPE(.levels = 2, .virtual_mode = true),
	     CALL(PUT, EMPTY, 1)),
	PATH("put, first of its page, user space v2, 3 levels", SHAPE(.levels = 3, .in_user_space = true),
	     CALL(PUT, EMPTY, 1)),
	PATH("clear nothing, no level there", SHAPE(.levels = 3), CALL(CLEAR, EMPTY, 1)),
	PATH("indirect 16, first of their page", MULTI(.levels = 2), CALL(INDIRECT, EMPTY, 16)),
	PATH("stuff 512, no level there", MULTI(.levels = 4), CALL(STUFF, EMPTY, 512)),
#endif
};

GROUP(entry_paths, "entries", paths);
