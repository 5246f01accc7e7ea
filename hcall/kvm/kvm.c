// SPDX-License-Identifier: Apache-2.0
#include "kvm.h"

#include "../bits.h"

void kvm_init(struct kvm *kvm, struct mm_context *mm)
{
	list_init(&kvm->tables);
	kvm->mm = mm;
	kvm->slot_count = 0;
	kvm->radix = false;
	kvm->real_mode = true;
	kvm->multi_tce = false;
	kvm->user = NULL;
	kvm->lock.state = 0;
}

void kvm_set_memslots(struct kvm *kvm, const struct kvm_memslot *slots, u32 count)
{
	PORT_BUG_ON(count > KVM_MEMSLOTS_MAX);
	for (u32 i = 0; i < count; i++)
		kvm->slots[i] = slots[i];
	kvm->slot_count = count;
}

bool kvm_gpa_to_ua(const struct kvm *kvm, u64 gpa, u64 *ua)
{
	u64 page = gpa >> PAGE_SHIFT;

	for (u32 i = 0; i < kvm->slot_count; i++) {
		const struct kvm_memslot *slot = &kvm->slots[i];
		u64 first = slot->gpa >> PAGE_SHIFT;

		if (page >= first && page - first < slot->pages) {
			*ua = slot->ua + ((page - first) << PAGE_SHIFT) + (gpa & (PAGE_SIZE - 1) & ~TCE_PERM);
			return true;
		}
	}
	return false;
}
