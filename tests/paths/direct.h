/* SPDX-License-Identifier: Apache-2.0 */
/*
 * direct.h - paths that call a function of the handlers that is no entry of its own.
 */
#ifndef TESTS_PATHS_DIRECT_H
#define TESTS_PATHS_DIRECT_H

#include "paths.h"
#include "world.h"

struct direct_path {
	struct world_shape shape;
	void (*prepare)(struct world *world); /* last step of the setup, if any */
	long (*run)(struct world *world, const struct world_shape *shape);
};

void direct_setup(const void *argument);
long direct_run(const void *argument);

/* direct_add_device - run: the whole world is made, with all calls of handlers that this needs. */
long direct_add_device(struct world *world, const struct world_shape *shape);

#define DIRECT(text, function, ...)                                                                                    \
	{                                                                                                              \
		.name = (text), .argument = &(const struct direct_path){.run = (function), __VA_ARGS__},               \
		.setup = direct_setup, .run = direct_run                                                               \
	}

#endif
