// SPDX-License-Identifier: Apache-2.0
/*
 * put_tce_indirect.c - H_PUT_TCE_INDIRECT: up to 512 entries from a list in guest memory.
 *
 * Since v4.20 pass 1 validates every entry and changes nothing; pass 2 reads the list
 * again, which the guest may have changed meanwhile, and maps entry by entry. Before, one
 * pass validates and maps each entry in turn. "fixed" reads each entry once: what pass 2
 * maps is what pass 1 has found valid.
 */
#include "../bits.h"
#include "../mm/region.h"
#include "../policy.h"
#include "tce_hcalls.h"

#define LIST_BYTES (1UL << TCE_LIST_SHIFT)

/* Where the list can be read from in the mode at hand. */
struct tce_list {
	u64 address; /* hpa in real mode, ua in virtual mode */
	enum kvm_mode mode;
	bool walked; /* found by the page table; in v4.12 its page is locked meanwhile */
#if SOUND
	u64 entries[TCE_LIST_MAX]; /* as pass 1 has read them */
#endif
};

static long walk_to_list(struct kvm *kvm, u64 gpa, u64 ua, struct tce_list *list)
{
	list->walked = true;
	if (POLICY_WALK_HEEDS_INVALIDATION && port_invalidation_running())
		return H_TOO_HARD;
	if (POLICY_BAD_LIST_ENTRY_KEEPS_LOCKS && kvm->list_locked && kvm->locked_list == gpa)
		port_host_bug("list_page_locked_for_ever");
	return port_translate_real_mode(ua, &list->address) ? H_TOO_HARD : H_SUCCESS;
}

/* A region that holds the list saves the walk of the page table. */
static long open_list(struct kvm *kvm, u64 gpa, u64 ua, struct tce_list *list)
{
	struct mm_region *region;

	list->address = ua;
	if (!in_real_mode(list->mode))
		return H_SUCCESS;
	region = region_lookup(kvm->mm, ua, LIST_BYTES);
	if (region)
		return region_ua_to_hpa(region, ua, TCE_LIST_SHIFT, &list->address) ? H_TOO_HARD : H_SUCCESS;
	return walk_to_list(kvm, gpa, ua, list);
}

static long read_entry(const struct tce_list *list, u64 i, u64 *tce)
{
	u64 value;

	if (in_real_mode(list->mode))
		port_read_hpa(&value, list->address + i * sizeof(value), sizeof(value));
	else if (port_read_ua(&value, list->address + i * sizeof(value), sizeof(value)))
		return H_TOO_HARD;
	*tce = be64(value);
	return H_SUCCESS;
}

static long read_valid_entry(struct kvm_tce_table *table, const struct tce_list *list, u64 i, u64 *tce)
{
	long rc = read_entry(list, i, tce);

	return rc == H_SUCCESS ? tce_validate(table, *tce, list->mode) : rc;
}

static long validate_list(struct kvm_tce_table *table, struct tce_list *list, u64 count)
{
	for (u64 i = 0; i < count; i++) {
		u64 tce;
		long rc = read_valid_entry(table, list, i, &tce);

		if (rc != H_SUCCESS)
			return rc;
#if SOUND
		list->entries[i] = tce;
#endif
	}
	return H_SUCCESS;
}

/* Entry @i for the pass that maps. Slots and regions may have gone since pass 1. */
static long entry_to_map(struct kvm_tce_table *table, const struct tce_list *list, u64 i, u64 *tce)
{
#if SOUND
	*tce = list->entries[i];
	return tce_validate(table, *tce, list->mode);
#else
	return POLICY_VALIDATE_FIRST ? read_entry(list, i, tce) : read_valid_entry(table, list, i, tce);
#endif
}

/* The end that v4.12 makes of a list with an entry outside RAM. */
static long bad_entry(struct kvm *kvm, const struct tce_list *list, u64 gpa)
{
	if (POLICY_BAD_LIST_ENTRY_KEEPS_LOCKS && !in_real_mode(list->mode)) {
		port_rcu_read_lock(); /* one more than will be left */
	} else if (POLICY_BAD_LIST_ENTRY_KEEPS_LOCKS && list->walked) {
		kvm->list_locked = true;
		kvm->locked_list = gpa;
	}
	return H_PARAMETER;
}

/* As recorded, an entry without permissions is mapped like any other, not unmapped. */
static long map_list(struct kvm_tce_table *table, const struct hcall *call, const struct tce_list *list, u64 first)
{
	long rc = H_SUCCESS;

	for (u64 i = 0; i < call->count; i++) {
		struct tce_change change = {.entry = first + i, .first = first};

		rc = entry_to_map(table, list, i, &change.tce);
		if (rc != H_SUCCESS)
			return rc;
		change.unmap = !POLICY_LIST_MAPS_WITHOUT_PERMISSIONS && !(change.tce & TCE_PERM);
		if (!change.unmap && !kvm_gpa_to_ua(table->kvm, change.tce, &change.ua))
			return bad_entry(table->kvm, list, call->value);
		rc = tce_change_page(table, &change, list->mode);
		if (rc != H_SUCCESS && (!POLICY_INNER_ERRORS || rc == H_TOO_HARD))
			return rc;
	}
	return rc;
}

static long put_list(struct kvm_tce_table *table, const struct hcall *call, u64 entry, enum kvm_mode mode)
{
	struct tce_list list;
	u64 ua;
	long rc;

	list.mode = mode;
	list.walked = false;

	if (!kvm_gpa_to_ua(table->kvm, call->value, &ua))
		return H_TOO_HARD;
	rc = open_list(table->kvm, call->value, ua, &list);
	if (rc == H_SUCCESS && POLICY_VALIDATE_FIRST)
		rc = validate_list(table, &list, call->count);
	return rc == H_SUCCESS ? map_list(table, call, &list, entry) : rc;
}

long kvm_h_put_tce_indirect(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)
{
	struct kvm_tce_table *table = tce_call_table(kvm, call, mode);
	u64 entry;
	long rc;

	if (!table)
		return H_TOO_HARD;
	if (call->count > TCE_LIST_MAX)
		return H_PARAMETER;
	if (call->value & (LIST_BYTES - 1))
		return H_PARAMETER;
	rc = ioba_validate(table, call->ioba, call->count, &entry);
	if (rc != H_SUCCESS)
		return rc;
	if (in_real_mode(mode)) {
		if (!view_pages_present(table, entry - table->offset, call->count))
			return H_TOO_HARD;
		return put_list(table, call, entry, mode);
	}
	port_rcu_read_lock();
	rc = put_list(table, call, entry, mode);
	port_rcu_read_unlock();
	return rc;
}
