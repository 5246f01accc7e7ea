// SPDX-License-Identifier: Apache-2.0
#include "tce_update.h"

#include "../bits.h"
#include "../mm/region.h"
#include "../powernv/tce.h"

static inline u64 page_bytes(u32 page_shift)
{
	return 1ULL << page_shift;
}

long ioba_validate(const struct kvm_tce_table *table, u64 ioba, u64 count, u64 *entry)
{
	u64 number = ioba >> table->page_shift;
	u64 index = number - table->offset;

	if (ioba & (page_bytes(table->page_shift) - 1))
		return H_PARAMETER;
	if (number < table->offset || index >= table->size || count > table->size - index)
		return H_PARAMETER;
	*entry = number;
	return H_SUCCESS;
}

static bool region_may_back(struct mm_context *mm, u64 ua, u32 page_shift)
{
	struct mm_region *region = region_lookup(mm, ua, page_bytes(page_shift));
	u64 hpa;

	return region && !region_ua_to_hpa(region, ua, page_shift, &hpa);
}

long tce_validate(struct kvm_tce_table *table, u64 tce, enum kvm_mode mode)
{
	u64 gpa = tce & ~TCE_PERM;
	u64 ua;

	if (!(tce & TCE_PERM))
		return H_SUCCESS;
	if (gpa & (page_bytes(table->page_shift) - 1))
		return mode == KVM_REAL_MODE ? H_PARAMETER : H_TOO_HARD;
	if (!kvm_gpa_to_ua(table->kvm, tce, &ua))
		return H_TOO_HARD;
	list_for_each(link, &table->links, struct kvm_tce_link, list) {
		if (!region_may_back(table->kvm->mm, ua, link->table->page_shift))
			return H_TOO_HARD;
	}
	return H_SUCCESS;
}

/*
 * Exchanges one entry and remembers that the device may have written through the old
 * one: virtual mode marks the page, real mode the region, found by the old mirror value.
 */
static int exchange(struct mm_context *mm, struct iommu_table *hardware, u64 entry, u64 *hpa,
		    enum dma_direction *direction, enum kvm_mode mode)
{
	int rc = tce_exchange(hardware, entry, hpa, direction, mode == KVM_VIRTUAL_MODE);

	if (rc || !(tce_permissions(*direction) & TCE_WRITE))
		return rc;
	if (mode == KVM_VIRTUAL_MODE) {
		if (!region_holds_device_memory(mm, *hpa))
			port_set_dirty(*hpa);
	} else {
		u64 *mirror = iommu_table_mirror(hardware, entry, false);

		if (mirror && *mirror)
			region_mark_dirty(mm, be64(*mirror));
	}
	return 0;
}

/* Takes back what the replaced entry counted in the region it was made from. */
static long release_old(struct mm_context *mm, struct iommu_table *hardware, u64 entry, enum kvm_mode mode)
{
	u64 *mirror = iommu_table_mirror(hardware, entry, false);
	struct mm_region *region;

	if (!hardware->mirror)
		port_trace(PORT_EV_WARN, PORT_WARN_NO_MIRROR, 0, 0, 0);
	if (!mirror)
		return mode == KVM_REAL_MODE ? H_TOO_HARD : H_SUCCESS;
	region = region_lookup(mm, be64(*mirror), page_bytes(hardware->page_shift));
	if (!region)
		return H_TOO_HARD;
	region_mapped_dec(region);
	*mirror = 0;
	return H_SUCCESS;
}

static long map_entry(struct mm_context *mm, struct iommu_table *hardware, u64 entry, u64 ua,
		      enum dma_direction direction, enum kvm_mode mode)
{
	u64 *mirror = iommu_table_mirror(hardware, entry, mode == KVM_VIRTUAL_MODE);
	struct mm_region *region;
	u64 hpa;

	if (!mirror) {
		if (!hardware->mirror)
			port_trace(PORT_EV_WARN, PORT_WARN_NO_MIRROR, 0, 0, 0);
		return H_TOO_HARD;
	}
	region = region_lookup(mm, ua, page_bytes(hardware->page_shift));
	if (!region)
		return H_TOO_HARD;
	if (region_ua_to_hpa(region, ua, hardware->page_shift, &hpa)) {
		if (mode == KVM_VIRTUAL_MODE)
			port_trace(PORT_EV_WARN, PORT_WARN_TRANSLATE_FAILED, 0, 0, 0);
		return H_TOO_HARD;
	}
	if (region_mapped_inc(region))
		return H_TOO_HARD;
	if (exchange(mm, hardware, entry, &hpa, &direction, mode)) {
		region_mapped_dec(region);
		if (mode == KVM_VIRTUAL_MODE)
			port_trace(PORT_EV_WARN, PORT_WARN_EXCHANGE_FAILED, 0, 0, 0);
		return H_TOO_HARD;
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

	if (exchange(mm, hardware, entry, &hpa, &direction, mode))
		return H_TOO_HARD;
	if (direction == DMA_NONE)
		return H_SUCCESS;
	rc = release_old(mm, hardware, entry, mode);
	if (rc != H_SUCCESS)
		exchange(mm, hardware, entry, &hpa, &direction, mode);
	return rc;
}

long tce_map_page(struct kvm_tce_table *table, struct iommu_table *hardware, u64 entry, u64 ua,
		  enum dma_direction direction, enum kvm_mode mode)
{
	u32 shift = kvm_subpage_shift(table, hardware);
	u64 first = entry << shift, subpages = 1ULL << shift;
	long rc = H_SUCCESS;

	for (u64 i = 0; i < subpages && rc == H_SUCCESS; i++)
		rc = map_entry(table->kvm->mm, hardware, first + i, ua + (i << hardware->page_shift), direction, mode);
	tce_kill(hardware, first, subpages);
	return rc;
}

long tce_unmap_page(struct kvm_tce_table *table, struct iommu_table *hardware, u64 entry, enum kvm_mode mode)
{
	u32 shift = kvm_subpage_shift(table, hardware);
	u64 first = entry << shift, subpages = 1ULL << shift;
	long rc = H_SUCCESS;

	for (u64 i = 0; i < subpages && rc == H_SUCCESS; i++)
		rc = unmap_entry(table->kvm->mm, hardware, first + i, mode);
	tce_kill(hardware, first, subpages);
	return rc;
}

void tce_clear_page(struct kvm_tce_table *table, struct iommu_table *hardware, u64 entry, enum kvm_mode mode)
{
	u32 shift = kvm_subpage_shift(table, hardware);
	u64 first = entry << shift;

	for (u64 i = 0; i < 1ULL << shift; i++) {
		enum dma_direction direction = DMA_NONE;
		u64 hpa = 0;

		exchange(table->kvm->mm, hardware, first + i, &hpa, &direction, mode);
	}
}

bool view_pages_present(const struct kvm_tce_table *table, u64 index, u64 count)
{
	u64 page = index / TCES_PER_PAGE;
	u64 pages = (index % TCES_PER_PAGE + count + TCES_PER_PAGE - 1) / TCES_PER_PAGE;

	for (; pages; pages--, page++)
		if (!table->pages[page])
			return false;
	return true;
}

void view_store(struct kvm_tce_table *table, u64 index, u64 tce, enum kvm_mode mode)
{
	u64 *slot = kvm_tce_table_slot(table, index);

	if (!slot && tce && mode == KVM_VIRTUAL_MODE)
		slot = kvm_tce_table_slot_alloc(table, index);
	if (slot)
		*slot = tce;
}
