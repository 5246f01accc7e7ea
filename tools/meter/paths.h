/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paths.h - what check.py needs to know of the paths through the handlers that it compares.
 *
 * The C files of tests/paths/ are linked with run_paths.c and the handlers twice: natively with the
 * metered handlers, which predict the instructions of a path, and for powerpc64le with plain ones,
 * whose instructions an emulator counts. Both builds must take the same way: a path may depend on
 * nothing but what its setup made.
 *
 * Both are compiled for one preset. A file that includes hcall/policy.h lists only paths that exist
 * there, and check.py says how many that are.
 */
#ifndef TCESIM_METER_PATHS_H
#define TCESIM_METER_PATHS_H

#ifdef __cplusplus
extern "C" {
#endif

struct meter_path {
	const char *name; /* no other path has it */
	const void *argument;
	void (*setup)(const void *argument); /* not counted; starts from nothing, whatever ran before */
	long (*run)(const void *argument);   /* counted where it is in handlers; the results must agree */
};

/* The paths of one subject. */
struct meter_path_group {
	const char *name;
	int held_out; /* no choice in the making of weights has looked at them */
	const struct meter_path *paths;
	unsigned count;
};

extern const struct meter_path_group *const meter_path_groups[];
extern const unsigned meter_path_group_count;

/* Every port function calls it first: here the simulator may turn counts into time. */
void meter_path_port_call(void);

#ifdef __cplusplus
}
#endif

#endif
