/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meter_abi.h - what a metered handler object shows to the program that runs it.
 *
 * Every block of the handlers has a number, its *site*: 0 .. sites-1 in link order. So has every
 * way from one block to the next that must be counted, because the blocks' own counts do not tell
 * how often it is taken; in a function the ways stand behind the blocks. While handlers run they
 * count: count[site] grows by one per execution of the block or passage of the way, and hit[f] is
 * set when machine function f is entered and when a call it made has returned, so that whoever
 * folds the counters visits the touched functions only; both may be reset to zero in any call
 * that a handler makes. Instructions executed since the counters were last zero are
 *
 *	sum over sites of count[site] * weight[cpu][site] / METER_WEIGHT_ONE
 *
 * for whole calls of a handler; in mid-call the sum may be off by some instructions in either
 * direction, because single weights may be negative.
 *
 * Where in the source that happens is told by *places*. A block has parts, one for each place
 * that statements of it were written in; its instructions belong to them in proportion to their
 * statements. A way has the parts of the block that it leads to, and is never counted more often:
 * what it costs is how much the instructions of that block depend on where control came from.
 * Every *access* to memory and every call of a port function has a place of its own.
 *
 * The object leaves what the last part declares undefined: the program exports it.
 */
#ifndef TCESIM_METER_ABI_H
#define TCESIM_METER_ABI_H

#include <stdint.h>

#define METER_ABI_VERSION 3u

/* Weights are fixed point: this much is one instruction. */
#define METER_WEIGHT_ONE 1024

/* Callee of a call through a pointer. */
#define METER_UNKNOWN_CALLEE UINT32_MAX

#ifdef __cplusplus
extern "C" {
#endif

/* One function of the object code; what was inlined into it counts as its sites. */
struct meter_function {
	const char *name;    /* assembler name, may carry a suffix such as ".constprop.0" */
	const char *file;    /* translation unit, relative to hcall/ */
	uint32_t first_site; /* its sites are first_site .. first_site + sites - 1 */
	uint32_t sites;	     /* blocks, then counted ways */
};

/* A line of the source, as part of the functions that it was inlined into. */
struct meter_place {
	const char *function; /* that it was written in */
	const char *file;     /* relative to hcall/ */
	uint32_t line;
	/*
	 * First directory of @file: guest, kvm, mm, vfio, powernv or qemu. For inline functions
	 * of headers that belong to no layer, the layer of the nearest function around them.
	 */
	const char *layer;
	/* The functions it was inlined into, outward: "function@file:line function@file:line"; "" if none. */
	const char *inlined_into;
	const char *text; /* the line without the blanks around it; "" where the compiler names no line */
};

/* What of a block was written in one place. */
struct meter_part {
	uint32_t place;
	uint32_t statements; /* at least 1 */
};

/* One block, or a way to it. */
struct meter_site {
	uint32_t first_part; /* its parts are first_part .. first_part + parts - 1, most statements first */
	uint32_t parts;	     /* at least 1 */
};

/* One call of a function of the object. */
struct meter_call {
	uint32_t site;
	uint32_t place;
	uint32_t callee; /* machine function, or METER_UNKNOWN_CALLEE */
};

struct meter_table {
	uint32_t abi; /* METER_ABI_VERSION */
	uint32_t sites;
	uint32_t functions;
	uint32_t places;
	uint32_t accesses;
	uint32_t calls;
	uint32_t cpus;
	uint32_t *count; /* [sites] */
	uint8_t *hit;	 /* [functions], 0 or 1 */
	/* [accesses], never written: the address of an element stands for an access, see the hooks. */
	const uint8_t *access;
	const struct meter_function *function;
	const struct meter_site *site;
	const struct meter_part *part;
	const struct meter_place *place;
	const uint32_t *access_place;	 /* [accesses] */
	const uint32_t *access_function; /* [accesses], machine function that makes it */
	const struct meter_call *call;
	const char *const *cpu_name;  /* [cpus], as -mcpu names them: "power8" */
	const int32_t *const *weight; /* [cpus][sites] */
	const char *preset;	      /* kernel era, "5.10" */
	const char *compiler;	      /* whose code was weighed: "gcc 12.2.0" */
	const char *weights_from;     /* instruction set that was weighed: "powerpc64le", or "x86, approximate" */
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
 * @access: address in meter_table.access; its distance from the first element is the number
 *
 * meter_atomic: a read-modify-write. meter_fence: a barrier of any strength, and the ordering
 * that an atomic access stronger than relaxed brings along.
 */
void meter_load(const volatile void *address, const uint8_t *access);
void meter_store(const volatile void *address, const uint8_t *access);
void meter_atomic(const volatile void *address, const uint8_t *access);
void meter_fence(const uint8_t *access);

/* Written by the object before each call of a port function: the access that stands for the call. */
extern const uint8_t *meter_calling;

#ifdef __cplusplus
}
#endif

#endif
