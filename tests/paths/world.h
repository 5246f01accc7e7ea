/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - one guest with one passed-through device, made anew for every path.
 */
#ifndef TESTS_PATHS_WORLD_H
#define TESTS_PATHS_WORLD_H

#include "hcall/guest/dma.h"
#include "hcall/powernv/window.h"
#include "hcall/qemu/user_tce.h"

#define WORLD_LIOBN 0x80000001ULL
#define WORLD_RAM_SIZE (16ULL << 20)
#define WORLD_LIST_GPA (WORLD_RAM_SIZE - (1ULL << 20)) /* INDIRECT lists; never mapped for DMA */

/* What is special about it; zeros are one PHB3, one level, real mode, container v2. */
struct world_shape {
	enum phb_model phb;
	u32 page_shift; /* of the window; 0: 12 */
	u32 view_shift; /* of KVM's table; 0: as the window */
	u32 levels;	/* 0: 1 */
	u32 version;	/* of the container; 0: 2 */
	bool virtual_mode;
	bool in_user_space; /* the table lives in the process */
	bool multi_tce;
	u32 newer_tables;  /* KVM tables that a look-up passes first */
	u32 newer_regions; /* registered regions that a look-up passes first */
};

struct world {
	struct mm_context mm;
	struct kvm kvm;
	struct user_process process;
	struct phb phb;
	struct iommu_group group;
	struct dma_window window;
};

/* world_make - the world of this shape; the one before it is forgotten. Its window is empty. */
struct world *world_make(const struct world_shape *shape);

/* world_ram - user address of gpa 0. */
u64 world_ram(void);

#endif
