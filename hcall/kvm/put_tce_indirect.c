// SPDX-License-Identifier: Apache-2.0
/*
 * put_tce_indirect.c - H_PUT_TCE_INDIRECT: up to 512 entries from a list in guest memory.
 *
 * Pass 1 validates every entry and changes nothing; pass 2 reads the list again, which
 * the guest may have changed meanwhile, and maps entry by entry.
 */
#include "../bits.h"
#include "../mm/region.h"
#include "../policy.h"
#include "../powernv/tce.h"
#include "tce_hcalls.h"

#define LIST_BYTES (1UL << TCE_LIST_SHIFT)

/* Where the list can be read from in the mode at hand. */
struct tce_list {
	u64 address; /* hpa in real mode, ua in virtual mode */
	enum kvm_mode mode;
};

/* A region that holds the list saves the walk of the page table. */
static long open_list(struct mm_context *mm, u64 ua, enum kvm_mode mode, struct tce_list *list)
{
	struct mm_region *region;

	list->mode = mode;
	list->address = ua;
	if (mode == KVM_VIRTUAL_MODE)
		return H_SUCCESS;
	region = region_lookup(mm, ua, LIST_BYTES);
	if (region)
		return region_ua_to_hpa(region, ua, TCE_LIST_SHIFT, &list->address) ? H_TOO_HARD : H_SUCCESS;
	if (POLICY_WALK_HEEDS_INVALIDATION && port_invalidation_running())
		return H_TOO_HARD;
	return port_translate_real_mode(ua, &list->address) ? H_TOO_HARD : H_SUCCESS;
}

static long read_entry(const struct tce_list *list, u64 i, u64 *tce)
{
	u64 value;

	if (list->mode == KVM_REAL_MODE)
		port_read_hpa(&value, list->address + i * sizeof(value), sizeof(value));
	else if (port_read_ua(&value, list->address + i * sizeof(value), sizeof(value)))
		return H_TOO_HARD;
	*tce = be64(value);
	return H_SUCCESS;
}

static long validate_list(struct kvm_tce_table *table, const struct tce_list *list, u64 count)
{
	for (u64 i = 0; i < count; i++) {
		u64 tce;
		long rc = read_entry(list, i, &tce);

		if (rc == H_SUCCESS)
			rc = tce_validate(table, tce, list->mode);
		if (rc != H_SUCCESS)
			return rc;
	}
	return H_SUCCESS;
}

/* An entry without permission bits is mapped like any other, as recorded, not unmapped. */
static long map_one(struct kvm_tce_table *table, u64 entry, u64 tce, enum kvm_mode mode)
{
	u64 ua;

	if (!kvm_gpa_to_ua(table->kvm, tce, &ua))
		return H_PARAMETER;
	list_for_each(link, &table->links, struct kvm_tce_link, list) {
		long rc = tce_map_page(table, link->table, entry, ua, tce_direction(tce), mode);

		if (rc != H_SUCCESS) {
			tce_clear_page(table, link->table, entry, mode);
			return rc;
		}
	}
	view_store(table, entry - table->offset, tce, mode);
	return H_SUCCESS;
}

static long map_list(struct kvm_tce_table *table, const struct tce_list *list, u64 entry, u64 count)
{
	for (u64 i = 0; i < count; i++) {
		u64 tce;
		long rc = read_entry(list, i, &tce);

		if (rc == H_SUCCESS)
			rc = map_one(table, entry + i, tce, list->mode);
		if (rc != H_SUCCESS)
			return rc;
	}
	return H_SUCCESS;
}

static long put_list(struct kvm_tce_table *table, const struct hcall *call, u64 entry, enum kvm_mode mode)
{
	struct tce_list list;
	u64 ua;
	long rc;

	if (!kvm_gpa_to_ua(table->kvm, call->value, &ua))
		return H_TOO_HARD;
	rc = open_list(table->kvm->mm, ua, mode, &list);
	if (rc == H_SUCCESS)
		rc = validate_list(table, &list, call->count);
	if (rc == H_SUCCESS)
		rc = map_list(table, &list, entry, call->count);
	return rc;
}

long kvm_h_put_tce_indirect(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)
{
	struct kvm_tce_table *table;
	u64 entry;
	long rc;

	if (mode == KVM_REAL_MODE && kvm->radix)
		return H_TOO_HARD;
	table = kvm_tce_table_find(kvm, call->liobn);
	if (!table)
		return H_TOO_HARD;
	if (call->count > TCE_LIST_MAX)
		return H_PARAMETER;
	if (call->value & (LIST_BYTES - 1))
		return H_PARAMETER;
	rc = ioba_validate(table, call->ioba, call->count, &entry);
	if (rc != H_SUCCESS)
		return rc;
	if (mode == KVM_REAL_MODE) {
		if (!view_pages_present(table, entry - table->offset, call->count))
			return H_TOO_HARD;
		return put_list(table, call, entry, mode);
	}
	port_rcu_read_lock();
	rc = put_list(table, call, entry, mode);
	port_rcu_read_unlock();
	return rc;
}
