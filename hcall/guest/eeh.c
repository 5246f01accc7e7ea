// SPDX-License-Identifier: Apache-2.0
#include "eeh.h"

#define NAME_WORDS 3	/* address and BUID */
#define STATE_RESULTS 3 /* of ibm,read-slot-reset-state2, behind the status */

/* @argument: the fourth, if @arguments says so. @info: out, result 1; NULL: the call has @results that nobody reads. */
static long rtas(const struct guest_pe *pe, u32 token, u32 arguments, u32 argument, u32 results, u32 *info)
{
	const struct guest_bridge *bridge = &pe->bridge;
	u32 words[] = {pe->address, (u32)(bridge->buid >> 32), (u32)bridge->buid, argument};
	u32 found[GUEST_RTAS_WORDS];
	long status = guest_rtas(bridge, token, words, arguments, found, results);

	if (info)
		*info = found[0];
	return status;
}

long guest_eeh_open(struct guest_pe *pe)
{
	u32 address;
	long status = rtas(pe, RTAS_GET_CONFIG_ADDR_INFO2, NAME_WORDS + 1, 0, 1, &address);

	if (status)
		return status;
	pe->address = address;
	return guest_eeh_set_option(pe, GUEST_EEH_ENABLE);
}

long guest_eeh_state(const struct guest_pe *pe, u32 *state)
{
	return rtas(pe, RTAS_READ_SLOT_RESET_STATE2, NAME_WORDS, 0, STATE_RESULTS, state);
}

long guest_eeh_set_option(const struct guest_pe *pe, u32 option)
{
	return rtas(pe, RTAS_SET_EEH_OPTION, NAME_WORDS + 1, option, 0, NULL);
}

long guest_eeh_reset(const struct guest_pe *pe, u32 reset)
{
	return rtas(pe, RTAS_SET_SLOT_RESET, NAME_WORDS + 1, reset, 0, NULL);
}

long guest_eeh_configure(const struct guest_pe *pe)
{
	return rtas(pe, RTAS_CONFIGURE_PE, NAME_WORDS, 0, 0, NULL);
}
