// SPDX-License-Identifier: Apache-2.0
/* hcall.c - a hypercall's way through the three levels. */
#include "../bits.h"
#include "tce_hcalls.h"

static long handle(struct kvm *kvm, struct hcall *call, enum kvm_mode mode)
{
	switch (call->opcode) {
	case H_PUT_TCE:
		return kvm_h_put_tce(kvm, call, mode);
	case H_PUT_TCE_INDIRECT:
		return kvm_h_put_tce_indirect(kvm, call, mode);
	case H_STUFF_TCE:
		return kvm_h_stuff_tce(kvm, call, mode);
	case H_GET_TCE:
		if (mode == KVM_VIRTUAL_MODE && !POLICY_GET_IN_VIRTUAL_MODE)
			return H_TOO_HARD;
		return kvm_h_get_tce(kvm, call, mode);
	default:
		return H_TOO_HARD;
	}
}

long kvm_hcall(struct kvm *kvm, struct hcall *call)
{
	bool enabled = kvm_hcall_enabled(kvm, call->opcode);
	long rc = H_TOO_HARD;

	port_enter_level(PORT_REAL_MODE);
	if (enabled && POLICY_REAL_MODE && kvm->real_mode) {
		rc = handle(kvm, call, KVM_REAL_MODE);
		port_trace(PORT_EV_HCALL_LEVEL, call->opcode, PORT_REAL_MODE, (u64)rc, 0);
		if (rc != H_TOO_HARD)
			goto out;
	}
	port_enter_level(PORT_HOST_KERNEL);
	if (enabled) {
		rc = handle(kvm, call, KVM_VIRTUAL_MODE);
		port_trace(PORT_EV_HCALL_LEVEL, call->opcode, PORT_HOST_KERNEL, (u64)rc, 0);
		if (rc != H_TOO_HARD)
			goto out;
	}
	port_enter_level(PORT_HOST_USER);
	rc = kvm->user ? kvm->user->papr_hcall(kvm->user, call) : H_FUNCTION;
	port_trace(PORT_EV_HCALL_LEVEL, call->opcode, PORT_HOST_USER, (u64)rc, 0);
	port_enter_level(PORT_HOST_KERNEL);
out:
	port_enter_level(PORT_GUEST);
	return rc;
}
