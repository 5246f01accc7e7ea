// SPDX-License-Identifier: Apache-2.0
#include "region.h"

#include "../bits.h"
#include "../policy.h"

static u64 region_end(const struct mm_region *region)
{
	return region->ua + (region->pages << PAGE_SHIFT);
}

static void unpin_pages(struct mm_region *region, u64 pages)
{
	for (u64 i = 0; i < pages; i++)
		port_unpin(region->hpas[i] & ~REGION_DIRTY, region->hpas[i] & REGION_DIRTY);
}

/*
 * Pins all pages and finds the largest IOMMU page. Since v5.2 the shift of the last huge
 * page sticks: a region that begins with huge pages keeps it past normal ones.
 */
static long pin_pages(struct mm_region *region)
{
	u32 shift = PAGE_SHIFT;

	for (u64 i = 0; i < region->pages; i++) {
		u32 page_shift;
		int rc = port_pin(region->ua + (i << PAGE_SHIFT), &region->hpas[i], &page_shift);

		if (rc) {
			unpin_pages(region, i);
			return POLICY_PARTIAL_PIN_COUNTS && i ? (long)i : rc;
		}
		if (!POLICY_REGION_SHIFT_STICKS || (region->page_shift > PAGE_SHIFT && page_shift > PAGE_SHIFT))
			shift = page_shift;
		if (shift < region->page_shift)
			region->page_shift = shift;
	}
	return 0;
}

static bool overlaps(struct mm_context *mm, u64 ua, u64 end)
{
	list_for_each(other, &mm->regions, struct mm_region, list) {
		if (ua < region_end(other) && other->ua < end)
			return true;
	}
	return false;
}

static void free_region(struct mm_region *region)
{
	port_free(region->hpas);
	port_free(region);
}

static struct mm_region *allocate_region(struct mm_context *mm, u64 ua, u64 pages, u64 device_hpa)
{
	struct mm_region *region = port_alloc(sizeof(*region));

	if (!region)
		return NULL;
	region->ua = ua;
	region->pages = pages;
	region->used = 1;
	region->mapped = 1;
	region->device_hpa = device_hpa;
	region->mm = mm;
	region->page_shift = lowest_bit((device_hpa == REGION_RAM ? ua : device_hpa) | pages << PAGE_SHIFT);
	return region;
}

static long publish(struct mm_context *mm, struct mm_region *region)
{
	long rc = -EINVAL;

	port_lock(&mm->lock);
	if (!overlaps(mm, region->ua, region_end(region))) {
		list_add(&region->list, &mm->regions);
		rc = 0;
	}
	port_unlock(&mm->lock);
	return rc;
}

static long create(struct mm_context *mm, u64 ua, u64 pages, struct mm_region **result)
{
	struct mm_region *region;
	long rc = mm_lock_pages(mm, pages);

	if (rc)
		return rc;
	rc = -ENOMEM;
	region = allocate_region(mm, ua, pages, REGION_RAM);
	if (!region)
		goto unaccount;
	region->hpas = pages ? port_alloc(pages * sizeof(u64)) : NULL;
	if (!region->hpas)
		goto free;
	rc = pin_pages(region);
	if (rc)
		goto free;
	rc = publish(mm, region);
	if (rc)
		goto unpin;
	*result = region;
	return 0;
unpin:
	unpin_pages(region, pages);
free:
	free_region(region);
unaccount:
	mm_unlock_pages(mm, pages);
	return rc;
}

long region_new(struct mm_context *mm, u64 ua, u64 pages, struct mm_region **result)
{
	if (POLICY_REGION_OVERLAP_FIRST) {
		*result = region_get(mm, ua, pages);
		if (*result)
			return 0;
		if (overlaps(mm, ua, ua + (pages << PAGE_SHIFT)))
			return -EINVAL;
	}
	return create(mm, ua, pages, result);
}

long region_new_device(struct mm_context *mm, u64 ua, u64 pages, u64 hpa, struct mm_region **result)
{
	struct mm_region *region = allocate_region(mm, ua, pages, hpa);
	long rc;

	if (!region)
		return -ENOMEM;
	rc = publish(mm, region);
	if (rc) {
		free_region(region);
		return rc;
	}
	*result = region;
	return 0;
}

struct mm_region *region_get(struct mm_context *mm, u64 ua, u64 pages)
{
	struct mm_region *found = NULL;

	port_lock(&mm->lock);
	list_for_each(region, &mm->regions, struct mm_region, list) {
		if (region->ua == ua && region->pages == pages) {
			region->used++;
			found = region;
			break;
		}
	}
	port_unlock(&mm->lock);
	return found;
}

