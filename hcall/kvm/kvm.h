/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kvm.h - one virtual machine as its host kernel sees it.
 */
#ifndef HCALL_KVM_KVM_H
#define HCALL_KVM_KVM_H

#include "../list.h"
#include "../mm/context.h"
#include "../port.h"

#define KVM_MEMSLOTS_MAX 32

/* Guest RAM: gpa [gpa, gpa + pages) is the process's memory at ua. */
struct kvm_memslot {
	u64 gpa;
	u64 pages; /* host pages */
	u64 ua;
};

/* One hypercall as it stands in the guest's registers r3..r7. */
struct hcall {
	u64 opcode;
	u64 liobn;
	u64 ioba;
	u64 value; /* the TCE, the gpa of the list, or the value of H_STUFF_TCE */
	u64 count; /* INDIRECT and STUFF only */
	u64 result; /* out, r4 of H_GET_TCE */
};

/* What the process does when its vCPU ioctl returns with a hypercall. */
struct kvm_user {
	long (*papr_hcall)(struct kvm_user *user, struct hcall *call);
};

struct kvm {
	struct list tables; /* of struct kvm_tce_table, newest first */
	struct mm_context *mm;
	struct kvm_memslot slots[KVM_MEMSLOTS_MAX];
	u32 slot_count;
	bool radix;	/* the guest runs a radix MMU */
	bool real_mode; /* TCE hypercalls have real-mode handlers on this host */
	bool multi_tce; /* H_PUT_TCE_INDIRECT and H_STUFF_TCE are enabled in the kernel */
	struct kvm_user *user;
	struct port_lock lock;
};

void kvm_init(struct kvm *kvm, struct mm_context *mm);

/* kvm_set_memslots - replace all memory slots; @count <= KVM_MEMSLOTS_MAX. */
void kvm_set_memslots(struct kvm *kvm, const struct kvm_memslot *slots, u32 count);

/*
 * kvm_gpa_to_ua - translate by the slot of @gpa's host page. Keeps the in-page
 * offset without the two permission bits, so a TCE may be passed as it is.
 * Returns false when no slot holds the page.
 */
bool kvm_gpa_to_ua(const struct kvm *kvm, u64 gpa, u64 *ua);

/*
 * kvm_hcall - a vCPU has executed "sc 1" in its guest [sync].
 *
 * Three levels try in turn: the real-mode handler, the virtual-mode handler after a
 * full exit, user space after the vCPU ioctl has returned. H_TOO_HARD moves on to
 * the next level, which starts the call from its first check. Enters and leaves at
 * PORT_GUEST; the result never is H_TOO_HARD.
 */
long kvm_hcall(struct kvm *kvm, struct hcall *call);

#endif
