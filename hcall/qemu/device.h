/* SPDX-License-Identifier: Apache-2.0 */
/* device.h - devices of a machine that the program has described. */
#ifndef HCALL_QEMU_DEVICE_H
#define HCALL_QEMU_DEVICE_H

#include "../setup.h"
#include "user_phb.h"

/*
 * user_add_device - pass @group through to the guest, on the bridge that the LIOBN of ->window
 * names, which is made if need be; then open that window on it, as a guest does with its firmware's
 * help, in the geometry asked for, and mark it as the default window. ->in_kernel gives or takes capability 142.
 * With ->ddw the guest may make a second one.
 *
 * 0, or the negative errno of the step that failed: -EINVAL for a LIOBN of no bridge, a bad
 * geometry or pages that the bridge does not offer to a guest, -EBUSY where the window is open already.
 */
long user_add_device(struct user_process *process, struct iommu_group *group, const struct hcall_setup *setup);

/*
 * user_plug_device, user_open_window - the same by halves: the device, on whose container what is open already is
 * mapped again, and the window.
 */
long user_plug_device(struct user_process *process, struct iommu_group *group, const struct hcall_setup *setup);
long user_open_window(struct user_process *process, const struct hcall_setup *setup);

/* user_add_vio_device - user_vio_new() for a device that nobody asks about again. */
long user_add_vio_device(struct user_process *process, u64 liobn);

#endif
