/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eeh.h - how a pseries guest asks its firmware what has become of a device, and has it brought back.
 *
 * Each function is one firmware call (rtas.h) and returns its status. Arguments and states: qemu/eeh.h, on the other
 * side.
 */
#ifndef HCALL_GUEST_EEH_H
#define HCALL_GUEST_EEH_H

#include "rtas.h"

#define GUEST_EEH_ENABLE 1u
#define GUEST_EEH_THAW_MMIO 2u
#define GUEST_EEH_THAW_DMA 3u

#define GUEST_EEH_RESET_END 0u
#define GUEST_EEH_RESET_HOT 1u
#define GUEST_EEH_RESET_FUNDAMENTAL 3u

/* What the guest knows of the PE of one device. */
struct guest_pe {
	struct guest_bridge bridge;
	u32 address; /* of the device; of the PE from guest_eeh_open() on */
};

/* guest_eeh_open - ask for the PE's address and enable EEH, as a driver's device is found [sync]. */
long guest_eeh_open(struct guest_pe *pe);

/* guest_eeh_state - @state: out, EEH_STATE_... [sync]. */
long guest_eeh_state(const struct guest_pe *pe, u32 *state);

/* guest_eeh_set_option - @option: GUEST_EEH_... [sync]. */
long guest_eeh_set_option(const struct guest_pe *pe, u32 option);

/* guest_eeh_reset - @reset: GUEST_EEH_RESET_...; how long one lasts is up to the guest [sync]. */
long guest_eeh_reset(const struct guest_pe *pe, u32 reset);

/* guest_eeh_configure - after a reset, before the device is used again [sync]. */
long guest_eeh_configure(const struct guest_pe *pe);

#endif
