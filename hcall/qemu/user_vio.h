/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_vio.h - emulated devices on the virtual I/O bus: one window of 256 MiB at bus address 0 in
 * pages of 4 KiB each, whose LIOBN is the device's number on the bus. No hardware follows it, so
 * that KVM keeps its TCEs where it can; the process reads them when the device does DMA
 * (user_table_dma()). It always has a window: it cannot be opened or removed by firmware calls, and
 * there is no bypass.
 */
#ifndef HCALL_QEMU_USER_VIO_H
#define HCALL_QEMU_USER_VIO_H

#include "user_table.h"

#define USER_VIO_FIRST_LIOBN 0x71000001ULL
#define USER_VIO_WINDOW_SIZE (1ULL << 28)

struct user_vio_device {
	struct list list;
	struct user_tce_table window;
};

/*
 * user_vio_new - a device with number @liobn.
 * 0; -EINVAL past 32 bits; -EBUSY when the number is taken; -ENOMEM.
 */
long user_vio_new(struct user_process *process, u64 liobn, struct user_vio_device **device);
void user_vio_free(struct user_vio_device *device);

/* user_vio_reset - clear all its TCEs. 0, or -ENOMEM, which has ended the process. */
long user_vio_reset(struct user_vio_device *device);

#endif
