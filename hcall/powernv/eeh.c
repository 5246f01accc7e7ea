// SPDX-License-Identifier: Apache-2.0
#include "eeh.h"

#define ALL_ONES (~(u64)0)
#define ERROR_TYPE_MAX 1
#define ERROR_FUNCTION_MAX 19

static void select_entry(const struct iommu_group *group, u32 table)
{
	port_mmio_write64(group->phb->registers + PHB_IODA_ADDRESS_OFFSET,
			  (u64)table << PHB_IODA_TABLE_SHIFT | group->pe);
}

static u64 read_entry(const struct iommu_group *group, u32 table)
{
	select_entry(group, table);
	return port_mmio_read64(group->phb->registers + PHB_IODA_DATA_OFFSET);
}

static void write_entry(const struct iommu_group *group, u32 table, bool stopped)
{
	select_entry(group, table);
	port_mmio_write64(group->phb->registers + PHB_IODA_DATA_OFFSET, stopped ? PHB_PEST_STOPPED : 0);
}

long eeh_state(struct iommu_group *group)
{
	u64 mmio;

	if (group->reset)
		return EEH_STATE_RESET;
	mmio = read_entry(group, PHB_IODA_PESTA);
	if (mmio == ALL_ONES)
		return EEH_STATE_UNAVAILABLE;
	if (mmio & PHB_PEST_STOPPED)
		return EEH_STATE_STOPPED;
	return read_entry(group, PHB_IODA_PESTB) & PHB_PEST_STOPPED ? EEH_STATE_STOPPED_DMA : EEH_STATE_NORMAL;
}

static bool reachable(struct iommu_group *group)
{
	long state = eeh_state(group);

	return state != EEH_STATE_RESET && state != EEH_STATE_UNAVAILABLE;
}

int eeh_thaw(struct iommu_group *group, bool mmio, bool dma)
{
	if (!reachable(group))
		return -EIO;
	if (mmio)
		write_entry(group, PHB_IODA_PESTA, false);
	if (dma)
		write_entry(group, PHB_IODA_PESTB, false);
	return 0;
}

int eeh_reset(struct iommu_group *group, enum port_reset reset)
{
	port_pe_reset(group->phb->number, group->pe, reset);
	group->reset = reset != PORT_RESET_NONE;
	if (!group->reset) {
		write_entry(group, PHB_IODA_PESTA, false);
		write_entry(group, PHB_IODA_PESTB, false);
	}
	return 0;
}

int eeh_configure(const struct iommu_group *group)
{
	return group->reset ? -EIO : 0;
}

int eeh_inject(struct iommu_group *group, const struct vfio_eeh_pe_err *error)
{
	if (error->type > ERROR_TYPE_MAX || error->func > ERROR_FUNCTION_MAX)
		return -EINVAL;
	if (!reachable(group))
		return -EIO;
	write_entry(group, PHB_IODA_PESTA, true);
	write_entry(group, PHB_IODA_PESTB, true);
	return 0;
}
