// SPDX-License-Identifier: Apache-2.0
/* put_tce.c - H_PUT_TCE and H_GET_TCE: one entry. */
#include "../bits.h"
#include "../powernv/tce.h"
#include "tce_hcalls.h"

/*
 * Newest hardware table first. Tables before a failing one keep the new mapping, the
 * failing one is cleared, the rest and the view keep the old value.
 */
static long update_tables(struct kvm_tce_table *table, u64 entry, u64 ua, enum dma_direction direction,
			  enum kvm_mode mode)
{
	list_for_each(link, &table->links, struct kvm_tce_link, list) {
		long rc = direction == DMA_NONE ? tce_unmap_page(table, link->table, entry, mode)
						: tce_map_page(table, link->table, entry, ua, direction, mode);

		if (rc != H_SUCCESS) {
			tce_clear_page(table, link->table, entry, mode);
			return rc;
		}
	}
	return H_SUCCESS;
}

static long put_tce(struct kvm_tce_table *table, u64 entry, u64 tce, enum kvm_mode mode)
{
	enum dma_direction direction = tce_direction(tce);
	u64 ua = 0;
	long rc = tce_validate(table, tce, mode);

	if (rc != H_SUCCESS)
		return rc;
	if (direction != DMA_NONE && !kvm_gpa_to_ua(table->kvm, tce, &ua))
		return H_PARAMETER;
	rc = update_tables(table, entry, ua, direction, mode);
	if (rc == H_SUCCESS)
		view_store(table, entry - table->offset, tce, mode);
	return rc;
}

long kvm_h_put_tce(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)
{
	struct kvm_tce_table *table;
	u64 entry;
	long rc;

	if (mode == KVM_REAL_MODE && kvm->radix)
		return H_TOO_HARD;
	table = kvm_tce_table_find(kvm, call->liobn);
	if (!table)
		return H_TOO_HARD;
	rc = ioba_validate(table, call->ioba, 1, &entry);
	if (rc != H_SUCCESS)
		return rc;
	if (mode == KVM_REAL_MODE) {
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
