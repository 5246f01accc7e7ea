// SPDX-License-Identifier: Apache-2.0
#include "kvm.h"

#include "../bits.h"
#include "vfio_device.h"

void kvm_init(struct kvm *kvm, struct mm_context *mm)
{
	list_init(&kvm->tables);
	kvm->mm = mm;
	kvm->slot_count = 0;
	kvm->radix = false;
	kvm->real_mode = true;
	kvm->nested_host = false;
	kvm->user = NULL;
	kvm->lock.state = 0;
	kvm->list_locked = false;
	for (u32 i = 0; i < KVM_HCALL_WORDS; i++)
		kvm->enabled_hcalls[i] = 0;
	kvm_enable_hcall(kvm, H_GET_TCE, true);
	kvm_enable_hcall(kvm, H_PUT_TCE, true);
	kvm->references = 1;
	kvm->vfio_device = NULL;
	kvm->assigned_groups = 0;
	kvm->noncoherent_dma = 0;
	kvm->lost_tables = NULL;
}

void kvm_get(struct kvm *kvm)
{
	PORT_BUG_ON(!kvm->references);
	kvm->references++;
}

void kvm_put(struct kvm *kvm)
{
	PORT_BUG_ON(!kvm->references);
	if (--kvm->references)
		return;
	PORT_BUG_ON(!list_empty(&kvm->tables));
	if (kvm->vfio_device)
		kvm_vfio_release(kvm->vfio_device);
}

static bool has_handler(u64 opcode)
{
	return opcode == H_GET_TCE || opcode == H_PUT_TCE || opcode == H_PUT_TCE_INDIRECT || opcode == H_STUFF_TCE;
}

int kvm_enable_hcall(struct kvm *kvm, u64 opcode, bool enable)
{
	u64 bit = 1ULL << (opcode / 4 % 64);

	if (!has_handler(opcode))
		return -EINVAL;
	if (enable)
		kvm->enabled_hcalls[opcode / 4 / 64] |= bit;
	else
		kvm->enabled_hcalls[opcode / 4 / 64] &= ~bit;
	return 0;
}

void kvm_enable_multi_tce(struct kvm *kvm, bool enable)
{
	kvm_enable_hcall(kvm, H_PUT_TCE_INDIRECT, enable);
	kvm_enable_hcall(kvm, H_STUFF_TCE, enable);
}

void kvm_set_memslots(struct kvm *kvm, const struct kvm_memslot *slots, u32 count)
{
	PORT_BUG_ON(count > KVM_MEMSLOTS_MAX);
	for (u32 i = 0; i < count; i++)
		kvm->slots[i] = slots[i];
	kvm->slot_count = count;
}

static const struct kvm_memslot *slot_of(const struct kvm *kvm, u64 page)
{
	for (u32 i = 0; i < kvm->slot_count; i++) {
		const struct kvm_memslot *slot = &kvm->slots[i];

		if (page - (slot->gpa >> PAGE_SHIFT) < slot->pages)
			return slot;
	}
	return NULL;
}

bool kvm_gpa_to_ua(const struct kvm *kvm, u64 gpa, u64 *ua)
{
	return kvm_gpa_range_to_ua(kvm, gpa, 1, ua);
}

/* Slots do not overlap, so that the first page tells which of them it must be. */
bool kvm_gpa_range_to_ua(const struct kvm *kvm, u64 gpa, u64 bytes, u64 *ua)
{
	u64 page = gpa >> PAGE_SHIFT, last = (bytes - 1) >> PAGE_SHIFT, index;
	const struct kvm_memslot *slot = slot_of(kvm, page);

	if (!slot)
		return false;
	index = page - (slot->gpa >> PAGE_SHIFT);
	if (last >= slot->pages - index)
		return false;
	*ua = slot->ua + (index << PAGE_SHIFT) + (gpa & (PAGE_SIZE - 1) & ~TCE_PERM);
	return true;
}
