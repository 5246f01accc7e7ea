// SPDX-License-Identifier: Apache-2.0
/* rtas.c - finding a firmware call, its arguments and its results. */
#include "rtas.h"

#include "../bits.h"
#include "eeh.h"

#define WORD sizeof(u32)
#define HEADER_WORDS 3

/* Bytes of guest memory, by doublewords, which is what the world offers; 0 outside RAM. */
static u64 read_doubleword(const struct user_process *process, u64 gpa)
{
	u64 value = 0;

	if (gpa < process->ram_size)
		port_read_ua(&value, process->ram_ua + gpa, sizeof(value));
	return be64(value);
}

static u32 shift_in_doubleword(u64 gpa)
{
	return 8 * (7 - (u32)(gpa & 7));
}

/* The words need not be aligned. */
static u32 read_word(const struct user_process *process, u64 gpa)
{
	u32 value = 0;

	for (u64 i = 0; i < WORD; i++) {
		u64 byte = gpa + i;

		value = value << 8 | (u8)(read_doubleword(process, byte & ~7ULL) >> shift_in_doubleword(byte));
	}
	return value;
}

static void write_byte(const struct user_process *process, u64 gpa, u8 value)
{
	u64 base = gpa & ~7ULL;
	u32 shift = shift_in_doubleword(gpa);

	if (base < process->ram_size)
		port_guest_write64(base, (read_doubleword(process, base) & ~(0xffULL << shift)) | (u64)value << shift);
}

u32 rtas_argument(const struct rtas_call *call, u32 index)
{
	return read_word(call->process, call->gpa + (HEADER_WORDS + index) * WORD);
}

void rtas_return(const struct rtas_call *call, u32 index, u32 value)
{
	u64 gpa = call->gpa + (HEADER_WORDS + (u64)call->arguments + index) * WORD;

	if (index >= call->results)
		return;
	for (u64 i = 0; i < WORD; i++)
		write_byte(call->process, gpa + i, (u8)(value >> 8 * (WORD - 1 - i)));
}

long rtas_status(const struct rtas_call *call, s32 value)
{
	rtas_return(call, 0, (u32)value);
	return 0;
}

struct user_phb *rtas_bridge(const struct rtas_call *call)
{
	return user_phb_find(call->process, (u64)rtas_argument(call, 1) << 32 | rtas_argument(call, 2));
}

static long dispatch(const struct rtas_call *call, long *rc)
{
	switch (call->token) {
	case RTAS_QUERY_PE_DMA_WINDOW:
		*rc = rtas_query_pe_dma_window(call);
		return H_SUCCESS;
	case RTAS_CREATE_PE_DMA_WINDOW:
		*rc = rtas_create_pe_dma_window(call);
		return H_SUCCESS;
	case RTAS_REMOVE_PE_DMA_WINDOW:
		*rc = rtas_remove_pe_dma_window(call);
		return H_SUCCESS;
	case RTAS_RESET_PE_DMA_WINDOW:
		*rc = rtas_reset_pe_dma_window(call);
		return H_SUCCESS;
	default:
		return rtas_eeh(call) ? H_SUCCESS : H_PARAMETER;
	}
}

long user_rtas(struct user_process *process, u64 gpa)
{
	struct rtas_call call = {.process = process,
				 .gpa = gpa,
				 .token = read_word(process, gpa),
				 .arguments = read_word(process, gpa + WORD),
				 .results = read_word(process, gpa + 2 * WORD)};
	long failure = 0, rc;

	process->on_vcpu = true;
	rc = dispatch(&call, &failure);
	process->on_vcpu = false;
	return failure ? H_HARDWARE : rc;
}
