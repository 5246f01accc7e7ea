// SPDX-License-Identifier: Apache-2.0
/* prior_paths.c - the paths by which the prior of the weights was chosen. */
#include "direct.h"
#include "guest_dma.h"
#include "hcall/policy.h"
#include "hypercall.h"

static const struct meter_path paths[] = {
	PATH("put over old", CALL(PUT, MAPPED, 1)),
	PATH("put over old, 2 levels", SHAPE(.levels = 2), CALL(PUT, MAPPED, 1)),
	PATH("put over old, 3 levels", SHAPE(.levels = 3), CALL(PUT, MAPPED, 1)),
	PATH("put over old, 20th table", SHAPE(.newer_tables = 19), CALL(PUT, MAPPED, 1)),
	PATH("put over old, 8th region", SHAPE(.newer_regions = 7), CALL(PUT, MAPPED, 1)),
	PATH("put over old, 64 KiB pages", SHAPE(.page_shift = 16), CALL(PUT, MAPPED, 1)),
	PATH("put over old, user space v2", SHAPE(.in_user_space = true), CALL(PUT, MAPPED, 1)),
	PATH("put over old, user space v1", SHAPE(.in_user_space = true, .version = 1), CALL(PUT, MAPPED, 1)),
	PATH("put over old, P7IOC", SHAPE(.phb = WORLD_P7IOC), CALL(PUT, MAPPED, 1)),
	PATH("put over old, PHB4", SHAPE(.phb = WORLD_PHB4), CALL(PUT, MAPPED, 1)),
	PATH("put", CALL(PUT, TOUCHED, 1)),
	PATH("put, 3 levels", SHAPE(.levels = 3), CALL(PUT, TOUCHED, 1)),
	PATH("put, user space v2", SHAPE(.in_user_space = true), CALL(PUT, TOUCHED, 1)),
	PATH("put, user space v1", SHAPE(.in_user_space = true, .version = 1), CALL(PUT, TOUCHED, 1)),
	PATH("put, unknown LIOBN", CALL(PUT, TOUCHED, 1), .prepare = unknown_liobn),
	PATH("put, unknown LIOBN, 20 tables", SHAPE(.newer_tables = 19), CALL(PUT, TOUCHED, 1),
	     .prepare = unknown_liobn),
	PATH("put, misaligned", CALL(PUT, TOUCHED, 1), .prepare = misaligned_ioba),
	PATH("clear", CALL(CLEAR, MAPPED, 1)),
	PATH("clear, 2 levels", SHAPE(.levels = 2), CALL(CLEAR, MAPPED, 1)),
	PATH("clear, user space v2", SHAPE(.in_user_space = true), CALL(CLEAR, MAPPED, 1)),
	PATH("clear, user space v1", SHAPE(.in_user_space = true, .version = 1), CALL(CLEAR, MAPPED, 1)),
	PATH("clear nothing", CALL(CLEAR, TOUCHED, 1)),
	PATH("get", CALL(GET, MAPPED, 1)),
	PATH("indirect 1", SHAPE(.multi_tce = true), CALL(INDIRECT, MAPPED, 1)),
	PATH("indirect 16", SHAPE(.multi_tce = true), CALL(INDIRECT, TOUCHED, 16)),
	PATH("indirect 16 over old", SHAPE(.multi_tce = true), CALL(INDIRECT, MAPPED, 16)),
	PATH("indirect 16 over old, 3 levels", SHAPE(.multi_tce = true, .levels = 3), CALL(INDIRECT, MAPPED, 16)),
	PATH("indirect 512", SHAPE(.multi_tce = true), CALL(INDIRECT, TOUCHED, 512)),
	PATH("indirect 16, user space v2", SHAPE(.in_user_space = true), CALL(INDIRECT, TOUCHED, 16)),
	PATH("stuff 1", SHAPE(.multi_tce = true), CALL(STUFF, MAPPED, 1)),
	PATH("stuff 512", SHAPE(.multi_tce = true), CALL(STUFF, MAPPED, 512)),
	PATH("stuff 512, 3 levels", SHAPE(.multi_tce = true, .levels = 3), CALL(STUFF, MAPPED, 512)),
	PATH("stuff 512 clear ones", SHAPE(.multi_tce = true), CALL(STUFF, TOUCHED, 512)),
	PATH("stuff 16, user space v2", SHAPE(.in_user_space = true), CALL(STUFF, MAPPED, 16)),
	DMA_MAP("map 4 KiB", .size = 4096),
	DMA_MAP("map 64 KiB by single entries", .size = 65536),
	DMA_MAP("map 64 KiB by a list", SHAPE(.multi_tce = true), .size = 65536),
	DMA_MAP("map 64 KiB, user space v1", SHAPE(.in_user_space = true, .version = 1), .size = 65536),
	DMA_UNMAP("unmap 4 KiB", .size = 4096),
	DMA_UNMAP("unmap 64 KiB by single entries", .size = 65536),
	DMA_UNMAP("unmap 64 KiB at once", SHAPE(.multi_tce = true), .size = 65536),
	DMA_UNMAP("unmap 64 KiB, user space v1", SHAPE(.in_user_space = true, .version = 1), .size = 65536),
	DIRECT("add a device, v2", direct_add_device, ),
	DIRECT("add a device, v1", direct_add_device, SHAPE(.version = 1, .in_user_space = true)),
#if POLICY_REAL_MODE
	PATH("put over old, virtual mode", SHAPE(.virtual_mode = true), CALL(PUT, MAPPED, 1)),
	PATH("put over old, virtual mode, 3 levels", SHAPE(.virtual_mode = true, .levels = 3), CALL(PUT, MAPPED, 1)),
	PATH("put, virtual mode", SHAPE(.virtual_mode = true), CALL(PUT, TOUCHED, 1)),
	PATH("clear, virtual mode", SHAPE(.virtual_mode = true), CALL(CLEAR, MAPPED, 1)),
	PATH("indirect 512, virtual mode", SHAPE(.multi_tce = true, .virtual_mode = true),
	     CALL(INDIRECT, TOUCHED, 512)),
	PATH("stuff 512, virtual mode", SHAPE(.multi_tce = true, .virtual_mode = true), CALL(STUFF, MAPPED, 512)),
	DMA_MAP("map 64 KiB, virtual mode", SHAPE(.virtual_mode = true), .size = 65536),
#endif
#if !POLICY_ATTACH_EXACT
	PATH("put over old, 64 KiB on 4 KiB", SHAPE(.view_shift = 16), CALL(PUT, MAPPED, 1)),
#endif
#if !POLICY_EAGER_VIEW
	PATH("put, first of its page", CALL(PUT, EMPTY, 1)),
#endif
#if !POLICY_EAGER_LEVELS
	PATH("put, first of its page, 3 levels", SHAPE(.levels = 3), CALL(PUT, EMPTY, 1)),
#endif
};

const struct meter_path_group prior_paths = {
	.name = "prior", .paths = paths, .count = sizeof(paths) / sizeof(paths[0])};
