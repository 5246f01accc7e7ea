// SPDX-License-Identifier: Apache-2.0
#include "vfio_device.h"

#include "../policy.h"
#include "../vfio/files.h"
#include "table_file.h"

int kvm_vfio_create(struct kvm *kvm, struct kvm_vfio_device **result)
{
	struct kvm_vfio_device *device;
	int rc = -EBUSY;

	port_lock(&kvm->lock);
	if (kvm->vfio_device)
		goto unlock;
	rc = -ENOMEM;
	device = port_alloc(sizeof(*device));
	if (!device)
		goto unlock;
	device->kvm = kvm;
	list_init(&device->groups);
	kvm->vfio_device = device;
	*result = device;
	rc = 0;
unlock:
	port_unlock(&kvm->lock);
	return rc;
}

static struct vfio_group *vfio_group_of(const struct kvm_vfio_group *group)
{
	return group->file->object;
}

static bool same_group(const struct kvm_vfio_group *group, const struct file *file)
{
	if (POLICY_GROUP_IS_FILE)
		return group->file == file;
	return group->file->kind == file->kind && group->file->object == file->object;
}

static struct kvm_vfio_group *find_group(const struct kvm_vfio_device *device, const struct file *file)
{
	list_for_each(group, &device->groups, struct kvm_vfio_group, list) {
		if (same_group(group, file))
			return group;
	}
	return NULL;
}

/* An IOMMU group may stand behind a bridge that has no TCE tables. */
static bool has_table_group(const struct iommu_group *group)
{
	return group->phb;
}

static void update_coherency(struct kvm_vfio_device *device)
{
	bool noncoherent = false;

	list_for_each(group, &device->groups, struct kvm_vfio_group, list) {
		if (!vfio_group_of(group)->enforced_coherent)
			noncoherent = true;
	}
	if (noncoherent && !device->noncoherent)
		device->kvm->noncoherent_dma++;
	else if (!noncoherent && device->noncoherent)
		device->kvm->noncoherent_dma--;
	device->noncoherent = noncoherent;
}

/* Takes over the caller's reference on @file. */
static long add_group(struct kvm_vfio_device *device, struct file *file)
{
	struct kvm_vfio_group *group;

	if (find_group(device, file))
		return -EEXIST;
	group = port_alloc(sizeof(*group));
	if (!group)
		return -ENOMEM;
	group->file = file;
	list_add_tail(&group->list, &device->groups);
	device->kvm->assigned_groups++;
	vfio_group_of(group)->kvm = device->kvm;
	update_coherency(device);
	return 0;
}

static void release_tables(struct kvm *kvm, const struct kvm_vfio_group *group)
{
	struct iommu_group *iommu_group = vfio_group_of(group)->iommu_group;

	if (SOUND && group->attached)
		iommu_group = group->attached;
	if (!iommu_group)
		return;
	if (has_table_group(iommu_group))
		kvm_detach_group(kvm, iommu_group);
	else
		port_trace(PORT_EV_WARN, PORT_WARN_NO_TABLE_GROUP, 0, 0, 0);
}

static void remove_group(struct kvm_vfio_device *device, struct kvm_vfio_group *group)
{
	if (POLICY_WARN_NEVER_ATTACHED && !group->attached && !device->warned) {
		port_trace(PORT_EV_WARN, PORT_WARN_GROUP_NEVER_ATTACHED, 0, 0, 0);
		device->warned = true;
	}
	list_del(&group->list);
	device->kvm->assigned_groups--;
	release_tables(device->kvm, group);
	vfio_group_of(group)->kvm = NULL;
	file_put(group->file);
	port_free(group);
}

void kvm_vfio_release(struct kvm_vfio_device *device)
{
	struct kvm *kvm = device->kvm;

	port_lock(&device->lock);
	list_for_each_safe(group, after, &device->groups, struct kvm_vfio_group, list)
		remove_group(device, group);
	update_coherency(device);
	port_unlock(&device->lock);
	port_lock(&kvm->lock);
	kvm->vfio_device = NULL;
	port_unlock(&kvm->lock);
	port_free(device);
}

static long set_add(struct kvm_vfio_device *device, struct file_table *files, const void *argument)
{
	struct file *file;
	long rc = -EINVAL;
	s32 fd;

	if (copy_from_process(&fd, argument, sizeof(fd)))
		return -EFAULT;
	file = file_get(files, fd);
	if (!file)
		return -EBADF;
	if (file->kind == &vfio_group_file) {
		port_lock(&device->lock);
		rc = add_group(device, file);
		port_unlock(&device->lock);
	}
	if (rc)
		file_put(file);
	return rc;
}

static long set_del(struct kvm_vfio_device *device, struct file_table *files, const void *argument)
{
	struct kvm_vfio_group *group;
	struct file *file;
	s32 fd;

	if (copy_from_process(&fd, argument, sizeof(fd)))
		return -EFAULT;
	file = file_get(files, fd);
	if (!file)
		return -EBADF;
	port_lock(&device->lock);
	group = find_group(device, file);
	if (group)
		remove_group(device, group);
	update_coherency(device);
	port_unlock(&device->lock);
	file_put(file);
	return group ? 0 : -ENOENT;
}

