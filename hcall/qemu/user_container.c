// SPDX-License-Identifier: Apache-2.0
/* user_container.c - containers of a bridge. */
#include "user_container.h"

#include "../bits.h"
#include "../vfio/files.h"
#include "user_kvm.h"

#define EXTRA_BITS_PER_LEVEL 8 /* a level may be this much larger than a host page */

static struct iommu_group *first_group(const struct user_container *container)
{
	return list_entry(container->vfio->groups.next, struct iommu_group, container_link);
}

static void close_file(struct user_container *container)
{
	user_enter_kernel(container->process);
	file_close(&container->process->files, container->fd);
	user_leave_kernel(container->process);
}

static long attach(struct user_container *container, struct iommu_group *group)
{
	long rc;

	user_enter_kernel(container->process);
	rc = vfio_attach(container->vfio, group);
	user_leave_kernel(container->process);
	return rc;
}

static long open_version(struct user_container *container, struct iommu_group *group, u32 type)
{
	struct user_process *process = container->process;
	struct file *file;
	long rc;

	user_enter_kernel(process);
	container->fd = vfio_container_open_file(&process->files, type, process->kvm->mm);
	user_leave_kernel(process);
	if (container->fd < 0)
		return container->fd;
	file = file_get(&process->files, container->fd);
	container->vfio = file->object;
	file_put(file);
	rc = attach(container, group);
	if (rc)
		close_file(container);
	return rc;
}

/* ---- memory ---- */

static long on_memory(struct user_container *container, u32 command, u64 ua, u64 size)
{
	struct vfio_register_memory memory = {.argsz = sizeof(memory), .vaddr = ua, .size = size};

	return container->vfio->version == 2 ? user_ioctl(container->process, container->vfio, command, &memory) : 0;
}

long user_container_add_memory(struct user_container *container, u64 ua, u64 size)
{
	long rc;

	port_trace(PORT_EV_REGISTER, ua, size, 0, 0);
	rc = on_memory(container, VFIO_IOMMU_SPAPR_REGISTER_MEMORY, ua, size);
	port_trace(PORT_EV_REGISTER, ua, size, 1, (u64)rc);
	/* A registration that stops halfway answers the number of its pages. */
	return rc > 0 ? -EFAULT : rc;
}

void user_container_remove_memory(struct user_container *container, u64 ua, u64 size)
{
	on_memory(container, VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY, ua, size);
}

static long add_all_memory(struct user_container *container)
{
	struct user_process *process = container->process;
	u64 ua = process->ram_ua;
	long rc = 0;

	for (u32 i = 0; i < process->section_count && !rc; i++) {
		rc = user_container_add_memory(container, ua, process->sections[i]);
		ua += process->sections[i];
	}
	return rc;
}

static void remove_all_memory(struct user_container *container)
{
	struct user_process *process = container->process;
	u64 ua = process->ram_ua;

	for (u32 i = 0; i < process->section_count; i++) {
		user_container_remove_memory(container, ua, process->sections[i]);
		ua += process->sections[i];
	}
}

/* ---- life ---- */

/* RAM first, so that every page can be mapped; then the host's own window makes room. */
static long prepare(struct user_container *container)
{
	struct user_process *process = container->process;
	struct vfio_tce_remove remove = {.argsz = sizeof(remove)};
	long rc;

	if (container->vfio->version == 1)
		return user_ioctl(process, container->vfio, VFIO_IOMMU_ENABLE, NULL);
	rc = add_all_memory(container);
	return rc ? rc : user_ioctl(process, container->vfio, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove);
}

long user_container_open(struct user_process *process, struct iommu_group *group, struct user_container **result)
{
	struct user_container *container = port_alloc(sizeof(*container));
	long rc;

	if (!container)
		return -ENOMEM;
	container->process = process;
	process->loose = container;
	rc = open_version(container, group, VFIO_SPAPR_TCE_v2_IOMMU);
	if (rc == -EPERM)
		rc = open_version(container, group, VFIO_SPAPR_TCE_IOMMU);
	if (rc)
		goto free;
	rc = prepare(container);
	if (rc)
		goto close;
	process->loose = NULL;
	*result = container;
	return 0;
close:
	close_file(container);
free:
	process->loose = NULL;
	port_free(container);
	return rc;
}

void user_container_close(struct user_container *container)
{
	struct user_process *process = container->process;

	process->loose = container;
	remove_all_memory(container);
	close_file(container);
	process->loose = NULL;
	port_free(container);
}

/* ---- groups ---- */

bool user_container_holds(const struct user_container *container, const struct iommu_group *group)
{
	list_for_each(known, &container->vfio->groups, struct iommu_group, container_link) {
		if (known == group)
			return true;
	}
	return false;
}

bool user_container_is_single(const struct user_container *container)
{
	return container->vfio->groups.next == container->vfio->groups.prev;
}

