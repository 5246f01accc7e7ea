/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iova.h - the pseries guest's allocator of I/O addresses inside one window.
 *
 * A bitmap with one bit per IOMMU page. A window of at least 1 GiB has four small
 * pools that share three quarters of it, otherwise one; the last quarter is the
 * large pool, for requests of more than 15 pages. CPUs spread over the small pools
 * by a hash of their number. Each pool remembers where the last search ended.
 * Behaviour: docs/behaviour.md, "Guest".
 */
#ifndef HCALL_GUEST_IOVA_H
#define HCALL_GUEST_IOVA_H

#include "../port.h"

#define IOVA_POOLS_MAX 4
#define IOVA_LARGE_PAGES 15 /* more than this many pages go to the large pool */
#define IOVA_BLOCK 16	    /* after a small request the search goes on at the next block */
#define IOVA_NONE (~(u64)0)

struct iova_pool {
	struct port_lock lock;
	u64 start;
	u64 end;  /* first page after the pool */
	u64 hint; /* next search starts here */
};

struct iova_space {
	u64 offset;   /* number of the window's first page */
	u64 size;     /* pages */
	u64 boundary; /* pages that no allocation may cross a multiple of; a power of two, 0 for none */
	u32 page_shift;
	u32 pool_count; /* 1 or IOVA_POOLS_MAX */
	struct iova_pool pools[IOVA_POOLS_MAX];
	struct iova_pool large;
	u64 *bitmap;
};

/*
 * iova_init - a window of @size pages that starts at page number @offset.
 * Page 0 of the bus is never given out. 0, or -ENOMEM.
 */
int iova_init(struct iova_space *space, u64 offset, u64 size, u32 page_shift);
void iova_destroy(struct iova_space *space);

/*
 * iova_alloc - @pages free pages in a row, their number aligned to 1 << @align_order [sync].
 * Returns the page number on the bus, or IOVA_NONE when every pool that may serve the
 * request is full. A small request tries all small pools; a large one its pool, then
 * the small ones.
 */
u64 iova_alloc(struct iova_space *space, u64 pages, u32 align_order);

/* iova_free - give back what iova_alloc() returned, whole [sync]. */
void iova_free(struct iova_space *space, u64 page, u64 pages);

/* iova_in_use - has anything been given out that has not come back? */
bool iova_in_use(const struct iova_space *space);

#endif
