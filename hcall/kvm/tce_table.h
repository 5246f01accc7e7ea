/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tce_table.h - the guest's view of one DMA window, kept by KVM per LIOBN.
 *
 * The view holds the raw TCE values that the guest wrote, in CPU order, in pages of
 * TCES_PER_PAGE entries that appear on demand. Hardware tables are attached to it;
 * every accepted hypercall changes them all, the newest first.
 */
#ifndef HCALL_KVM_TCE_TABLE_H
#define HCALL_KVM_TCE_TABLE_H

#include "../powernv/iommu_table.h"
#include "kvm.h"

/* One hardware table behind a guest view. */
struct kvm_tce_link {
	struct list list;
	struct iommu_table *table;
	u64 references;	    /* one per attach; in "fixed" one per group */
	struct list groups; /* of struct kvm_tce_attachment, in "fixed" */
};

/* A group that has asked for a link. */
struct kvm_tce_attachment {
	struct list list;
	struct iommu_group *group;
};

struct kvm_tce_table {
	struct list list;
	struct kvm *kvm;
	u64 liobn;
	u32 page_shift;
	u64 offset; /* in pages of 1 << page_shift */
	u64 size;   /* entries */
	struct list links;
	struct port_lock alloc_lock;
	struct port_rcu_head rcu;
	u64 first_page; /* outside [first_page, end_page) no page of values is there */
	u64 end_page;
	u64 page_count;
	u64 *pages[];
};

/*
 * kvm_tce_table_create - KVM_CREATE_SPAPR_TCE_64.
 * -EINVAL for flags, size 0, page_shift outside 12..34 or a window past 2^64;
 * -ENOMEM past the locked limit or for want of memory; -EBUSY when the LIOBN is taken.
 * A sum of offset and size that wraps is accepted, but not in "fixed". v4.12 refuses flags
 * and size 0 only, and rounds the size up to whole pages of entries.
 * Up to 4.19 all pages of the view are allocated here. In v4.12 two that come at once with
 * one LIOBN both get a view, of which the hypercalls reach the newer one.
 */
int kvm_tce_table_create(struct kvm *kvm, const struct kvm_create_spapr_tce_64 *args, struct kvm_tce_table **table);

/* kvm_tce_table_close - the last file descriptor is closed: drops every link, frees the view. */
void kvm_tce_table_close(struct kvm_tce_table *table);

/* kvm_tce_table_find - by LIOBN, all 64 bits; NULL if unknown. */
struct kvm_tce_table *kvm_tce_table_find(const struct kvm *kvm, u64 liobn);

/*
 * kvm_tce_table_attach - KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE: let @group's first fitting
 * window follow @table. It fits when its pages are no larger, its bus offset is the
 * same and it is no smaller (v4.12: all three the same). Nothing is copied: user space
 * replays. A second attach of the same table counts a reference on the link and keeps
 * one on the table for ever; in "fixed" it counts once per group.
 * 0; -EINVAL when none fits; -ENOMEM.
 */
int kvm_tce_table_attach(struct kvm_tce_table *table, struct iommu_group *group);

/*
 * kvm_detach_group - the group leaves the VM: every view drops one reference on each table
 * that is in a window of the group now. Until v5.1 only the first view that has one; in
 * "fixed" the views drop what this group has attached, wherever its windows are gone.
 */
void kvm_detach_group(struct kvm *kvm, struct iommu_group *group);

/* kvm_tce_link_drop - forget a link, whatever its count. */
void kvm_tce_link_drop(struct kvm_tce_link *link);

/* kvm_tce_table_slot - place of @entry (counted from 0) in the view, NULL if its page is absent. */
static inline u64 *kvm_tce_table_slot(const struct kvm_tce_table *table, u64 entry)
{
	u64 *page = table->pages[entry / TCES_PER_PAGE];

	return page ? page + entry % TCES_PER_PAGE : NULL;
}

/* kvm_tce_table_slot_alloc - the same, allocating the page [sync]; NULL when memory is short. */
u64 *kvm_tce_table_slot_alloc(struct kvm_tce_table *table, u64 entry);

/* log2 of the number of hardware entries behind one guest entry. */
static inline u32 kvm_subpage_shift(const struct kvm_tce_table *table, const struct iommu_table *hardware)
{
	return table->page_shift - hardware->page_shift;
}

#endif
