/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_notify.h - carrying the guest's TCEs over to the hardware, one ioctl each.
 *
 * There is one notifier per VFIO container and window, so one change of a TCE costs as many
 * system calls as the bridge has containers. Nothing is batched.
 */
#ifndef HCALL_QEMU_USER_NOTIFY_H
#define HCALL_QEMU_USER_NOTIFY_H

#include "../vfio/container.h"
#include "user_table.h"

struct user_notifier {
	struct list list;	      /* in the table's notifiers; the order of registration */
	struct user_tce_table *table; /* NULL: not registered */
	struct vfio_container *container;
};

/*
 * user_notify - one TCE of the window that @notifier watches has changed; on a vCPU [sync].
 * @ioba: of the page
 *
 * With permissions: MAP_DMA of one guest page, always readable, writable if the TCE says so. A
 * busy entry (-EBUSY) is unmapped and mapped once more, three calls in all. Without: UNMAP_DMA,
 * whether anything was mapped or not. What is not RAM is not mapped. A failure is only logged.
 */
void user_notify(struct user_notifier *notifier, u64 ioba, u64 tce);

/*
 * user_replay - map what the window has already: looks at every page of it, one MAP_DMA per TCE
 * with permissions. A failure is only logged.
 */
void user_replay(struct user_notifier *notifier);

#endif
