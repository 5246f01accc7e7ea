/* SPDX-License-Identifier: Apache-2.0 */
/*
 * region.h - preregistered memory: user memory pinned once, before it is mapped
 * for DMA again and again. Behaviour: docs/behaviour.md, "Memory".
 *
 * used	  containers that hold the region
 * mapped 1 + hardware entries made from it; 0 once it is being released
 */
#ifndef HCALL_MM_REGION_H
#define HCALL_MM_REGION_H

#include "context.h"

struct mm_region {
	struct list list;
	struct port_rcu_head rcu;
	u64 ua;
	u64 pages; /* host pages */
	u64 used;
	s64 mapped;
	u32 page_shift; /* log2 of the largest IOMMU page that it may back */
	u64 *hpas;	/* one per host page, REGION_DIRTY in bit 0 */
	u64 device_hpa; /* first hpa of device memory, REGION_RAM for pinned memory */
	struct mm_context *mm;
};

#define REGION_RAM (~(u64)0)
#define REGION_DIRTY 1ULL

/*
 * region_new - pin [@ua, @ua + @pages host pages) and make it a region with used = mapped = 1.
 *
 * In this order: -ENOMEM past the locked limit, for want of memory or for no pages;
 * -EFAULT when the first page cannot be pinned, the positive number of pages pinned
 * when a later one cannot (as recorded, nothing stays pinned; -EFAULT in "fixed");
 * -EINVAL when it overlaps a region.
 *
 * Up to 4.19 first of all: a region of exactly this range gets one more user and is the
 * result; -EINVAL when it overlaps one; and -EFAULT whichever page cannot be pinned.
 */
long region_new(struct mm_context *mm, u64 ua, u64 pages, struct mm_region **region);

/* region_new_device - the same for device memory at @hpa: neither pinned nor accounted. */
long region_new_device(struct mm_context *mm, u64 ua, u64 pages, u64 hpa, struct mm_region **region);

/* region_get - the region of exactly this range with one more user, or NULL. */
struct mm_region *region_get(struct mm_context *mm, u64 ua, u64 pages);

/*
 * region_put - drop one user. 0; -ENOENT without any; -EBUSY when the last user
 * leaves while entries are mapped: then nothing changes.
 */
long region_put(struct mm_region *region);

/*
 * region_abandon - drop one user who cannot keep the region when it is busy; in "fixed" only.
 * A region without users goes with the last entry mapped from it; until then region_get()
 * gives it a user again.
 */
void region_abandon(struct mm_region *region);

/* region_lookup - newest region that contains [@ua, @ua + @size), or NULL. */
struct mm_region *region_lookup(struct mm_context *mm, u64 ua, u64 size);

/*
 * region_ua_to_hpa - translate inside @region.
 * @page_shift: IOMMU page that will be made of it
 * -EFAULT outside the region or for a page larger than it may back; v4.12 lets such a
 * page reach past the end of the memory that it begins in.
 */
int region_ua_to_hpa(struct mm_region *region, u64 ua, u32 page_shift, u64 *hpa);

/* region_mapped_inc - one more entry; -ENXIO when the region is being released. */
int region_mapped_inc(struct mm_region *region);
/* region_mapped_dec - one less; never below 1. */
void region_mapped_dec(struct mm_region *region);

/* region_holds_device_memory - does @hpa lie in device memory of a region? */
bool region_holds_device_memory(struct mm_context *mm, u64 hpa);

/*
 * region_mark_dirty - real mode's way to remember a device write through an entry of
 * 1 << @page_shift bytes made from @ua. Looks up [@ua, @ua + PAGE_SIZE) unaligned, as
 * recorded: an entry in the last host page of a region that does not start that page
 * leaves no mark, and one larger than a host page marks its first. "fixed" marks all
 * host pages of the entry.
 */
void region_mark_dirty(struct mm_context *mm, u64 ua, u32 page_shift);

#endif
