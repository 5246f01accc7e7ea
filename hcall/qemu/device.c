// SPDX-License-Identifier: Apache-2.0
/* device.c - passing a device through: container, memory, window, tables. */
#include "../bits.h"
#include "user_tce.h"

#define VIO_WINDOW_SIZE (1ULL << 28)

void user_init(struct user_process *process, struct kvm *kvm, u64 ram_ua, u64 ram_size)
{
	process->kvm_user.papr_hcall = user_papr_hcall;
	process->kvm = kvm;
	list_init(&process->tables);
	process->container = NULL;
	process->ram_ua = ram_ua;
	process->ram_size = ram_size;
	kvm->user = &process->kvm_user;
}

static long enable_v1(struct user_process *process)
{
	return vfio_ioctl(process->container, VFIO_IOMMU_ENABLE, NULL);
}

/* RAM first, so that every page can be mapped; then the host's own window makes room. */
static long prepare_v2(struct user_process *process, const struct user_window *window)
{
	struct vfio_register_memory memory = {
		.argsz = sizeof(memory), .vaddr = process->ram_ua, .size = process->ram_size};
	struct vfio_tce_remove remove = {.argsz = sizeof(remove)};
	struct vfio_tce_create create = {.argsz = sizeof(create),
					 .page_shift = window->page_shift,
					 .window_size = window->size,
					 .levels = window->levels};
	long rc = vfio_ioctl(process->container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, &memory);

	if (!rc)
		rc = vfio_ioctl(process->container, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove);
	if (!rc)
		rc = vfio_ioctl(process->container, VFIO_IOMMU_SPAPR_TCE_CREATE, &create);
	return rc;
}

static long add_kernel_table(struct user_process *process, struct user_tce_table *table, struct iommu_group *group)
{
	struct kvm_create_spapr_tce_64 args = {.liobn = table->liobn,
					       .page_shift = table->page_shift,
					       .offset = table->bus_offset >> table->page_shift,
					       .size = table->entries};
	long rc = kvm_tce_table_create(process->kvm, &args, &table->view);

	return rc ? rc : kvm_tce_table_attach(table->view, group);
}

static long add_table(struct user_process *process, struct iommu_group *group, const struct user_window *window)
{
	struct user_tce_table *table = port_alloc(sizeof(*table));

	if (!table)
		return -ENOMEM;
	table->liobn = window->liobn;
	table->page_shift = window->page_shift;
	table->bus_offset = window->bus_offset;
	table->entries = window->size >> window->page_shift;
	list_add(&table->list, &process->tables);
	if (window->in_kernel)
		return add_kernel_table(process, table, group);
	table->values = port_alloc(table->entries * sizeof(u64));
	return table->values ? 0 : -ENOMEM;
}

long user_add_device(struct user_process *process, struct iommu_group *group, u32 version,
		     const struct user_window *window)
{
	u32 type = version == 2 ? VFIO_SPAPR_TCE_v2_IOMMU : VFIO_SPAPR_TCE_IOMMU;
	long rc = vfio_container_open(type, process->kvm->mm, &process->container);

	if (!rc)
		rc = vfio_attach(process->container, group);
	if (!rc)
		rc = version == 2 ? prepare_v2(process, window) : enable_v1(process);
	if (!rc)
		rc = add_table(process, group, window);
	return rc;
}

int user_add_vio_device(struct user_process *process, u64 liobn)
{
	struct kvm_create_spapr_tce_64 args = {
		.liobn = liobn, .page_shift = TCE_PAGE_SHIFT_MIN, .size = VIO_WINDOW_SIZE >> TCE_PAGE_SHIFT_MIN};
	struct kvm_tce_table *view;

	return kvm_tce_table_create(process->kvm, &args, &view);
}
