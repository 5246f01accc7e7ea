/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - the process that owns the guest: what it has, and how it ends.
 *
 * It holds PCI host bridges (user_phb.h) with two DMA windows each and emulated devices on
 * the virtual I/O bus (user_vio.h). Behind each window stands one table of the guest's TCEs
 * (user_table.h), found by LIOBN. All of it is known by QEMU's documentation, its trace
 * events and what version 7.2 showed to bare-metal guests.
 *
 * Failure. Before user_start() a step that fails is undone and answered with its negative
 * errno: the device cannot be had. Afterwards nothing can be undone, because the guest has
 * been told already: the process ends (user_fail()).
 */
#ifndef HCALL_QEMU_PROCESS_H
#define HCALL_QEMU_PROCESS_H

#include "../kvm/kvm.h"
#include "../list.h"
#include "../mm/files.h"

struct iommu_group;
struct user_container;
struct vfio_container;

/* What the host offers to the process; the numbers are KVM's of the capabilities. */
struct user_capabilities {
	bool kvm;	     /* the guest runs under KVM; else it is emulated, and every call comes to the process */
	bool spapr_tce;	     /* 63: tables in KVM */
	bool spapr_tce_64;   /* 125: of any size, bus address and page size */
	bool spapr_tce_vfio; /* 142: hardware tables that follow them */
};

#define USER_SECTIONS_MAX 8

struct user_process {
	struct kvm_user kvm_user; /* first: KVM knows the process by it */
	struct kvm *kvm;
	struct file_table files;
	s32 vfio_device;		 /* descriptor of the KVM-VFIO device, -1 without groups */
	struct list groups;		 /* of struct user_group */
	struct list tables;		 /* of struct user_tce_table, those of bridges first */
	struct list phbs;		 /* of struct user_phb */
	struct list vio_devices;	 /* of struct user_vio_device */
	u64 ram_ua;			 /* guest RAM: gpa 0 in this process */
	u64 ram_size;			 /* all of it, in one piece */
	u64 sections[USER_SECTIONS_MAX]; /* bytes of what it has come in: at the start, then by user_plug_memory() */
	u32 section_count;
	struct user_container *loose; /* that no bridge has yet, or no more; or NULL */
	u32 ram_page_shift; /* log2 of the smallest page behind the RAM; larger than a host page for hugetlbfs */
	struct user_capabilities has;
	bool started;
	bool on_vcpu; /* a vCPU, at PORT_HOST_USER, does what is being done to the windows */
	long failure; /* the negative errno that the process ended with, 0 while it lives */
};

/* user_init - let @process serve the vCPU exits of @kvm. It has all capabilities; whoever made it may take some away.
 */
void user_init(struct user_process *process, struct kvm *kvm, u64 ram_ua, u64 ram_size);

/* user_start - the guest is about to run. */
void user_start(struct user_process *process);

/*
 * user_plug_memory - @size bytes of memory are plugged in behind what the guest has, whole host pages of the process at
 * ->ram_ua + ->ram_size: KVM gets a slot, each container of version 2 a registration.
 * 0; -ENOSPC: USER_SECTIONS_MAX have been; or the errno of a registration, which ends a process whose guest runs.
 *
 * user_unplug_memory - the section that came last goes again, after the guest has cleared its TCEs. -EINVAL: there is
 * only what was there at the start. What a registration answers is not looked at.
 */
long user_plug_memory(struct user_process *process, u64 size);
long user_unplug_memory(struct user_process *process);

/*
 * user_reset - reset of the whole machine: every bridge (user_phb_reset()), then every VIO device.
 * 0, or the negative errno that ended the process.
 */
long user_reset(struct user_process *process);

/*
 * user_fail - what is to be done about @rc, a result of changing windows.
 *
 * Returns @rc. Once the guest has started, an @rc below 0 ends the process, as a message and
 * abort() would: it is kept in ->failure, and as a vCPU of the model has to come back with
 * something, this and every later hypercall that reaches the process answers H_HARDWARE
 * and does nothing. A machine in this state is dead.
 */
long user_fail(struct user_process *process, long rc);

/*
 * user_ioctl - a call on a VFIO container that has to do with windows, groups and memory: enters
 * the host kernel and returns if a vCPU does it [sync].
 */
long user_ioctl(struct user_process *process, struct vfio_container *container, u32 command, void *argument);

/*
 * user_enter_kernel, user_leave_kernel - around every other system call of the process: into the host kernel and back
 * if a vCPU makes it [sync], nothing otherwise.
 */
void user_enter_kernel(const struct user_process *process);
void user_leave_kernel(const struct user_process *process);

/* user_container_of - the container that the process keeps @group in, NULL if it does not. */
struct vfio_container *user_container_of(const struct user_process *process, const struct iommu_group *group);

/*
 * user_end - the process takes everything apart and ends: devices leave, windows are closed, then its files, and
 * its memory is freed.
 */
void user_end(struct user_process *process);

/*
 * user_kill - the process ends as by a signal that it cannot catch, wherever its own code is [sync]. It does nothing
 * itself any more: the kernel takes its mappings away, then closes its files, lowest descriptor first. What windows
 * have goes with their container and with KVM's views. The reference of the virtual machine stays the caller's.
 */
void user_kill(struct user_process *process);

#endif
