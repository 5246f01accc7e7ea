/* SPDX-License-Identifier: Apache-2.0 */
/*
 * user_tce.h - what the process does with a hypercall that KVM did not handle.
 *
 * Whatever one hypercall changes, every entry becomes one VFIO ioctl per container: there is no
 * batching in user space.
 */
#ifndef HCALL_QEMU_USER_TCE_H
#define HCALL_QEMU_USER_TCE_H

#include "user_notify.h"

/*
 * user_papr_hcall - level 3 of a hypercall: the TCE calls and H_RTAS (rtas.h) [sync].
 *
 * ioba is rounded down to its page. H_PARAMETER: LIOBN unknown or past 32 bits, more
 * than 512 list entries or none, list not 4 KiB aligned, more entries of H_STUFF_TCE than the
 * table has or none, an entry outside the table (those before it stay done; where there is no
 * window now, every entry). TCE values are never checked, and a list outside RAM reads as
 * zeros; a failing ioctl is only logged, and the guest still sees H_SUCCESS. r4 comes back as
 * passed but from a successful H_GET_TCE. Unknown calls: H_FUNCTION.
 */
long user_papr_hcall(struct kvm_user *user, struct hcall *call);

#endif
