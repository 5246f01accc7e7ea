// SPDX-License-Identifier: Apache-2.0
/* put_tce.c - H_PUT_TCE and H_GET_TCE: one entry. */
#include "tce_hcalls.h"

static long put_tce(struct kvm_tce_table *table, u64 entry, u64 tce, enum kvm_mode mode)
{
	struct tce_change change = {.entry = entry, .first = entry, .tce = tce, .unmap = !(tce & TCE_PERM)};
	long rc = tce_validate(table, tce, mode);

	if (rc != H_SUCCESS)
		return rc;
	if (!change.unmap && !kvm_gpa_to_ua(table->kvm, tce, &change.ua))
		return H_PARAMETER;
	rc = tce_change_page(table, &change, mode);
	/* Real mode knows success and H_TOO_HARD only. */
	if (POLICY_INNER_ERRORS && in_real_mode(mode) && rc != H_TOO_HARD)
		return H_SUCCESS;
	return rc;
}

long kvm_h_put_tce(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)
{
	struct kvm_tce_table *table = tce_call_table(kvm, call, mode);
	u64 entry;
	long rc;

	if (!table)
		return H_TOO_HARD;
	rc = ioba_validate(table, call->ioba, 1, &entry);
	if (rc != H_SUCCESS)
		return rc;
	if (in_real_mode(mode)) {
		if (call->value && !view_pages_present(table, entry - table->offset, 1))
			return H_TOO_HARD;
		return put_tce(table, entry, call->value, mode);
	}
	port_rcu_read_lock();
	rc = put_tce(table, entry, call->value, mode);
	port_rcu_read_unlock();
	return rc;
}

long kvm_h_get_tce(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)
{
	struct kvm_tce_table *table = kvm_tce_table_find(kvm, call->liobn);
	u64 entry, *slot;
	long rc;

	(void)mode;
	if (!table)
		return H_TOO_HARD;
	rc = ioba_validate(table, call->ioba, 1, &entry);
	if (rc != H_SUCCESS)
		return rc;
	slot = kvm_tce_table_slot(table, entry - table->offset);
	call->result = slot ? *slot : 0;
	return H_SUCCESS;
}
