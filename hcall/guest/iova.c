// SPDX-License-Identifier: Apache-2.0
#include "iova.h"

#include "../bits.h"

#define POOLS_FROM_BYTES (1ULL << 30)
#define BITS 64

static bool bit_is_set(const u64 *bitmap, u64 bit)
{
	return bitmap[bit / BITS] >> (bit % BITS) & 1;
}

/* First bit in [@from, @limit) that differs from @skipped's bits, @limit if none. */
static u64 find_bit(const u64 *bitmap, u64 from, u64 limit, u64 skipped)
{
	while (from < limit) {
		u64 word = (bitmap[from / BITS] ^ skipped) >> (from % BITS);

		if (word)
			return min_u64(from + lowest_bit(word), limit);
		from = (from / BITS + 1) * BITS;
	}
	return limit;
}

static u64 find_clear(const u64 *bitmap, u64 from, u64 limit)
{
	return find_bit(bitmap, from, limit, ~0ULL);
}

static u64 find_set(const u64 *bitmap, u64 from, u64 limit)
{
	return find_bit(bitmap, from, limit, 0);
}

static bool crosses_boundary(const struct iova_space *space, u64 page, u64 pages)
{
	u64 first = page + space->offset;

	return space->boundary && (first ^ (first + pages - 1)) & ~(space->boundary - 1);
}

/* First fitting run in [@start, @limit), IOVA_NONE if there is none. */
static u64 find_run(const struct iova_space *space, u64 start, u64 limit, u64 pages, u32 align_order)
{
	u64 align = 1ULL << align_order;

	for (;;) {
		u64 used;

		start = find_clear(space->bitmap, start, limit);
		start = round_up(start + space->offset, align) - space->offset;
		if (start >= limit || pages > limit - start)
			return IOVA_NONE;
		if (crosses_boundary(space, start, pages)) {
			start = round_up(start + space->offset, space->boundary) - space->offset;
			continue;
		}
		used = find_set(space->bitmap, start, start + pages);
		if (used == start + pages)
			return start;
		start = used + 1;
	}
}

static void set_bits(u64 *bitmap, u64 bit, u64 count)
{
	for (; count; count--, bit++)
		bitmap[bit / BITS] |= 1ULL << (bit % BITS);
}

static void clear_bits(u64 *bitmap, u64 bit, u64 count)
{
	for (; count; count--, bit++)
		bitmap[bit / BITS] &= ~(1ULL << (bit % BITS));
}

static void init_pool(struct iova_pool *pool, u64 start, u64 end)
{
	pool->lock.state = 0;
	pool->start = start;
	pool->end = end;
	pool->hint = start;
}

int iova_init(struct iova_space *space, u64 offset, u64 size, u32 page_shift)
{
	u64 pool_size;

	space->offset = offset;
	space->size = size;
	space->page_shift = page_shift;
	space->boundary = page_shift < 32 ? 1ULL << (32 - page_shift) : 0;
	space->bitmap = port_alloc((size + BITS - 1) / BITS * sizeof(u64));
	if (!space->bitmap)
		return -ENOMEM;
	if (!offset)
		set_bits(space->bitmap, 0, 1);

	space->pool_count = size << page_shift >= POOLS_FROM_BYTES ? IOVA_POOLS_MAX : 1;
	pool_size = size * 3 / 4 / space->pool_count;
	for (u32 i = 0; i < space->pool_count; i++)
		init_pool(&space->pools[i], i * pool_size, (i + 1) * pool_size);
	init_pool(&space->large, space->pool_count * pool_size, size);
	return 0;
}

void iova_destroy(struct iova_space *space)
{
	port_free(space->bitmap);
	space->bitmap = NULL;
}

bool iova_in_use(const struct iova_space *space)
{
	u64 first = space->offset ? 0 : 1;

	return find_set(space->bitmap, first, space->size) < space->size;
}

/* Spreads neighbouring CPU numbers: the top two bits of a multiplication by the golden ratio. */
static u32 pool_of_cpu(const struct iova_space *space, u32 cpu)
{
	return ((cpu * 0x61c88647u) >> 30) & (space->pool_count - 1);
}

static void take(struct iova_space *space, struct iova_pool *pool, u64 page, u64 pages)
{
	u64 end = page + pages;

	set_bits(space->bitmap, page, pages);
	pool->hint = pages > IOVA_LARGE_PAGES ? end : round_up(end, IOVA_BLOCK);
}

u64 iova_alloc(struct iova_space *space, u64 pages, u32 align_order)
{
	u32 number = pool_of_cpu(space, port_smp_id());
	struct iova_pool *pool = pages > IOVA_LARGE_PAGES ? &space->large : &space->pools[number];
	u64 page;

	/* From the hint, then the same pool from its start, then each other pool in turn. */
	for (u32 pass = 0; pass <= space->pool_count + 1; pass++) {
		u64 start;

		if (pass > 1) {
			number = (number + 1) & (space->pool_count - 1);
			pool = &space->pools[number];
		}
		port_lock(&pool->lock);
		start = pass || pool->hint >= pool->end ? pool->start : pool->hint;
		page = find_run(space, start, pool->end, pages, align_order);
		if (page != IOVA_NONE)
			take(space, pool, page, pages);
		port_unlock(&pool->lock);
		if (page != IOVA_NONE) {
			port_trace(PORT_EV_IOVA_ALLOC, space->offset + page, pages, space->page_shift, 0);
			return space->offset + page;
		}
	}
	return IOVA_NONE;
}

static struct iova_pool *pool_of_page(struct iova_space *space, u64 page)
{
	if (page >= space->large.start)
		return &space->large;
	return &space->pools[page / (space->pools[0].end - space->pools[0].start)];
}

void iova_free(struct iova_space *space, u64 page, u64 pages)
{
	u64 bit = page - space->offset;
	struct iova_pool *pool;

	PORT_BUG_ON(bit >= space->size || pages > space->size - bit);
	PORT_BUG_ON(!bit_is_set(space->bitmap, bit));
	pool = pool_of_page(space, bit);
	port_lock(&pool->lock);
	clear_bits(space->bitmap, bit, pages);
	port_unlock(&pool->lock);
	port_trace(PORT_EV_IOVA_FREE, page, pages, space->page_shift, 0);
}
