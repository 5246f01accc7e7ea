/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.h - groups and containers of VFIO as a process holds them: by descriptor.
 */
#ifndef HCALL_VFIO_FILES_H
#define HCALL_VFIO_FILES_H

#include "../mm/files.h"
#include "container.h"

struct kvm;

/* A group as VFIO offers it; whoever describes the machine owns it. */
struct vfio_group {
	struct iommu_group *iommu_group; /* NULL: it has no device any more */
	/*
	 * Whatever its devices ask for, their accesses are coherent (extension
	 * VFIO_DMA_CC_IOMMU). Never so on POWER, where containers do not offer it.
	 */
	bool enforced_coherent;
	struct kvm *kvm; /* virtual machine that drivers of its devices may ask, NULL for none */
	u64 opened;	 /* files of it; VFIO keeps the group while there is one */
};

extern const struct file_kind vfio_group_file;	   /* object: struct vfio_group */
extern const struct file_kind vfio_container_file; /* object: struct vfio_container */

/*
 * vfio_group_open - a descriptor of a new file of @group. -EMFILE; -ENOMEM.
 * Each call makes a file of its own; file_dup() makes one more descriptor of the same.
 * Closing the last takes no group out of its container: vfio_detach() or vfio_close() does.
 */
int vfio_group_open(struct file_table *files, struct vfio_group *group);

/*
 * vfio_container_open_file - vfio_container_open() with a descriptor, which is returned.
 * Its calls are those of vfio_ioctl(), its end is vfio_close(). -EINVAL: @type; -EMFILE; -ENOMEM.
 */
int vfio_container_open_file(struct file_table *files, u32 type, struct mm_context *mm);

#endif
