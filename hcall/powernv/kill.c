// SPDX-License-Identifier: Apache-2.0
/*
 * kill.c - TCE invalidation ("kill") per generation of PHB.
 */
#include "../bits.h"
#include "tce.h"

/* IODA1 kills by the address of the TCE itself, 16 bytes and so two TCEs at a time. */
static void p7ioc_kill_pages(struct phb *phb, struct iommu_table *table, u64 entry, u64 pages)
{
	u64 first = port_to_hpa(table->base + (entry - table->offset)) & ~(u64)15;
	u64 end = port_to_hpa(table->base + (entry - table->offset) + pages);

	for (; first < end; first += 16)
		port_mmio_write64(phb->registers + PHB_TCE_KILL_OFFSET, P7IOC_KILL_BY_ADDRESS | first);
}

static void phb3_kill_pages(struct phb *phb, u32 pe, struct iommu_table *table, u64 entry, u64 pages)
{
	for (; pages; pages--, entry++)
		port_mmio_write64(phb->registers + PHB_TCE_KILL_OFFSET,
				  PHB3_KILL_ONE | (pe & 0xff) | (entry << table->page_shift));
}

static void kill_pages(struct iommu_group *group, struct iommu_table *table, u64 entry, u64 pages)
{
	struct phb *phb = group->phb;

	port_trace(PORT_EV_TCE_KILL, group->pe, entry << table->page_shift, pages, table->page_shift);
	switch (phb->model) {
	case PHB_P7IOC:
		p7ioc_kill_pages(phb, table, entry, pages);
		break;
	case PHB_PHB3:
		phb3_kill_pages(phb, group->pe, table, entry, pages);
		break;
	case PHB_PHB4:
		port_opal_tce_kill(phb->number, OPAL_TCE_KILL_PAGES, group->pe, table->page_shift,
				   entry << table->page_shift, pages);
		break;
	}
}

void tce_kill(struct iommu_table *table, u64 entry, u64 pages)
{
	list_for_each(link, &table->groups, struct iommu_group_link, list)
		kill_pages(link->group, table, entry, pages);
}

void tce_kill_group(struct iommu_group *group)
{
	struct phb *phb = group->phb;

	switch (phb->model) {
	case PHB_P7IOC:
		/* IODA1 has no kill by PE: every entry was killed when it was cleared. */
		break;
	case PHB_PHB3:
		port_mmio_write64(phb->registers + PHB_TCE_KILL_OFFSET, PHB3_KILL_PE | group->pe);
		break;
	case PHB_PHB4:
		port_opal_tce_kill(phb->number, OPAL_TCE_KILL_PE, group->pe, 0, 0, 0);
		break;
	}
}
