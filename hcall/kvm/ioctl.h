/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ioctl.h - calls on a virtual machine, as far as TCE tables and VFIO groups need them.
 * Numbers and structures: abi.h.
 */
#ifndef HCALL_KVM_IOCTL_H
#define HCALL_KVM_IOCTL_H

#include "../mm/files.h"
#include "kvm.h"

extern const struct file_kind kvm_vm_file; /* object: struct kvm */

/*
 * kvm_vm_open - a descriptor of @kvm, which is returned and takes over the reference of
 * kvm_init(). Its calls are those of kvm_ioctl(). -EMFILE, -ENOMEM: the reference stays the
 * caller's.
 */
int kvm_vm_open(struct file_table *files, struct kvm *kvm);

/*
 * kvm_check_extension - KVM_CHECK_EXTENSION.
 *
 * 1 for KVM_CAP_SPAPR_TCE, KVM_CAP_SPAPR_TCE_64, KVM_CAP_SPAPR_MULTITCE and
 * KVM_CAP_PPC_ENABLE_HCALL. KVM_CAP_SPAPR_TCE_VFIO: 1 where the host is itself the
 * hypervisor, 0 on a nested one, which has no TCE tables to drive (v4.12: 1 everywhere).
 * Others: 0.
 */
long kvm_check_extension(const struct kvm *kvm, u64 extension);

/*
 * kvm_ioctl - a call on a virtual machine, by a process with the descriptors @files.
 *
 * KVM_CHECK_EXTENSION, @argument: the number itself. kvm_check_extension().
 *
 * KVM_ENABLE_CAP, struct kvm_enable_cap: -EFAULT; -EINVAL: flags, any capability but
 *	KVM_CAP_PPC_ENABLE_HCALL; then kvm_enable_hcall(): args[0] is the opcode, args[1] 1
 *	or 0 to handle it in the kernel or not, -EINVAL for other values and opcodes.
 *
 * KVM_CREATE_SPAPR_TCE, struct kvm_create_spapr_tce: the next one with pages of 4 KiB,
 *	offset 0 and window_size >> 12 entries; a window below 4096 bytes has none: -EINVAL.
 *
 * KVM_CREATE_SPAPR_TCE_64, struct kvm_create_spapr_tce_64, returns a descriptor:
 *	-EFAULT; -EINVAL: flags; -EINVAL: size 0, page_shift outside 12..34, a window that
 *	ends past 2^64 (a wrapping sum of offset and size passes, but not in "fixed"; in v4.12
 *	everything but size 0 does); -ENOMEM: value pages and
 *	descriptor array past the locked limit; -ENOMEM: no memory for the array, which has 8
 *	bytes per 64 KiB of values however few are used (2^40 entries ask for a GiB);
 *	-EBUSY: LIOBN taken; -EMFILE, -ENOMEM: no descriptor. A failure leaves nothing.
 *
 * KVM_CREATE_DEVICE, struct kvm_create_device: -EFAULT; -ENODEV: type other than
 *	KVM_DEV_TYPE_VFIO; -EINVAL: flags; then kvm_vfio_open(): -EBUSY, -ENOMEM, -EMFILE.
 *	0, and the descriptor in fd. KVM_CREATE_DEVICE_TEST among the flags only asks whether
 *	the type is known.
 *
 * Any other: -ENOTTY.
 */
long kvm_ioctl(struct kvm *kvm, struct file_table *files, u32 command, void *argument);

#endif
