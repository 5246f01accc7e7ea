/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tce_update.h - checks and changes that the TCE hypercalls share.
 *
 * Each exists once for both modes. Real mode may not fault, allocate or sleep: what
 * would need it answers H_TOO_HARD, and the virtual-mode handler does it again.
 */
#ifndef HCALL_KVM_TCE_UPDATE_H
#define HCALL_KVM_TCE_UPDATE_H

#include "tce_table.h"

enum kvm_mode { KVM_REAL_MODE, KVM_VIRTUAL_MODE };

/*
 * ioba_validate - is [@ioba, @ioba + @count pages) aligned and inside the window?
 * @entry: out, absolute number of the first entry
 *
 * H_SUCCESS or H_PARAMETER. The recorded 5.10 kernels look at the first entry only
 * and write past the table; here that is H_PARAMETER.
 */
long ioba_validate(const struct kvm_tce_table *table, u64 ioba, u64 count, u64 *entry);

/*
 * tce_validate - could @tce be mapped in every hardware table behind @table?
 *
 * H_SUCCESS without permission bits. Misaligned for the guest's page: H_PARAMETER in
 * real, H_TOO_HARD in virtual mode. Not in a memory slot, or in no region that may
 * back the hardware page: H_TOO_HARD. Only the first hardware page is looked up.
 */
long tce_validate(struct kvm_tce_table *table, u64 tce, enum kvm_mode mode);

/*
 * tce_map_page - make guest entry @entry translate to @ua in one hardware table [sync].
 * tce_unmap_page - make it translate to nothing.
 *
 * Handle all hardware entries behind it, stop at the first failure, and in either
 * case invalidate them once. H_SUCCESS or H_TOO_HARD; done entries are not undone.
 */
long tce_map_page(struct kvm_tce_table *table, struct iommu_table *hardware, u64 entry, u64 ua,
		  enum dma_direction direction, enum kvm_mode mode);
long tce_unmap_page(struct kvm_tce_table *table, struct iommu_table *hardware, u64 entry, enum kvm_mode mode);

/*
 * tce_clear_page - after a failure: exchange all hardware entries behind @entry with
 * nothing [sync]. As recorded, neither counters nor mirror follow, and no kill.
 */
void tce_clear_page(struct kvm_tce_table *table, struct iommu_table *hardware, u64 entry, enum kvm_mode mode);

/* view_pages_present - are all pages of the view there that @count entries from @index on touch? */
bool view_pages_present(const struct kvm_tce_table *table, u64 index, u64 count);

/*
 * view_store - write @tce into the view at @index (counted from 0) [sync].
 * An absent page stays absent for 0; for want of memory the value is lost with a warning.
 */
void view_store(struct kvm_tce_table *table, u64 index, u64 tce, enum kvm_mode mode);

#endif
