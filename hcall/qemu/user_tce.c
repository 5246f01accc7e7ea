// SPDX-License-Identifier: Apache-2.0
/* user_tce.c - TCE hypercalls in user space. */
#include "user_tce.h"

#include "../bits.h"
#include "rtas.h"

static long put(struct user_tce_table *table, u64 ioba, u64 tce)
{
	u64 index = (ioba - table->bus_offset) >> table->page_shift;

	if (index >= table->entries)
		return H_PARAMETER;
	user_table_store(table, index, tce);
	port_work(PORT_WORK_USER_NOTIFY);
	list_for_each(notifier, &table->notifiers, struct user_notifier, list)
		user_notify(notifier, ioba, tce);
	return H_SUCCESS;
}

static long put_indirect(struct user_tce_table *table, const struct hcall *call, u64 ioba)
{
	const struct user_process *process = table->process;

	if (!call->count || call->count > TCE_LIST_MAX || call->value & ((1UL << TCE_LIST_SHIFT) - 1))
		return H_PARAMETER;
	for (u64 i = 0; i < call->count; i++) {
		u64 gpa = call->value + i * sizeof(u64);
		u64 value = 0;
		long rc;

		if (gpa < process->ram_size)
			port_read_ua(&value, process->ram_ua + gpa, sizeof(value));
		rc = put(table, ioba + (i << table->page_shift), be64(value));
		if (rc != H_SUCCESS)
			return rc;
	}
	return H_SUCCESS;
}

static long stuff(struct user_tce_table *table, const struct hcall *call, u64 ioba)
{
	if (!call->count || call->count > table->entries)
		return H_PARAMETER;
	for (u64 i = 0; i < call->count; i++) {
		long rc = put(table, ioba + (i << table->page_shift), call->value);

		if (rc != H_SUCCESS)
			return rc;
	}
	return H_SUCCESS;
}

static long get(struct user_tce_table *table, struct hcall *call, u64 ioba)
{
	u64 index = (ioba - table->bus_offset) >> table->page_shift;

	if (index >= table->entries)
		return H_PARAMETER;
	call->result = user_table_load(table, index);
	return H_SUCCESS;
}

static long tce_call(struct user_process *process, struct hcall *call)
{
	struct user_tce_table *table = user_table_find(process, call->liobn);
	u64 ioba;

	if (!table)
		return H_PARAMETER;
	ioba = call->ioba & ~((1ULL << table->page_shift) - 1);
	switch (call->opcode) {
	case H_PUT_TCE:
		return put(table, ioba, call->value);
	case H_PUT_TCE_INDIRECT:
		return put_indirect(table, call, ioba);
	case H_STUFF_TCE:
		return stuff(table, call, ioba);
	default:
		return get(table, call, ioba);
	}
}

long user_papr_hcall(struct kvm_user *user, struct hcall *call)
{
	struct user_process *process = list_entry(user, struct user_process, kvm_user);

	port_work(PORT_WORK_USER_DISPATCH);
	switch (call->opcode) {
	case H_PUT_TCE:
	case H_PUT_TCE_INDIRECT:
	case H_STUFF_TCE:
	case H_GET_TCE:
		return tce_call(process, call);
	case H_RTAS:
		return user_rtas(process, call->liobn);
	default:
		return H_FUNCTION;
	}
}
