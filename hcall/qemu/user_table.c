// SPDX-License-Identifier: Apache-2.0
/* user_table.c - where the guest's TCEs are. */
#include "user_table.h"

#include "../bits.h"
#include "user_kvm.h"

#define OLD_TABLE_LIMIT (1ULL << 32) /* the size is a 32-bit number of bytes */

void user_table_init(struct user_tce_table *table, struct user_process *process, u64 liobn, struct user_phb *phb)
{
	table->process = process;
	table->phb = phb;
	table->liobn = liobn;
	list_init(&table->notifiers);
	if (phb)
		list_add(&table->list, &process->tables);
	else
		list_add_tail(&table->list, &process->tables);
}

void user_table_leave(struct user_tce_table *table)
{
	PORT_BUG_ON(table->entries);
	list_del(&table->list);
}

static bool wanted_in_kvm(const struct user_tce_table *table)
{
	const struct user_capabilities *has = &table->process->has;

	if (!has->kvm || !has->spapr_tce || (table->need_vfio && !has->spapr_tce_vfio))
		return false;
	return has->spapr_tce_64 || (user_table_size(table) < OLD_TABLE_LIMIT && !table->bus_offset &&
				     table->page_shift == TCE_PAGE_SHIFT_MIN);
}

static void create_in_kvm(struct user_tce_table *table)
{
	long rc = user_kvm_open_table(table);

	if (!rc)
		return;
	port_trace(PORT_EV_WARN, PORT_WARN_USER_IOCTL_FAILED, (u64)rc, table->bus_offset, 0);
}

long user_table_enable(struct user_tce_table *table, u32 page_shift, u64 bus_offset, u64 entries)
{
	PORT_BUG_ON(table->entries || !entries);
	table->page_shift = page_shift;
	table->bus_offset = bus_offset;
	table->entries = entries;
	if (wanted_in_kvm(table))
		create_in_kvm(table);
	if (table->view)
		return 0;
	table->values = port_alloc(entries * sizeof(u64));
	if (table->values)
		return 0;
	table->entries = 0;
	return -ENOMEM;
}

static void close_view(struct user_tce_table *table)
{
	if (table->view)
		user_kvm_close_table(table);
}

void user_table_disable(struct user_tce_table *table)
{
	PORT_BUG_ON(!list_empty(&table->notifiers));
	close_view(table);
	port_free(table->values);
	table->values = NULL;
	table->entries = 0;
}

static u64 entries_in_page(const struct user_tce_table *table, u64 first)
{
	return min_u64(table->entries - first, TCES_PER_PAGE);
}

/* What KVM has no page for is 0, as fresh memory is. */
static long copy_from_kvm(struct user_tce_table *table)
{
	u64 *values = port_alloc(table->entries * sizeof(u64));

	if (!values)
		return -ENOMEM;
	for (u64 first = 0; first < table->entries; first += TCES_PER_PAGE) {
		const u64 *page = kvm_tce_table_slot(table->view, first);

		if (page)
			port_copy(values + first, page, entries_in_page(table, first) * sizeof(u64));
	}
	table->values = values;
	close_view(table);
	return 0;
}

long user_table_set_need_vfio(struct user_tce_table *table, bool need)
{
	if (need && table->view && !table->process->has.spapr_tce_vfio) {
		long rc = copy_from_kvm(table);

		if (rc)
			return rc;
	}
	table->need_vfio = need;
	return 0;
}

long user_table_clear(struct user_tce_table *table)
{
	if (table->values) {
		port_clear(table->values, table->entries * sizeof(u64));
		return 0;
	}
	for (u64 first = 0; first < table->entries; first += TCES_PER_PAGE) {
		u64 *page = kvm_tce_table_slot_alloc(table->view, first);

		if (!page)
			return -ENOMEM;
		port_clear(page, entries_in_page(table, first) * sizeof(u64));
	}
	return 0;
}

u64 user_table_load(struct user_tce_table *table, u64 index)
{
	u64 *slot;

	if (table->values)
		return table->values[index];
	slot = kvm_tce_table_slot_alloc(table->view, index);
	return slot ? *slot : 0;
}

void user_table_store(struct user_tce_table *table, u64 index, u64 tce)
{
	u64 *slot = table->values ? &table->values[index] : kvm_tce_table_slot_alloc(table->view, index);

	PORT_BUG_ON(!slot);
	*slot = tce;
}

long user_table_dma(struct user_tce_table *table, u64 bus_address, u64 access, u64 *gpa)
{
	u64 in_page = (1ULL << table->page_shift) - 1;
	u64 index = (bus_address - table->bus_offset) >> table->page_shift;
	u64 tce;

	if (index >= table->entries)
		return -ENXIO;
	tce = user_table_load(table, index);
	if (access & ~tce & TCE_PERM)
		return -EPERM;
	*gpa = (tce & ~in_page) | (bus_address & in_page);
	return 0;
}
