// SPDX-License-Identifier: Apache-2.0
/* user_notify.c - from the guest's TCEs to ioctls. */
#include "user_notify.h"

/* The call of a vCPU that handles a hypercall; user_ioctl() finds out who calls. */
static long ioctl_from_vcpu(struct user_notifier *notifier, u32 command, void *argument)
{
	long rc;

	port_enter_level(PORT_HOST_SYSCALL);
	rc = vfio_ioctl(notifier->container, command, argument);
	port_enter_level(PORT_HOST_USER);
	return rc;
}

static long ioctl_of(struct user_notifier *notifier, bool on_vcpu, u32 command, void *argument)
{
	if (on_vcpu)
		return ioctl_from_vcpu(notifier, command, argument);
	return vfio_ioctl(notifier->container, command, argument);
}

static long unmap_page(struct user_notifier *notifier, bool on_vcpu, u64 iova, u64 size)
{
	struct vfio_dma_unmap unmap = {.argsz = sizeof(unmap), .iova = iova, .size = size};

	return ioctl_of(notifier, on_vcpu, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

static long map_page(struct user_notifier *notifier, bool on_vcpu, u64 iova, u64 size, u64 tce)
{
	const struct user_process *process = notifier->table->process;
	struct vfio_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_READ | (tce & TCE_WRITE ? VFIO_DMA_MAP_WRITE : 0),
		.vaddr = process->ram_ua + (tce & ~(size - 1)),
		.iova = iova,
		.size = size,
	};
	long rc;

	if ((tce & ~(size - 1)) >= process->ram_size)
		return -EFAULT;
	rc = ioctl_of(notifier, on_vcpu, VFIO_IOMMU_MAP_DMA, &map);
	if (rc == -EBUSY) {
		unmap_page(notifier, on_vcpu, iova, size);
		rc = ioctl_of(notifier, on_vcpu, VFIO_IOMMU_MAP_DMA, &map);
	}
	return rc;
}

static void log_failure(long rc, u64 ioba, u64 tce)
{
	if (rc)
		port_trace(PORT_EV_WARN, PORT_WARN_USER_IOCTL_FAILED, (u64)rc, ioba, tce);
}

void user_notify(struct user_notifier *notifier, u64 ioba, u64 tce)
{
	u64 size = 1ULL << notifier->table->page_shift;
	long rc = tce & TCE_PERM ? map_page(notifier, true, ioba, size, tce) : unmap_page(notifier, true, ioba, size);

	log_failure(rc, ioba, tce);
}

void user_replay(struct user_notifier *notifier)
{
	struct user_tce_table *table = notifier->table;
	u64 size = 1ULL << table->page_shift;

	for (u64 i = 0; i < table->entries; i++) {
		u64 ioba = table->bus_offset + (i << table->page_shift);
		u64 tce = user_table_load(table, i);

		if (tce & TCE_PERM)
			log_failure(map_page(notifier, table->process->on_vcpu, ioba, size, tce), ioba, tce);
	}
}
