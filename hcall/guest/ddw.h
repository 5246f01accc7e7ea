/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ddw.h - dynamic DMA windows as a pseries guest makes and uses them.
 *
 * A driver that asks for bus addresses of 64 bits has a second window made for its device, beside the
 * default one. Where it is as large as memory, all of memory is mapped once and bus addresses are
 * guest addresses plus a constant: nothing is mapped or unmapped any more (direct mode). A smaller one is
 * used as the default window is (dynamic mode). Behaviour: docs/behaviour.md, "Guest".
 */
#ifndef HCALL_GUEST_DDW_H
#define HCALL_GUEST_DDW_H

#include "dma.h"
#include "rtas.h"

#define DDW_MASK_BITS 64 /* a driver that asks for fewer stays in the default window */

struct ddw_offer {
	u32 windows;	/* that can still be made */
	u64 largest;	/* pages */
	u32 page_sizes; /* mask as firmware has it (qemu/rtas.h) */
};

/* guest_ddw_query - what firmware offers; the status of the call [sync]. */
long guest_ddw_query(const struct guest_bridge *bridge, struct ddw_offer *offer);

/* guest_ddw_page_shift - log2 of the largest page in @page_sizes that the guest knows, 0 if there is none. */
u32 guest_ddw_page_shift(u32 page_sizes);

/*
 * guest_ddw_create - query, then create a window of 1 << @window_shift bytes with the largest pages [sync].
 * @window:	 in direct mode empty of mappings; else with its own allocator, as the default one's
 * @direct:	 use it in direct mode
 * @like:	 the default window, whose hypercalls, list pages and page size of the guest it takes over
 *
 * 0; -ENOSPC: no window can be made, or none as large; -EIO: firmware fails; -ENOMEM: for the allocator, and
 * the window is removed again.
 */
long guest_ddw_create(const struct guest_bridge *bridge, u32 window_shift, bool direct, const struct dma_window *like,
		      struct dma_window *window);

/*
 * guest_ddw_add_memory - memory [@gpa, @gpa + @size) has come: map it, in direct mode [sync].
 * guest_ddw_remove_memory - it goes: clear its entries.
 * Lists of 512 where the guest has them, else one by one. Both ends are rounded down to whole pages of the window, as
 * kernels do. 0; -EIO: a hypercall fails, and what is done stays.
 */
long guest_ddw_add_memory(struct dma_window *window, u64 gpa, u64 size);
long guest_ddw_remove_memory(struct dma_window *window, u64 gpa, u64 size);

/*
 * guest_ddw_remove - clear all of @window and have it removed [sync].
 * 0; -EBUSY: in dynamic mode, drivers still hold mappings; -EIO: firmware fails.
 */
long guest_ddw_remove(const struct guest_bridge *bridge, struct dma_window *window, u64 ram_size);

#endif
