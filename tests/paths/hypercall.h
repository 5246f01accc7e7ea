/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hypercall.h - paths that are one hypercall of the guest.
 *
 * The host asks real mode first, where its era has it. "virtual mode" in a name: it has none. A preset
 * without real mode has only those of these paths that no other one is the same as there.
 */
#ifndef TESTS_PATHS_HYPERCALL_H
#define TESTS_PATHS_HYPERCALL_H

#include "paths.h"
#include "world.h"

enum operation { PUT, CLEAR, INDIRECT, STUFF, GET };

/* What the window holds beforehand: nothing; nothing, but its tables exist; the same entries. */
enum before { EMPTY, TOUCHED, MAPPED };

struct hypercall_path {
	struct world_shape shape;
	enum operation operation;
	enum before before;
	u64 count; /* entries; also of what stands there before */
	/* Last step of the setup, if any: changes the world or the call itself. */
	void (*prepare)(struct world *world, const struct world_shape *shape, struct hcall *call);
};

void hypercall_setup(const void *argument);
long hypercall_run(const void *argument);

/* hypercall_write_list - what the guest leaves in its list at @index for INDIRECT. */
void hypercall_write_list(const struct world_shape *shape, u64 index, u64 tce);

/* Changes of the call that several subjects want. */
void unknown_liobn(struct world *world, const struct world_shape *shape, struct hcall *call);
void misaligned_ioba(struct world *world, const struct world_shape *shape, struct hcall *call);
void past_the_window(struct world *world, const struct world_shape *shape, struct hcall *call);

#define PATH(text, ...)                                                                                                \
	{                                                                                                              \
		.name = (text), .argument = &(const struct hypercall_path){__VA_ARGS__}, .setup = hypercall_setup,     \
		.run = hypercall_run                                                                                   \
	}
#define SHAPE(...) .shape = {__VA_ARGS__}
#define CALL(what, old, entries) .operation = (what), .before = (old), .count = (entries)

#define GROUP(variable, text, table)                                                                                   \
	const struct meter_path_group variable = {                                                                     \
		.name = (text), .held_out = 1, .paths = (table), .count = sizeof(table) / sizeof((table)[0])}

#endif
