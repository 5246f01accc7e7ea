/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_tce.h - the process that owns the guest: its TCE tables and what it does with
 * a hypercall that KVM did not handle.
 *
 * Whatever one hypercall changes, every entry becomes one VFIO ioctl: there is no
 * batching in user space.
 */
#ifndef HCALL_QEMU_USER_TCE_H
#define HCALL_QEMU_USER_TCE_H

#include "../kvm/tce_table.h"
#include "../setup.h"
#include "../vfio/container.h"

struct user_tce_table {
	struct list list;
	u64 liobn;
	u32 page_shift;
	u64 bus_offset; /* bytes */
	u64 entries;
	u64 *values;		    /* own memory, NULL when the table is KVM's */
	struct kvm_tce_table *view; /* KVM's table, mapped into the process */
};

struct user_process {
	struct kvm_user kvm_user; /* first: KVM knows the process by it */
	struct kvm *kvm;
	struct list tables;
	struct vfio_container *container;
	u64 ram_ua; /* guest RAM: gpa 0 in this process */
	u64 ram_size;
};

/* user_init - let @process serve the vCPU exits of @kvm. */
void user_init(struct user_process *process, struct kvm *kvm, u64 ram_ua, u64 ram_size);

/*
 * user_add_device - pass @group through to the guest: open a container of @version,
 * register RAM (v2) or enable it (v1), make the window, and its table in KVM or in
 * the process. 0 or the negative errno of the step that failed.
 */
long user_add_device(struct user_process *process, struct iommu_group *group, u32 version,
		     const struct user_window *window);

/*
 * user_add_vio_device - an emulated device on the virtual I/O bus: a window of 256 MiB in
 * pages of 4 KiB at bus address 0, whose TCEs KVM keeps, and no hardware behind it. User
 * space looks at KVM's table when the device does DMA; the devices here do none.
 * 0; -EBUSY when @liobn is taken; -ENOMEM.
 */
int user_add_vio_device(struct user_process *process, u64 liobn);

/*
 * user_papr_hcall - level 3 of a TCE hypercall [sync].
 *
 * ioba is rounded down to its page. H_PARAMETER: LIOBN unknown or past 32 bits, more
 * than 512 list entries or none, list not 4 KiB aligned, an entry outside the table
 * (those before it stay done). TCE values are never checked; a failing ioctl is only
 * logged, and the guest still sees H_SUCCESS. Unknown calls: H_FUNCTION.
 */
long user_papr_hcall(struct kvm_user *user, struct hcall *call);

#endif
