/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eeh.h - Extended Error Handling: what the host does about a PE that an error has frozen.
 *
 * A bridge that meets an error stops the PE at fault: its DMA is refused, loads from its devices bring all ones
 * and stores to them are lost, until software says otherwise. Both halves are bits of the bridge, one of the
 * table PESTA (MMIO) and one of PESTB (DMA), which are read and written here as firmware does it for the
 * kernel, through the address and data registers of those tables. What a firmware call itself
 * takes is not charged.
 *
 * All of this is for groups with ->eeh. Bits and tables: skiboot's definitions of the PHB's registers.
 */
#ifndef HCALL_POWERNV_EEH_H
#define HCALL_POWERNV_EEH_H

#include "iommu_table.h"

/*
 * eeh_state - EEH_STATE_... of the PE [sync].
 * RESET while that is asserted; UNAVAILABLE when the bridge answers with all ones; STOPPED when MMIO is frozen,
 * whatever DMA may do, as there is no number for DMA without MMIO; STOPPED_DMA; NORMAL.
 */
long eeh_state(struct iommu_group *group);

/*
 * eeh_thaw - let MMIO, DMA or both go on [sync]. What has been stopped in the mean time is lost: the device has
 * seen refused reads, and its writes have gone nowhere.
 * 0, also when it was not frozen; -EIO: the PE is in reset, or unavailable.
 */
int eeh_thaw(struct iommu_group *group, bool mmio, bool dma);

/*
 * eeh_reset - assert a reset of the PE's devices, or end it with PORT_RESET_NONE [sync].
 * When it ends, nothing of the PE is frozen any more. How long it has to be asserted, and how
 * long devices need afterwards, is the caller's business. Always 0.
 */
int eeh_reset(struct iommu_group *group, enum port_reset reset);

/*
 * eeh_configure - set up what a reset has made the way to the devices forget.
 * No bridge lies between the host's and a device here, so there is nothing to write.
 * 0; -EIO: the PE is in reset.
 */
int eeh_configure(const struct iommu_group *group);

/*
 * eeh_inject - make an error happen to the PE [sync].
 * A PHB would wait for the access that @error describes; here the PE is frozen at once, MMIO and DMA.
 * 0; -EINVAL: a type above 1, or a function above 19; -EIO: as eeh_thaw().
 */
int eeh_inject(struct iommu_group *group, const struct vfio_eeh_pe_err *error);

#endif
