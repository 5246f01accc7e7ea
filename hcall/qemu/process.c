// SPDX-License-Identifier: Apache-2.0
/* process.c - the process that owns the guest. */
#include "process.h"

#include "../bits.h"
#include "user_container.h"
#include "user_kvm.h"
#include "user_phb.h"
#include "user_tce.h"
#include "user_vio.h"

void user_init(struct user_process *process, struct kvm *kvm, u64 ram_ua, u64 ram_size)
{
	process->kvm_user.papr_hcall = user_papr_hcall;
	process->kvm = kvm;
	files_init(&process->files, FILES_LIMIT);
	process->vfio_device = -1;
	list_init(&process->groups);
	list_init(&process->tables);
	list_init(&process->phbs);
	list_init(&process->vio_devices);
	process->loose = NULL;
	process->ram_ua = ram_ua;
	process->ram_size = ram_size;
	process->sections[0] = ram_size;
	process->section_count = 1;
	process->ram_page_shift = PAGE_SHIFT;
	process->has = (struct user_capabilities){true, true, true, true};
	process->started = false;
	process->on_vcpu = false;
	process->failure = 0;
	kvm->user = &process->kvm_user;
}

void user_start(struct user_process *process)
{
	process->started = true;
}

/* ---- memory ---- */

static void set_slots(const struct user_process *process)
{
	struct kvm_memslot slots[USER_SECTIONS_MAX];
	u64 gpa = 0;

	for (u32 i = 0; i < process->section_count; i++) {
		slots[i].gpa = gpa;
		slots[i].pages = process->sections[i] >> PAGE_SHIFT;
		slots[i].ua = process->ram_ua + gpa;
		gpa += process->sections[i];
	}
	kvm_set_memslots(process->kvm, slots, process->section_count);
}

long user_plug_memory(struct user_process *process, u64 size)
{
	u64 ua = process->ram_ua + process->ram_size;

	if (process->section_count == USER_SECTIONS_MAX)
		return -ENOSPC;
	process->sections[process->section_count++] = size;
	process->ram_size += size;
	set_slots(process);
	list_for_each(phb, &process->phbs, struct user_phb, list) {
		list_for_each(container, &phb->containers, struct user_container, list) {
			long rc = user_container_add_memory(container, ua, size);

			if (rc)
				return user_fail(process, rc);
		}
	}
	return 0;
}

long user_unplug_memory(struct user_process *process)
{
	u64 size;

	if (process->section_count == 1)
		return -EINVAL;
	size = process->sections[--process->section_count];
	process->ram_size -= size;
	list_for_each(phb, &process->phbs, struct user_phb, list) {
		list_for_each(container, &phb->containers, struct user_container, list)
			user_container_remove_memory(container, process->ram_ua + process->ram_size, size);
	}
	set_slots(process);
	return 0;
}

/* ---- reset and failure ---- */

long user_reset(struct user_process *process)
{
	long rc = 0;

	list_for_each(phb, &process->phbs, struct user_phb, list) {
		if (!rc)
			rc = user_phb_reset(phb);
	}
	list_for_each(device, &process->vio_devices, struct user_vio_device, list) {
		if (!rc)
			rc = user_vio_reset(device);
	}
	return rc;
}

/* Stands in for the handler once the process has ended, so that living ones need not ask. */
static long dead_papr_hcall(struct kvm_user *user, struct hcall *call)
{
	(void)user;
	(void)call;
	return H_HARDWARE;
}

long user_fail(struct user_process *process, long rc)
{
	if (rc >= 0 || !process->started || process->failure)
		return rc;
	process->failure = rc;
	process->kvm_user.papr_hcall = dead_papr_hcall;
	return rc;
}

void user_enter_kernel(const struct user_process *process)
{
	if (process->on_vcpu)
		port_enter_level(PORT_HOST_SYSCALL);
}

void user_leave_kernel(const struct user_process *process)
{
	if (process->on_vcpu)
		port_enter_level(PORT_HOST_USER);
}

long user_ioctl(struct user_process *process, struct vfio_container *container, u32 command, void *argument)
{
	long rc;

	user_enter_kernel(process);
	rc = vfio_ioctl(container, command, argument);
	user_leave_kernel(process);
	return rc;
}

struct vfio_container *user_container_of(const struct user_process *process, const struct iommu_group *group)
{
	list_for_each(phb, &process->phbs, struct user_phb, list) {
		struct user_container *container = user_phb_container(phb, group);

		if (container)
			return container->vfio;
	}
	return NULL;
}

void user_end(struct user_process *process)
{
	list_for_each_safe(phb, after, &process->phbs, struct user_phb, list)
		user_phb_free(phb);
	list_for_each_safe(device, after, &process->vio_devices, struct user_vio_device, list)
		user_vio_free(device);
	user_kvm_end(process);
}

static void drop_mappings(struct user_process *process)
{
	list_for_each(table, &process->tables, struct user_tce_table, list) {
		if (table->view)
			file_put(table->mapping);
		table->view = NULL;
	}
}

static void free_bridge(struct user_phb *phb)
{
	list_for_each_safe(container, after, &phb->containers, struct user_container, list)
		port_free(container);
	port_free(phb);
}

/* The process's own memory, which takes nobody any time. */
static void free_memory(struct user_process *process)
{
	list_for_each(table, &process->tables, struct user_tce_table, list)
		port_free(table->values);
	list_for_each_safe(phb, after, &process->phbs, struct user_phb, list)
		free_bridge(phb);
	list_for_each_safe(device, after, &process->vio_devices, struct user_vio_device, list)
		port_free(device);
	list_for_each_safe(group, after, &process->groups, struct user_group, list)
		port_free(group);
	port_free(process->loose);
	process->loose = NULL;
	list_init(&process->tables);
	list_init(&process->phbs);
	list_init(&process->vio_devices);
	list_init(&process->groups);
}

void user_kill(struct user_process *process)
{
	drop_mappings(process);
	files_close_all(&process->files);
	process->vfio_device = -1;
	free_memory(process);
}
