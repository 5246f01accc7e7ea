// SPDX-License-Identifier: Apache-2.0
#include "rtas.h"

#define HEADER_WORDS 3

static u32 word_at(u64 gpa, u32 index)
{
	u64 pair = port_guest_read64(gpa + index / 2 * sizeof(u64));

	return (u32)(index % 2 ? pair : pair >> 32);
}

static void put_words(u64 gpa, const u32 *words, u32 count)
{
	for (u32 i = 0; i < count; i += 2)
		port_guest_write64(gpa + i * sizeof(u32), (u64)words[i] << 32 | words[i + 1]);
}

long guest_rtas(const struct guest_bridge *bridge, u32 token, const u32 *arguments, u32 argument_count, u32 *results,
		u32 result_count)
{
	u32 words[GUEST_RTAS_WORDS] = {token, argument_count, result_count + 1};
	struct hcall call = {.opcode = H_RTAS, .liobn = bridge->rtas_gpa};
	u32 status = HEADER_WORDS + argument_count;
	long rc;

	for (u32 i = 0; i < argument_count; i++)
		words[HEADER_WORDS + i] = arguments[i];
	put_words(bridge->rtas_gpa, words, status);
	port_trace(PORT_EV_HCALL_ENTER, H_RTAS, token, 0, 0);
	rc = kvm_hcall(bridge->kvm, &call);
	port_trace(PORT_EV_HCALL_RETURN, H_RTAS, (u64)rc, 0, 0);
	if (rc != H_SUCCESS)
		return -1;
	for (u32 i = 0; i < result_count; i++)
		results[i] = word_at(bridge->rtas_gpa, status + 1 + i);
	return (s32)word_at(bridge->rtas_gpa, status);
}
