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
	u64 value;  /* the TCE, the gpa of the list, or the value of H_STUFF_TCE */
	u64 count;  /* INDIRECT and STUFF only */
	u64 result; /* out, r4 of H_GET_TCE */
};

/* What the process does when its vCPU ioctl returns with a hypercall. */
struct kvm_user {
	long (*papr_hcall)(struct kvm_user *user, struct hcall *call);
};

#define KVM_HCALL_WORDS (HCALL_OPCODE_MAX / 4 / 64 + 1)

struct iommu_table;
struct kvm_vfio_device;

struct kvm {
	struct list tables; /* of struct kvm_tce_table, newest first */
	struct mm_context *mm;
	struct kvm_memslot slots[KVM_MEMSLOTS_MAX];
	u32 slot_count;
	bool radix;	  /* the guest runs a radix MMU */
	bool real_mode;	  /* TCE hypercalls have real-mode handlers on this host */
	bool nested_host; /* the host is itself a guest: no TCE tables to drive */
	struct kvm_user *user;
	struct port_lock lock;
	u64 enabled_hcalls[KVM_HCALL_WORDS]; /* bitmap by opcode / 4: handled in the kernel */
	u64 references;			     /* descriptors of the machine, its views and its device */
	struct kvm_vfio_device *vfio_device; /* NULL: none */
	u64 assigned_groups;		     /* VFIO groups added to it */
	u64 noncoherent_dma;		     /* devices that have registered noncoherent DMA */
	bool list_locked;		     /* an H_PUT_TCE_INDIRECT of v4.12 has left the page of its list locked */
	u64 locked_list;		     /* gpa of that page */
	struct iommu_table *lost_tables;     /* that keep references for ever; for observers */
};

/*
 * kvm_init - a virtual machine of the process @mm, with one reference, which is the caller's.
 * H_GET_TCE and H_PUT_TCE are handled in the kernel, other TCE calls when they are enabled.
 */
void kvm_init(struct kvm *kvm, struct mm_context *mm);

/*
 * kvm_get, kvm_put - one reference more or less. The last one that goes ends the machine:
 * a device that never had a descriptor is released. Its views are closed by then. The
 * memory stays the caller's of kvm_init().
 */
void kvm_get(struct kvm *kvm);
void kvm_put(struct kvm *kvm);

/*
 * kvm_enable_hcall - let the kernel handle @opcode of this machine, or leave it to user
 * space (KVM_CAP_PPC_ENABLE_HCALL). 0; -EINVAL: the kernel has no handler for it.
 */
int kvm_enable_hcall(struct kvm *kvm, u64 opcode, bool enable);

/* kvm_enable_multi_tce - the same for H_PUT_TCE_INDIRECT and H_STUFF_TCE together. */
void kvm_enable_multi_tce(struct kvm *kvm, bool enable);

/* kvm_hcall_enabled - for any value that a guest may put into r3. */
static inline bool kvm_hcall_enabled(const struct kvm *kvm, u64 opcode)
{
	return opcode <= HCALL_OPCODE_MAX && !(opcode % 4) &&
	       kvm->enabled_hcalls[opcode / 4 / 64] >> (opcode / 4 % 64) & 1;
}

/* kvm_set_memslots - replace all memory slots; @count <= KVM_MEMSLOTS_MAX. */
void kvm_set_memslots(struct kvm *kvm, const struct kvm_memslot *slots, u32 count);

/*
 * kvm_gpa_to_ua - translate by the slot of @gpa's host page. Keeps the in-page
 * offset without the two permission bits, so a TCE may be passed as it is.
 * Returns false when no slot holds the page.
 */
bool kvm_gpa_to_ua(const struct kvm *kvm, u64 gpa, u64 *ua);

/* kvm_gpa_range_to_ua - the same where one slot must hold all @bytes (at least 1) from @gpa's page on. */
bool kvm_gpa_range_to_ua(const struct kvm *kvm, u64 gpa, u64 bytes, u64 *ua);

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
