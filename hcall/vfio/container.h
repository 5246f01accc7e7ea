/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container.h - sPAPR TCE containers, version 1 and 2.
 *
 * v1: one fixed window, the whole of it accounted at ENABLE, every page pinned when
 *     it is mapped and unpinned when it is unmapped.
 * v2: memory registered and pinned beforehand, up to two windows created and removed,
 *     several groups; its tables have a mirror and so can be used by KVM.
 */
#ifndef HCALL_VFIO_CONTAINER_H
#define HCALL_VFIO_CONTAINER_H

#include "../mm/region.h"
#include "../powernv/iommu_table.h"

struct vfio_container {
	u32 version; /* 1 or 2 */
	struct mm_context *mm;
	bool enabled;
	bool bound; /* to its process, by the first call that accounts memory */
	bool default_window_pending;
	u64 enabled_pages;    /* accounted by ENABLE */
	enum clear_way clear; /* as of the group attached last */
	u32 window_bits;      /* the same */
	struct iommu_table *tables[IOMMU_WINDOWS_PER_GROUP];
	struct list groups;  /* of struct iommu_group */
	struct list regions; /* of struct vfio_region */
	struct port_lock lock;
};

/* One registration of a region in a container. */
struct vfio_region {
	struct list list;
	struct mm_region *region;
};

/* vfio_container_open - @type: VFIO_SPAPR_TCE_IOMMU or VFIO_SPAPR_TCE_v2_IOMMU, else -EINVAL. */
int vfio_container_open(u32 type, struct mm_context *mm, struct vfio_container **container);

/*
 * vfio_attach - put @group into @container and program the windows that it has.
 * -ENODEV: it has no TCE tables (no bridge); -EBUSY: already attached, a second group on
 * v1, or firmware refuses a window; -EPERM: v1 with a group that has
 * dynamic windows, or v2 with one that has not; -ENOMEM.
 * A v1 container takes over the group's default window.
 */
int vfio_attach(struct vfio_container *container, struct iommu_group *group);
/* vfio_detach - take @group out, with its windows; a group that is in no container is left alone. */
void vfio_detach(struct vfio_container *container, struct iommu_group *group);

/* vfio_close - detach all groups, clear and free the windows, release the regions. */
void vfio_close(struct vfio_container *container);

/*
 * vfio_ioctl - @argument: the struct of abi.h that belongs to @command; NULL stands for an
 * address that cannot be read: -EFAULT. For VFIO_CHECK_EXTENSION the number itself.
 *
 * VFIO_CHECK_EXTENSION: 1 for the two types of container; for EEH (type 5) 1 when one of its groups
 * has it, and otherwise 0. A host has EEH for all groups or for none; the container knows by its own.
 * VFIO_EEH_PE_OP: vfio_eeh_operate() with EEH, unknown without it, as on the recorded hosts.
 * VFIO_IOMMU_SPAPR_TCE_GET_INFO: -ENXIO without a group; -EFAULT; -EINVAL: argsz does not
 * reach the end of the 32-bit window's size; the rest is filled only if argsz covers all of
 * it, with zeros where windows are fixed.
 *
 * 0 or a negative errno; MAP and UNMAP answer +1 for a bad iova (as recorded: the code
 * of a window check taken for a truth value; -EINVAL in "fixed"). Unknown or wrong for the version: -ENOTTY.
 * Orders of checks: docs/behaviour.md, "Containers".
 */
long vfio_ioctl(struct vfio_container *container, u32 command, void *argument);

/* ---- for the files of this folder ---- */

/* vfio_has_eeh - can errors of the bridge be recovered from? Asked of the groups. */
bool vfio_has_eeh(const struct vfio_container *container);

/*
 * vfio_eeh_operate - VFIO_EEH_PE_OP: one operation (eeh.h) on each group, in the order in which they have been
 * attached [sync]. The first answer that is not 0 ends it: an error, or a state that is not normal. Groups
 * before that one have had theirs.
 *
 * -EFAULT; -EINVAL: argsz does not reach the end of op, flags, an unknown op; for VFIO_EEH_PE_INJECT_ERR
 * argsz must reach the end of err. Then what the operation answers: -ENODEV, -EINVAL, -EIO.
 */
long vfio_eeh_operate(struct vfio_container *container, const struct vfio_eeh_pe_op *operation);

/* vfio_find_table - window that holds @iova, NULL if none. */
struct iommu_table *vfio_find_table(struct vfio_container *container, u64 iova);

/* vfio_create_window - without the checks of the ioctl; @start: out, bus address. */
long vfio_create_window(struct vfio_container *container, u32 page_shift, u64 size, u32 levels, u64 *start);
/* vfio_ensure_default_window - make the default window if it is still pending. */
long vfio_ensure_default_window(struct vfio_container *container);
long vfio_remove_window(struct vfio_container *container, u64 start);

/*
 * vfio_map, vfio_unmap - fill or clear @pages entries from @entry on [sync].
 * A failing map clears what it had done, whatever stood there before; in "fixed" it changes
 * nothing. It returns -EFAULT (page cannot be pinned), -EINVAL (no region), -EPERM (IOMMU
 * page larger than the memory's), -ENOMEM (no level; up to 4.19 H_HARDWARE for one of the
 * hardware tree).
 */
long vfio_map(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 ua, u64 pages,
	      enum dma_direction direction);
void vfio_unmap(struct vfio_container *container, struct iommu_table *table, u64 entry, u64 pages);

#endif
