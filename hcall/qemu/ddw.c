// SPDX-License-Identifier: Apache-2.0
/* ddw.c - dynamic DMA windows: the firmware calls. */
#include "rtas.h"

#include "../bits.h"
#include "user_phb.h"

#define LARGEST_WINDOW_32 0x80000000u /* TCEs, where one word tells */
#define LARGEST_WINDOW_HIGH 0x20u     /* where two words do: 2^37 TCEs */
/* The number of entries has 32 bits, and is a power of two. */
#define ENTRIES_SHIFT_MAX 31

/* The bridge that @call names, if its windows can be changed. */
static struct user_phb *bridge_of(const struct rtas_call *call)
{
	struct user_phb *phb = rtas_bridge(call);

	return phb && phb->has.ddw ? phb : NULL;
}

/* Not in the order of sizes: 2 MiB came late. */
static u32 page_mask(u64 page_sizes)
{
	static const u8 shifts[] = {12, 16, 24, 25, 26, 27, 28, 34, 21};
	u32 mask = 0;

	for (u32 bit = 0; bit < sizeof(shifts); bit++) {
		if (page_sizes & 1ULL << shifts[bit])
			mask |= 1u << bit;
	}
	return mask;
}

long rtas_query_pe_dma_window(const struct rtas_call *call)
{
	struct user_phb *phb;
	u32 next = 2;

	if (call->arguments != 3 || (call->results != 5 && call->results != 6))
		return rtas_status(call, RTAS_PARAMETER_ERROR);
	phb = bridge_of(call);
	if (!phb)
		return rtas_status(call, RTAS_PARAMETER_ERROR);
	rtas_return(call, 1, USER_PHB_WINDOWS - user_phb_windows(phb));
	if (call->results == 6) {
		rtas_return(call, next++, LARGEST_WINDOW_HIGH);
		rtas_return(call, next++, 0);
	} else {
		rtas_return(call, next++, LARGEST_WINDOW_32);
	}
	rtas_return(call, next++, page_mask(phb->has.page_sizes));
	rtas_return(call, next, 0);
	return rtas_status(call, RTAS_SUCCESS);
}

static bool page_offered(const struct user_phb *phb, u32 page_shift)
{
	return page_shift < 64 && phb->has.page_sizes & 1ULL << page_shift;
}

/* Number of the first closed window, USER_PHB_WINDOWS if none is. */
static u32 closed_window(const struct user_phb *phb)
{
	u32 number = 0;

	while (number < USER_PHB_WINDOWS && phb->windows[number].entries)
		number++;
	return number;
}

/* Does a window fit at @bus_offset, and beside the one that is open? */
static bool fits(const struct user_phb *phb, u64 bus_offset, u32 window_shift)
{
	u64 last = bus_offset + ((1ULL << window_shift) - 1);

	if (last < bus_offset)
		return false;
	for (u32 i = 0; i < USER_PHB_WINDOWS; i++) {
		const struct user_tce_table *other = &phb->windows[i];

		if (other->entries && bus_offset <= other->bus_offset + (user_table_size(other) - 1) &&
		    other->bus_offset <= last)
			return false;
	}
	return true;
}

long rtas_create_pe_dma_window(const struct rtas_call *call)
{
	struct user_phb *phb;
	u32 page_shift, window_shift, number;
	u64 bus_offset;
	long rc;

	if (call->arguments != 5 || call->results != 4)
		return rtas_status(call, RTAS_PARAMETER_ERROR);
	phb = bridge_of(call);
	page_shift = rtas_argument(call, 3);
	window_shift = rtas_argument(call, 4);
	if (!phb || !page_offered(phb, page_shift) || window_shift < page_shift)
		return rtas_status(call, RTAS_PARAMETER_ERROR);
	number = closed_window(phb);
	if (number == USER_PHB_WINDOWS || window_shift >= 64 || window_shift - page_shift > ENTRIES_SHIFT_MAX)
		return rtas_status(call, RTAS_HARDWARE_ERROR);
	bus_offset = user_phb_windows(phb) ? phb->has.window64_address : phb->has.window_address;
	if (!fits(phb, bus_offset, window_shift))
		return rtas_status(call, RTAS_HARDWARE_ERROR);
	rc = user_phb_open_window(phb, number, page_shift, bus_offset, 1ULL << window_shift, true);
	if (rc)
		return call->process->failure ? rc : rtas_status(call, RTAS_HARDWARE_ERROR);
	rtas_return(call, 1, (u32)phb->windows[number].liobn);
	rtas_return(call, 2, (u32)(bus_offset >> 32));
	rtas_return(call, 3, (u32)bus_offset);
	return rtas_status(call, RTAS_SUCCESS);
}

long rtas_remove_pe_dma_window(const struct rtas_call *call)
{
	struct user_tce_table *table;
	struct user_phb *phb;
	long rc = 0;

	if (call->arguments != 1 || call->results != 1)
		return rtas_status(call, RTAS_PARAMETER_ERROR);
	table = user_table_find(call->process, rtas_argument(call, 0));
	phb = table ? table->phb : NULL;
	if (!phb || !phb->has.ddw || !table->entries)
		return rtas_status(call, RTAS_PARAMETER_ERROR);
	user_phb_close_window(phb, (u32)(table - phb->windows));
	if (!user_phb_windows(phb) && !table->is_default)
		rc = user_phb_default_window(phb);
	return rc ? rc : rtas_status(call, RTAS_SUCCESS);
}

long rtas_reset_pe_dma_window(const struct rtas_call *call)
{
	struct user_phb *phb;
	long rc;

	if (call->arguments != 3 || call->results != 1)
		return rtas_status(call, RTAS_PARAMETER_ERROR);
	phb = bridge_of(call);
	if (!phb)
		return rtas_status(call, RTAS_PARAMETER_ERROR);
	rc = user_phb_default_window(phb);
	return rc ? rc : rtas_status(call, RTAS_SUCCESS);
}
