/* SPDX-License-Identifier: Apache-2.0 */
/*
 * object.h - what a handler object offers to the program that loads it.
 *
 * One object holds one preset (kernel era) of all of hcall/. The program opens it,
 * checks abi and layout, and reaches the handlers through this table only.
 */
#ifndef HCALL_OBJECT_H
#define HCALL_OBJECT_H

#include "guest/dma.h"
#include "powernv/window.h"
#include "qemu/user_tce.h"

#define HCALL_OBJECT_ABI 1u

/* Changes with every struct that crosses the border. */
#define HCALL_OBJECT_LAYOUT                                                                                            \
	(sizeof(struct kvm) + 3 * sizeof(struct mm_context) + 5 * sizeof(struct user_process) +                        \
	 7 * sizeof(struct iommu_group) + 11 * sizeof(struct dma_window) + 13 * sizeof(struct user_window) +           \
	 17 * sizeof(struct iommu_table))

struct hcall_object {
	u32 abi;	    /* HCALL_OBJECT_ABI */
	u32 layout;	    /* HCALL_OBJECT_LAYOUT */
	const char *preset; /* "5.10" */

	void (*mm_context_init)(struct mm_context *mm, u64 locked_limit);
	void (*kvm_init)(struct kvm *kvm, struct mm_context *mm);
	void (*kvm_set_memslots)(struct kvm *kvm, const struct kvm_memslot *slots, u32 count);
	void (*user_init)(struct user_process *process, struct kvm *kvm, u64 ram_ua, u64 ram_size);
	int (*window_set_default)(struct iommu_group *group);
	long (*user_add_device)(struct user_process *process, struct iommu_group *group, u32 version,
				const struct user_window *window);
	int (*dma_window_init)(struct dma_window *window, struct kvm *kvm, u64 liobn, u64 base, u64 size,
			       u32 page_shift, u32 guest_page_shift, bool multi_tce, u64 list_gpa);
	u64 (*dma_map)(struct dma_window *window, u64 gpa, u64 size, enum dma_direction direction);
	void (*dma_unmap)(struct dma_window *window, u64 bus_address, u64 size);
};

/* The only two symbols a handler object shows are this one and meter_table. */
extern const struct hcall_object hcall_object;

#endif
