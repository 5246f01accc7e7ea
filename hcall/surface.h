/* SPDX-License-Identifier: Apache-2.0 */
/*
 * surface.h - the handlers one call at a time, for a program that drives them without a guest.
 *
 * Recordings of kernels name single calls (register this memory, attach that group, this
 * hypercall in real mode) and what each of them changed. Through this table a program makes
 * them, and looks at everything that they can change. All structs stay the object's own:
 * the program holds pointers, and plain numbers.
 *
 * Return codes are those of the functions behind, whose headers are the manual. What a
 * pointer names lives until the call that ends it, or as long as the host.
 */
#ifndef HCALL_SURFACE_H
#define HCALL_SURFACE_H

#include "abi.h"
#include "machine.h"

struct driven_host;  /* one process, its files and its virtual machine */
struct driven_group; /* one group of devices, its bridge, and how VFIO offers it */
struct iommu_table;
struct mm_region;
struct kvm_tce_table;
struct vfio_container;

/* Guest RAM: gpa [gpa, gpa + pages) is the process's memory at ua. */
struct surface_slot {
	u64 gpa;
	u64 pages; /* host pages */
	u64 ua;
};
#define SURFACE_SLOTS_MAX 32

struct surface_region {
	u64 ua;
	u64 pages; /* host pages */
	s64 mapped;
	u64 used;
	u32 page_shift;
	bool device_memory;
};

/* One tree of a hardware table. */
struct surface_tree {
	const u64 *top; /* top level, big-endian; NULL: there is no such tree */
	u32 levels;
	u64 level_size; /* entries of every level, a power of two */
};

struct surface_table {
	u64 offset; /* number of the first entry */
	u64 size;   /* entries */
	u32 page_shift;
	u64 allocated_size; /* bytes charged */
	struct surface_tree hardware;
	struct surface_tree mirror;
};

struct surface_view {
	u64 liobn;
	u64 offset; /* number of the first entry */
	u64 page_count;
};

/* The process and its machine. */
struct host_surface {
	/* A host with a virtual machine and its KVM-VFIO device; NULL without memory. */
	struct driven_host *(*create)(u64 locked_limit, bool radix);
	void (*set_locked_limit)(struct driven_host *host, u64 pages);
	u64 (*locked_pages)(const struct driven_host *host);
	void (*set_radix)(struct driven_host *host, bool radix);
	/* Replaces all slots; @count <= SURFACE_SLOTS_MAX. */
	void (*set_slots)(struct driven_host *host, const struct surface_slot *slots, u32 count);
	bool (*gpa_to_ua)(const struct driven_host *host, u64 gpa, u64 *ua);
	/*
	 * One hypercall at one level, real or virtual mode, from its first check, whether or
	 * not a guest would get there; @opcode is one of the four of TCEs. @value: the TCE, the gpa of the list, or the
	 * value of H_STUFF_TCE; @result: out, what H_GET_TCE has found.
	 */
	long (*hypercall)(struct driven_host *host, bool real_mode, u64 opcode, u64 liobn, u64 ioba, u64 value,
			  u64 count, u64 *result);
	/* A file that is none of KVM or VFIO: its descriptor, or a negative errno. */
	int (*open_file)(struct driven_host *host);
	/* 0, or -EBADF. The last descriptor of a view ends it. */
	int (*close_file)(struct driven_host *host, s32 fd);
};

/* Groups of devices. */
struct group_surface {
	/* A group without TCE tables, on bridge @phb with number @pe; NULL without memory. */
	struct driven_group *(*create)(struct driven_host *host, u32 phb, u32 pe);
	/* Give it TCE tables, with fixed windows (@page_sizes 0) or dynamic ones. */
	void (*describe)(struct driven_group *group, bool dynamic_windows, u64 dma32_size, u64 page_sizes);
	/* Put a table into a window without telling anybody; no reference is taken. NULL: none. */
	void (*put_table)(struct driven_group *group, u32 window, struct iommu_table *table);
	struct iommu_table *(*table)(const struct driven_group *group, u32 window);
	/*
	 * Let the group follow the view of a descriptor, or leave the machine with all its tables:
	 * KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE and KVM_DEV_VFIO_GROUP_DEL. add() comes before either,
	 * and again after leave().
	 */
	long (*add)(struct driven_group *group);
	long (*attach)(struct driven_group *group, s32 table_fd);
	long (*leave)(struct driven_group *group);
};

