// SPDX-License-Identifier: Apache-2.0
#include "dma.h"

#include "../bits.h"

static void init(struct dma_window *window, struct kvm *kvm, u64 liobn, u64 base, bool multi_tce, u64 list_gpa)
{
	window->kvm = kvm;
	window->liobn = liobn;
	window->multi_tce = multi_tce;
	window->direct = false;
	window->base = base;
	window->map_failures = 0;
	for (u32 cpu = 0; cpu < DMA_CPUS_MAX; cpu++)
		window->list_gpa[cpu] = list_gpa + ((u64)cpu << TCE_LIST_SHIFT);
}

int dma_window_init(struct dma_window *window, struct kvm *kvm, u64 liobn, u64 base, u64 size, u32 page_shift,
		    u32 guest_page_shift, bool multi_tce, u64 list_gpa)
{
	init(window, kvm, liobn, base, multi_tce, list_gpa);
	window->guest_page_shift = guest_page_shift;
	return iova_init(&window->space, base >> page_shift, size >> page_shift, page_shift);
}

void dma_window_init_direct(struct dma_window *window, struct kvm *kvm, u64 liobn, u64 base, u32 page_shift,
			    bool multi_tce, u64 list_gpa)
{
	init(window, kvm, liobn, base, multi_tce, list_gpa);
	window->direct = true;
	window->space.page_shift = page_shift;
}

long dma_hypercall(struct dma_window *window, u64 opcode, u64 ioba, u64 value, u64 count)
{
	struct hcall call = {.opcode = opcode, .liobn = window->liobn, .ioba = ioba, .value = value, .count = count};
	long rc;

	port_trace(PORT_EV_HCALL_ENTER, opcode, ioba, value, count);
	rc = kvm_hcall(window->kvm, &call);
	port_trace(PORT_EV_HCALL_RETURN, opcode, (u64)rc, 0, 0);
	if (unlikely(rc != H_SUCCESS)) {
		window->map_failures++;
		port_trace(PORT_EV_WARN, PORT_WARN_GUEST_MAP_FAILED, (u64)rc, opcode, ioba);
	}
	return rc;
}

static long hypercall(struct dma_window *window, u64 opcode, u64 page, u64 value, u64 count)
{
	return dma_hypercall(window, opcode, page << window->space.page_shift, value, count);
}

/*
 * One H_PUT_TCE per page. Only H_NOT_ENOUGH_RESOURCES ends it; @done: out, entries before that.
 * Returns the last code.
 */
static long put_each(struct dma_window *window, u64 page, u64 tce, u64 pages, u64 *done)
{
	long rc = H_SUCCESS;

	for (*done = 0; *done < pages; ++*done, tce += 1ULL << window->space.page_shift) {
		rc = hypercall(window, H_PUT_TCE, page + *done, tce, 0);
		if (rc == H_NOT_ENOUGH_RESOURCES)
			break;
	}
	return rc;
}

/* Any failing call ends it; @done counts whole lists only: what that call has done is not known. */
static long put_lists(struct dma_window *window, u64 page, u64 tce, u64 pages, u64 *done)
{
	u64 list = window->list_gpa[port_smp_id()];
	u64 count;

	for (*done = 0; *done < pages; *done += count) {
		long rc;

		count = min_u64(pages - *done, TCE_LIST_MAX);
		for (u64 i = 0; i < count; i++, tce += 1ULL << window->space.page_shift)
			port_guest_write64(list + i * sizeof(u64), tce);
		rc = hypercall(window, H_PUT_TCE_INDIRECT, page + *done, list, count);
		if (rc != H_SUCCESS)
			return rc;
	}
	return H_SUCCESS;
}

/* What a hypercall answers here is only logged. */
static void clear_range(struct dma_window *window, u64 page, u64 pages)
{
	if (!window->multi_tce) {
		for (; pages; pages--, page++)
			hypercall(window, H_PUT_TCE, page, 0, 0);
		return;
	}
	while (pages) {
		u64 count = min_u64(pages, TCE_LIST_MAX);

		hypercall(window, H_STUFF_TCE, page, 0, count);
		page += count;
		pages -= count;
	}
}

static u64 page_count(const struct dma_window *window, u64 address, u64 size)
{
	u64 page_size = 1ULL << window->space.page_shift;

	return ((address & (page_size - 1)) + size + page_size - 1) >> window->space.page_shift;
}

/* Whole guest pages keep their alignment on the bus, as device drivers expect. */
static u32 alignment(const struct dma_window *window, u64 gpa, u64 size)
{
	u64 guest_page = 1ULL << window->guest_page_shift;

	if (window->space.page_shift < window->guest_page_shift && size >= guest_page && !(gpa & (guest_page - 1)))
		return window->guest_page_shift - window->space.page_shift;
	return 0;
}

u64 dma_map(struct dma_window *window, u64 gpa, u64 size, enum dma_direction direction)
{
	u32 shift = window->space.page_shift;
	u64 pages = page_count(window, gpa, size), page, done;
	u64 tce = gpa >> shift << shift | TCE_READ | (direction == DMA_TO_DEVICE ? 0 : TCE_WRITE);
	long rc;

	if (window->direct)
		return window->base + gpa;
	page = iova_alloc(&window->space, pages, alignment(window, gpa, size));
	if (page == IOVA_NONE)
		return DMA_MAPPING_ERROR;
	if (pages > 1 && window->multi_tce)
		rc = put_lists(window, page, tce, pages, &done);
	else
		rc = put_each(window, page, tce, pages, &done);
	if (rc == H_NOT_ENOUGH_RESOURCES) {
		clear_range(window, page, done);
		iova_free(&window->space, page, pages);
		return DMA_MAPPING_ERROR;
	}
	return page << shift | (gpa & ((1ULL << shift) - 1));
}

void dma_unmap(struct dma_window *window, u64 bus_address, u64 size)
{
	u64 page = bus_address >> window->space.page_shift;
	u64 pages = page_count(window, bus_address, size);

	if (window->direct)
		return;
	clear_range(window, page, pages);
	iova_free(&window->space, page, pages);
}

long dma_set_pages(struct dma_window *window, u64 page, u64 pages)
{
	u32 shift = window->space.page_shift;
	u64 first = (window->base >> shift) + page, tce = page << shift | TCE_READ | TCE_WRITE, done;

	return window->multi_tce ? put_lists(window, first, tce, pages, &done)
				 : put_each(window, first, tce, pages, &done);
}

void dma_clear_pages(struct dma_window *window, u64 page, u64 pages)
{
	clear_range(window, (window->base >> window->space.page_shift) + page, pages);
}
