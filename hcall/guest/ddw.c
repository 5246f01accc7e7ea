// SPDX-License-Identifier: Apache-2.0
/* ddw.c - the guest's dynamic DMA windows. */
#include "ddw.h"

#include "../bits.h"

#define BUS_WORDS 3 /* by which a call names the device: configuration address and BUID */

static void name_device(const struct guest_bridge *bridge, u32 *arguments)
{
	arguments[0] = bridge->address;
	arguments[1] = (u32)(bridge->buid >> 32);
	arguments[2] = (u32)bridge->buid;
}

long guest_ddw_query(const struct guest_bridge *bridge, struct ddw_offer *offer)
{
	u32 arguments[BUS_WORDS], results[5];
	long status;

	name_device(bridge, arguments);
	status = guest_rtas(bridge, RTAS_QUERY_PE_DMA_WINDOW, arguments, BUS_WORDS, results, 5);
	if (status)
		return status;
	offer->windows = results[0];
	offer->largest = (u64)results[1] << 32 | results[2];
	offer->page_sizes = results[3];
	return 0;
}

/* From the largest down. */
u32 guest_ddw_page_shift(u32 page_sizes)
{
	static const struct {
		u8 shift, bit;
	} pages[] = {{34, 7}, {28, 6}, {27, 5}, {26, 4}, {25, 3}, {24, 2}, {21, 8}, {16, 1}, {12, 0}};

	for (u32 i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (page_sizes & 1u << pages[i].bit)
			return pages[i].shift;
	}
	return 0;
}

/* 0 or -EIO, with the window's number and bus address. */
static long create(const struct guest_bridge *bridge, u32 page_shift, u32 window_shift, u64 *liobn, u64 *bus_address)
{
	u32 arguments[BUS_WORDS + 2], results[3];

	name_device(bridge, arguments);
	arguments[BUS_WORDS] = page_shift;
	arguments[BUS_WORDS + 1] = window_shift;
	if (guest_rtas(bridge, RTAS_CREATE_PE_DMA_WINDOW, arguments, BUS_WORDS + 2, results, 3))
		return -EIO;
	*liobn = results[0];
	*bus_address = (u64)results[1] << 32 | results[2];
	return 0;
}

static long remove(const struct guest_bridge *bridge, u64 liobn)
{
	u32 argument = (u32)liobn;

	return guest_rtas(bridge, RTAS_REMOVE_PE_DMA_WINDOW, &argument, 1, NULL, 0) ? -EIO : 0;
}

long guest_ddw_create(const struct guest_bridge *bridge, u32 window_shift, bool direct, const struct dma_window *like,
		      struct dma_window *window)
{
	struct ddw_offer offer;
	u64 liobn, bus_address;
	u32 page_shift;
	long rc;

	if (guest_ddw_query(bridge, &offer))
		return -EIO;
	page_shift = guest_ddw_page_shift(offer.page_sizes);
	if (!offer.windows || !page_shift || window_shift < page_shift || window_shift >= 64 ||
	    1ULL << (window_shift - page_shift) > offer.largest)
		return -ENOSPC;
	rc = create(bridge, page_shift, window_shift, &liobn, &bus_address);
	if (rc)
		return rc;
	if (direct) {
		dma_window_init_direct(window, like->kvm, liobn, bus_address, page_shift, like->multi_tce,
				       like->list_gpa[0]);
		return 0;
	}
	rc = dma_window_init(window, like->kvm, liobn, bus_address, 1ULL << window_shift, page_shift,
			     like->guest_page_shift, like->multi_tce, like->list_gpa[0]);
	if (rc)
		remove(bridge, liobn);
	return rc;
}

/* Whole pages of the window that begin in memory [@gpa, @gpa + @size), the first one's number; both ends go down. */
static u64 whole_pages(const struct dma_window *window, u64 gpa, u64 size, u64 *page)
{
	u32 shift = window->space.page_shift;

	*page = gpa >> shift;
	return ((gpa + size) >> shift) - *page;
}

long guest_ddw_add_memory(struct dma_window *window, u64 gpa, u64 size)
{
	u64 page, pages = whole_pages(window, gpa, size, &page);

	return dma_set_pages(window, page, pages) ? -EIO : 0;
}

long guest_ddw_remove_memory(struct dma_window *window, u64 gpa, u64 size)
{
	u64 page, pages = whole_pages(window, gpa, size, &page), failures = window->map_failures;

	dma_clear_pages(window, page, pages);
	return window->map_failures == failures ? 0 : -EIO;
}

long guest_ddw_remove(const struct guest_bridge *bridge, struct dma_window *window, u64 ram_size)
{
	long rc;

	if (!window->direct && iova_in_use(&window->space))
		return -EBUSY;
	rc = window->direct ? guest_ddw_remove_memory(window, 0, ram_size) : 0;
	if (rc)
		return rc;
	rc = remove(bridge, window->liobn);
	if (!rc && !window->direct)
		iova_destroy(&window->space);
	return rc;
}
