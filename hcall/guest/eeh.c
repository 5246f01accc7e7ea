// SPDX-License-Identifier: Apache-2.0
#include "eeh.h"

#define HEADER_WORDS 3
#define NAME_WORDS 3	/* address and BUID */
#define NO_ARGUMENT ~0u /* beside these */
#define STATE_RESULTS 4

static u32 word_at(u64 gpa, u32 index)
{
	u64 pair = port_guest_read64(gpa + index / 2 * sizeof(u64));

	return (u32)(index % 2 ? pair : pair >> 32);
}

/* The hypercall's code. Memory is written by pairs of words. */
static long firmware(const struct guest_pe *pe, u32 token, u32 arguments, u32 argument, u32 results)
{
	struct hcall call = {.opcode = H_RTAS, .liobn = pe->rtas_gpa};
	long rc;

	port_guest_write64(pe->rtas_gpa, (u64)token << 32 | arguments);
	port_guest_write64(pe->rtas_gpa + sizeof(u64), (u64)results << 32 | pe->address);
	port_guest_write64(pe->rtas_gpa + 2 * sizeof(u64), pe->buid);
	port_guest_write64(pe->rtas_gpa + 3 * sizeof(u64), (u64)argument << 32);
	port_trace(PORT_EV_HCALL_ENTER, H_RTAS, token, 0, 0);
	rc = kvm_hcall(pe->kvm, &call);
	port_trace(PORT_EV_HCALL_RETURN, H_RTAS, (u64)rc, 0, 0);
	return rc;
}

/* @argument: the fourth, or NO_ARGUMENT. @info: out, result 1; NULL: the call has none. */
static long rtas(const struct guest_pe *pe, u32 token, u32 argument, u32 results, u32 *info)
{
	u32 arguments = NAME_WORDS;

	if (argument != NO_ARGUMENT)
		arguments++;
	if (firmware(pe, token, arguments, argument, results) != H_SUCCESS)
		return -1;
	if (info)
		*info = word_at(pe->rtas_gpa, HEADER_WORDS + arguments + 1);
	return (s32)word_at(pe->rtas_gpa, HEADER_WORDS + arguments);
}

long guest_eeh_open(struct guest_pe *pe)
{
	u32 address;
	long status = rtas(pe, RTAS_GET_CONFIG_ADDR_INFO2, 0, 2, &address);

	if (status)
		return status;
	pe->address = address;
	return guest_eeh_set_option(pe, GUEST_EEH_ENABLE);
}

long guest_eeh_state(const struct guest_pe *pe, u32 *state)
{
	return rtas(pe, RTAS_READ_SLOT_RESET_STATE2, NO_ARGUMENT, STATE_RESULTS, state);
}

long guest_eeh_set_option(const struct guest_pe *pe, u32 option)
{
	return rtas(pe, RTAS_SET_EEH_OPTION, option, 1, NULL);
}

long guest_eeh_reset(const struct guest_pe *pe, u32 reset)
{
	return rtas(pe, RTAS_SET_SLOT_RESET, reset, 1, NULL);
}

long guest_eeh_configure(const struct guest_pe *pe)
{
	return rtas(pe, RTAS_CONFIGURE_PE, NO_ARGUMENT, 1, NULL);
}
