/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table_file.h - a guest's view as the process holds it: a descriptor that can be mapped.
 *
 * The file has no calls: it can be mapped and closed. Closing the last descriptor (and
 * mapping) ends the view: the LIOBN is free again, every hardware table behind it is let go
 * however often it was attached, what was accounted is given back, and the file's
 * reference on the virtual machine is dropped.
 */
#ifndef HCALL_KVM_TABLE_FILE_H
#define HCALL_KVM_TABLE_FILE_H

#include "../mm/files.h"
#include "tce_table.h"

extern const struct file_kind kvm_tce_table_file; /* object: struct kvm_tce_table */

/*
 * kvm_tce_table_open - a view and its descriptor, which is returned.
 *
 * Order: kvm_tce_table_create() with its codes (-EINVAL, -ENOMEM, -EBUSY); the descriptor
 * (-EMFILE, -ENOMEM), without which the view is undone.
 */
int kvm_tce_table_open(struct kvm *kvm, struct file_table *files, const struct kvm_create_spapr_tce_64 *args);

/* What becomes of a process that touches a page of its mapping. */
enum kvm_fault { KVM_FAULT_DONE, KVM_FAULT_OUT_OF_MEMORY, KVM_FAULT_SIGBUS };

/*
 * kvm_tce_table_fault - the process touches page @page of its mapping of the view [sync].
 * @result: out, the page: TCES_PER_PAGE values in CPU order, shared with KVM from now on
 *
 * KVM_FAULT_SIGBUS: @page is none of the view's pages. KVM_FAULT_OUT_OF_MEMORY: the page
 * was absent and there is no memory for it. Mapping itself checks nothing, so that any
 * @page can come here. What the process stores is what H_GET_TCE reads; KVM does not notice,
 * and no hardware table changes.
 * A mapping lives longer than its descriptor: the process keeps a reference by file_get().
 */
enum kvm_fault kvm_tce_table_fault(struct kvm_tce_table *table, u64 page, u64 **result);

#endif
