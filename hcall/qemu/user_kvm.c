// SPDX-License-Identifier: Apache-2.0
#include "user_kvm.h"

#include "../kvm/ioctl.h"

/* ---- tables ---- */

static long create(struct user_tce_table *table)
{
	struct kvm *kvm = table->process->kvm;
	struct file_table *files = &table->process->files;
	struct kvm_create_spapr_tce_64 args = {.liobn = table->liobn,
					       .page_shift = table->page_shift,
					       .offset = table->bus_offset >> table->page_shift,
					       .size = table->entries};
	struct kvm_create_spapr_tce old = {.liobn = table->liobn, .window_size = (u32)user_table_size(table)};

	if (table->process->has.spapr_tce_64)
		return kvm_ioctl(kvm, files, KVM_CREATE_SPAPR_TCE_64, &args);
	return kvm_ioctl(kvm, files, KVM_CREATE_SPAPR_TCE, &old);
}

static void close_file(struct user_process *process, s32 fd)
{
	user_enter_kernel(process);
	file_close(&process->files, fd);
	user_leave_kernel(process);
}

long user_kvm_open_table(struct user_tce_table *table)
{
	long fd;

	user_enter_kernel(table->process);
	fd = create(table);
	user_leave_kernel(table->process);
	if (fd < 0)
		return fd;
	table->view_fd = (s32)fd;
	table->mapping = file_get(&table->process->files, table->view_fd);
	table->view = table->mapping->object;
	return 0;
}

void user_kvm_close_table(struct user_tce_table *table)
{
	table->view = NULL;
	file_put(table->mapping);
	close_file(table->process, table->view_fd);
}

/* ---- groups ---- */

static struct user_group *group_of(const struct user_process *process, const struct iommu_group *group)
{
	list_for_each(known, &process->groups, struct user_group, list) {
		if (known->vfio.iommu_group == group)
			return known;
	}
	return NULL;
}

static long set_attr(struct user_process *process, u64 attribute, const void *argument)
{
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_GROUP, .attr = attribute, .addr = (u64)(uintptr_t)argument};
	long rc;

	user_enter_kernel(process);
	rc = file_ioctl(&process->files, process->vfio_device, KVM_SET_DEVICE_ATTR, &attr);
	user_leave_kernel(process);
	return rc;
}

static long open_device(struct user_process *process)
{
	struct kvm_create_device args = {.type = KVM_DEV_TYPE_VFIO};
	long rc;

	if (process->vfio_device >= 0)
		return 0;
	user_enter_kernel(process);
	rc = kvm_ioctl(process->kvm, &process->files, KVM_CREATE_DEVICE, &args);
	user_leave_kernel(process);
	if (!rc)
		process->vfio_device = (s32)args.fd;
	return rc;
}

static void close_idle_device(struct user_process *process)
{
	if (!list_empty(&process->groups) || process->vfio_device < 0)
		return;
	close_file(process, process->vfio_device);
	process->vfio_device = -1;
}

static void close_group(struct user_process *process, struct user_group *group)
{
	close_file(process, group->fd);
	list_del(&group->list);
	port_free(group);
}

static long open_group(struct user_process *process, struct iommu_group *iommu_group, struct user_group **result)
{
	struct user_group *group = port_alloc(sizeof(*group));
	long rc;

	if (!group)
		return -ENOMEM;
	group->vfio.iommu_group = iommu_group;
	list_add_tail(&group->list, &process->groups);
	user_enter_kernel(process);
	group->fd = vfio_group_open(&process->files, &group->vfio);
	user_leave_kernel(process);
	if (group->fd >= 0) {
		*result = group;
		return 0;
	}
	rc = group->fd;
	list_del(&group->list);
	port_free(group);
	return rc;
}

long user_kvm_add_group(struct user_process *process, struct iommu_group *iommu_group)
{
	struct user_group *group;
	long rc;

	if (!process->has.kvm)
		return 0;
	rc = open_device(process);
	if (rc)
		return rc;
	rc = open_group(process, iommu_group, &group);
	if (!rc) {
		rc = set_attr(process, KVM_DEV_VFIO_GROUP_ADD, &group->fd);
		if (rc)
			close_group(process, group);
	}
	if (rc)
		close_idle_device(process);
	return rc;
}

void user_kvm_del_group(struct user_process *process, struct iommu_group *iommu_group)
{
	struct user_group *group = group_of(process, iommu_group);

	if (!group)
		return;
	set_attr(process, KVM_DEV_VFIO_GROUP_DEL, &group->fd);
	close_group(process, group);
	close_idle_device(process);
}

long user_kvm_set_spapr_tce(struct user_process *process, struct iommu_group *iommu_group,
			    const struct user_tce_table *table)
{
	const struct user_group *group = group_of(process, iommu_group);
	struct kvm_vfio_spapr_tce pair = {.tablefd = table->view ? table->view_fd : -1};

	PORT_BUG_ON(!group);
	pair.groupfd = group->fd;
	return set_attr(process, KVM_DEV_VFIO_GROUP_SET_SPAPR_TCE, &pair);
}

void user_kvm_end(struct user_process *process)
{
	list_for_each_safe(group, after, &process->groups, struct user_group, list)
		user_kvm_del_group(process, group->vfio.iommu_group);
	files_close_all(&process->files);
}
