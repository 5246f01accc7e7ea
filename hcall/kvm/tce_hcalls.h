/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tce_hcalls.h - the TCE hypercalls in the host kernel.
 *
 * Each handler starts from its first check whatever a lower level has done before
 * it; mapping is idempotent, so a replay is safe. docs/behaviour.md lists checks
 * and codes in order.
 */
#ifndef HCALL_KVM_TCE_HCALLS_H
#define HCALL_KVM_TCE_HCALLS_H

#include "tce_update.h"

/*
 * H_SUCCESS, H_PARAMETER or H_TOO_HARD; [sync]. In 4.12 and 4.19.81 lists, and single
 * entries in virtual mode, may also answer an inner error of the last table: H_HARDWARE or
 * H_CLOSED.
 */
long kvm_h_put_tce(struct kvm *kvm, struct hcall *call, enum kvm_mode mode);
long kvm_h_put_tce_indirect(struct kvm *kvm, struct hcall *call, enum kvm_mode mode);
long kvm_h_stuff_tce(struct kvm *kvm, struct hcall *call, enum kvm_mode mode);
/* Stores the guest's own value in @call->result; never looks at a hardware table. Up to 4.19 only real mode calls it.
 */
long kvm_h_get_tce(struct kvm *kvm, struct hcall *call, enum kvm_mode mode);

#endif
