// SPDX-License-Identifier: Apache-2.0
/* user_tce.c - TCE hypercalls in user space. */
#include "user_tce.h"

#include "../bits.h"
#include "../powernv/tce.h"

#define LIOBN_MAX 0xffffffffULL

static struct user_tce_table *find_table(struct user_process *process, u64 liobn)
{
	if (liobn > LIOBN_MAX)
		return NULL;
	list_for_each(table, &process->tables, struct user_tce_table, list) {
		if (table->liobn == liobn)
			return table;
	}
	return NULL;
}

static long ioctl_from_user(struct user_process *process, u32 command, void *argument)
{
	long rc;

	port_enter_level(PORT_HOST_SYSCALL);
	rc = vfio_ioctl(process->container, command, argument);
	port_enter_level(PORT_HOST_USER);
	return rc;
}

static long unmap_page(struct user_process *process, u64 iova, u64 size)
{
	struct vfio_dma_unmap unmap = {.argsz = sizeof(unmap), .iova = iova, .size = size};

	return ioctl_from_user(process, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

/* Read permission is always asked for; a busy entry is unmapped and tried once more. */
static long map_page(struct user_process *process, u64 iova, u64 size, u64 tce)
{
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
	rc = ioctl_from_user(process, VFIO_IOMMU_MAP_DMA, &map);
	if (rc == -EBUSY) {
		unmap_page(process, iova, size);
		rc = ioctl_from_user(process, VFIO_IOMMU_MAP_DMA, &map);
	}
	return rc;
}

static void store(struct user_tce_table *table, u64 index, u64 tce)
{
	u64 *slot = table->values ? &table->values[index] : kvm_tce_table_slot_alloc(table->view, index);

	/* Without memory for KVM's page the process would be killed by its own page fault. */
	PORT_BUG_ON(!slot);
	*slot = tce;
}

static u64 load(const struct user_tce_table *table, u64 index)
{
	u64 *slot;

	if (table->values)
		return table->values[index];
	slot = kvm_tce_table_slot(table->view, index);
	return slot ? *slot : 0;
}

static long put(struct user_process *process, struct user_tce_table *table, u64 ioba, u64 tce)
{
	u64 size = 1ULL << table->page_shift;
	u64 index = (ioba - table->bus_offset) >> table->page_shift;
	long rc;

	if (index >= table->entries)
		return H_PARAMETER;
	store(table, index, tce);
	port_work(PORT_WORK_USER_NOTIFY);
	rc = tce & TCE_PERM ? map_page(process, ioba, size, tce) : unmap_page(process, ioba, size);
	if (rc)
		port_trace(PORT_EV_WARN, PORT_WARN_USER_IOCTL_FAILED, (u64)rc, ioba, tce);
	return H_SUCCESS;
}

static long put_indirect(struct user_process *process, struct user_tce_table *table, const struct hcall *call, u64 ioba)
{
	if (!call->count || call->count > TCE_LIST_MAX || call->value & ((1UL << TCE_LIST_SHIFT) - 1))
		return H_PARAMETER;
	for (u64 i = 0; i < call->count; i++) {
		u64 gpa = call->value + i * sizeof(u64);
		u64 value = 0;
		long rc;

		/* A list outside RAM reads as zeros, as recorded. */
		if (gpa < process->ram_size)
			port_read_ua(&value, process->ram_ua + gpa, sizeof(value));
		rc = put(process, table, ioba + (i << table->page_shift), be64(value));
		if (rc != H_SUCCESS)
			return rc;
	}
	return H_SUCCESS;
}

static long stuff(struct user_process *process, struct user_tce_table *table, const struct hcall *call, u64 ioba)
{
	if (!call->count || call->count > table->entries)
		return H_PARAMETER;
	for (u64 i = 0; i < call->count; i++) {
		long rc = put(process, table, ioba + (i << table->page_shift), call->value);

		if (rc != H_SUCCESS)
			return rc;
	}
	return H_SUCCESS;
}

static long get(struct user_tce_table *table, struct hcall *call, u64 ioba)
{
	u64 index = (ioba - table->bus_offset) >> table->page_shift;

	if (index >= table->entries)
		return H_PARAMETER;
	call->result = load(table, index);
	return H_SUCCESS;
}

long user_papr_hcall(struct kvm_user *user, struct hcall *call)
{
	struct user_process *process = list_entry(user, struct user_process, kvm_user);
	struct user_tce_table *table;
	u64 ioba;

	port_work(PORT_WORK_USER_DISPATCH);
	table = find_table(process, call->liobn);
	if (!table)
		return H_PARAMETER;
	ioba = call->ioba & ~((1ULL << table->page_shift) - 1);
	switch (call->opcode) {
	case H_PUT_TCE:
		return put(process, table, ioba, call->value);
	case H_PUT_TCE_INDIRECT:
		return put_indirect(process, table, call, ioba);
	case H_STUFF_TCE:
		return stuff(process, table, call, ioba);
	case H_GET_TCE:
		return get(table, call, ioba);
	default:
		return H_FUNCTION;
	}
}
