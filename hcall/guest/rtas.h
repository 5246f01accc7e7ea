/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rtas.h - how a pseries guest calls its firmware (H_RTAS).
 *
 * The words of a call lie in guest memory; tokens, arguments and results: qemu/rtas.h, on the other side.
 */
#ifndef HCALL_GUEST_RTAS_H
#define HCALL_GUEST_RTAS_H

#include "../kvm/kvm.h"

#define GUEST_RTAS_WORDS 16 /* of a call at most: three, arguments and results */

/* What the guest knows of the bridge that a device is on, and of the device. */
struct guest_bridge {
	struct kvm *kvm; /* the hypervisor that "sc 1" reaches */
	u64 rtas_gpa;	 /* GUEST_RTAS_WORDS words, 8-byte aligned */
	u64 buid;
	u32 address; /* of the device in configuration space */
};

/*
 * guest_rtas - one firmware call [sync].
 * @results: out, @result_count of them behind the status
 *
 * Returns the status, 0 or below 0 for an error; -1 too when the hypercall itself fails.
 */
long guest_rtas(const struct guest_bridge *bridge, u32 token, const u32 *arguments, u32 argument_count, u32 *results,
		u32 result_count);

#endif
