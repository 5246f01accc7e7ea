// SPDX-License-Identifier: Apache-2.0
/* tce_validate.c - what a call asks for, held against window, memory slots and regions. */
#include "../bits.h"
#include "../mm/region.h"
#include "../policy.h"
#include "tce_update.h"

struct kvm_tce_table *tce_call_table(struct kvm *kvm, const struct hcall *call, enum kvm_mode mode)
{
	if (in_real_mode(mode) && POLICY_REAL_MODE_REFUSES_RADIX && kvm->radix)
		return NULL;
	return kvm_tce_table_find(kvm, call->liobn);
}

/*
 * Kernels that look at the first page only write behind the view and the tables. What
 * stays inside their memory, which may be larger than the window, is done as recorded.
 */
static bool inside_memory(const struct kvm_tce_table *table, u64 entry, u64 count)
{
	u64 index = entry - table->offset;

	if (count > table->page_count * TCES_PER_PAGE - index)
		return false;
	list_for_each(link, &table->links, struct kvm_tce_link, list) {
		u32 shift = kvm_subpage_shift(table, link->table);

		if (!iommu_table_has_room(link->table, entry << shift, count << shift))
			return false;
	}
	return true;
}

long ioba_validate(const struct kvm_tce_table *table, u64 ioba, u64 count, u64 *entry)
{
	u64 number = ioba >> table->page_shift;
	u64 index = number - table->offset;

	if (ioba & ((1ULL << table->page_shift) - 1) || number < table->offset)
		return H_PARAMETER;
	if (POLICY_CHECK_WHOLE_RANGE) {
		if (index > table->size || count > table->size - index)
			return H_PARAMETER;
	} else if (index >= table->size || !inside_memory(table, number, count)) {
		return H_PARAMETER;
	}
	*entry = number;
	return H_SUCCESS;
}

static bool region_may_back(struct mm_context *mm, u64 ua, u32 page_shift)
{
	struct mm_region *region = region_lookup(mm, ua, 1ULL << page_shift);
	u64 hpa;

	return region && !region_ua_to_hpa(region, ua, page_shift, &hpa);
}

static bool regions_may_back(struct kvm_tce_table *table, u64 ua)
{
	list_for_each(link, &table->links, struct kvm_tce_link, list) {
		u64 pages = POLICY_CHECK_WHOLE_PAGE ? 1ULL << kvm_subpage_shift(table, link->table) : 1;

		for (u64 i = 0; i < pages; i++)
			if (!region_may_back(table->kvm->mm, ua + (i << link->table->page_shift),
					     link->table->page_shift))
				return false;
	}
	return true;
}

long tce_validate(struct kvm_tce_table *table, u64 tce, enum kvm_mode mode)
{
	u64 page_bytes = 1ULL << table->page_shift;
	u64 ua;

	if (!(tce & TCE_PERM))
		return H_SUCCESS;
	if (tce & ~TCE_PERM & (page_bytes - 1))
		return in_real_mode(mode) || POLICY_MISALIGNED_IS_PARAMETER ? H_PARAMETER : H_TOO_HARD;
	if (!POLICY_VALIDATE_FIRST)
		return H_SUCCESS;
	if (!kvm_gpa_range_to_ua(table->kvm, tce, POLICY_CHECK_WHOLE_PAGE ? page_bytes : 1, &ua))
		return H_TOO_HARD;
	return regions_may_back(table, ua) ? H_SUCCESS : H_TOO_HARD;
}