/* Preregistered memory. */
struct region_surface {
	long (*create)(struct driven_host *host, u64 ua, u64 pages);
	long (*create_device)(struct driven_host *host, u64 ua, u64 pages, u64 hpa);
	/* The region of exactly this range; NULL: none. */
	struct mm_region *(*find)(struct driven_host *host, u64 ua, u64 pages);
	/* One more user; -ENOENT: no region of exactly this range. */
	long (*get)(struct driven_host *host, u64 ua, u64 pages);
	long (*put)(struct mm_region *region);
	/* The next one, newest first; @region NULL: the first; NULL: that was the last. */
	struct mm_region *(*next)(const struct driven_host *host, const struct mm_region *region);
	void (*state)(const struct mm_region *region, struct surface_region *state);
	/* Is there a dirty mark in the region for its host page @page? Never for device memory. */
	bool (*dirty)(const struct mm_region *region, u64 page);
};

/* Hardware tables. */
struct table_surface {
	long (*create)(u32 page_shift, u64 bus_offset, u64 window_size, u32 levels, bool mirrored,
		       struct iommu_table **table);
	void (*put)(struct iommu_table *table);
	void (*state)(const struct iommu_table *table, struct surface_table *state);
	/* @group translates through the table from now on, or no longer: it is told of invalidations. */
	int (*link)(struct iommu_table *table, struct driven_group *group);
	void (*unlink)(struct iommu_table *table, struct driven_group *group);
	/* One entry: levels are made, nothing else follows, no invalidation either. */
	long (*exchange)(struct iommu_table *table, u64 entry, u64 hpa, u32 direction);
	/* The user address that @entry was made from; levels are made. -ENOMEM. */
	long (*set_mirror)(struct iommu_table *table, u64 entry, u64 ua);
	/* Tables of the host's own, powernv/host_dma.h. */
	long (*build)(struct iommu_table *table, u64 entry, u64 pages, u64 hpa, u32 direction);
	void (*clear)(struct iommu_table *table, u64 entry, u64 pages);
	u64 (*get)(struct iommu_table *table, u64 entry);
	u64 (*page_sizes)(const u32 *shifts, u32 count, bool power8);
};

/* What touching a page of a mapped view comes to. */
enum surface_fault { SURFACE_FAULT_DONE, SURFACE_FAULT_OUT_OF_MEMORY, SURFACE_FAULT_BEYOND_THE_END };

/* The guest's views. */
struct view_surface {
	/* KVM_CREATE_SPAPR_TCE_64: a descriptor, or a negative errno. */
	long (*create)(struct driven_host *host, u64 liobn, u32 page_shift, u64 offset, u64 size);
	/* By LIOBN; NULL: none. */
	struct kvm_tce_table *(*find)(const struct driven_host *host, u64 liobn);
	void (*state)(const struct kvm_tce_table *view, struct surface_view *state);
	/* Its page @page of values in CPU order; NULL while it is absent. */
	const u64 *(*page)(const struct kvm_tce_table *view, u64 page);
	/* The process touches page @page of its mapping. */
	enum surface_fault (*touch)(struct kvm_tce_table *view, u64 page);
	/* The process stores into its mapping at @entry, absolute number. -ENOMEM. */
	long (*store)(struct kvm_tce_table *view, u64 entry, u64 value);
};

/* Containers. */
struct container_surface {
	long (*open)(struct driven_host *host, u32 type, struct vfio_container **container);
	long (*attach)(struct vfio_container *container, struct driven_group *group);
	void (*detach)(struct vfio_container *container, struct driven_group *group);
	void (*close)(struct vfio_container *container);
	long (*ioctl)(struct vfio_container *container, u32 command, void *argument);
};

/* A machine that machine.h has set up: its guest's calls as they were recorded, whatever the devices. */
struct machine_surface {
	long (*add_bridge)(const struct hcall_setup *setup, struct hcall_machine *machine);
	long (*add_vio_device)(struct hcall_machine *machine, u64 liobn);
	long (*hypercall)(struct hcall_machine *machine, u64 opcode, u64 liobn, u64 ioba, u64 value, u64 count,
			  u64 *result);
	long (*translate)(struct hcall_machine *machine, u64 liobn, u64 bus_address, u64 access, u64 *gpa);
};

struct hcall_surface {
	struct host_surface host;
	struct group_surface group;
	struct region_surface region;
	struct table_surface table;
	struct view_surface view;
	struct container_surface container;
	struct machine_surface machine;
};

extern const struct hcall_surface hcall_surface;

#endif