static struct kvm_tce_table *table_of(const struct kvm *kvm, const struct file *file)
{
	struct kvm_tce_table *table = file->object;

	return file->kind == &kvm_tce_table_file && table->kvm == kvm ? table : NULL;
}

static long attach_file(struct kvm *kvm, const struct file *file, struct iommu_group *iommu_group)
{
	struct kvm_tce_table *table = table_of(kvm, file);

	if (!table)
		return -EINVAL;
	if (!has_table_group(iommu_group)) {
		port_trace(PORT_EV_WARN, PORT_WARN_NO_TABLE_GROUP, 0, 0, 0);
		return -EFAULT;
	}
	return kvm_tce_table_attach(table, iommu_group);
}

static long attach(struct kvm *kvm, struct file_table *files, s32 table_fd, struct kvm_vfio_group *group)
{
	struct iommu_group *iommu_group = vfio_group_of(group)->iommu_group;
	struct file *file;
	long rc;

	if (!iommu_group) {
		port_trace(PORT_EV_WARN, PORT_WARN_NO_IOMMU_GROUP, 0, 0, 0);
		return -EIO;
	}
	file = file_get(files, table_fd);
	if (!file)
		return -EBADF;
	rc = attach_file(kvm, file, iommu_group);
	if (!rc)
		group->attached = iommu_group;
	file_put(file);
	return rc;
}

static long set_spapr_tce(struct kvm_vfio_device *device, struct file_table *files, const void *argument)
{
	struct kvm_vfio_spapr_tce pair;
	struct kvm_vfio_group *group;
	struct file *file;
	long rc;

	if (copy_from_process(&pair, argument, sizeof(pair)))
		return -EFAULT;
	file = file_get(files, pair.groupfd);
	if (!file)
		return -EBADF;
	port_lock(&device->lock);
	group = find_group(device, file);
	rc = group ? attach(device->kvm, files, pair.tablefd, group) : -ENOENT;
	port_unlock(&device->lock);
	file_put(file);
	return rc;
}

long kvm_vfio_set_attr(struct kvm_vfio_device *device, struct file_table *files, u64 attribute, const void *argument)
{
	switch (attribute) {
	case KVM_DEV_VFIO_GROUP_ADD:
		return set_add(device, files, argument);
	case KVM_DEV_VFIO_GROUP_DEL:
		return set_del(device, files, argument);
	case KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE:
		return set_spapr_tce(device, files, argument);
	default:
		return -ENXIO;
	}
}

static long has_attr(const struct kvm_device_attr *attr)
{
	if (attr->group != KVM_DEV_VFIO_GROUP)
		return -ENXIO;
	return attr->attr >= KVM_DEV_VFIO_GROUP_ADD && attr->attr <= KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE ? 0 : -ENXIO;
}

static long set_attr(struct kvm_vfio_device *device, struct file_table *files, const struct kvm_device_attr *attr)
{
	const void *argument = (const void *)(uintptr_t)attr->addr;

	return attr->group == KVM_DEV_VFIO_GROUP ? kvm_vfio_set_attr(device, files, attr->attr, argument) : -ENXIO;
}

long kvm_vfio_ioctl(struct kvm_vfio_device *device, struct file_table *files, u32 command, const void *argument)
{
	struct kvm_device_attr attr;

	if (command != KVM_SET_DEVICE_ATTR && command != KVM_GET_DEVICE_ATTR && command != KVM_HAS_DEVICE_ATTR)
		return -ENOTTY;
	if (copy_from_process(&attr, argument, sizeof(attr)))
		return -EFAULT;
	switch (command) {
	case KVM_SET_DEVICE_ATTR:
		return set_attr(device, files, &attr);
	case KVM_HAS_DEVICE_ATTR:
		return has_attr(&attr);
	default:
		return -EPERM;
	}
}

static void release_file(struct file *file)
{
	struct kvm_vfio_device *device = file->object;
	struct kvm *kvm = device->kvm;

	kvm_vfio_release(device);
	kvm_put(kvm);
}

static long file_call(struct file *file, struct file_table *files, u32 command, void *argument)
{
	return kvm_vfio_ioctl(file->object, files, command, argument);
}

const struct file_kind kvm_vfio_file = {.release = release_file, .ioctl = file_call};

int kvm_vfio_open(struct kvm *kvm, struct file_table *files)
{
	struct kvm_vfio_device *device;
	int rc = kvm_vfio_create(kvm, &device);

	if (rc)
		return rc;
	rc = file_open(files, &kvm_vfio_file, device);
	if (rc < 0)
		kvm_vfio_release(device);
	else
		kvm_get(kvm);
	return rc;
}
