/* SPDX-License-Identifier: Apache-2.0 */
/*
 * object.h - what a handler object offers to the program that loads it.
 *
 * One object holds one preset (kernel era) of all of hcall/. The program opens it,
 * checks abi and layout, and reaches the handlers through this table only: it sets a
 * machine up (machine.h), maps and unmaps as the guest does (guest/dma.h), and inspects
 * the state at the end (inspect.h); or it makes their calls one by one (surface.h). In the other direction there is
 * port.h.
 *
 * Every struct that is not in one of the structs named below belongs to the object and
 * may be changed freely: struct kvm, iommu_table, mm_region, dma_window and so on.
 * An object built from changed handlers must fit the program only where they meet.
 */
#ifndef HCALL_OBJECT_H
#define HCALL_OBJECT_H

#include "inspect.h"
#include "layout.h"
#include "machine.h"
#include "port.h"
#include "surface.h"

/* Grows with every change of meaning that the layout does not show. */
#define HCALL_OBJECT_ABI 7u

struct hcall_object {
	u32 abi;	    /* HCALL_OBJECT_ABI */
	u32 layout;	    /* HCALL_OBJECT_LAYOUT */
	const char *preset; /* "5.10" */
	u32 page_shift;	    /* log2 of the host's pages: 16 or 12 */

	/* Set-up, in this order; at instant 0 and free of charge. */
	int (*machine_new)(const struct hcall_setup *setup, struct hcall_machine *machine);
	int (*machine_default_window)(const struct hcall_setup *setup, struct hcall_machine *machine);
	long (*machine_add_device)(const struct hcall_setup *setup, struct hcall_machine *machine);
	int (*machine_add_vio_devices)(const struct hcall_setup *setup, struct hcall_machine *machine);
	int (*machine_open_window)(const struct hcall_setup *setup, struct hcall_machine *machine);

	/* What the guest does; takes simulated time. */
	u64 (*dma_map)(struct dma_window *window, u64 gpa, u64 size, enum dma_direction direction);
	void (*dma_unmap)(struct dma_window *window, u64 bus_address, u64 size);
	long (*hypercall)(struct dma_window *window, u64 opcode, u64 ioba, u64 value, u64 count);

	/* What the guest does about its second window. */
	long (*ddw)(const struct hcall_setup *setup, struct hcall_machine *machine, enum machine_ddw_step what, u64 gpa,
		    u64 size);

	/* What the process that owns the guest does; takes simulated time, and starts and ends outside the guest. */
	long (*container_ioctl)(struct hcall_machine *machine, u32 command, void *argument);
	long (*plug_memory)(struct hcall_machine *machine, u64 size);
	long (*unplug_memory)(struct hcall_machine *machine);
	long (*reset)(const struct hcall_setup *setup, struct hcall_machine *machine);

	/* What the guest has its firmware do for a device; takes simulated time. */
	long (*eeh)(struct hcall_machine *machine, enum machine_eeh_step what);

	/* What the process does with devices while the guest runs; takes simulated time. */
	long (*life)(const struct hcall_setup *setup, struct hcall_machine *machine, enum machine_life_step what);

	/* The end of the process takes simulated time; the count of what it leaves behind does not. */
	void (*machine_end)(struct hcall_machine *machine);
	void (*machine_count_remains)(struct hcall_machine *machine, struct machine_remains *remains);

	const struct hcall_inspection *inspection;
	const struct hcall_surface *surface;
};

