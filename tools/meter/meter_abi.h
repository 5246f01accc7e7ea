/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter_abi.h - what a metered handler object shows to the program that runs it.
 *
 * Every block of the handlers has a number, its *site*: 0 .. sites-1 in link order. While
 * handlers run they count: count[site] grows by one per execution of the block, and hit[f] is
 * set when machine function f is entered and when a call it made has returned, so that whoever
 * folds the counters visits the touched functions only; both may be reset to zero in any call
 * that a handler makes. Instructions executed since the counters were last zero are
 *
 *	sum over sites of count[site] * weight[cpu][site] / METER_WEIGHT_ONE
 *
 * for whole calls of a handler; in mid-call the sum may be off by some instructions in either
 * direction, because single weights may be negative.
 *
 * The object leaves the functions of the second half undefined: the program exports them.
 */
#ifndef TCESIM_METER_ABI_H
#define TCESIM_METER_ABI_H

#include <stdint.h>

#define METER_ABI_VERSION 1u

/* Weights are fixed point: this much is one instruction. */
#define METER_WEIGHT_ONE 1024

#ifdef __cplusplus
extern "C" {
#endif

/* One function of the object code; what was inlined into it counts as its sites. */
struct meter_function {
	const char *name;    /* assembler name, may carry a suffix such as ".constprop.0" */
	const char *file;    /* translation unit, relative to hcall/ */
	uint32_t first_site; /* its sites are first_site .. first_site + sites - 1 */
	uint32_t sites;
};

/* One block, named by the innermost source function it was written in. */
struct meter_site {
	const char *function;
	const char *file; /* relative to hcall/ */
	uint32_t line;
	/*
	 * First directory of @file: guest, kvm, mm, vfio, powernv or qemu. For inline functions
	 * of headers that belong to no layer, the layer of the nearest function around them.
	 */
	const char *layer;
	/* The functions it was inlined into, outward: "function@file:line function@file:line"; "" if none. */
	const char *inlined_into;
};

struct meter_table {
	uint32_t abi; /* METER_ABI_VERSION */
	uint32_t sites;
	uint32_t functions;
	uint32_t cpus;
	uint32_t *count; /* [sites] */
	uint8_t *hit;	 /* [functions], 0 or 1 */
	const struct meter_function *function;
	const struct meter_site *site;
	const char *const *cpu_name;  /* [cpus], as -mcpu names them: "power8" */
	const int32_t *const *weight; /* [cpus][sites] */
	const char *preset;	      /* kernel era, "5.10" */
	const char *compiler;	      /* whose POWER code the weights belong to */
	const char *source_hash;      /* of the handlers' text and the compiler's flags */
};

/* Exported by the object. */
#if defined(__cplusplus)
extern const struct meter_table meter_table;
#else
extern const struct meter_table meter_table __attribute__((visibility("default")));
#endif

/*
 * Called by the object before each access to memory that is not the function's own stack.
 * @site: address of the counter of the block in which the access stands; its site number is
 *	  @site - meter_table.count
 *
 * meter_atomic: a read-modify-write. meter_fence: a barrier of any strength, and the ordering
 * that an atomic access stronger than relaxed brings along.
 */
void meter_load(const volatile void *address, const uint32_t *site);
void meter_store(const volatile void *address, const uint32_t *site);
void meter_atomic(const volatile void *address, const uint32_t *site);
void meter_fence(const uint32_t *site);

#ifdef __cplusplus
}
#endif

#endif
