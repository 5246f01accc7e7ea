/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world.h - one guest with one passed-through device, made anew for every path.
 */
#ifndef TESTS_PATHS_WORLD_H
#define TESTS_PATHS_WORLD_H

#include "hcall/guest/dma.h"
#include "hcall/powernv/window.h"
#include "hcall/qemu/device.h"
#include "hcall/qemu/user_tce.h"

#define WORLD_LIOBN 0x80000000ULL

/* The one of the headline scenario comes first: it is what a shape has that says nothing. */
enum world_phb { WORLD_PHB3, WORLD_P7IOC, WORLD_PHB4 };

/* What is special about it; zeros are one PHB3, one level, real mode, container v2. */
struct world_shape {
	enum world_phb phb;
	u64 ram_size;	 /* of the guest; 0: 16 MiB, at most 64 MiB */
	u64 window_size; /* 0: 1 GiB */
	u32 page_shift;	 /* of the window; 0: 12 */
	u32 view_shift;	 /* of KVM's table; 0: as the window */
	u32 host_shift;	 /* of host pages; 0: PAGE_SHIFT */
	u32 levels;	 /* 0: 1; up to 3, or 4 of 4 KiB each */
	u32 version;	 /* of the container; 0: 2 */
	bool no_device;	 /* nothing is passed through yet */
	bool virtual_mode;
	bool in_user_space; /* the table lives in the process */
	bool multi_tce;
	bool second_group;     /* another PE translates through the same table */
	bool second_container; /* another PE and table follow the same guest view */
	u32 newer_tables;      /* KVM tables that a look-up passes first */
	u32 newer_regions;     /* registered regions that a look-up passes first */
	bool regions_below;    /* they have lower addresses than RAM */
	u32 earlier_slots;     /* memory slots that a look-up passes first */
};

struct world {
	struct mm_context mm;
	struct kvm kvm;
	struct user_process process;
	struct vfio_container *container; /* of the group */
	struct phb phb;
	struct iommu_group group, other_group;
	struct vfio_container *other_container; /* made by second_container only */
	struct dma_window window;
};

/* world_make - the world of this shape; the one before it is forgotten. Its window is empty. */
struct world *world_make(const struct world_shape *shape);

/* world_ram - user address of gpa 0. */
u64 world_ram(void);

/* world_list_gpa - INDIRECT lists of the guest; never mapped for DMA. */
u64 world_list_gpa(const struct world_shape *shape);

/* world_first_entry - where paths begin to map: in mid-table. */
u64 world_first_entry(const struct world_shape *shape);

/* world_page_shift - of the pages that the guest maps. */
u32 world_page_shift(const struct world_shape *shape);

/* world_data - gpa of the @i-th page that paths map, each time another one. */
u64 world_data(const struct world_shape *shape, u64 i);

/* world_view - KVM's table of the device; NULL without one. */
struct kvm_tce_table *world_view(void);

/* world_ram_region - the registered region that holds gpa 0. */
struct mm_region *world_ram_region(void);

/* world_require - setup stops with a message when a step of it has failed. */
void world_require(long rc);

#endif
