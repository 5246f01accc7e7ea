/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfio_device.h - the KVM-VFIO pseudo device: which VFIO groups belong to a virtual machine.
 *
 * User space adds a group by descriptor, then lets it follow a guest's view (struct
 * kvm_tce_table). There is no call that lets it follow no longer: that ends with the
 * group, with the device or with the view. One device per virtual machine.
 */
#ifndef HCALL_KVM_VFIO_DEVICE_H
#define HCALL_KVM_VFIO_DEVICE_H

#include "../mm/files.h"
#include "kvm.h"

struct kvm_vfio_device {
	struct kvm *kvm;
	struct list groups; /* of struct kvm_vfio_group, the first added first */
	bool noncoherent;   /* counted in kvm->noncoherent_dma */
	bool warned;	    /* of a group that was never attached */
	struct port_lock lock;
};

/* One group that was added. */
struct kvm_vfio_group {
	struct list list;
	struct file *file;	      /* of a struct vfio_group; holds a reference */
	struct iommu_group *attached; /* its IOMMU group, if that has followed a view */
};

extern const struct file_kind kvm_vfio_file; /* object: struct kvm_vfio_device */

/*
 * kvm_vfio_create - give @kvm its device. -EBUSY: it has one; -ENOMEM.
 * kvm_vfio_release - end it: every group leaves as with KVM_DEV_VFIO_GROUP_DEL, noncoherent
 * DMA is unregistered. Called when the last descriptor is closed, or, for a device that
 * never had one, when the virtual machine ends. Afterwards @kvm may get another.
 */
int kvm_vfio_create(struct kvm *kvm, struct kvm_vfio_device **device);
void kvm_vfio_release(struct kvm_vfio_device *device);

/*
 * kvm_vfio_open - a device and its descriptor, which is returned and holds the virtual
 * machine. -EBUSY; -ENOMEM; then -EMFILE, -ENOMEM for the descriptor, and no device is left.
 */
int kvm_vfio_open(struct kvm *kvm, struct file_table *files);

/*
 * kvm_vfio_ioctl - calls on a descriptor of the device; @argument: struct kvm_device_attr.
 *
 * KVM_SET_DEVICE_ATTR: -EFAULT; -ENXIO: unknown group or attribute; kvm_vfio_set_attr().
 * KVM_HAS_DEVICE_ATTR: -EFAULT; 0 for the three attributes of KVM_DEV_VFIO_GROUP, else -ENXIO.
 * KVM_GET_DEVICE_ATTR: -EFAULT; -EPERM, nothing of the device can be read (the code that the
 * interface's documentation has for an attribute that "cannot be accessed this way").
 * Any other: -ENOTTY. The flags of the attribute are not looked at.
 */
long kvm_vfio_ioctl(struct kvm_vfio_device *device, struct file_table *files, u32 command, const void *argument);

/*
 * kvm_vfio_set_attr - one attribute of KVM_DEV_VFIO_GROUP.
 *
 * KVM_DEV_VFIO_GROUP_ADD, @argument: s32, descriptor of a group.
 *	-EFAULT; -EBADF: not open; -EINVAL: no VFIO group; -EEXIST: already here; -ENOMEM.
 *	The group's file is held, the assignment counted, VFIO told of the virtual machine,
 *	noncoherent DMA reconsidered.
 * KVM_DEV_VFIO_GROUP_DEL, @argument: s32, descriptor of a group.
 *	-EFAULT; -EBADF; -ENOENT: not here, whatever kind of file it is. Each of the group's
 *	present windows leaves every view once (kvm_detach_group()), whichever group brought
 *	it there; then VFIO forgets the virtual machine and the file is dropped. A group that
 *	has no IOMMU group any more has no windows: what it had attached stays with the views
 *	(in "fixed" it leaves them).
 *	Noncoherent DMA is reconsidered, also after -ENOENT.
 *	A group without TCE tables only warns (PORT_WARN_NO_TABLE_GROUP). From v5.19 on the
 *	first group that leaves without ever having been attached warns too
 *	(PORT_WARN_GROUP_NEVER_ATTACHED).
 * KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, @argument: struct kvm_vfio_spapr_tce.
 *	-EFAULT; -EBADF: the group's descriptor; -ENOENT: group not here; -EIO: it has no
 *	IOMMU group (PORT_WARN_NO_IOMMU_GROUP); -EBADF: the table's descriptor; -EINVAL: no
 *	view of this virtual machine; -EFAULT: the group has no TCE tables
 *	(PORT_WARN_NO_TABLE_GROUP); then kvm_tce_table_attach(): -EINVAL, -ENOMEM. The view's
 *	file is held meanwhile.
 *
 * "Here": up to v5.18 a group is known by itself, so that any of its files finds it and none
 * adds it a second time. From v5.19 on it is known by the open file: a duplicated descriptor
 * is the same, the group opened again is another one.
 *
 * Noncoherent DMA is registered with the virtual machine once, while the device has at
 * least one group that is not enforced-coherent. On POWER that has no effect.
 */
long kvm_vfio_set_attr(struct kvm_vfio_device *device, struct file_table *files, u64 attribute, const void *argument);

#endif
