// SPDX-License-Identifier: Apache-2.0
/* stuff_tce.c - H_STUFF_TCE: clear a range of entries. */
#include "tce_hcalls.h"

long kvm_h_stuff_tce(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)
{
	struct kvm_tce_table *table = tce_call_table(kvm, call, mode);
	u64 entry;
	long rc;

	if (!table)
		return H_TOO_HARD;
	rc = ioba_validate(table, call->ioba, call->count, &entry);
	if (rc != H_SUCCESS)
		return rc;
	if (in_real_mode(mode) && call->value && !view_pages_present(table, entry - table->offset, call->count))
		return H_TOO_HARD;
	if (call->value & TCE_PERM)
		return H_PARAMETER;
	return tce_unmap_range(table, entry, call->count, call->value, mode);
}
