// SPDX-License-Identifier: Apache-2.0
/* tce_update.c - one guest entry in its hardware tables, as the recorded kernels change it. */
#include "tce_update.h"

#include "../bits.h"
#include "../mm/region.h"
#include "../powernv/tce.h"

int tce_exchange_entry(struct mm_context *mm, struct iommu_table *hardware, u64 entry, u64 *hpa,
		       enum dma_direction *direction, enum kvm_mode mode)
{
	int rc = tce_exchange(hardware, entry, hpa, direction, !in_real_mode(mode));

	if (rc || !(tce_permissions(*direction) & TCE_WRITE))
		return rc;
	if (!in_real_mode(mode) || POLICY_REAL_MODE_MARKS_PAGES) {
		if (!POLICY_DEVICE_MEMORY || !region_holds_device_memory(mm, *hpa))
			port_set_dirty(*hpa);
	} else {
		u64 *mirror = iommu_table_mirror(hardware, entry, false);

		if (mirror && *mirror)
			region_mark_dirty(mm, be64(*mirror), hardware->page_shift);
	}
	return 0;
}

#if !SOUND

/* Takes back what the replaced entry counted in the region it was made from. */
static long release_old(struct mm_context *mm, struct iommu_table *hardware, u64 entry, enum kvm_mode mode)
{
	u64 *mirror = iommu_table_mirror(hardware, entry, POLICY_UNMAP_NEEDS_MIRROR && !in_real_mode(mode));
	struct mm_region *region;

	if (!hardware->mirror)
		port_trace(PORT_EV_WARN, PORT_WARN_NO_MIRROR, 0, 0, 0);
	if (!mirror)
		return in_real_mode(mode) || POLICY_UNMAP_NEEDS_MIRROR ? H_TOO_HARD : H_SUCCESS;
	region = region_lookup(mm, be64(*mirror), 1ULL << hardware->page_shift);
	if (!region)
		return H_TOO_HARD;
	region_mapped_dec(region);
	*mirror = 0;
	return H_SUCCESS;
}

static long inner_error(long code)
{
	return POLICY_INNER_ERRORS ? code : H_TOO_HARD;
}

/* Real mode's own form of a warning leaves no record. */
static void warn_in_virtual_mode(enum port_warning warning, enum kvm_mode mode)
{
	if (!in_real_mode(mode))
		port_trace(PORT_EV_WARN, warning, 0, 0, 0);
}

static long map_entry(struct mm_context *mm, struct iommu_table *hardware, u64 entry, u64 ua,
		      enum dma_direction direction, enum kvm_mode mode)
{
	u64 *mirror = iommu_table_mirror(hardware, entry, !in_real_mode(mode));
	struct mm_region *region;
	u64 hpa;

	if (!mirror) {
		if (!hardware->mirror)
			port_trace(PORT_EV_WARN, PORT_WARN_NO_MIRROR, 0, 0, 0);
		return H_TOO_HARD;
	}
	region = region_lookup(mm, ua, 1ULL << hardware->page_shift);
	if (!region)
		return H_TOO_HARD;
	if (region_ua_to_hpa(region, ua, hardware->page_shift, &hpa)) {
		warn_in_virtual_mode(PORT_WARN_TRANSLATE_FAILED, mode);
		return inner_error(H_HARDWARE);
	}
	if (region_mapped_inc(region))
		return inner_error(H_CLOSED);
	if (tce_exchange_entry(mm, hardware, entry, &hpa, &direction, mode)) {
		region_mapped_dec(region);
		warn_in_virtual_mode(PORT_WARN_EXCHANGE_FAILED, mode);
		return in_real_mode(mode) ? H_TOO_HARD : inner_error(H_HARDWARE);
	}
	if (direction != DMA_NONE)
		release_old(mm, hardware, entry, mode);
	*mirror = be64(ua);
	return H_SUCCESS;
}

static long unmap_entry(struct mm_context *mm, struct iommu_table *hardware, u64 entry, enum kvm_mode mode)
{
	enum dma_direction direction = DMA_NONE;
	u64 hpa = 0;
	long rc;

	if (tce_exchange_entry(mm, hardware, entry, &hpa, &direction, mode))
		return H_TOO_HARD;
	if (direction == DMA_NONE)
		return H_SUCCESS;
	rc = release_old(mm, hardware, entry, mode);
	if (rc != H_SUCCESS)
		tce_exchange_entry(mm, hardware, entry, &hpa, &direction, mode);
	return rc;
}

