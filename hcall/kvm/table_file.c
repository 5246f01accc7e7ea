// SPDX-License-Identifier: Apache-2.0
#include "table_file.h"

static void release_table(struct file *file)
{
	struct kvm_tce_table *table = file->object;
	struct kvm *kvm = table->kvm;

	kvm_tce_table_close(table);
	kvm_put(kvm);
}

const struct file_kind kvm_tce_table_file = {.release = release_table};

int kvm_tce_table_open(struct kvm *kvm, struct file_table *files, const struct kvm_create_spapr_tce_64 *args)
{
	struct kvm_tce_table *table;
	int rc = kvm_tce_table_create(kvm, args, &table);

	if (rc)
		return rc;
	rc = file_open(files, &kvm_tce_table_file, table);
	if (rc < 0)
		kvm_tce_table_close(table);
	else
		kvm_get(kvm);
	return rc;
}

enum kvm_fault kvm_tce_table_fault(struct kvm_tce_table *table, u64 page, u64 **result)
{
	if (page >= table->page_count)
		return KVM_FAULT_SIGBUS;
	*result = kvm_tce_table_slot_alloc(table, page * TCES_PER_PAGE);
	return *result ? KVM_FAULT_DONE : KVM_FAULT_OUT_OF_MEMORY;
}
