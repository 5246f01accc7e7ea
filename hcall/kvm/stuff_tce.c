// SPDX-License-Identifier: Apache-2.0
/* stuff_tce.c - H_STUFF_TCE: clear a range of entries. */
#include "../bits.h"
#include "tce_hcalls.h"

/* Table by table, entry by entry; a failure leaves the rest and the whole view as it was. */
static long unmap_range(struct kvm_tce_table *table, u64 entry, u64 count, enum kvm_mode mode)
{
	list_for_each(link, &table->links, struct kvm_tce_link, list) {
		for (u64 i = 0; i < count; i++) {
			long rc = tce_unmap_page(table, link->table, entry + i, mode);

			if (rc != H_SUCCESS)
				return rc;
		}
	}
	return H_SUCCESS;
}

long kvm_h_stuff_tce(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)
{
	struct kvm_tce_table *table;
	u64 entry, index;
	long rc;

	if (mode == KVM_REAL_MODE && kvm->radix)
		return H_TOO_HARD;
	table = kvm_tce_table_find(kvm, call->liobn);
	if (!table)
		return H_TOO_HARD;
	rc = ioba_validate(table, call->ioba, call->count, &entry);
	if (rc != H_SUCCESS)
		return rc;
	index = entry - table->offset;
	if (mode == KVM_REAL_MODE && call->value && !view_pages_present(table, index, call->count))
		return H_TOO_HARD;
	if (call->value & TCE_PERM)
		return H_PARAMETER;
	rc = unmap_range(table, entry, call->count, mode);
	if (rc != H_SUCCESS)
		return rc;
	for (u64 i = 0; i < call->count; i++)
		view_store(table, index + i, call->value, mode);
	return H_SUCCESS;
}