static void kill_page(struct iommu_table *hardware, u64 first, u64 subpages)
{
	if (!POLICY_KILL_PER_EXCHANGE)
		tce_kill(hardware, first, subpages);
}

/* All hardware entries behind the guest entry, up to the first that fails; those done stay. */
static long map_page(struct kvm_tce_table *table, struct iommu_table *hardware, const struct tce_change *change,
		     enum kvm_mode mode)
{
	u32 shift = kvm_subpage_shift(table, hardware);
	u64 first = change->entry << shift, subpages = 1ULL << shift;
	enum dma_direction direction = tce_direction(change->tce);
	long rc = H_SUCCESS;

	for (u64 i = 0; i < subpages && rc == H_SUCCESS; i++)
		rc = map_entry(table->kvm->mm, hardware, first + i, change->ua + (i << hardware->page_shift), direction,
			       mode);
	kill_page(hardware, first, subpages);
	return rc;
}

static long unmap_page(struct kvm_tce_table *table, struct iommu_table *hardware, u64 entry, enum kvm_mode mode)
{
	u32 shift = kvm_subpage_shift(table, hardware);
	u64 first = entry << shift, subpages = 1ULL << shift;
	long rc = H_SUCCESS;

	for (u64 i = 0; i < subpages && rc == H_SUCCESS; i++)
		rc = unmap_entry(table->kvm->mm, hardware, first + i, mode);
	kill_page(hardware, first, subpages);
	return rc;
}

/* Exchanges entries with nothing: neither counters nor mirror follow, and no kill but the exchange's own. */
static void clear_entries(struct kvm_tce_table *table, struct iommu_table *hardware, u64 first, u64 count,
			  enum kvm_mode mode)
{
	for (u64 i = 0; i < count; i++) {
		enum dma_direction direction = DMA_NONE;
		u64 hpa = 0;

		tce_exchange_entry(table->kvm->mm, hardware, first + i, &hpa, &direction, mode);
	}
}

/*
 * After a failure. Since v4.20 the page is cleared and the call ends. Before, only what no
 * level can mend clears, one hardware entry that has the number of the call's first guest
 * entry, and the call goes on. Returns whether it does.
 */
static bool goes_on_after(long rc, struct kvm_tce_table *table, struct iommu_table *hardware,
			  const struct tce_change *change, enum kvm_mode mode)
{
	if (POLICY_CLEAR_AFTER_FAILURE) {
		u32 shift = kvm_subpage_shift(table, hardware);

		clear_entries(table, hardware, change->entry << shift, 1ULL << shift, mode);
	}
	if (!POLICY_INNER_ERRORS || rc == H_TOO_HARD)
		return false;
	warn_in_virtual_mode(PORT_WARN_HARD_FAILURE, mode);
	clear_entries(table, hardware, change->first, 1, mode);
	return true;
}

long tce_change_page(struct kvm_tce_table *table, const struct tce_change *change, enum kvm_mode mode)
{
	long rc = H_SUCCESS;

	list_for_each(link, &table->links, struct kvm_tce_link, list) {
		rc = change->unmap ? unmap_page(table, link->table, change->entry, mode)
				   : map_page(table, link->table, change, mode);
		if (rc != H_SUCCESS && !goes_on_after(rc, table, link->table, change, mode))
			return rc;
	}
	view_store(table, change->entry - table->offset, change->tce, mode);
	return rc;
}

long tce_unmap_range(struct kvm_tce_table *table, u64 entry, u64 count, u64 value, enum kvm_mode mode)
{
	list_for_each(link, &table->links, struct kvm_tce_link, list) {
		for (u64 i = 0; i < count; i++) {
			long rc = unmap_page(table, link->table, entry + i, mode);

			if (rc != H_SUCCESS)
				return rc;
		}
	}
	for (u64 i = 0; i < count; i++)
		view_store(table, entry - table->offset + i, value, mode);
	return H_SUCCESS;
}

#endif