/* The structs that cross the border; abi comes first and layout second for ever. */
/* NOLINTBEGIN(bugprone-sizeof-expression): the size of a pointer is meant */
enum {
	LAYOUT_OF_OBJECT =
		LAYOUT_OF(struct hcall_object, 23, abi, layout, preset, page_shift, machine_new, machine_default_window,
			  machine_add_device, machine_add_vio_devices, machine_open_window, dma_map, dma_unmap,
			  hypercall, ddw, container_ioctl, plug_memory, unplug_memory, reset, eeh, life, machine_end,
			  machine_count_remains, inspection, surface),
	LAYOUT_OF_WINDOW = LAYOUT_OF(struct user_window, 6, liobn, bus_offset, size, page_shift, levels, in_kernel),
	LAYOUT_OF_SETUP =
		LAYOUT_OF(struct hcall_setup, 23, ram_ua, ram_size, ram_page_shift, page_shift, radix, multi_tce,
			  list_gpa, rtas_gpa, vio_devices, real_mode, container, eeh, clear, window_bits, phb,
			  phb_registers, pe, second_bridge, window, page_sizes, ddw, dma_mask_bits, dynamic_window),
	LAYOUT_OF_MACHINE = LAYOUT_OF(struct hcall_machine, 9, process, group, second_group, window, default_window,
				      second_window, added_groups, bridge, pe),
	LAYOUT_OF_DYNAMIC_WINDOW = LAYOUT_OF(struct dynamic_window, 3, size, page_shift, levels),
	LAYOUT_OF_INSPECTION = LAYOUT_OF(struct hcall_inspection, 9, account, region, region_hpa, table, mirror, values,
					 value, value_pages, values_of),
	LAYOUT_OF_REGION = LAYOUT_OF(struct region_state, 5, ua, pages, mapped, page_shift, pinned),
	LAYOUT_OF_TABLE = LAYOUT_OF(struct table_state, 9, number, offset, size, page_shift, levels, level_size, base,
				    mirrored, locked_pages),
	LAYOUT_OF_VALUES = LAYOUT_OF(struct values_state, 5, offset, size, page_shift, in_kernel, locked_pages),
	LAYOUT_OF_REMAINS = LAYOUT_OF(struct machine_remains, 4, locked_pages, regions, lost_pages, lost_tables),
	LAYOUT_OF_ACCOUNT = LAYOUT_OF(struct account_state, 2, locked_pages, enabled_pages),
	LAYOUT_OF_LOCK = LAYOUT_OF(struct port_lock, 1, state),
	LAYOUT_OF_RCU_HEAD = LAYOUT_OF(struct port_rcu_head, 2, next, func),
	LAYOUT_OF_SURFACE = LAYOUT_OF(struct hcall_surface, 7, host, group, region, table, view, container, machine),
	LAYOUT_OF_HOST_CALLS = LAYOUT_OF(struct host_surface, 9, create, set_locked_limit, locked_pages, set_radix,
					 set_slots, gpa_to_ua, hypercall, open_file, close_file),
	LAYOUT_OF_GROUP_CALLS =
		LAYOUT_OF(struct group_surface, 7, create, describe, put_table, table, add, attach, leave),
	LAYOUT_OF_REGION_CALLS =
		LAYOUT_OF(struct region_surface, 8, create, create_device, find, get, put, next, state, dirty),
	LAYOUT_OF_TABLE_CALLS = LAYOUT_OF(struct table_surface, 11, create, put, state, link, unlink, exchange,
					  set_mirror, build, clear, get, page_sizes),
	LAYOUT_OF_VIEW_CALLS = LAYOUT_OF(struct view_surface, 6, create, find, state, page, touch, store),
	LAYOUT_OF_CONTAINER_CALLS = LAYOUT_OF(struct container_surface, 5, open, attach, detach, close, ioctl),
	LAYOUT_OF_MACHINE_CALLS =
		LAYOUT_OF(struct machine_surface, 4, add_bridge, add_vio_device, hypercall, translate),
	LAYOUT_OF_DRIVEN_REGION =
		LAYOUT_OF(struct surface_region, 6, ua, pages, mapped, used, page_shift, device_memory),
	LAYOUT_OF_DRIVEN_TABLE =
		LAYOUT_OF(struct surface_table, 6, offset, size, page_shift, allocated_size, hardware, mirror),
	LAYOUT_OF_DRIVEN_TREE = LAYOUT_OF(struct surface_tree, 3, top, levels, level_size),
	LAYOUT_OF_DRIVEN_VIEW = LAYOUT_OF(struct surface_view, 3, liobn, offset, page_count),
	LAYOUT_OF_SLOT = LAYOUT_OF(struct surface_slot, 3, gpa, pages, ua)
};
/* NOLINTEND(bugprone-sizeof-expression) */

#define HCALL_SURFACE_LAYOUT                                                                                           \
	(41u * LAYOUT_OF_SURFACE + 43u * LAYOUT_OF_HOST_CALLS + 47u * LAYOUT_OF_GROUP_CALLS +                          \
	 53u * LAYOUT_OF_REGION_CALLS + 59u * LAYOUT_OF_TABLE_CALLS + 61u * LAYOUT_OF_VIEW_CALLS +                     \
	 67u * LAYOUT_OF_CONTAINER_CALLS + 71u * LAYOUT_OF_DRIVEN_REGION + 73u * LAYOUT_OF_DRIVEN_TABLE +              \
	 79u * LAYOUT_OF_DRIVEN_TREE + 83u * LAYOUT_OF_DRIVEN_VIEW + 89u * LAYOUT_OF_SLOT +                            \
	 101u * LAYOUT_OF_MACHINE_CALLS)

/* With them, numbers that both sides must mean the same by. */
#define HCALL_OBJECT_LAYOUT                                                                                            \
	((u32)LAYOUT_OF_OBJECT + 3u * LAYOUT_OF_WINDOW + 5u * LAYOUT_OF_SETUP + 7u * LAYOUT_OF_MACHINE +               \
	 11u * LAYOUT_OF_INSPECTION + 13u * LAYOUT_OF_REGION + 17u * LAYOUT_OF_TABLE + 19u * LAYOUT_OF_VALUES +        \
	 23u * LAYOUT_OF_ACCOUNT + 29u * LAYOUT_OF_LOCK + 31u * LAYOUT_OF_RCU_HEAD + 97u * LAYOUT_OF_DYNAMIC_WINDOW +  \
	 101u * LAYOUT_OF_REMAINS + 37u * LAYOUT_JOIN(LAYOUT_JOIN(PHB_PHB4, PORT_HOST_SYSCALL), PORT_EV_WARN) +        \
	 HCALL_SURFACE_LAYOUT)

/* The only two symbols a handler object shows are this one and meter_table. */
extern const struct hcall_object hcall_object;

#endif
