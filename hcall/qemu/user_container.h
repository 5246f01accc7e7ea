/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_container.h - a bridge's VFIO container as the process sees it: memory, windows, groups.
 */
#ifndef HCALL_QEMU_USER_CONTAINER_H
#define HCALL_QEMU_USER_CONTAINER_H

#include "user_notify.h"

struct user_container {
	struct list list; /* in the bridge's containers, oldest first */
	struct user_process *process;
	s32 fd; /* its descriptor */
	struct vfio_container *vfio;
	struct user_notifier notifiers[IOMMU_WINDOWS_PER_GROUP]; /* by number of the bridge's window */
};

/*
 * user_container_open - a new container with @group in it, and ready for windows.
 *
 * Version 2 is tried first; where the group cannot join it, version 1. (The x86 types that
 * come before these are refused by every POWER host.) Version 2: all RAM is registered, then
 * the host's own window makes room. Version 1: ENABLE.
 * 0, or the negative errno of the step that failed, with nothing left behind.
 */
long user_container_open(struct user_process *process, struct iommu_group *group, struct user_container **container);

/*
 * user_container_close - the last group leaves: gives memory back and closes the container.
 * Its windows are gone already (user_container_del_window()).
 */
void user_container_close(struct user_container *container);

/*
 * user_container_add_memory - register a section of RAM that has come, with version 2; 0, or the errno of that
 * (-EFAULT where it stops halfway). user_container_remove_memory - the opposite.
 */
long user_container_add_memory(struct user_container *container, u64 ua, u64 size);
void user_container_remove_memory(struct user_container *container, u64 ua, u64 size);

/* user_container_join - one more group in the same container: 0, or why the kernel refuses it. It gets all windows. */
long user_container_join(struct user_container *container, struct iommu_group *group);

/* user_container_leave - one of several groups leaves the container. */
void user_container_leave(struct user_container *container, struct iommu_group *group);

/* user_container_holds - is @group in the container, and if so alone? */
bool user_container_holds(const struct user_container *container, const struct iommu_group *group);
bool user_container_is_single(const struct user_container *container);

/*
 * user_container_add_window - make @table's window the device's too.
 * @number: of the bridge's window
 * @levels: of the hardware table; 0 lets the process guess and try
 * @known_empty: the guest has just created the window: no replay
 *
 * In this order:
 * 1. the host's window. Version 2: TCE_CREATE with the largest supported page that is neither
 *    larger than the guest's nor than the pages of RAM (so a guest page may be many hardware
 *    entries), and, guessed, as many levels as take log2(host page) + 8 bits of the table's bytes
 *    each; upon any failure one level more, up to (64 - page shift) / log2(host page). The kernel
 *    says where the window is; elsewhere than asked it is removed again: -EINVAL. Version 1:
 *    there is one window, and what is not inside it fails with -EINVAL.
 * 2. where KVM has capability 142, SET_SPAPR_TCE for each group. A table that is not in KVM
 *    has no descriptor: -EBADF.
 * 3. the notifier; with the first of a window need_vfio is set and may copy the table.
 * 4. replay.
 * 0, or the negative errno of the step that failed, with nothing left behind. (QEMU counts
 * entries in 32 bits for its guess; here they are not cut off.)
 */
long user_container_add_window(struct user_container *container, struct user_tce_table *table, u32 number, u32 levels,
			       bool known_empty);

/*
 * user_container_del_window - the opposite: the notifier goes (with the last one need_vfio), one
 * UNMAP_DMA over the whole window, and with version 2 TCE_REMOVE. A window that is not there
 * is left alone.
 */
void user_container_del_window(struct user_container *container, u32 number);

#endif