static void release_after_grace_period(struct port_rcu_head *head)
{
	struct mm_region *region = list_entry(head, struct mm_region, rcu);

	if (region->device_hpa == REGION_RAM)
		unpin_pages(region, region->pages);
	free_region(region);
}

/* Takes a region that nobody uses off the list, unless entries are mapped from it. Under the lock. */
static long release(struct mm_region *region)
{
	s64 unmapped = 1;

	if (!__atomic_compare_exchange_n(&region->mapped, &unmapped, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return -EBUSY;
	list_del(&region->list);
	if (region->device_hpa == REGION_RAM)
		mm_unlock_pages(region->mm, region->pages);
	port_call_rcu(&region->rcu, release_after_grace_period);
	return 0;
}

long region_put(struct mm_region *region)
{
	struct mm_context *mm = region->mm;
	long rc = 0;

	port_lock(&mm->lock);
	if (!region->used)
		rc = -ENOENT;
	else if (!--region->used)
		rc = release(region);
	if (rc == -EBUSY)
		region->used = 1;
	port_unlock(&mm->lock);
	return rc;
}

#if SOUND

void region_abandon(struct mm_region *region)
{
	struct mm_context *mm = region->mm;

	port_lock(&mm->lock);
	if (!--region->used)
		release(region);
	port_unlock(&mm->lock);
}

/* The last entry of an abandoned region has gone. */
static void release_abandoned(struct mm_region *region)
{
	struct mm_context *mm = region->mm;

	port_lock(&mm->lock);
	if (!region->used)
		release(region);
	port_unlock(&mm->lock);
}

#endif

struct mm_region *region_lookup(struct mm_context *mm, u64 ua, u64 size)
{
	list_for_each(region, &mm->regions, struct mm_region, list) {
		if (region->ua <= ua && ua + size <= region_end(region))
			return region;
	}
	return NULL;
}

int region_ua_to_hpa(struct mm_region *region, u64 ua, u32 page_shift, u64 *hpa)
{
	u64 page = (ua - region->ua) >> PAGE_SHIFT;

	if (page >= region->pages || (page_shift > region->page_shift && !POLICY_REGION_SHIFT_UNCHECKED))
		return -EFAULT;
	if (region->device_hpa != REGION_RAM)
		*hpa = region->device_hpa + (ua - region->ua);
	else
		*hpa = (region->hpas[page] & ~REGION_DIRTY) | (ua & (PAGE_SIZE - 1));
	return 0;
}

int region_mapped_inc(struct mm_region *region)
{
	s64 mapped = __atomic_load_n(&region->mapped, __ATOMIC_RELAXED);

	while (mapped) {
		if (__atomic_compare_exchange_n(&region->mapped, &mapped, mapped + 1, false, __ATOMIC_SEQ_CST,
						__ATOMIC_RELAXED))
			return 0;
	}
	return -ENXIO;
}

void region_mapped_dec(struct mm_region *region)
{
	s64 mapped = __atomic_load_n(&region->mapped, __ATOMIC_RELAXED);

	while (mapped != 1) {
		if (!__atomic_compare_exchange_n(&region->mapped, &mapped, mapped - 1, false, __ATOMIC_SEQ_CST,
						 __ATOMIC_RELAXED))
			continue;
#if SOUND
		if (mapped == 2 && !region->used)
			release_abandoned(region);
#endif
		return;
	}
}

bool region_holds_device_memory(struct mm_context *mm, u64 hpa)
{
	list_for_each(region, &mm->regions, struct mm_region, list) {
		if (region->device_hpa != REGION_RAM && hpa >= region->device_hpa &&
		    hpa - region->device_hpa < region->pages << PAGE_SHIFT)
			return true;
	}
	return false;
}

void region_mark_dirty(struct mm_context *mm, u64 ua, u32 page_shift)
{
	u64 bytes = POLICY_DIRTY_NEEDS_HOST_PAGE ? PAGE_SIZE : 1ULL << page_shift;
	u64 marked = POLICY_DIRTY_NEEDS_HOST_PAGE ? 1 : bytes;
	struct mm_region *region = region_lookup(mm, ua, bytes);

	if (!region || region->device_hpa != REGION_RAM)
		return;
	for (u64 at = ua; at - ua < marked; at += PAGE_SIZE)
		region->hpas[(at - region->ua) >> PAGE_SHIFT] |= REGION_DIRTY;
}
