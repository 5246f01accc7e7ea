// SPDX-License-Identifier: Apache-2.0
/* view.c - the guest's view as hypercalls write it. */
#include "tce_update.h"

bool view_pages_present(const struct kvm_tce_table *table, u64 index, u64 count)
{
	u64 page = index / TCES_PER_PAGE;
	u64 pages = (index % TCES_PER_PAGE + count + TCES_PER_PAGE - 1) / TCES_PER_PAGE;

	for (; pages; pages--, page++)
		if (!table->pages[page])
			return false;
	return true;
}

bool view_reserve(struct kvm_tce_table *table, u64 index, u64 tce, enum kvm_mode mode)
{
	if (!tce || kvm_tce_table_slot(table, index))
		return true;
	return !in_real_mode(mode) && kvm_tce_table_slot_alloc(table, index);
}

void view_store(struct kvm_tce_table *table, u64 index, u64 tce, enum kvm_mode mode)
{
	u64 *slot = kvm_tce_table_slot(table, index);

	if (!slot && tce && !in_real_mode(mode))
		slot = kvm_tce_table_slot_alloc(table, index);
	if (slot)
		*slot = tce;
}
