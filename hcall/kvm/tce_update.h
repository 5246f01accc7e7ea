/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tce_update.h - checks and changes that the TCE hypercalls share.
 *
 * Each exists once for both modes. Real mode may not fault, allocate or sleep: what
 * would need it answers H_TOO_HARD, and the virtual-mode handler does it again.
 */
#ifndef HCALL_KVM_TCE_UPDATE_H
#define HCALL_KVM_TCE_UPDATE_H

#include "../policy.h"
#include "tce_table.h"

enum kvm_mode { KVM_REAL_MODE, KVM_VIRTUAL_MODE };

/* in_real_mode - false in kernels without real-mode handlers, whatever @mode says. */
static inline bool in_real_mode(enum kvm_mode mode)
{
	return POLICY_REAL_MODE && mode == KVM_REAL_MODE;
}

/* tce_call_table - the view that @call changes; NULL when another level must handle it. */
struct kvm_tce_table *tce_call_table(struct kvm *kvm, const struct hcall *call, enum kvm_mode mode);

/*
 * ioba_validate - is [@ioba, @ioba + @count pages) aligned and inside the window?
 * @entry: out, absolute number of the first entry
 *
 * H_SUCCESS or H_PARAMETER. Kernels before 6.1.189 look at the first page only; what
 * would then be written behind the memory of a table or of the view is H_PARAMETER.
 */
long ioba_validate(const struct kvm_tce_table *table, u64 ioba, u64 count, u64 *entry);

/*
 * tce_validate - could @tce be mapped in every hardware table behind @table?
 *
 * H_SUCCESS without permission bits. Misaligned for the guest's page: H_PARAMETER in
 * real, H_TOO_HARD in virtual mode (until 4.19 H_PARAMETER in both). From v4.20 on: not
 * in a memory slot, or in no region that may back the hardware page: H_TOO_HARD. Only
 * the first host page and the first hardware page are looked up; all of them in "fixed".
 */
long tce_validate(struct kvm_tce_table *table, u64 tce, enum kvm_mode mode);

/* What a call does to one guest entry. */
struct tce_change {
	u64 entry; /* absolute number */
	u64 first; /* first entry of the whole call */
	u64 tce;   /* as the guest sees it */
	u64 ua;	   /* what it translates to; unused when @unmap */
	bool unmap;
};

/*
 * tce_change_page - do @change in every hardware table, newest first, then in the view [sync].
 *
 * H_SUCCESS, or H_TOO_HARD at the first table that fails: those before it are changed,
 * that one is cleared (v4.20 on) or changed up to the page that failed, the rest and the
 * view are not. Until 4.19.y inner errors (H_HARDWARE, H_CLOSED) clear one entry and go
 * on, the view is written, and the code of the last table is returned. In "fixed" a
 * change that fails changes nothing.
 */
long tce_change_page(struct kvm_tce_table *table, const struct tce_change *change, enum kvm_mode mode);

/*
 * tce_unmap_range - make @count entries from @entry on translate to nothing in every
 * hardware table, then store @value for them in the view [sync].
 *
 * H_SUCCESS, or H_TOO_HARD at the first entry that fails. Table by table, the view at
 * the end; in "fixed" entry by entry.
 */
long tce_unmap_range(struct kvm_tce_table *table, u64 entry, u64 count, u64 value, enum kvm_mode mode);

/* ---- for the files of this folder ---- */

/*
 * tce_exchange_entry - exchange one hardware entry; the page that the device may have
 * written through the old one becomes dirty: marked at once in virtual mode, remembered
 * in its region in real mode. As tce_exchange().
 */
int tce_exchange_entry(struct mm_context *mm, struct iommu_table *hardware, u64 entry, u64 *hpa,
		       enum dma_direction *direction, enum kvm_mode mode);

/* view_pages_present - are all pages of the view there that @count entries from @index on touch? */
bool view_pages_present(const struct kvm_tce_table *table, u64 index, u64 count);

/*
 * view_store - write @tce into the view at @index (counted from 0) [sync].
 * An absent page stays absent for 0; for want of memory the value is lost with a warning.
 */
void view_store(struct kvm_tce_table *table, u64 index, u64 tce, enum kvm_mode mode);

/* view_reserve - make place for @tce, so that view_store() cannot fail; false without memory. */
bool view_reserve(struct kvm_tce_table *table, u64 index, u64 tce, enum kvm_mode mode);

#endif
