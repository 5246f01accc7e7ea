// SPDX-License-Identifier: Apache-2.0
/*
 * tce_update_sound.c - one guest entry in its hardware tables, so that a failure changes nothing.
 *
 * First everything that can fail: the view's page, the levels, and a count in the region
 * for each hardware entry. Then, under one lock of the process, what cannot: hardware entry,
 * mirror, the old entry's count, the kill, the view.
 */
#include "../bits.h"
#include "../mm/region.h"
#include "../powernv/tce.h"
#include "tce_update.h"

#if SOUND

static struct mm_region *region_behind(struct kvm_tce_table *table, struct iommu_table *hardware, u64 ua)
{
	return region_lookup(table->kvm->mm, ua, 1ULL << hardware->page_shift);
}

static long prepare_entry(struct kvm_tce_table *table, struct iommu_table *hardware, u64 entry, u64 ua,
			  enum kvm_mode mode)
{
	bool allocate = !in_real_mode(mode);
	struct mm_region *region = region_behind(table, hardware, ua);
	u64 hpa;

	if (!region || region_ua_to_hpa(region, ua, hardware->page_shift, &hpa))
		return H_TOO_HARD;
	if (hpa & ((1ULL << hardware->page_shift) - 1))
		return H_TOO_HARD;
	if (!iommu_table_mirror(hardware, entry, allocate) || !iommu_table_slot(hardware, entry, allocate))
		return H_TOO_HARD;
	return region_mapped_inc(region) ? H_TOO_HARD : H_SUCCESS;
}

static void give_back(struct kvm_tce_table *table, struct iommu_table *hardware, u64 ua, u64 subpages)
{
	for (u64 i = 0; i < subpages; i++)
		region_mapped_dec(region_behind(table, hardware, ua + (i << hardware->page_shift)));
}

/* A table without mirror cannot say whose count an entry is: user space must change it. */
static long prepare_table(struct kvm_tce_table *table, struct iommu_table *hardware, const struct tce_change *change,
			  enum kvm_mode mode)
{
	u32 shift = kvm_subpage_shift(table, hardware);

	if (!hardware->mirror)
		return H_TOO_HARD;
	for (u64 i = 0; !change->unmap && i < 1ULL << shift; i++) {
		long rc = prepare_entry(table, hardware, (change->entry << shift) + i,
					change->ua + (i << hardware->page_shift), mode);

		if (rc != H_SUCCESS) {
			give_back(table, hardware, change->ua, i);
			return rc;
		}
	}
	return H_SUCCESS;
}

static long prepare(struct kvm_tce_table *table, const struct tce_change *change, enum kvm_mode mode)
{
	if (!view_reserve(table, change->entry - table->offset, change->tce, mode))
		return H_TOO_HARD;
	list_for_each(link, &table->links, struct kvm_tce_link, list) {
		long rc = link->table->removed ? H_SUCCESS : prepare_table(table, link->table, change, mode);

		if (rc == H_SUCCESS)
			continue;
		list_for_each(done, &table->links, struct kvm_tce_link, list) {
			if (done == link)
				break;
			if (!done->table->removed && !change->unmap)
				give_back(table, done->table, change->ua,
					  1ULL << kvm_subpage_shift(table, done->table));
		}
		return rc;
	}
	return H_SUCCESS;
}

static void commit_entry(struct kvm_tce_table *table, struct iommu_table *hardware, u64 entry, u64 ua,
			 enum dma_direction direction, enum kvm_mode mode)
{
	u64 *mirror = iommu_table_mirror(hardware, entry, false);
	bool map = direction != DMA_NONE;
	struct mm_region *old;
	u64 hpa = 0;

	if (!mirror)
		return;
	PORT_BUG_ON(map && region_ua_to_hpa(region_behind(table, hardware, ua), ua, hardware->page_shift, &hpa));
	PORT_BUG_ON(tce_exchange_entry(table->kvm->mm, hardware, entry, &hpa, &direction, mode));
	old = *mirror ? region_behind(table, hardware, be64(*mirror)) : NULL;
	if (direction != DMA_NONE && old)
		region_mapped_dec(old);
	*mirror = map ? be64(ua) : 0;
}

static void commit(struct kvm_tce_table *table, const struct tce_change *change, enum kvm_mode mode)
{
	enum dma_direction direction = change->unmap ? DMA_NONE : tce_direction(change->tce);

	port_lock(&table->kvm->mm->update_lock);
	list_for_each(link, &table->links, struct kvm_tce_link, list) {
		u32 shift = kvm_subpage_shift(table, link->table);

		if (link->table->removed)
			continue;
		for (u64 i = 0; i < 1ULL << shift; i++)
			commit_entry(table, link->table, (change->entry << shift) + i,
				     change->ua + (i << link->table->page_shift), direction, mode);
		tce_kill(link->table, change->entry << shift, 1ULL << shift);
	}
	view_store(table, change->entry - table->offset, change->tce, mode);
	port_unlock(&table->kvm->mm->update_lock);
}

long tce_change_page(struct kvm_tce_table *table, const struct tce_change *change, enum kvm_mode mode)
{
	long rc = prepare(table, change, mode);

	if (rc == H_SUCCESS)
		commit(table, change, mode);
	return rc;
}

long tce_unmap_range(struct kvm_tce_table *table, u64 entry, u64 count, u64 value, enum kvm_mode mode)
{
	for (u64 i = 0; i < count; i++) {
		struct tce_change change = {.entry = entry + i, .first = entry, .tce = value, .unmap = true};
		long rc = tce_change_page(table, &change, mode);

		if (rc != H_SUCCESS)
			return rc;
	}
	return H_SUCCESS;
}

#endif
