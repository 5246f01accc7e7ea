// SPDX-License-Identifier: Apache-2.0
#include "tce_table.h"

#include "../bits.h"

static u64 pages_accounted(u64 view_pages)
{
	u64 descriptor = sizeof(struct kvm_tce_table) + view_pages * sizeof(u64 *);

	return view_pages + ((descriptor + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

static u64 view_pages(u64 size)
{
	return size / TCES_PER_PAGE + (size % TCES_PER_PAGE ? 1 : 0);
}

/* The sum may wrap and is then accepted, as recorded. */
static bool window_valid(const struct kvm_create_spapr_tce_64 *args)
{
	return !args->flags && args->size && args->page_shift >= TCE_PAGE_SHIFT_MIN &&
	       args->page_shift <= TCE_PAGE_SHIFT_MAX && args->offset + args->size <= ~0ULL >> args->page_shift;
}

int kvm_tce_table_create(struct kvm *kvm, const struct kvm_create_spapr_tce_64 *args, struct kvm_tce_table **result)
{
	u64 pages = view_pages(args->size);
	struct kvm_tce_table *table;
	int rc;

	if (!window_valid(args))
		return -EINVAL;
	rc = mm_lock_pages(kvm->mm, pages_accounted(pages));
	if (rc)
		return rc;
	rc = -ENOMEM;
	table = port_alloc(sizeof(*table) + pages * sizeof(u64 *));
	if (!table)
		goto unaccount;
	table->kvm = kvm;
	table->liobn = args->liobn;
	table->page_shift = args->page_shift;
	table->offset = args->offset;
	table->size = args->size;
	table->page_count = pages;
	list_init(&table->links);

	port_lock(&kvm->lock);
	rc = kvm_tce_table_find(kvm, args->liobn) ? -EBUSY : 0;
	if (!rc)
		list_add(&table->list, &kvm->tables);
	port_unlock(&kvm->lock);
	if (rc)
		goto free;
	*result = table;
	return 0;
free:
	port_free(table);
unaccount:
	mm_unlock_pages(kvm->mm, pages_accounted(pages));
	return rc;
}

static void free_after_grace_period(struct port_rcu_head *head)
{
	struct kvm_tce_table *table = list_entry(head, struct kvm_tce_table, rcu);

	for (u64 i = 0; i < table->page_count; i++)
		if (table->pages[i])
			port_pages_free(table->pages[i], PAGE_SIZE);
	port_free(table);
}

static void drop_link(struct kvm_tce_link *link)
{
	list_del(&link->list);
	iommu_table_put(link->table);
	port_free(link);
}

void kvm_tce_table_close(struct kvm_tce_table *table)
{
	struct kvm *kvm = table->kvm;

	port_lock(&kvm->lock);
	list_del(&table->list);
	port_unlock(&kvm->lock);
	list_for_each_safe(link, after, &table->links, struct kvm_tce_link, list)
		drop_link(link);
	mm_unlock_pages(kvm->mm, pages_accounted(table->page_count));
	port_call_rcu(&table->rcu, free_after_grace_period);
}

struct kvm_tce_table *kvm_tce_table_find(const struct kvm *kvm, u64 liobn)
{
	list_for_each(table, &kvm->tables, struct kvm_tce_table, list) {
		if (table->liobn == liobn)
			return table;
	}
	return NULL;
}

static bool fits(const struct kvm_tce_table *view, const struct iommu_table *hardware)
{
	return hardware->page_shift <= view->page_shift &&
	       hardware->offset << hardware->page_shift == view->offset << view->page_shift &&
	       hardware->size << hardware->page_shift >= view->size << view->page_shift;
}

static struct iommu_table *fitting_table(const struct kvm_tce_table *view, const struct iommu_group *group)
{
	for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++) {
		if (group->tables[i] && fits(view, group->tables[i]))
			return group->tables[i];
	}
	return NULL;
}

/*
 * A second attach of the same table counts a reference on the link and keeps the
 * reference on the table for ever, as recorded.
 */
int kvm_tce_table_attach(struct kvm_tce_table *view, struct iommu_group *group)
{
	struct iommu_table *hardware = fitting_table(view, group);
	struct kvm_tce_link *link;

	if (!hardware)
		return -EINVAL;
	iommu_table_get(hardware);
	list_for_each(known, &view->links, struct kvm_tce_link, list) {
		if (known->table == hardware) {
			known->references++;
			return 0;
		}
	}
	link = port_alloc(sizeof(*link));
	if (!link) {
		iommu_table_put(hardware);
		return -ENOMEM;
	}
	link->table = hardware;
	link->references = 1;
	list_add(&link->list, &view->links);
	return 0;
}

static void detach_table(struct kvm_tce_table *view, const struct iommu_table *hardware)
{
	list_for_each_safe(link, after, &view->links, struct kvm_tce_link, list) {
		if (link->table == hardware && !--link->references)
			drop_link(link);
	}
}

void kvm_detach_group(struct kvm *kvm, struct iommu_group *group)
{
	list_for_each(view, &kvm->tables, struct kvm_tce_table, list) {
		for (u32 i = 0; i < IOMMU_WINDOWS_PER_GROUP; i++)
			if (group->tables[i])
				detach_table(view, group->tables[i]);
	}
}

u64 *kvm_tce_table_slot_alloc(struct kvm_tce_table *table, u64 entry)
{
	u64 **page = &table->pages[entry / TCES_PER_PAGE];

	if (!*page) {
		port_lock(&table->alloc_lock);
		if (!*page)
			*page = port_pages_alloc(PAGE_SIZE);
		port_unlock(&table->alloc_lock);
		if (!*page) {
			port_trace(PORT_EV_WARN, PORT_WARN_GUEST_PAGE_ALLOC_FAILED, 0, 0, 0);
			return NULL;
		}
	}
	return *page + entry % TCES_PER_PAGE;
}
