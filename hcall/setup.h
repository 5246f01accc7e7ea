/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setup.h - how the program describes a host, its guest and the device between them.
 *
 * Plain numbers, which the object copies into structs of its own.
 */
#ifndef HCALL_SETUP_H
#define HCALL_SETUP_H

#include "abi.h"

/* The DMA window that user space asks for. */
struct user_window {
	u64 liobn;
	u64 bus_offset; /* bytes, 0 */
	u64 size;	/* bytes */
	u32 page_shift;
	u32 levels;
	bool in_kernel; /* keep the table in KVM and attach the hardware window to it */
};

/* What the guest does with a driver that asks for bus addresses of 64 bits (guest/ddw.h). */
enum guest_ddw { GUEST_DDW_NONE, GUEST_DDW_DYNAMIC, GUEST_DDW_DIRECT };

/* The window that it has made then, with the largest pages that it is offered. */
struct dynamic_window {
	u64 size;	/* bytes, a power of two */
	u32 page_shift; /* of the largest pages that the guest is offered */
	u32 levels;
};

struct hcall_setup {
	/* The guest; its memory starts at gpa 0. */
	u64 ram_ua;	    /* where it is in the user process */
	u64 ram_size;	    /* when it starts */
	u32 ram_page_shift; /* log2 of the host's pages behind it: PAGE_SHIFT, or that of huge ones */
	u32 page_shift;	    /* of the guest's own pages */
	bool radix;	    /* it runs a radix MMU */
	bool multi_tce;	    /* it is offered H_PUT_TCE_INDIRECT and H_STUFF_TCE */
	u64 list_gpa;	    /* first of 8 pages of 4 KiB, one per CPU, for H_PUT_TCE_INDIRECT */
	u64 rtas_gpa;	    /* 64 bytes for the words of a firmware call */
	u32 vio_devices;    /* emulated devices on the virtual I/O bus, idle */

	/* The host. */
	bool real_mode; /* it handles TCE hypercalls in real mode */
	u32 container;	/* version of the VFIO container, 1 or 2 */
	bool eeh;	/* it recovers devices from errors of the bridge, and lets the guest do so */
	enum clear_way clear;
	u32 window_bits; /* 0: the platform limits windows; otherwise they may have 1 << window_bits bytes */

	/* The bridge, with dynamic windows where the container is of version 2. */
	enum phb_model phb;
	u64 phb_registers; /* hpa of the register space */
	u32 pe;		   /* of the device */
	/*
	 * Number of a second bridge of the same kind, whose device, of the same PE number, shares
	 * container and windows: what changes is killed in both. 0: there is none; the first has number 0.
	 */
	u32 second_bridge;
	struct user_window window;
	u64 page_sizes; /* bitmap in bytes: the pages that the guest is offered; 0: those of QEMU */

	/* The guest's second window. */
	enum guest_ddw ddw;
	u32 dma_mask_bits; /* of bus addresses that the device's driver asks for */
	struct dynamic_window dynamic_window;
};

#endif