long user_container_join(struct user_container *container, struct iommu_group *group)
{
	return attach(container, group);
}

void user_container_leave(struct user_container *container, struct iommu_group *group)
{
	user_enter_kernel(container->process);
	vfio_detach(container->vfio, group);
	user_leave_kernel(container->process);
}

/* ---- the host's window ---- */

/* log2 of the hardware page; 0 when the host offers none that is small enough. */
static u32 host_page_shift(const struct user_container *container, const struct user_tce_table *table)
{
	u32 most = (u32)min_u64(table->page_shift, container->process->ram_page_shift);
	u64 fitting = first_group(container)->page_sizes & ((2ULL << most) - 1);

	return fitting ? log2_floor(fitting) : 0;
}

static u32 guess_levels(u64 entries)
{
	u32 bits = log2_floor(entries * sizeof(u64));

	return (bits + PAGE_SHIFT + EXTRA_BITS_PER_LEVEL - 1) / (PAGE_SHIFT + EXTRA_BITS_PER_LEVEL);
}

static long create_host_window(struct user_container *container, const struct user_tce_table *table, u32 levels)
{
	struct vfio_tce_create create = {.argsz = sizeof(create),
					 .page_shift = host_page_shift(container, table),
					 .window_size = user_table_size(table)};
	struct vfio_tce_remove remove = {.argsz = sizeof(remove)};
	long rc;

	if (!create.page_shift)
		return -EINVAL;
	create.levels = levels ? levels : guess_levels(create.window_size >> create.page_shift);
	do {
		rc = user_ioctl(container->process, container->vfio, VFIO_IOMMU_SPAPR_TCE_CREATE, &create);
	} while (rc && !levels && ++create.levels <= (64 - create.page_shift) / PAGE_SHIFT);
	if (rc)
		return rc;
	if (create.start_addr == table->bus_offset)
		return 0;
	remove.start_addr = create.start_addr;
	user_ioctl(container->process, container->vfio, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove);
	return -EINVAL;
}

/* Version 1 has the one window that the host made for itself, at bus address 0. */
static long find_host_window(const struct user_container *container, const struct user_tce_table *table)
{
	u64 size = first_group(container)->dma32_size;

	return table->bus_offset < size && user_table_size(table) <= size - table->bus_offset ? 0 : -EINVAL;
}

static void remove_host_window(struct user_container *container, u64 bus_offset)
{
	struct vfio_tce_remove remove = {.argsz = sizeof(remove), .start_addr = bus_offset};

	if (container->vfio->version == 2)
		user_ioctl(container->process, container->vfio, VFIO_IOMMU_SPAPR_TCE_REMOVE, &remove);
}

/* ---- all that a window takes ---- */

static long set_spapr_tce(struct user_container *container, struct user_tce_table *table)
{
	const struct user_capabilities *has = &container->process->has;

	if (!has->kvm || !has->spapr_tce_vfio)
		return 0;
	list_for_each(group, &container->vfio->groups, struct iommu_group, container_link) {
		long rc = user_kvm_set_spapr_tce(container->process, group, table);

		if (rc)
			return rc;
	}
	return 0;
}

static long register_notifier(struct user_notifier *notifier, struct user_tce_table *table,
			      struct vfio_container *container)
{
	if (list_empty(&table->notifiers)) {
		long rc = user_table_set_need_vfio(table, true);

		if (rc)
			return rc;
	}
	notifier->table = table;
	notifier->container = container;
	list_add_tail(&notifier->list, &table->notifiers);
	return 0;
}

long user_container_add_window(struct user_container *container, struct user_tce_table *table, u32 number, u32 levels,
			       bool known_empty)
{
	struct user_notifier *notifier = &container->notifiers[number];
	long rc = container->vfio->version == 2 ? create_host_window(container, table, levels)
						: find_host_window(container, table);

	if (rc)
		return rc;
	rc = set_spapr_tce(container, table);
	if (!rc)
		rc = register_notifier(notifier, table, container->vfio);
	if (rc) {
		remove_host_window(container, table->bus_offset);
		return rc;
	}
	if (!known_empty)
		user_replay(notifier);
	return 0;
}

void user_container_del_window(struct user_container *container, u32 number)
{
	struct user_notifier *notifier = &container->notifiers[number];
	struct user_tce_table *table = notifier->table;
	struct vfio_dma_unmap unmap = {.argsz = sizeof(unmap)};

	if (!table)
		return;
	list_del(&notifier->list);
	notifier->table = NULL;
	if (list_empty(&table->notifiers))
		user_table_set_need_vfio(table, false);
	unmap.iova = table->bus_offset;
	unmap.size = user_table_size(table);
	user_ioctl(container->process, container->vfio, VFIO_IOMMU_UNMAP_DMA, &unmap);
	remove_host_window(container, table->bus_offset);
}
