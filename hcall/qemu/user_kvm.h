/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_kvm.h - what the process asks of KVM for tables and VFIO groups, by system calls.
 *
 * It has a descriptor for each table that KVM keeps, one for each group it has passed
 * through, and one of the KVM-VFIO device while it has a group.
 */
#ifndef HCALL_QEMU_USER_KVM_H
#define HCALL_QEMU_USER_KVM_H

#include "../vfio/files.h"
#include "user_table.h"

/* A group that the process has opened. */
struct user_group {
	struct list list; /* in the process's groups */
	struct vfio_group vfio;
	s32 fd;
};

/*
 * user_kvm_open_table - a table of KVM, mapped into the process: sets @table's view, its
 * descriptor and its mapping, and nothing if it fails.
 * With capability 125 KVM_CREATE_SPAPR_TCE_64, else KVM_CREATE_SPAPR_TCE, which knows the
 * number of bytes alone. 0 or KVM's negative errno.
 */
long user_kvm_open_table(struct user_tce_table *table);

/* user_kvm_close_table - unmap the table and close its descriptor; hardware tables let it go. */
void user_kvm_close_table(struct user_tce_table *table);

/*
 * user_kvm_add_group - open @group and tell KVM of it. A guest without KVM: nothing, 0.
 * 0, or the negative errno of the step that failed, with nothing left behind.
 */
long user_kvm_add_group(struct user_process *process, struct iommu_group *group);

/* user_kvm_del_group - KVM forgets the group, which is closed. Does nothing if it was not added. */
void user_kvm_del_group(struct user_process *process, struct iommu_group *group);

/*
 * user_kvm_set_spapr_tce - let @group, which was added, follow @table.
 * 0 or KVM's negative errno; a table that is not in KVM has no descriptor: -EBADF.
 */
long user_kvm_set_spapr_tce(struct user_process *process, struct iommu_group *group,
			    const struct user_tce_table *table);

/* user_kvm_end - the process ends: groups that are left are closed, then all descriptors. */
void user_kvm_end(struct user_process *process);

#endif
