// SPDX-License-Identifier: Apache-2.0
#include "tce_table.h"

#include "../bits.h"
#include "../policy.h"

static u64 pages_accounted(u64 view_pages)
{
	u64 descriptor = sizeof(struct kvm_tce_table) + view_pages * sizeof(u64 *);

	return view_pages + ((descriptor + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

static u64 view_pages(u64 size)
{
	return size / TCES_PER_PAGE + (size % TCES_PER_PAGE ? 1 : 0);
}

/* The sum may wrap and is then accepted, as recorded; not in "fixed". */
static bool window_valid(const struct kvm_create_spapr_tce_64 *args)
{
	if (POLICY_VIEW_SIZE_UNCHECKED)
		return !args->flags && args->size;
	if (SOUND && args->offset + args->size < args->offset)
		return false;
	return !args->flags && args->size && args->page_shift >= TCE_PAGE_SHIFT_MIN &&
	       args->page_shift <= TCE_PAGE_SHIFT_MAX && args->offset + args->size <= ~0ULL >> args->page_shift;
}

static u64 free_some_pages(void *context, u64 first, u64 count)
{
	const struct kvm_tce_table *table = context;
	u64 end = first + count;

	for (u64 i = first; i < end; i++)
		if (table->pages[i])
			port_pages_free(table->pages[i], PAGE_SIZE);
	return end;
}

/* Alike is what lies before the first page that is there, and behind the last. */
static struct port_steps free_steps(void *context, u64 first, u64 count)
{
	const struct kvm_tce_table *table = context;
	struct port_steps steps = {.count = count, .step = 1, .alike = true};

	if (first < table->first_page) {
		steps.count = min_u64(count, table->first_page - first);
	} else if (first < table->end_page) {
		steps.count = min_u64(count, table->end_page - first);
		steps.alike = false;
	}
	return steps;
}

static void free_pages(struct kvm_tce_table *table)
{
	if (table->page_count < PORT_LOOP_LONG)
		free_some_pages(table, 0, table->page_count);
	else
		port_loop(free_some_pages, free_steps, table, 0, table->page_count);
}

static int allocate_pages(struct kvm_tce_table *table)
{
	table->end_page = table->page_count;
	for (u64 i = 0; i < table->page_count; i++) {
		table->pages[i] = port_pages_alloc(PAGE_SIZE);
		if (!table->pages[i])
			return -ENOMEM;
	}
	return 0;
}

static int publish(struct kvm *kvm, struct kvm_tce_table *table)
{
	bool taken = POLICY_CREATE_LOOKS_BEFORE_LOCK && kvm_tce_table_find(kvm, table->liobn);

	port_lock(&kvm->lock);
	if (!POLICY_CREATE_LOOKS_BEFORE_LOCK)
		taken = kvm_tce_table_find(kvm, table->liobn);
	if (!taken)
		list_add(&table->list, &kvm->tables);
	port_unlock(&kvm->lock);
	return taken ? -EBUSY : 0;
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
	table->size = POLICY_VIEW_SIZE_ROUNDED ? pages * TCES_PER_PAGE : args->size;
	table->page_count = pages;
	list_init(&table->links);
	rc = POLICY_EAGER_VIEW ? allocate_pages(table) : 0;
	if (!rc)
		rc = publish(kvm, table);
	if (rc)
		goto free;
	*result = table;
	return 0;
free:
	free_pages(table);
	port_free(table);
unaccount:
	mm_unlock_pages(kvm->mm, pages_accounted(pages));
	return rc;
}

static void free_after_grace_period(struct port_rcu_head *head)
{
	struct kvm_tce_table *table = list_entry(head, struct kvm_tce_table, rcu);

	free_pages(table);
	port_free(table);
}

void kvm_tce_table_close(struct kvm_tce_table *table)
{
	struct kvm *kvm = table->kvm;

	port_lock(&kvm->lock);
	list_del(&table->list);
	port_unlock(&kvm->lock);
	list_for_each_safe(link, after, &table->links, struct kvm_tce_link, list)
		kvm_tce_link_drop(link);
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

/* Under the lock. */
static u64 *allocate_page(struct kvm_tce_table *table, u64 index)
{
	u64 *page = port_pages_alloc(PAGE_SIZE);

	if (!page)
		return NULL;
	if (!table->end_page || index < table->first_page)
		table->first_page = index;
	if (index >= table->end_page)
		table->end_page = index + 1;
	return page;
}

u64 *kvm_tce_table_slot_alloc(struct kvm_tce_table *table, u64 entry)
{
	u64 **page = &table->pages[entry / TCES_PER_PAGE];

	if (!*page) {
		port_lock(&table->alloc_lock);
		if (!*page)
			*page = allocate_page(table, entry / TCES_PER_PAGE);
		port_unlock(&table->alloc_lock);
		if (!*page) {
			port_trace(PORT_EV_WARN, PORT_WARN_GUEST_PAGE_ALLOC_FAILED, 0, 0, 0);
			return NULL;
		}
	}
	return *page + entry % TCES_PER_PAGE;
}
